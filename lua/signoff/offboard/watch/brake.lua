-- SPDX-License-Identifier: MIT

--- The brake: how many different persons may be signed out in a span of time. Those above are held until a person releases them: whoever
-- can make an identity provider speak could else sign a whole site out.
-- @module signoff.offboard.watch.brake

local core = require "signoff.core"

local brake = {}
brake.__index = brake

local SPANS = { m = 60, h = 3600, d = 86400 }

--- The brake of a site that names none.
brake.usual = { count = 25, seconds = 3600 }

--- Reads such as `25/h`: so many persons in a minute (m), an hour (h) or a day (d).
-- @tparam string text
-- @treturn ?table `count`, `seconds`; nil, message
function brake.parse(text)
  local count, unit = text:match "^(%d+)/([mhd])$"
  count = core.number(count or "")
  if not count or count < 1 or count >= 2 ^ 31 then
    return nil, ("'%s' is no brake: so many persons in a minute, an hour or a day, such as 25/h"):format(text)
  end
  return { count = count, seconds = SPANS[unit] }
end

--- Makes a brake that nobody has met yet.
-- @tparam table limit as `parse` gives it
function brake.new(limit)
  return setmetatable({ count = limit.count, seconds = limit.seconds, last = {} }, brake)
end

--- Notes that a person was, or is being, signed out.
-- @tparam string person
-- @tparam number at
function brake:note(person, at)
  self.last[person] = math.max(self.last[person] or at, at)
end

--- Notes the persons of runs, but of those that were cancelled.
-- @tparam table runs of the ledger, by number
function brake:note_runs(runs)
  for _, run in pairs(runs) do
    if not run.over or run.over.exit then
      self:note(run.person, run.at)
    end
  end
end

--- Counts the persons within the span. A clock that was set back makes nobody of them forgotten.
-- @tparam number now
-- @treturn number
function brake:count_persons(now)
  local count = 0
  for person, at in pairs(self.last) do
    if at <= now - self.seconds then
      self.last[person] = nil
    else
      count = count + 1
    end
  end
  return count
end

--- Whether one more person may be signed out. One who was within the span is no other person.
-- @tparam string person
-- @tparam number now
-- @treturn boolean
function brake:allows(person, now)
  local count = self:count_persons(now)
  return self.last[person] ~= nil or count < self.count
end

return brake
