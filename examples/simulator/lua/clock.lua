--- The simulated clock, which everything that expires goes by, and what is to happen later on it or on the real one.
local clock = {}

local offset = 0
local events = {} -- { { at, kind, act }, ... }, few at any time

function clock.real()
  return ngx.now()
end

function clock.now()
  return ngx.now() + offset
end

function clock.advance(seconds)
  offset = offset + seconds
end

function clock.offset()
  return offset
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
  offset = 0
  events = {}
end

return clock
