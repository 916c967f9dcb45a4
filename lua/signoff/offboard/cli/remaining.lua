-- SPDX-License-Identifier: MIT

--- `--failed FILE`: the people who are not out, as a list that `plan` takes. A result has no tokens: they come from the
-- list that was given, and are `?` without it.
-- @module signoff.offboard.cli.remaining

local cells = require "signoff.offboard.people.cells"
local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local history = require "signoff.offboard.report.history"
local output = require "signoff.offboard.cli.output"
local people = require "signoff.offboard.people.people"
local csv_report = require "signoff.offboard.report.csv"
local targets = require "signoff.offboard.people.target"

local remaining = {}

-- The text of every target, by system and by how the target is shown.
local function textsof(list, checked)
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
  local texts = textsof(list, checked)
  return function(row)
    return texts[row.system] and texts[row.system][row.target] or "?"
  end
end

--- The function that makes the list of a result.
-- @tparam[opt] string list the path of the people's list, read now: what is wrong with it ends the command
-- @tparam table config
-- @tparam table options `ignore`, `delimiter` of the list
-- @treturn function the list's text, and how many people are in it, of a result as `history` gives it
local function maker(list, config, options)
  local tokens = tokens_of(list, config.systems, options)
  return function(result)
    return csv_report.failed(result, {
      tokens = tokens,
      column = function(name)
        return config.systems[name] and config.systems[name].column or name
      end,
    })
  end
end

local function say_left(path, count)
  output.say("%s: %s left", path, count == 0 and "nobody is" or count == 1 and "one person is" or count .. " people are")
end

--- Writes the list, and says so.
-- @tparam string path
-- @tparam table result as `history.read` gives it
-- @param ... see `maker`
function remaining.write(path, result, ...)
  local text, count = maker(...)(result)
  output.save(path, text)
  say_left(path, count)
end

--- Writes the list in two steps. The first, before a run, finds out what can go wrong, and reserves the room.
-- @tparam string path
-- @tparam table before the result when the run begins
-- @param ... see `maker`
-- @treturn table functions `finish(journal)`, which gives true, or nil and a message; `discard()`
function remaining.begin(path, before, ...)
  local make = maker(...)
  local made = output.begin(path, (make(before)))
  return {
    discard = function()
      os.remove(made)
    end,
    finish = function(journal)
      local result, message = history.read(journal) -- has the targets as the list had them
      local text, count
      if result then
        text, count = make(result)
        result, message = core.save_end(made, path, text)
      end
      if not result then
        return nil, ("%s; all of the run's people stand in %s"):format(message, made)
      end
      say_left(path, count)
      return true
    end,
  }
end

return remaining
