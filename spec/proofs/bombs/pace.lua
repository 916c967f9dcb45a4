-- SPDX-License-Identifier: MIT
-- The pace of this machine now: a limit in milliseconds means those of a machine that decodes this text in REFERENCE of them.

local cjson = require "cjson.safe"

local REFERENCE = 2 -- milliseconds

local text = "[" .. ('{"name":"SEP003094C25B15","count":12},'):rep(6000) .. "0]"

--- Seconds of the processor that the text takes now.
local function measure()
  local started = os.clock()
  assert(cjson.decode(text))
  return os.clock() - started
end

--- Seconds as that machine would take.
-- @tparam number seconds the least of some tries
-- @tparam number pace the least of what `measure` gave beside them
local function of_reference(seconds, pace)
  return seconds / math.max(pace * 1000 / REFERENCE, 1)
end

return { measure = measure, of_reference = of_reference }
