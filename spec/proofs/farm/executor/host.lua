-- SPDX-License-Identifier: MIT
-- A host of a farm, as a process of its own: host.lua JOB OUTPUT. The job is JSON: `verb` ("apply", "resume", "undo", "flush"), `systems`
-- (name → `kind`, `entry`, `client`), `plan` and `people` (paths), `options` (with `farm`), `lose` (functions of the server: the first request
-- to each is lost). The output has `result`, or `message` and `code`.

local connection = require "signoff.farm.connection"
local files = require "spec.support.files"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"

local job = assert(json.decode(files.read(arg[1])))

local systems = {}
for name, one in pairs(job.systems) do
  systems[name] = offboarding.entry(one.kind, one.entry, one.client)
  if one.late then
    systems[name].targets = function(person)
      return one.late[person]
    end
  end
end

-- Loses the first request to each of those functions; of a claim that gives jobs, the answer.
local function lose(names)
  local open = connection.open
  local function call_of(call)
    return function(self, name, ...)
      local is_lost = names[name]
      local answer, age, code
      if not is_lost or name == "claim" then
        answer, age, code = call(self, name, ...)
        is_lost = is_lost and answer and #answer.jobs > 0
      end
      if is_lost then
        names[name] = nil
        return nil, "it was lost", "away"
      end
      return answer, age, code
    end
  end
  function connection.open(...)
    local made, message, code = open(...)
    if made then
      made.call = call_of(made.call)
    end
    return made, message, code
  end
end

local function said(value)
  local file = assert(io.open(arg[2] .. ".part", "w"))
  file:write(json.encode(value))
  file:close()
  assert(os.rename(arg[2] .. ".part", arg[2]))
end

local lost = {}
for _, name in ipairs(job.lose or {}) do
  lost[name] = true
end
lose(lost)

local options = job.options or {}
options.people = job.people
options.interrupted = job.interrupt and function()
  return files.find(job.interrupt) and true or nil
end or nil

local verbs = {
  apply = function()
    return offboard.apply(assert(offboard.load(job.plan)), systems, options)
  end,
  resume = function() return offboard.resume(nil, systems, options) end,
  undo = function() return offboard.undo(nil, systems, options) end,
}

local result, message, code = verbs[job.verb or "apply"]()
if result then
  said { result = result }
else
  said { message = message, code = code }
end
