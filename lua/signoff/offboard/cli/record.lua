-- SPDX-License-Identifier: MIT

--- The record of a run: the journal of one host, which is a file, or a run of a farm. Commands read both alike.
-- @module signoff.offboard.cli.record

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local farm_connection = require "signoff.offboard.cli.farm_connection"
local farm_selection = require "signoff.offboard.cli.farm_selection"
local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local output = require "signoff.offboard.cli.output"

local Record = {}
Record.__index = Record

local record = {}

--- The journal of a file.
function record.file(path)
  return setmetatable({ path = path, name = path }, Record)
end

--- A run of a farm.
-- @tparam table farm as `farm_selection.of` gives it
function record.run(farm)
  return setmetatable({ farm = farm, name = ("run %s of the farm %s"):format(farm.run, farm.shown) }, Record)
end

--- The record that a command names by its argument, or by `--run`.
-- @tparam table given the arguments
-- @param config the systems' file, or a function that gives it
function record.of(given, config)
  local farm = farm_selection.of(given, config)
  if farm and given.subject then
    ending.stop(ending.USAGE, ("%s takes a journal or --run NAME, not both"):format(given.command))
  end
  return farm and record.run(farm) or record.file(given.subject)
end

--- The lines of a farm as the bytes of a file; nil for a path, which is opened by its reader.
function Record:open()
  return self.farm and farm_connection.lines(self.farm) or nil
end

--- The run of the farm that undoes this one.
function Record:undoing()
  local farm = {}
  for name, value in pairs(self.farm) do
    farm[name] = value
  end
  farm.run = self.farm.run .. "-undo"
  return record.run(farm)
end

--- Whether there is such a file, or such a run.
function Record:is_there()
  return self.farm and farm_connection.has_run(self.farm) or self.path and core.stat(self.path) ~= nil or false
end

--- The result so far: as `history.read` gives it.
-- @tparam[opt] table options
-- @treturn ?table nil, message, and the code of a farm that did not answer
function Record:read(options)
  local given = { pack = options and options.pack, file = self:open() }
  return history.read(self.name, given)
end

--- Checks the chain: as `journal.check` does.
-- @treturn ?table also with `over` (`lines`, `head`: of the journal when the run was over) where lines follow that
function Record:check()
  local reading, message = journal.read(self.name, self:open())
  if not reading then
    return nil, message
  end
  local over
  for number, line in reading:records() do
    over = line.event == "end" and { lines = number, head = reading.head } or over
  end
  local found, problem = reading:result()
  if found and over and over.lines < found.lines then
    found.over = over
  end
  return found, problem
end

--- The line that reports it, for the operator to type.
function Record:report_command()
  local words = { "report", self.path }
  for _, word in ipairs(self.farm and self.farm.words or {}) do
    words[#words + 1] = word
  end
  if self.farm then
    words[#words + 1], words[#words + 2] = "--run", self.farm.run
  end
  return output.command(words)
end

--- The real path of a journal's file, and the name of a farm's run, for the program at the end.
-- @treturn string empty where there is none
-- @treturn string
function Record:named()
  return self.path and core.real_path(self.path) or "", self.farm and self.farm.run or ""
end

return record
