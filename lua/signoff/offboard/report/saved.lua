-- SPDX-License-Identifier: MIT

--- Saves a report in files that only their owner may read. None of them has its name before all of them are on disk; where one fails,
-- nothing is left of any.
-- @module signoff.offboard.report.saved

local core = require "signoff.core"
local html = require "signoff.offboard.report.html"
local markup = require "signoff.offboard.report.markup"
local rows = require "signoff.offboard.report.rows"

local saved = {}

local BUFFER = 64 * 1024 -- bytes that are gathered before they are written

local failure = {} -- metatable of what is raised where a file cannot be written

local function checked(value, message)
  return value or error(setmetatable({ message = message }, failure), 0)
end

-- `write(text)` gathers; `write()` writes what was gathered.
local function gathering(take)
  local pieces, count, size = {}, 0, 0
  return function(text)
    if text then
      count, size = count + 1, size + #text
      pieces[count] = text
    end
    if size >= BUFFER or not text then
      take(table.concat(pieces, "", 1, count))
      count, size = 0, 0
    end
  end
end

-- The files of a report, in the order in which they were begun: each `path`, `sha256` when it is complete; `spare`, if it is there, raises
-- where one must not be written.
local function begin(files, path)
  if files.spare then
    files.spare(path)
  end
  local file = { path = path, saving = checked(core.saving(path)) }
  files[#files + 1] = file
  return file
end

local function fill(file, produce)
  local write = gathering(function(text)
    checked(file.saving:write(text))
  end)
  produce(write)
  write()
  file.sha256 = checked(file.saving:complete())
end

-- Gives all of them their names, the first one last: it refers to the others.
local function rename(files)
  for i = #files, 1, -1 do
    checked(files[i].saving:rename())
  end
end

local function part_path(path, number)
  local stem, extension = path:match "^(.*[^/])(%.[^./]*)$"
  return ("%s.part%d%s"):format(stem or path, number, extension or "")
end

--- The parts of an earlier, longer page at a path that are still there.
-- @tparam string path of the page
-- @tparam {table,...} files that were written for it, each `path`
-- @treturn {string,...} paths
function saved.left_over(path, files)
  local written, list, number = {}, {}, 1
  for _, file in ipairs(files) do
    written[file.path] = true
  end
  while written[part_path(path, number)] or core.stat(part_path(path, number)) do
    local part = part_path(path, number)
    list[#list + 1] = not written[part] and part or nil
    number = number + 1
  end
  return list
end

local function json_of(result)
  return function(write)
    rows.write_json(result, write)
    write "\n"
  end
end

local function page_of(view)
  return function(write)
    html.write(write, view)
  end
end

local function caption(list, of)
  return ("%d of %d people"):format(#list, of)
end

local function fill_parts(files, view, lists, path)
  local parts = {}
  for number, list in ipairs(lists) do
    local file = begin(files, part_path(path, number))
    fill(file, page_of(setmetatable({
      people = list, caption = caption(list, #view.counted.people), part = { number = number, of = #lists, main = path },
    }, { __index = view })))
    parts[number] = { path = file.path, sha256 = file.sha256, people = list }
  end
  return parts
end

local writers = {}

function writers.html(files, result, path, notice)
  local page, data = begin(files, path), begin(files, path .. ".json")
  fill(data, json_of(result))
  markup.begin()
  local view = { result = result, counted = html.count(result), notice = notice, json = data }
  local people, lists = html.split(view.counted.people)
  view.people, view.caption = people, caption(people, #view.counted.people)
  view.parts = lists and fill_parts(files, view, lists, path)
  fill(page, page_of(view))
end

function writers.json(files, result, path)
  fill(begin(files, path), json_of(result))
end

-- Lists what was written; or closes, and so removes, all of it.
local function finish(files, fine, problem)
  local list = {}
  for i, file in ipairs(files) do
    file.saving:close()
    list[i] = { path = file.path, sha256 = file.sha256 }
  end
  if fine then
    return list
  elseif getmetatable(problem) == failure then
    return nil, problem.message
  end
  error(problem, 0)
end

--- Saves one.
-- @tparam table result
-- @tparam string|function format `"html"`, `"json"`, or a function that gives the text of any other one
-- @tparam string path of the page; an HTML page has its JSON beside it (`PATH.json`), and its parts
-- @tparam[opt] string notice to be shown on the page
-- @tparam[opt] function spare `spare(path)` raises where that file must not be written
-- @treturn {table,...} each file's `path` and `sha256`, the page first; nil and a message
function saved.write(result, format, path, notice, spare)
  local files = { spare = spare }
  return finish(files, pcall(function()
    if writers[format] then
      writers[format](files, result, path, notice)
    else
      local text = format(result)
      fill(begin(files, path), function(write)
        write(text)
      end)
    end
    rename(files)
  end))
end

local function text_of(produce)
  local list = {}
  local write = gathering(function(text)
    list[#list + 1] = text
  end)
  produce(write)
  write()
  return table.concat(list)
end

--- A page as a text: of everybody, in one.
-- @tparam table result
-- @tparam[opt] string notice
-- @treturn string
function saved.page(result, notice)
  local counted = html.count(result)
  markup.begin()
  return text_of(page_of {
    result = result, counted = counted, notice = notice, people = counted.people, caption = caption(counted.people, #counted.people),
    json = { sha256 = core.sha256(text_of(json_of(result))) },
  })
end

return saved
