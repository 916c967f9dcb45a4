-- SPDX-License-Identifier: MIT

--- The list of people as the actor has it: a person's row, of the list as it is now. It is read again when its file has changed; where it
-- cannot be read then, the one before counts.
-- @module signoff.offboard.watch.roster

local core = require "signoff.core"
local people = require "signoff.offboard.people.people"

local roster = {}
roster.__index = roster

--- @tparam string path of the list
-- @tparam table systems as `systems.check` has them
-- @tparam table options `ignore`, `delimiter`; `say(message)`: a list that cannot be read any more
function roster.new(path, systems, options)
  return setmetatable({ path = path, systems = systems, options = options, by_name = {} }, roster)
end

-- The mark by which a changed file shows. Two writes within a second show by the size, or by the file that replaced it.
local function mark_of(path)
  local about = core.stat(path)
  return about and ("%s %s %s"):format(about.id, core.digits(about.size), core.digits(about.mtime)) or "gone"
end

local function index(list)
  local by_name = {}
  for _, person in ipairs(list) do
    by_name[person.person] = person
  end
  return by_name
end

--- Reads the list, if it has changed.
-- @treturn ?boolean true; nil, message where there is none to go by
function roster:refresh()
  local mark = mark_of(self.path)
  if mark == self.mark then
    return self.list ~= nil, self.message
  end
  local list, message = people.read(self.path, self.systems, { ignore = self.options.ignore, delimiter = self.options.delimiter })
  self.mark, self.message = mark, message
  if list then
    self.list, self.by_name = list, index(list)
  elseif self.list and self.options.say then
    self.options.say(message .. "; the list as it was before counts")
  end
  return self.list ~= nil, message
end

--- The row of a person, as a script gives it to a plan.
-- @tparam string name as the list has it
-- @treturn ?table nil where the list does not have that person
function roster:row(name)
  local person = self.by_name[name]
  if not person then
    return nil
  end
  local row = { person = name }
  for _, system in ipairs(self.systems) do
    local empty = self.list.columns[system.column] and "" or nil
    row[system.column] = person.cells[system.name] or empty
  end
  return row
end

return roster
