-- SPDX-License-Identifier: MIT

--- `--failed FILE`: the people who are not out, as a list that `plan` takes. A result has no tokens: they come from the
-- list that was given, and are `?` without it.
-- @module signoff.offboard.command.leftover

local cells = require "signoff.offboard.cells"
local ending = require "signoff.offboard.command.stop"
local history = require "signoff.offboard.history"
local output = require "signoff.offboard.command.output"
local people = require "signoff.offboard.people"
local report_csv = require "signoff.offboard.report_csv"
local targets = require "signoff.offboard.targets"

local leftover = {}

-- The text of every target, by system and by how the target is shown.
local function texts_of(list, checked)
  local texts = {}
  for _, system in ipairs(checked) do
    texts[system.name] = {}
  end
  for _, person in ipairs(list) do
    for name, cell in pairs(person.cells) do
      for _, text in ipairs(cells.split(cell)) do
        local target = type(text) == "string" and targets.read(checked[name].kind, text)
        if target then
          texts[name][targets.shown(checked[name].kind, target)] = text
        end
      end
    end
  end
  return texts
end

local function tokens_of(path, checked, options)
  if not path then
    return nil
  end
  local list, message = people.read(path, checked, options)
  if not list then
    ending.stop(ending.USAGE, message)
  end
  local texts = texts_of(list, checked)
  return function(row)
    return texts[row.system] and texts[row.system][row.target] or "?"
  end
end

--- Writes it, and says so.
-- @tparam string path
-- @tparam string journal the run's
-- @tparam[opt] string list the path of the people's list
-- @tparam table config
-- @tparam[opt] table options `ignore`, `delimiter` of the list
function leftover.write(path, journal, list, config, options)
  local result, message = history.read(journal) -- has the targets as the list had them
  if not result then
    ending.stop(ending.USAGE, message)
  end
  local checked = config.systems
  local text, count = report_csv.failed(result, {
    tokens = tokens_of(list, checked, { ignore = options and options.ignore, delimiter = options and options.delimiter }),
    column = function(name)
      return checked[name] and checked[name].column or name
    end,
  })
  output.save(path, text)
  output.say("%s: %s left", path, count == 0 and "nobody is" or count == 1 and "one person is" or count .. " people are")
end

return leftover
