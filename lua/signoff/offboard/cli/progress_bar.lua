-- SPDX-License-Identifier: MIT

--- A progress bar for each system, at the bottom of a terminal, redrawn in place.
-- @module signoff.offboard.cli.progress_bar

local Text = require "signoff.text"

local progress_bar = {}
progress_bar.__index = progress_bar

local WINDOW = 15 -- seconds that a rate is taken over
local EVERY = 0.1 -- seconds between two drawings

local function clock(seconds)
  seconds = math.ceil(seconds)
  if seconds >= 3600 then
    return ("%d:%02d:%02d"):format(math.floor(seconds / 3600), math.floor(seconds / 60) % 60, seconds % 60)
  end
  return ("%d:%02d"):format(math.floor(seconds / 60), seconds % 60)
end

--- @tparam table options `write(text)`, `now()`, `columns` of the terminal
-- @tparam {table,...} systems `name`, `total`
function progress_bar.new(options, systems)
  local self = setmetatable({ write = options.write, now = options.now, columns = options.columns, lines = 0 }, progress_bar)
  self.systems, self.width = {}, 0
  for i, system in ipairs(systems) do
    local name = Text.clean(system.name)
    self.systems[i] = { name = name, total = system.total, done = 0, acted = 0, in_flight = 0, began = self.now() }
    self.systems[i].samples = { { at = self.systems[i].began, acted = 0 } }
    self.systems[system.name] = self.systems[i]
    self.width = math.max(self.width, Text.width(name))
  end
  return self
end

-- The rate of late, in targets a second: since the oldest sample of the window.
local function rate(system, now)
  local samples = system.samples
  while samples[2] and samples[1].at < now - WINDOW do
    table.remove(samples, 1)
  end
  local span = now - samples[1].at
  return span > 0.5 and (system.acted - samples[1].acted) / span or 0
end

local function sample(system, now)
  if now - system.samples[#system.samples].at >= 1 then
    system.samples[#system.samples + 1] = { at = now, acted = system.acted }
  end
end

local function state(system, now)
  if system.stopped then
    return "stopped: " .. Text.clean(system.stopped)
  elseif system.done >= system.total then
    return "done in " .. clock((system.ended or now) - system.began)
  elseif system.acted >= system.total then
    return "looking again"
  end
  local speed = rate(system, now)
  local left = system.eta or speed > 0 and (system.total - system.acted) / speed
  local tenths = math.floor(speed * 10 + 0.5)
  local parts = { ("%d.%d/s"):format(math.floor(tenths / 10), tenths % 10), ("%d in flight"):format(system.in_flight) }
  parts[3] = left and "ETA " .. clock(left) or nil
  return table.concat(parts, ", ")
end

-- "######++++------": what has its verdict, what was acted on, the rest.
local function bar(system, size)
  local function filled(count)
    return math.floor((system.total > 0 and math.min(count / system.total, 1) or 1) * size)
  end
  local done = filled(system.done)
  local acted = math.max(filled(system.acted) - done, 0)
  return ("#"):rep(done) .. ("+"):rep(acted) .. ("-"):rep(size - done - acted)
end

-- "phones  [######++--]   6/10  1.0/s, 2 in flight, ETA 0:04"
local function line(self, system, now)
  local size = math.max(4, math.min(30, self.columns - self.width - 50))
  local count = ("%d/%d"):format(system.done, system.total)
  local text = ("%s  [%s]  %11s  %s"):format(Text.pad(system.name, self.width), bar(system, size), count, state(system, now))
  return Text.cut(text, self.columns - 1)
end

-- Moves the cursor back to where the first bar stands.
local function rewind(self)
  return self.lines > 0 and ("\27[%dA\r"):format(self.lines) or "\r"
end

--- Draws all systems, unless that was done a moment ago.
function progress_bar:draw(now, force)
  if not force and self.drawn and now - self.drawn < EVERY then
    return
  end
  local parts = { rewind(self) }
  for _, system in ipairs(self.systems) do
    parts[#parts + 1] = line(self, system, now) .. "\27[K\n"
  end
  self.drawn, self.lines = now, #self.systems
  self.write(table.concat(parts))
end

--- Writes a line above the drawing.
function progress_bar:say(text)
  self.write(rewind(self) .. text .. "\27[K\n" .. ("\27[K\n"):rep(self.lines))
  self:draw(self.now(), true)
end

--- Notes that a target is finished.
function progress_bar:result(row)
  local system, now = self.systems[row.system], self.now()
  if system then
    sample(system, now)
    system.done = system.done + 1
    system.acted = math.max(system.acted, system.done)
    system.ended = now
    self:draw(now, system.done == system.total)
  end
end

--- Takes the progress of a system.
-- @tparam string name
-- @tparam table about `total`, `acted` (on how many), `in_flight`, `eta` (seconds), `stopped` (why)
function progress_bar:progress(name, about)
  local system = self.systems[name]
  if system then
    sample(system, self.now())
    system.total = about.total or system.total
    system.acted = math.max(about.acted or 0, system.done)
    system.in_flight, system.eta, system.stopped = about.in_flight or 0, about.eta, about.stopped
    self:draw(self.now())
  end
end

--- Draws once more, and leaves it on the terminal.
function progress_bar:finish()
  self:draw(self.now(), true)
end

return progress_bar
