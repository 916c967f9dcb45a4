-- SPDX-License-Identifier: MIT

--- Progress, on stderr: a progress bar for each system on a terminal, a line for each target elsewhere.
-- @module signoff.offboard.cli.progress

local progress_bar = require "signoff.offboard.cli.progress_bar"
local core = require "signoff.core"
local Text = require "signoff.text"
local plain_report = require "signoff.offboard.report.plain"
local verdicts = require "signoff.signout.verdict"

local progress = {}

local function write(text)
  io.stderr:write(text)
  io.stderr:flush()
end

local function widths(rows)
  local found = { person = 6, system = 6, target = 6 }
  for _, row in ipairs(rows) do
    for name, width in pairs(found) do
      found[name] = math.min(40, math.max(width, Text.width(Text.clean(row[name]))))
    end
  end
  return found
end

-- "ana.silva  phones  SEP1  ended", or why not.
local function shown(row, width)
  local verdict = row.verdict
  if row.message and not (verdicts.is_settled(verdict, row.code) and verdict ~= "skipped") then
    verdict = ("%-12s  %s"):format(verdict, Text.clean(row.message))
  end
  return table.concat({
    Text.pad(Text.clean(row.person), width.person), Text.pad(Text.clean(row.system), width.system),
    Text.pad(Text.clean(row.target), width.target), verdict,
  }, "  ")
end

-- Shows progress as lines, for files and pipes. A run that is slow says now and then how far it is.
local function as_lines(total, width)
  local done, said = 0, core.now()
  local function count()
    return ("[%" .. #tostring(total) .. "d/%d]  "):format(done, total)
  end
  local self = {}
  function self.result(row)
    done, said = done + 1, core.now()
    total = math.max(total, done)
    write(count() .. shown(row, width) .. "\n")
  end
  function self.progress(name, about)
    if core.now() - said >= 30 and (about.done or 0) < (about.total or 0) then
      said = core.now()
      write(("%s%s: %d of %d, %d in flight%s\n"):format(count(), name, about.done, about.total, about.in_flight or 0,
        about.eta and (", %d s to go"):format(math.ceil(about.eta)) or ""))
    end
  end
  function self.finish() end
  return self
end

local function on_terminal(systems, width, columns, colours)
  local drawn = progress_bar.new({ write = write, now = core.now, columns = columns }, systems)
  local self = {}
  function self.result(row)
    drawn:result(row)
    if not verdicts.is_settled(row.verdict, row.code) then
      local text = Text.cut(shown(row, width), columns - 1)
      drawn:say(colours and plain_report.paint(text, row.verdict) or text)
    end
  end
  function self.progress(name, about)
    drawn:progress(name, about)
  end
  function self.finish()
    drawn:finish()
  end
  drawn:finish()
  return self
end

-- The columns of the terminal behind a descriptor, nil where lines are not cut to a width.
local function terminal(descriptor)
  return os.getenv "TERM" ~= "dumb" and core.terminal(descriptor) or nil
end

--- Whether to colour what goes to a descriptor.
function progress.colours(descriptor)
  local no_color = os.getenv "NO_COLOR"
  return terminal(descriptor) ~= nil and (not no_color or no_color == "")
end

local silent = { result = function() end, progress = function() end, finish = function() end }

--- Shows how a run goes.
-- @tparam {table,...} rows what is to be done: `person`, `system`, `target`
-- @tparam[opt] boolean quiet
-- @treturn table functions `result(row)`, `progress(name, about)`, `finish()`
function progress.new(rows, quiet)
  if quiet then
    return silent
  end
  local systems, by_name = {}, {}
  for _, row in ipairs(rows) do
    local system = by_name[row.system]
    if not system then
      system = { name = row.system, total = 0 }
      by_name[row.system], systems[#systems + 1] = system, system
    end
    system.total = system.total + 1
  end
  local columns = terminal(2)
  return columns and on_terminal(systems, widths(rows), columns, progress.colours(2)) or as_lines(#rows, widths(rows))
end

return progress
