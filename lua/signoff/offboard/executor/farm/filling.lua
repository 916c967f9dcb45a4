-- SPDX-License-Identifier: MIT

--- Fills a run of a farm with the items of its plan. Where the process that made the run falls silent, another one does the rest: filling
-- an item again adds nothing.
-- @module signoff.offboard.executor.farm.filling

local core = require "signoff.core"
local identity = require "signoff.offboard.executor.farm.identity"
local json = require "signoff.json"

local filling = {}

local BATCH = 500 -- items of one call
local QUIET = 5 -- seconds without a further item, after which another process fills
local GLANCE = 0.2
local SECONDS = 30 -- that a call may take

-- The system of an item, as far as its target's key needs it.
local function keys_of(systems)
  local keys = {}
  for _, entry in ipairs(systems) do
    keys[entry.name] = { entry = entry, key = identity.keys(entry) }
  end
  return keys
end

local function given_of(item, known)
  return {
    n = item.n, system = item.system, target_key = known and identity.target_key(known.entry, known.key, item),
    keyed = item.token ~= nil or nil, record = json.encode_unsorted { event = "item", at = core.time(), item = item },
  }
end

local function fill(connection, plan, keys)
  local first, count = 1, #plan.items
  repeat
    local list = json.list()
    for i = first, math.min(first + BATCH - 1, count) do
      list[#list + 1] = given_of(plan.items[i], keys[plan.items[i].system])
    end
    first = first + BATCH
    local answer, message, code = connection:call("fill", { items = list, last = first > count }, SECONDS)
    if not answer then
      return nil, message, code
    end
  until first > count or answer.state ~= "filling"
  return true
end

-- Waits while another process fills. False where that is silent.
local function await(env, connection)
  local seen, since = -1, env.now()
  while env.now() - since < QUIET do
    local answer, message, code = connection:call("fill", { items = json.list() })
    if not answer then
      return nil, message, code
    elseif answer.state ~= "filling" then
      return true
    elseif answer.filled ~= seen then
      seen, since = answer.filled, env.now()
    end
    env.sleep(GLANCE)
  end
  return false
end

--- Fills the run, or waits until it is.
-- @tparam table env
-- @tparam table connection of the worker
-- @tparam table plan
-- @tparam {table,...} systems
-- @tparam boolean created whether this process made the run
-- @treturn ?boolean true; nil, a message and a code
function filling.run(env, connection, plan, systems, created)
  local done, message, code = false, nil, nil
  if not created then
    done, message, code = await(env, connection)
  end
  if done == false then
    return fill(connection, plan, keys_of(systems))
  end
  return done, message, code
end

return filling
