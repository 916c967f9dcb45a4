--- One name in the spellings that systems and directories have for it.
local encoding = require "encoding"

local spelling = {}

local NFD = { -- those letters that have an accent
  ["\195\161"] = "a\204\129", ["\195\169"] = "e\204\129", ["\195\173"] = "i\204\129", ["\195\179"] = "o\204\129",
  ["\195\186"] = "u\204\129",
  ["\195\177"] = "n\204\131", ["\195\188"] = "u\204\136", ["\195\182"] = "o\204\136", ["\195\164"] = "a\204\136",
  ["\195\167"] = "c\204\167",
}

local UPPER = {
  ["\195\161"] = "\195\129", ["\195\169"] = "\195\137", ["\195\173"] = "\195\141", ["\195\179"] = "\195\147", ["\195\186"] = "\195\154",
  ["\195\177"] = "\195\145", ["\195\188"] = "\195\156", ["\195\182"] = "\195\150", ["\195\164"] = "\195\132", ["\195\167"] = "\195\135",
}

local TWO_BYTES = "[\194-\223][\128-\191]"

local SPELLINGS = {
  plain = function(name) return name end,
  upper = function(name) return (name:upper():gsub(TWO_BYTES, UPPER)) end,
  percent = function(name) return (name:gsub(".", function(byte) return ("%%%02x"):format(byte:byte()) end)) end,
  encoded = encoding.percent_encode,
  domain = function(name) return name .. "@corp.example" end,
  backslash = function(name) return "CORP\\" .. name end,
  blank = function(name) return name .. " " end,
  newline = function(name) return name .. "\n" end,
  pretty = function(name) return "\n    " .. name .. "\n  " end,
  nbsp = function(name) return name .. "\194\160" end,
  zero_width = function(name) return name:sub(1, 1) .. "\226\128\139" .. name:sub(2) end,
  nfd = function(name) return (name:gsub(TWO_BYTES, NFD)) end,
  plus = function(name) return (name:gsub(" ", "+")) end,
}

--- All their names, for checks of what is given.
spelling.names = {}
for name in pairs(SPELLINGS) do spelling.names[#spelling.names + 1] = name end
table.sort(spelling.names)

function spelling.of(how, name)
  return SPELLINGS[how or "plain"](name)
end

return spelling
