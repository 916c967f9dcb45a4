-- SPDX-License-Identifier: MIT
-- Plans as files: the first byte says whether the digest is made to fit the lines that follow, or the bytes are a file as they are.
-- A plan that is taken can be shown, searched and saved, and is the same when it is loaded again.
local core = require "signoff.core"
local file = require "spec.proofs.fuzz.file"
local planfile = require "signoff.offboard.plan.store"
local planning = require "signoff.offboard.plan.plan"
local site = require "spec.support.site"

local map = site.map()

local function signed(text)
  if text:sub(-1) ~= "\n" then
    text = text .. "\n"
  end
  return ('%s{"digest":"sha256:%s"}\n'):format(text, core.sha256(text))
end

local function check_shown(plan)
  local text = tostring(plan)
  assert(not text:find "[%z\1-\9\11-\31\127]", "a control character in a plan's text")
  assert(text:find("Digest " .. plan.digest, 1, true), "its text lacks the digest")
end

local function check_used(plan)
  local fits, message = plan:fits(map)
  assert(fits or message:find "^the plan is for other systems", "it neither fits nor not")
  assert(type(plan:protects("ana", "SEP1")) == "boolean", "protected or not?")
  message = plan:age_problem(3600)
  assert(message == nil or message:find "^the plan was made", "an age without a word")
end

local function check_kept(plan)
  assert(plan:save(file.path))
  local again = assert(planning.load(file.path))
  assert(planfile.encode(plan) == planfile.encode(again), "what was saved is not what was loaded")
end

return function(bytes)
  local text = bytes:sub(2)
  file.write(bytes:sub(1, 1) == "s" and signed(text) or text)
  local plan, message = planning.load(file.path)
  if not plan then
    return file.check_message(message)
  end
  check_shown(plan)
  check_used(plan)
  check_kept(plan)
end, true
