-- SPDX-License-Identifier: MIT
-- A host of a farm, as a process of its own: host.lua JOB OUTPUT. The job is JSON: `verb` ("apply", "resume", "undo", "flush"), `systems`
-- (name → `kind`, `entry`, `client`), `plan` and `people` (paths), `options` (with `farm`). The output has `result`, or `message` and `code`.

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

local function said(value)
  local file = assert(io.open(arg[2] .. ".part", "w"))
  file:write(json.encode(value))
  file:close()
  assert(os.rename(arg[2] .. ".part", arg[2]))
end

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
