-- SPDX-License-Identifier: MIT
--- The ways of running a made world: what each gives is rows and an exit code, as a run of signoff-offboard has them.

local apply = require "signoff.offboard.apply"
local journals = require "signoff.journal"
local nginx = require "spec.proofs.lies.nginx"
local offboard = require "signoff.offboard"
local planning = require "signoff.offboard.plan.plan"
local resume = require "signoff.offboard.resume"
local run = require "signoff.offboard.run"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local site = require "spec.proofs.lies.site"
local undo = require "signoff.offboard.undo"
local world = require "spec.proofs.lies.world"

local simulator = simulated.simulator

local ways = {}

local SETTLE, DEADLINE = 10, 60
-- In real time: short, but no busy machine may make an honest run fail.
local QUICK = { settle = SETTLE / world.HASTE, schedule = { 0.01, 0.02, 0.03 } }
local HONEST_DEADLINE, ADVERSE_DEADLINE = 20, 0.4

local function waits_of(case)
  return { settle = QUICK.settle, schedule = QUICK.schedule, deadline = case.honest and HONEST_DEADLINE or ADVERSE_DEADLINE }
end

-- The waits of a run: where one client is in a hurry, the profiles say.
local function settle_of(case, settle)
  return not (case.nasty and case.nasty.hurried) and settle or nil
end

local function place_in_log()
  return (select(2, simulator.truth(0, 0)))
end

-- Two cells of a person may come to one phone: rows of a name say of which cell they are.
local function key_of(row)
  return ("%s\0%s\0%s\0%s"):format(row.person, row.system, row.target, row.cell or "")
end

-- Remembers at which place of the log each row was given.
local function noting(concluded)
  return function(row)
    concluded[key_of(row)] = place_in_log()
  end
end

local function with_found(result, concluded)
  for _, row in ipairs(result.results) do
    row.concluded = concluded[key_of(row)]
  end
  return result
end

local function steady(case)
  local draw = require("spec.proofs.lies.random").new(case.seed)
  return { random = function() return draw:fraction() end }
end

-- A run that never came to rows.
local function nothing(message)
  return { results = {}, exit = 2, incomplete = true, message = message }
end

local function finish(result, message, concluded)
  return result and with_found(result, concluded) or nothing(message)
end

-- Nobody has looked at the plan, and approved a name that is nearly the same.
local function approve_as_it_is(case, plan)
  for _, item in ipairs(plan.items) do
    item.spelling = nil
  end
  case.planned = place_in_log()
end

-- The systems, of which one is another tenant's from now on.
local function other_tenant(case)
  case.moved = place_in_log()
  return site.systems(case, case.nasty and case.nasty.tenant)
end

-- Plans and applies on that clock. Gives what `apply` gave.
local function plan_and_apply(case, people, env, journal, concluded)
  local systems = site.systems(case)
  local plan, message = planning.make(systems, people, { protect = case.protect }, env)
  if not plan then
    return nil, message
  end
  approve_as_it_is(case, plan)
  if case.way == "apply" and case.nasty and case.nasty.tenant then
    systems = other_tenant(case)
  end
  return apply.run(env, plan, systems, {
    people = people, journal = journal, retry = steady(case), on_result = noting(concluded), settle = settle_of(case, SETTLE),
    deadline = DEADLINE,
  })
end

function ways.apply(case)
  local concluded, result, message = {}, nil, nil
  local people, remove = site.given(case)
  site.on_clock(function(env)
    result, message = plan_and_apply(case, people, env, false, concluded)
  end)
  remove()
  return finish(result, message, concluded)
end

-- Calls `f`; the `count`th record of its journal ends the program. Whether it did, and what `f` gave.
local function crash_at(count, f)
  local create = journals.create
  journals.create = function(...)
    local writer, message = create(...)
    local write = writer and writer.write
    if writer then
      function writer.write(self, record)
        count = count - (record.event ~= "item" and 1 or 0)
        if count == 0 then
          self.handle:close()
          error("crash", 0)
        end
        return write(self, record)
      end
    end
    return writer, message
  end
  local fine, problem = pcall(f)
  journals.create = create
  assert(fine or tostring(problem):find("crash", 1, true), problem)
  return not fine
end

function ways.resume(case)
  local concluded, result, message = {}, nil, nil
  local people, remove = site.given(case)
  local path = os.tmpname()
  os.remove(path)
  local crashed = crash_at(case.crash.at, function()
    site.on_clock(function(env)
      result, message = plan_and_apply(case, people, env, path, concluded)
    end)
  end)
  if crashed then
    simulator.advance(case.crash.gap)
    site.on_clock(function(env)
      result, message = resume.run(env, path, other_tenant(case), {
        people = people, retry = steady(case), on_result = noting(concluded),
      })
    end)
  end
  os.remove(path)
  remove()
  return finish(result, message, concluded)
end

--- Applies, and takes back what was set. The log shows the outcome.
function ways.undo(case)
  local concluded, result, message = {}, nil, nil
  local people, remove = site.given(case)
  local path = os.tmpname()
  os.remove(path)
  site.on_clock(function(env)
    result, message = plan_and_apply(case, people, env, path, concluded)
  end)
  case.undone = place_in_log()
  simulator.advance(5) -- meanwhile somebody may set something else
  site.on_clock(function(env)
    if result then
      assert(undo.run(env, path, site.systems(case), { retry = steady(case) }))
    end
  end)
  os.remove(path)
  remove()
  return finish(result, message, concluded)
end

-- Puts the results of several runs together.
local function add(all, result)
  for _, row in ipairs(result.results) do
    table.insert(all.results, row)
  end
  all.exit = math.max(all.exit, result.exit)
  all.incomplete = all.incomplete or result.incomplete
  return all
end

function ways.run(case)
  local all = { results = {}, exit = 0 }
  for _, person in ipairs(site.people(case)) do
    local concluded, result, message = {}, nil, nil
    case.began = case.began or {}
    case.began[person.person] = place_in_log()
    site.on_clock(function(env)
      result, message = run.run(env, site.systems(case), person, {
        protect = case.protect, retry = steady(case), on_result = noting(concluded), settle = SETTLE, deadline = DEADLINE,
      })
    end)
    add(all, finish(result, message, concluded))
  end
  return all
end

--- The public functions, in real time: calls that are on their way at once.
function ways.together(case)
  local systems, concluded = site.systems(case), {}
  local people, remove = site.given(case)
  local plan, message = offboard.plan(systems, people, { protect = case.protect })
  if not plan then
    remove()
    return nothing(message)
  end
  approve_as_it_is(case, plan)
  local result
  result, message = offboard.apply(plan, systems, {
    people = people, journal = false, on_result = noting(concluded), settle = QUICK.settle, schedule = QUICK.schedule,
    deadline = waits_of(case).deadline, retry = { base = 0.02, cap = 0.05 },
  })
  remove()
  return finish(result, message, concluded)
end

-- One target by `client:signout` or `client:verify`: a row.
local function sign_out(case, client, claim, verb)
  local target, options = world.systems[claim.system].call(claim)
  for name, value in pairs(waits_of(case)) do
    options[name] = value
  end
  options.user = verb == "signout" and options.user or nil
  local fine, result = pcall(client[verb], client, target, options)
  result = fine and result or { verdict = "failed", message = tostring(result) }
  return {
    person = claim.person, system = claim.system, target = claim.shown, verdict = result.verdict, code = result.code,
    message = result.message, evidence = result.evidence, concluded = place_in_log(),
  }
end

local function claims_of(case)
  local list = {}
  for number, cell in ipairs(case.cells) do
    for _, claim in ipairs(cell.claims) do
      local protected = case.protect and cell.person == require("spec.proofs.lies.names").protected
      local unknown = case.nasty and case.nasty.late == cell.system and (case.nasty.fails or protected) -- nobody asks: one row says so
      claim.cell, claim.unanswered = unknown and cell.person or number, unknown and not protected or nil
      list[#list + 1] = claim
    end
  end
  return list
end

local function one_by_one(verb)
  return function(case)
    local entries, rows = site.systems(case), {}
    for i, claim in ipairs(claims_of(case)) do
      claim.since = place_in_log()
      rows[i] = sign_out(case, entries[claim.system].client, claim, verb)
    end
    return { results = rows }
  end
end

ways.blocking, ways.verify = one_by_one "signout", one_by_one "verify"

function ways.loop(case)
  local entries, rows = site.systems(case), {}
  signoff.loop(function(loop)
    for i, claim in ipairs(claims_of(case)) do
      loop:spawn(function()
        rows[i] = sign_out(case, entries[claim.system].client, claim, "signout")
      end)
    end
  end)
  return { results = rows }
end

function ways.nginx(case)
  local asked, claims = {}, {}
  for _, claim in ipairs(claims_of(case)) do
    local target = world.systems[claim.system].call(claim)
    asked[claim.system], claims[claim.system] = asked[claim.system] or {}, claims[claim.system] or {}
    table.insert(asked[claim.system], target)
    table.insert(claims[claim.system], claim)
  end
  if not next(asked) then
    return { results = {} }
  end
  for system, list in pairs(case.nasty and case.nasty.object and asked or {}) do
    asked[system] = { target = list[1] } -- an object in place of a list
  end
  local answer = nginx.post(asked, waits_of(case))
  if not answer.results then
    return nothing(answer.error)
  end
  local rows, count = {}, {}
  for i, row in ipairs(answer.results) do
    count[row.system] = (count[row.system] or 0) + 1
    local claim = claims[row.system][count[row.system]]
    rows[i] = { person = claim.person, system = row.system, target = claim.shown, verdict = row.verdict, message = row.message }
  end
  return { results = rows, exit = answer.all_out and 0 or 3 }
end

-- The world of a case, in the simulator.
local function make_world(case)
  case.planned, case.began, case.moved, case.undone = nil, nil, nil, nil
  simulator.world {
    people = case.state, faults = case.faults, moves = case.moves, truth = { enabled = true, limit = 100000 },
    speed = world.real[case.way] and world.HASTE or 0,
  }
end

-- The settle of the strictest client; none only where one in a hurry is the whole run.
local function least_settle(case)
  local hurried = case.nasty and case.nasty.hurried
  for _, cell in ipairs(hurried and case.cells or {}) do
    hurried = cell.system == hurried and hurried
  end
  return hurried and 0 or world.real[case.way] and QUICK.settle or SETTLE
end

-- How many calls look as this one does: of a list all, else those at the same target.
local function like_it(case, claim)
  local count = 0
  for _, other in ipairs(claims_of(case)) do
    local same = other.target and claim.target and other.target:lower() == claim.target:lower()
    count = count + (other.system == claim.system and (same or other.system == "agvance") and 1 or 0)
  end
  return count
end

--- A case as the checker judges it.
function ways.account(case)
  local real = world.real[case.way]
  local account = {
    clock = real and "real" or "advanced", settle = least_settle(case), fresh = 5, slack = real and 0.003 or 0.01,
    in_flight = real and 0.05 or 0,
    planned = case.planned, claims = {}, protected = {}, own = {},
    undone = case.undone,
    tenant = case.moved and case.nasty and case.nasty.tenant and { system = case.nasty.tenant, after = case.moved } or nil,
  }
  if case.protect then
    account.protected[require("spec.proofs.lies.names").protected] = true
  end
  if case.own_session then
    account.own["agvance/" .. world.systems.agvance.own] = true
  end
  for i, claim in ipairs(claims_of(case)) do
    local mine = {}
    for name, value in pairs(claim) do
      mine[name] = value
    end
    if case.way == "nginx" or case.way == "verify" or (world.direct[case.way] and claim.system ~= "cisco_em") then
      mine.user = nil -- a target alone: the first look says who is meant
    end
    mine.since = case.began and case.began[claim.person] or claim.since
    account.claims[i] = mine
    mine.at_once = (case.way == "loop" or case.way == "nginx") and like_it(case, claim) or 1
  end
  return account
end

--- Runs a case.
-- @treturn table result rows and exit code
-- @treturn table account
-- @treturn {table,...} log of the truth
function ways.play(case)
  make_world(case)
  local result = ways[case.way](case)
  local log, _, full = simulator.truth()
  assert(not full, "the log of the truth is full")
  return result, ways.account(case), log
end

return ways
