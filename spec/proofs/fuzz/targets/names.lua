-- SPDX-License-Identifier: MIT
-- The first byte picks the rule; two names follow, a line feed between them.
local core = require "signoff.core"

local rules = { [0] = "exact", "folded", "key" }

local function answer_of(a_nearly, a_same, b_nearly, b_same)
  if not a_nearly or not b_nearly then
    return "different"
  end
  return a_same == b_same and "same" or a_nearly == b_nearly and "nearly" or "different"
end

-- A key of many layers of percent-encoding inside compatible forms is decoded a bounded number of times.
local function settled(key)
  return not key:find "%%%x%x"
end

local function check_name(text, rule)
  local nearly, same = core.name_key(text, rule)
  assert((nearly == nil) == (same == nil) and nearly ~= "", "half a name")
  assert(core.compare(text, text, rule) == (nearly and "same" or "different"), "not the same as itself")
  if nearly and settled(nearly) then
    assert(core.name_key(nearly, rule) == nearly, "the key of a key is another")
  end
  for _, blank in ipairs { " ", "\t\r\n", "\226\128\168" } do
    assert(core.name_key(blank .. text .. blank, rule) == nearly, "a blank counts")
  end
  return nearly, same
end

return function(bytes)
  local pick, a, b = bytes:match "^(.)([^\n]*)\n(.*)$"
  if not pick then
    return
  end
  local rule = rules[pick:byte() % 3]
  local a_nearly, a_same = check_name(a, rule)
  local b_nearly, b_same = check_name(b, rule)
  local likeness, notice = core.compare(a, b, rule)
  local swapped, other = core.compare(b, a, rule)
  assert(likeness == swapped and notice == other, "the order counts")
  assert(likeness == answer_of(a_nearly, a_same, b_nearly, b_same), "keys and comparison differ")
end
