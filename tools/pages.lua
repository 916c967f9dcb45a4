-- SPDX-License-Identifier: MIT
-- Checks the pages that are named: lua5.4 tools/pages.lua FILE...
-- A README has at most 250 lines where it is the front page, another page 400 (a generated one any number); a line has at most 120
-- characters outside tables, links not counted; a link leads to a file or folder that is there, and to a heading of that page; no
-- sentence begins with What, Who or Whoever, unless it asks.

local LIMITS = { ["README.md"] = 250 }
local LINES, COLUMNS = 400, 120

local found = 0

local function say(path, number, text)
  found = found + 1
  io.stderr:write(("%s:%d: %s\n"):format(path, number, text))
end

local function is_there(path)
  local file = io.open(path)
  if file then
    file:close()
  end
  return file ~= nil
end

-- Lines of a page: `text`, `code` (inside a fence), `number`.
local function lines_of(path)
  local list, fence = {}, false
  for text in io.lines(path) do
    local mark = text:find "^%s*```" ~= nil
    list[#list + 1] = { text = text, code = fence or mark, number = #list + 1 }
    fence = fence ~= mark
  end
  return list
end

-- The name by which a link reaches a heading, as the usual hosts make it.
local function anchor(heading)
  return (heading:lower():gsub("[^%w_ \128-\255-]", ""):gsub(" ", "-"))
end

local anchors = {}

local function anchors_of(path)
  if not anchors[path] then
    anchors[path] = {}
    for _, line in ipairs(lines_of(path)) do
      local heading = not line.code and line.text:match "^#+ (.*)$"
      if heading then
        anchors[path][anchor(heading)] = true
      end
    end
  end
  return anchors[path]
end

-- `folder/../name` without what cancels itself out.
local function normalized(path)
  local parts = {}
  for part in path:gmatch "[^/]+" do
    if part == ".." and #parts > 0 and parts[#parts] ~= ".." then
      parts[#parts] = nil
    elseif part ~= "." then
      parts[#parts + 1] = part
    end
  end
  return (path:sub(1, 1) == "/" and "/" or "") .. table.concat(parts, "/")
end

local function check_link(path, line, link)
  if link:find "^%a+:" then
    return
  end
  local file, name = link:match "^([^#]*)#?(.*)$"
  local target = file == "" and path or normalized((path:match "^(.*/)[^/]*$" or "") .. file)
  if not is_there(target) then
    say(path, line.number, ("%s leads to no file"):format(link))
  elseif name ~= "" and not anchors_of(target)[name] then
    say(path, line.number, ("%s leads to no heading of %s"):format(link, target))
  end
end

local function check_links(path, line)
  if not line.code then
    for link in line.text:gsub("`[^`]*`", ""):gmatch "%]%(([^)%s]+)%)" do
      check_link(path, line, link)
    end
  end
end

local function check_width(path, line)
  local shown = line.text:gsub("%]%([^)]*%)", "]")
  if not line.text:find "^%s*|" and (utf8.len(shown) or #shown) > COLUMNS then
    say(path, line.number, ("has more than %d characters"):format(COLUMNS))
  end
end

-- The beginning of a sentence that says nothing of whom or what it is about.
local function check_words(path, line)
  local text = " " .. (line.code and "" or line.text:gsub("`[^`]*`", "``"):gsub("[*_]", ""))
  for before, word, rest in text:gmatch '([^%a]+)(Wh%l+)%f[^%a]([^.!?]*[.!?]?)' do
    local begins = (word == "What" or word == "Who" or word == "Whoever") and not before:find '["“]$'
    if begins and not rest:find "%?$" then
      say(path, line.number, ("a sentence begins with %s: name the thing"):format(word))
    end
  end
end

local function check(path)
  local lines = lines_of(path)
  local generated = lines[1] and lines[1].text:find "^<!%-%- Generated" ~= nil
  local limit = LIMITS[path] or LINES
  if #lines > limit and not generated then
    say(path, limit + 1, ("has more than %d lines"):format(limit))
  end
  for _, line in ipairs(lines) do
    check_width(path, line)
    check_links(path, line)
    if not generated then
      check_words(path, line)
    end
  end
end

for _, path in ipairs(arg) do
  check(path)
end
os.exit(found == 0)
