--- The simulated clock, by which everything expires, and the events that are due later on it or on the real one.
local clock = {}

local offset = 0
local speed, since = 1, 0 -- simulated seconds a real one, and the real moment from which on that holds
local events = {} -- { { at, kind, act }, ... }, few at any time

function clock.real()
  return ngx.now()
end

function clock.now()
  return ngx.now() + offset + (speed - 1) * (ngx.now() - since)
end

function clock.advance(seconds)
  offset = offset + seconds
end

--- From now on that many simulated seconds pass in a real one.
function clock.run_at(new_speed)
  offset = clock.offset()
  speed, since = new_speed, ngx.now()
end

function clock.speed()
  return speed
end

--- How far the simulated clock is ahead of the real one.
function clock.offset()
  return clock.now() - ngx.now()
end

local function read(kind)
  return kind == "real" and clock.real() or clock.now()
end

--- Runs `act` once `seconds` have passed on the clock that `kind` names: "simulated" (which includes real time) or "real".
function clock.later(seconds, kind, act)
  events[#events + 1] = { at = read(kind) + seconds, kind = kind, act = act }
end

--- Runs what has fallen due. Called before every request, so that no timer is needed.
function clock.run_due()
  if #events == 0 then return end
  local waiting = {}
  local due = events
  events = waiting
  for _, event in ipairs(due) do
    if event.at <= read(event.kind) then
      event.act()
    else
      waiting[#waiting + 1] = event
    end
  end
end

function clock.reset()
  offset, speed, since = 0, 1, 0
  events = {}
end

return clock
