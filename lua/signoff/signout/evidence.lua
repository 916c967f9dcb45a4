-- SPDX-License-Identifier: MIT

--- Results: the verdict of one target, and the evidence that it rests on.
-- @module signoff.signout.evidence

local core = require "signoff.core"
local verdicts = require "signoff.signout.verdict"

local result = {}
result.__index = result

local function is_secret(value)
  return type(value) == "userdata"
end

-- The member that belongs to a token, such as its device.
local function bound_of(operation, target)
  for i = 2, #operation.arguments do
    local argument = operation.arguments[i]
    if not argument.secret and not argument.route then
      return target[argument.name]
    end
  end
end

-- A target as it may be shown: tokens by their fingerprints.
local function shown(client, operation, target)
  local first, facts = operation.arguments[1], core.facts[client:kind()]
  if facts.shown and type(target) == "table" then
    return facts.shown(target)
  end
  if type(target) == "table" then
    local name = target.user_name or target.id
    if name then
      return name
    end
    local bound = bound_of(operation, target)
    return core.fingerprint(target.token or core.anchor(client).options.token) .. (bound and "@" .. bound or "")
  end
  if target == nil or first.secret or is_secret(target) then
    return core.fingerprint(target or core.anchor(client).options.token)
  end
  return target
end

--- The task that is left for a person, in a sentence; nil for none.
-- @tparam table facts of the system
-- @tparam string verdict
-- @tparam string target as it may be shown
-- @tparam[opt] string code of the verdict
function result.by_hand(facts, verdict, target, code)
  if verdicts.is_by_hand(verdict, code) then
    return ("%s for %s: %s"):format(verdict, target, facts.by_hand)
  end
end

--- A result without a verdict.
function result.new(client, target)
  local kind = client:kind()
  local facts = core.facts[kind]
  local made = {
    system = kind,
    action = facts.signs_out,
    target = shown(client, facts.operations[facts.signs_out], target),
    evidence = {},
  }
  return setmetatable({ value = made, facts = facts, client = client }, result)
end

-- A system's words may hold what we sent: they pass the client's mask.
local function masked(client, value)
  if type(value) == "string" then
    return core.mask(client, value)
  elseif type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, member in pairs(value) do
    copy[name] = masked(client, member)
  end
  return copy
end

--- Adds what was seen, with the time (Unix seconds).
function result:note(what, more)
  local entry = masked(self.client, more or {})
  entry.at, entry.what = core.time(), core.mask(self.client, what)
  table.insert(self.value.evidence, entry)
end

--- Ends it.
-- @tparam string verdict
-- @tparam[opt] table why `code` and `message`
-- @treturn table the result, as scripts get it
function result:conclude(verdict, why)
  local value = self.value
  value.verdict = verdict
  value.code = why and (why.code or why.reason)
  value.message = why and why.message and core.mask(self.client, why.message)
  value.by_hand = result.by_hand(self.facts, verdict, value.target)
  return value
end

return result
