-- SPDX-License-Identifier: MIT
-- Lists of people as files, CSV and JSON lines: the first line is the delimiter and columns to ignore, with tabs between them.
-- An accepted list can be planned with; any other one is refused with file and line.
local cells = require "signoff.offboard.people.cells"
local file = require "spec.proofs.fuzz.file"
local people = require "signoff.offboard.people.people"
local site = require "spec.support.site"
local targets = require "signoff.offboard.people.target"

local systems = site.systems { cisco_em = { column = "phone" } }
local by_name = {}
for _, system in ipairs(systems) do
  by_name[system.name] = system
end

local function options_of(line)
  local options = { ignore = {} }
  for text in line:gmatch "[^\t]+" do
    if #text == 1 then
      options.delimiter = text
    elseif not text:find "^%s*person%s*$" then
      table.insert(options.ignore, text)
    end
  end
  return options
end

local function check_cell(name, cell)
  local texts = assert(cells.split(cell), "a cell that was taken, and cannot be split")
  assert(by_name[name] and #texts > 0, "a cell without a system, or without a target")
  for _, text in ipairs(texts) do
    assert(type(text) == "string" and text ~= "" or type(text) == "table" or cells.is_secret(text), "a target of a wrong type")
    assert(targets.understand(by_name[name].kind, by_name[name].client, text), "a target that was taken is not understood")
  end
end

local function check_list(list)
  local seen, last = {}, 0
  assert(#list > 0 and list.path == file.path and list.private, "a list without people or path, or of others")
  for _, person in ipairs(list) do
    assert(person.person:find "^%S" and person.person:find "%S$", "a name with blanks around it")
    assert(not seen[person.person:lower()], "somebody stands twice in the list")
    assert(person.line > last, "lines out of order")
    seen[person.person:lower()], last = true, person.line
    for name, cell in pairs(person.cells) do
      check_cell(name, cell)
    end
  end
end

return function(bytes)
  local first, text = bytes:match "^([^\n]*)\n?(.*)$"
  file.write(text)
  local options = options_of(first)
  local fine, list, message = pcall(people.read, file.path, systems, options)
  if not fine then
    assert(list:find "people: option '%l+' must be" or list:find "people: option '%l+' holds a text with a NUL byte", list)
  elseif list then
    check_list(list)
  else
    file.check_message(message)
  end
end, true
