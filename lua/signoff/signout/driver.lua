-- SPDX-License-Identifier: MIT

--- `client:signout(target, options)` and `client:verify(target, options)`: the state machine of one target, driven by one
-- caller who waits.
--
-- Options, with their defaults in the profiles `script` and `dialplan`: `schedule`: seconds between observations, the last one again
-- and again (1, 2, 3, 5; 0.2, 0.3, 0.5). `settle`: seconds between the two observations that make "gone" count (10; 0). `deadline`:
-- seconds for all of it (60; 2). `user`: `signout`, only if this person is there. `status`: where a status is set, what `signout` sets, or
-- `verify` wants to read back.
-- @module signoff.signout.driver

local runtime = require "signoff.async.runtime"
local check = require "signoff.check"
local core = require "signoff.core"
local deadline = require "signoff.async.deadline"
local Evidence = require "signoff.signout.evidence"
local machine = require "signoff.signout.state_machine"
local observation = require "signoff.signout.observation"
local names = require "signoff.names"
local observe = require "signoff.signout.observe"
local proof = require "signoff.signout.proof"
local seen_alive = require "signoff.seen_alive"
local waiting_pcall = require("signoff.async.coroutine").pcall

local driver = {}

-- The options of each method.
local known = {
  verify = { schedule = "table", settle = "number", deadline = "number", status = "table" },
  signout = { schedule = "table", settle = "number", deadline = "number", status = "table", user = "string" },
}

-- Seconds that a look may be old when an act relies on it (rule A1); real targets of one target.
local FRESH, TARGETS = 5, 1

local clock = { now = core.now, time = core.time }

local function limits_of(client, where, method, options)
  check.options(where, options, known[method])
  local profile, limits = core.anchor(client).profile, {}
  for name in pairs(known[method]) do
    limits[name] = options and options[name] or profile[name]
  end
  limits.retry, limits.fresh, limits.targets = profile.retry, FRESH, TARGETS
  limits.nodes = observe.elsewhere(client)
  limits.ends = math.min(core.now() + limits.deadline, deadline.ends())
  return limits
end

local function check_target(client, where, operation, target)
  if type(target) == "table" and #target > 0 then
    core.raise(("%s: a list is no target; call it for each"):format(where))
  end
  local tried_with = core.facts[client:kind()].tried_with
  for _, name in ipairs(tried_with and tried_with.target or { operation }) do
    core.build(client, name, target)
  end
end

local function protects_nobody()
  return false
end

-- The changes of all sign-outs that run in this program, by real target (rule A3): one record a target, as long as one is. A sign-out
-- that is dropped while it waits, as a host does with a request that is over, leaves it: it holds no longer than its deadline.
local reals = setmetatable({}, { __mode = "v" })

local function take_real(self)
  local kind, options = self.client:kind(), core.anchor(self.client).options
  local _, id = core.name_key(self.id, names.rule(kind, "target"))
  local tenant = self.question.evidence == "occupant" and "" or tostring(self.client) .. "\0" .. (options.path or "")
  self.real_name = table.concat({ kind, tenant, id or self.id }, "\0")
  local real = reals[self.real_name]
  if not real or real.holds_until <= core.now() then
    real = machine.untouched()
    real.users, real.holds_until = 0, 0
  end
  real.users, real.holds_until = real.users + 1, math.max(real.holds_until, self.limits.ends)
  reals[self.real_name] = real
  return real
end

-- Ends an act that was broken off: it may have acted.
local function leave_real(self)
  local real = self.real
  if self.acting then
    machine.released(self.state, self.acting, self.context, core.now(), true)
  end
  real.users = real.users - 1
  if real.users == 0 and reals[self.real_name] == real then
    reals[self.real_name] = nil
  end
end

local function context_of(self, options)
  local kind = self.client:kind()
  local facts = core.facts[kind]
  return {
    target = {
      id = self.result.value.target, user = options and options.user, status = self.limits.status, renewable = facts.renewable,
      seen = seen_alive.was(self.client, self.target), accepted = seen_alive.was_accepted(self.client, self.target),
    },
    evidence = self.question.evidence, watches = self.watches, retry = facts.operations[facts.signs_out].retry, limits = self.limits,
    compare = observe.comparison(kind), protects = protects_nobody, real = function() return self.real end,
  }
end

-- The rest of the deadline, as options of one call; nil when there is none.
local function overrides(self)
  local left = self.limits.ends - core.now()
  if left < 0.001 then
    return nil
  elseif self.question.evidence ~= "token" then
    return { deadline = left }
  end
  return observe.route(self.client, self.cookie, self.state.asked_elsewhere, { deadline = left })
end

-- Seconds to wait before the next try; nil where the deadline leaves no such time.
local function delay(self, n, at_least)
  local schedule = self.limits.schedule
  local seconds = math.max(schedule[math.min(n, #schedule)], at_least or 0)
  return core.now() + seconds < self.limits.ends and seconds or nil
end

-- Whether what failed that often is tried again. A dialplan has no time for that, but once where the system itself says that it is
-- busy: it has done nothing, and is free in a moment.
local function is_tried_again(self, failure, tries)
  local is_busy = failure.code == "busy" and failure.own_words and tries == 1
  return failure.retriable and (self.limits.retry or is_busy)
end

local function note(self, seen)
  local status = seen.status and self.state.phase ~= "confirming" and { previous = seen.status } or nil
  self.result:note(seen.what, status)
end

-- A look that the deadline cut off takes nothing back; but a look from before an act that may have acted does not count after it.
local function deadline_reached(self, cut)
  local late = { code = "timeout", message = "the deadline was reached" }
  if not self.last then
    return "over", self.watches and "unknown" or "failed", late
  elseif self.acted and self.last.asked < self.acted then
    local why = self.lost or { code = "timeout", message = "the deadline was reached before it could look again" }
    self.last = cut or observation.failed(why.message, why)
    self.state.presence = "failed"
    note(self, self.last)
  end
  return "over", proof.unproved(self.state, self.last, self.context)
end

local function look_once(self)
  local left = overrides(self)
  if not left then
    return nil
  end
  local about = {
    id = self.id, argument = self.target, wanted = self.limits.status, user = self.context.target.user,
    occupant = self.state.seen and self.state.seen.occupant, compare = self.context.compare, has_own = self.has_own,
    is_own = self.is_own,
  }
  local seen = observe.look(self.client, self.question, { about }, clock, left)[1]
  self.cookie, self.state.node = observe.place(self.cookie, self.state.node, seen)
  return seen
end

local steps = {}

function steps.look(self, seconds)
  if seconds > 0 then
    if core.now() + seconds >= self.limits.ends then
      return deadline_reached(self)
    end
    runtime.sleep(seconds)
  end
  local seen = look_once(self)
  if not seen or (seen.code == "timeout" and self.last and not overrides(self)) then
    return deadline_reached(self, seen)
  end
  self.failed_reads = seen.code and (self.failed_reads or 0) + 1 or nil
  local confirms = self.state.phase == "confirming" or self.watches
  if seen.retriable and confirms or is_tried_again(self, seen, self.failed_reads) then
    seen.delay = delay(self, self.failed_reads, seen.retry_after)
  end
  note(self, seen)
  if seen.present == false and #self.state.order == 0 and self.question.evidence == "setting" and not self.state.absent then
    self.result:note("it already was", { already = true })
  end
  self.last = seen
  return machine.looked(self.state, seen, self.context, core.now())
end

local function send(self)
  local left = overrides(self)
  if not left then
    return nil, { code = "timeout", message = "the deadline was reached before anything was sent", sent = false, retriable = false }
  end
  local operation = self.operation.name
  local answer, message, _, detail
  if self.question.evidence == "setting" then
    answer, message, _, detail = self.client[operation](self.client, self.target, self.limits.status, left)
  else
    left.own_excluded = self.operation.excludes_own and true or nil -- the look that allows this act has told them apart
    answer, message, _, detail = self.client[operation](self.client, self.target, left)
  end
  self.result:note(answer and ("%s: %s"):format(operation, answer.answer) or message)
  return answer, detail
end

-- The members of a failure that the machine needs.
local function failure_of(self, detail, tries)
  return {
    code = detail.code, message = detail.message, retriable = detail.retriable or false, sent = detail.sent, own_words = detail.own_words,
    delay = is_tried_again(self, detail, tries) and delay(self, tries, detail.retry_after) or nil,
  }
end

function steps.act(self, id)
  local step, a, b = machine.may_act(self.state, id, self.context, core.now(), core.time())
  if step ~= "act" then
    return step, a, b
  end
  local place = machine.acting(self.state, id, self.context)
  self.acting = id
  local answer, detail = send(self)
  self.acting = nil
  local outcome = answer and { answer = answer.answer } or failure_of(self, detail, place.tries)
  if answer or detail.sent ~= false and not detail.own_words then
    self.acted, self.lost = core.now(), detail
  end
  return machine.acted(self.state, id, outcome, self.context, core.now())
end

-- The panels that stay open: a status closes none of them.
local function note_logins(self)
  local operations = core.facts[self.client:kind()].operations
  local left = operations.logins and overrides(self)
  local logins = left and self.client:logins(self.target, left)
  if logins then
    self.result:note(observation.panels(logins))
  end
end

local function run_steps(self)
  local step, a, b = "look", 0, nil
  while step ~= "over" do
    step, a, b = steps[step](self, a)
  end
  return a, b
end

local function run(self)
  self.real = take_real(self)
  local fine, a, b = waiting_pcall(run_steps, self)
  leave_real(self)
  if not fine then
    error(a, 0)
  end
  if a == "status_set" then
    note_logins(self)
  end
  return self.result:conclude(a, b)
end

-- Whether a target is the client's own token.
local function is_own_token(client, target)
  local own = core.anchor(client).options.token
  local token = type(target) == "table" and target.token or target
  return own ~= nil and token ~= nil and core.fingerprint(own) == core.fingerprint(token)
end

local function new(client, target, method, question, options)
  local where = ("%s.%s"):format(client:kind(), method)
  local facts = core.facts[client:kind()]
  local self = {
    client = client, target = target, question = question, watches = method == "verify", state = machine.new(),
    limits = limits_of(client, where, method, options), operation = facts.operations[facts.signs_out],
  }
  check_target(client, where, question.listed and "status" or question.lists and "status" or question.operation.name, target)
  local own = (self.operation.excludes_own or {}).option
  self.has_own = own and select(2, core.option(client, own)) and true or false
  self.is_own = is_own_token(client, target)
  self.result = Evidence.new(client, target)
  self.id = question.lists and core.bytes(target) or self.result.value.target
  self.context = context_of(self, options)
  return self
end

--- Finds out who is there, signs out, and watches until the target is gone, or the deadline.
-- @param client
-- @param target as its methods take it
-- @tparam[opt] table options
-- @treturn table result
-- @raise for an unknown option, and for a target that the system cannot take
function driver.signout(client, target, options)
  local question = observe.question(client:kind())
  local self = new(client, target, "signout", question, options)
  if question.evidence == "setting" then
    if not self.limits.status then
      core.raise(("%s.signout: option 'status' ({name =, type =}) is missing"):format(client:kind()))
    end
    core.build(client, self.operation.name, target, self.limits.status) -- raises what is wrong with it before anything is sent
  end
  return run(self)
end

--- Watches until the target is gone, or the deadline. It changes nothing.
-- @param client
-- @param target as `client:status` takes it; where a status is set: a user, whose panel logins are looked at
-- @tparam[opt] table options
-- @treturn table result
-- @raise for an unknown option, and for a target that the system cannot take
function driver.verify(client, target, options)
  local question = observe.question(client:kind())
  if question.evidence == "setting" and not (options and options.status) then
    question = observe.logins(client:kind())
  end
  local self = new(client, target, "verify", question, options)
  if self.limits.status then
    core.build(client, self.operation.name, target, self.limits.status)
  end
  return run(self)
end

return driver
