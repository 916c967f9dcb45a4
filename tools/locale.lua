-- SPDX-License-Identifier: MIT
-- Finds what obeys the host's locale, in the files that are named: lua5.4 tools/locale.lua FILE...
-- The same bytes must come of everything in every locale; `core.lower`, `core.digits`, `core.number`, `core.sort` and
-- `core.before` are for Lua's side, src/core/locale.h and src/core/text.h for C.

-- Allowed: in that file, lines with that text. Each is only shown to people, or runs where the locale is C.
local allowed = {
  { "src/core/locale.c", "" }, -- the functions that the others use
  { "src/core/mask.c", "static const char *const formats[]" }, -- for so_number_write
  { "src/core/failure.c", "strcasestr" }, -- within so_transport_carry or an engine's step
  { "lua/signoff/offboard/people/file.lua", "%.4g %s" }, -- the size of a file
  { "lua/signoff/offboard/people/file.lua", "%PDF-" }, -- how a PDF begins
}

local calls = {}
for name in ([[strcasecmp strncasecmp strcasestr strcoll strxfrm tolower toupper isalpha isalnum isspace isblank isupper islower
  ispunct isprint isgraph iscntrl strtod strtof strtold atof sscanf fscanf strftime strptime strerror strerror_r setlocale
  mbstowcs mbrtowc wcstombs wcwidth wcswidth iconv_open]]):gmatch "%S+" do
  calls[name] = true
end

local function number_format(line)
  for flags, kind in line:gmatch "%%([-+ #0-9.*]*)([aAeEfFgG])" do
    if not (kind == "f" and flags:find "%.0$") and not (kind:lower() == "a" or kind:lower() == "e") then
      return "writes a number as the locale does"
    end
  end
end

local function in_c(line)
  for name in line:gmatch "([%w_]+)%s*%(" do
    if calls[name] then
      return name .. " obeys the locale"
    end
  end
  return not line:find "so_number_write" and line:find '"' and number_format(line) or nil
end

-- The functions of Lua that ask the C library.
local functions = {
  { "string%.lower", "core.lower" }, { "string%.upper", "core.lower" }, { ":lower%(", "core.lower" }, { ":upper%(", "core.lower" },
  { "table%.sort%([^,]*%)%s*$", "core.sort" }, { "table%.sort%([%w_.]+%)", "core.sort" }, { "os%.setlocale", "nothing" },
}

-- The texts between quotes of a line.
local function literals(line)
  local list = {}
  for _, text in line:gmatch "(['\"])(.-)%1" do
    list[#list + 1] = text
  end
  return list
end

local function class_in(text, letters)
  return text:find("%%[" .. letters .. "]")
end

local function in_lua(line)
  line = line:gsub("%%%%", "")
  for _, row in ipairs(functions) do
    if line:find(row[1]) then
      return "use " .. row[2]
    end
  end
  if line:find "tonumber%s*%(" and not line:find "tonumber%s*%(.*, 16%)" then
    return "use core.number"
  end
  if line:find "os%.date" then
    return line:find "%%[aAbBchprxX]" and "writes a date as the locale does" or nil
  end
  local matches = line:find "[.:]find[ (]" or line:find "[.:]g?match[ (]" or line:find "[.:]gsub[ (]"
  for _, text in ipairs(literals(line)) do
    if class_in(text, "wWSlLpPCUA") or (matches and class_in(text, "acsugG") and not line:find ":format") then
      return "a class of the locale's: write out the characters, such as [A-Za-z0-9] or [ \\t-\\r]"
    end
  end
  return (line:find ":format" or line:find "string%.format") and number_format(line) or nil
end

local function is_allowed(path, line)
  for _, row in ipairs(allowed) do
    if path:sub(-#row[1]) == row[1] and line:find(row[2], 1, true) then
      return true
    end
  end
  return false
end

local found = 0
for _, path in ipairs(arg) do
  local number, check = 0, path:find "%.lua$" and in_lua or in_c
  for line in io.lines(path) do
    number = number + 1
    local code = line:match "^%s*/?%*" and "" or line:gsub("^%s*%-%-.*$", "")
    local what = check(code)
    if what and not is_allowed(path, line) then
      found = found + 1
      io.stderr:write(("%s:%d: %s: %s\n"):format(path, number, what, line:match "^%s*(.*)$"))
    end
  end
end
os.exit(found == 0 and 0 or 1)
