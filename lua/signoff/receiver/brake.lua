-- SPDX-License-Identifier: MIT

--- The brake of a receiver: how many different persons its events may sign out in a span of time. The events of more are held.
--
-- The count is that of all workers: it stands in nginx's shared dictionary, or in a table. A restart of nginx forgets it; the one who
-- signs out, `watch`, has a brake of its own, which is not forgotten.
-- @module signoff.receiver.brake

local core = require "signoff.core"

local brake = {}

local NAME = "brake" -- in the dictionary
local DIGITS = 16 -- of a person's digest

local Brake = {}
Brake.__index = Brake

-- A table with the two functions of a shared dictionary that are used.
local Store = {}
Store.__index = Store

function Store:get()
  return self.text
end

function Store:safe_set(_, text)
  self.text = text
end

--- Makes a brake.
-- @tparam table limit `count` and `seconds`
-- @tparam[opt] dictionary of nginx's workers
function brake.new(limit, dictionary)
  return setmetatable({ count = limit.count, seconds = limit.seconds, store = dictionary or setmetatable({}, Store) }, Brake)
end

-- The persons within the span, but one, as the text has them: "DIGEST TIME" with blanks between; and whether that one is there. A clock
-- that was set back makes nobody of them forgotten.
local function others(self, digest, now)
  local list, known = {}, false
  for one, at in (self.store:get(NAME) or ""):gmatch "(%x+) ([0-9.]+)" do
    if core.number(at) > now - self.seconds then
      known = known or one == digest
      list[#list + 1] = one ~= digest and one .. " " .. at or nil
    end
  end
  return list, known
end

--- Takes a person in, if the brake allows it. One who is within the span is no other person.
-- @tparam string person
-- @tparam number now
-- @treturn boolean
function Brake:take(person, now)
  local digest = core.sha256(person):sub(1, DIGITS)
  local list, known = others(self, digest, now)
  if not known and #list >= self.count then
    return false
  end
  list[#list + 1] = ("%s %.0f"):format(digest, now)
  self.store:safe_set(NAME, table.concat(list, " "))
  return true
end

return brake
