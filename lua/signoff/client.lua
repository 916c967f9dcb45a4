-- SPDX-License-Identifier: MIT

--- Clients: their constructors, and the methods that every one of them has.
--
-- Every operation sends one request (more where it says so), waits until the reply or `timeout` (it blocks the calling
-- thread, but in nginx the handler alone), and returns what is described here, or `nil, message, code, detail`. It raises
-- for a closed client and for arguments that are missing or wrong, naming them. One that the client's system lacks returns
-- `nil, message, "unsupported", detail`. All of
-- them take a table as their last argument that overrides, for this call, `timeout`, `connect_timeout` (seconds),
-- `max_reply` (bytes), `accept`, `encoding`, and `deadline` (seconds for all exchanges of the method together); and which has
-- `cookie` (sent in this exchange only), `node` (its place in the client's option `nodes`) and `own` (the client's own token).
--
-- All that is returned also carries `http_status`, `fields` (the reply's own members), `vendor_code` and `vendor_message`; `whole`,
-- which is false with a `doubt` where the reply shows that something is there, but not that something is not; and `own_words`,
-- whether a refusal or an act's answer has the form that only the system itself gives it.
-- And `date` (of the reply), `stale` (why it is a cache's), `cookie` (what keeps the next call about this target at the same node).
-- An answer's `answer` is `"accepted"`, `"already_out"` or `"undecided"`: what the system said, which is no proof.
-- @module signoff.client

local core = require "signoff.core"
local bisection = require "signoff.bisection"
local chunks = require "signoff.chunks"
local composite = require "signoff.composite"
local defaults = require "signoff.defaults"
local filters = require "signoff.filters"
local seen_alive = require "signoff.seen_alive"
local check = require "signoff.check"
local request = require "signoff.request"

local client = {}

local function take_hooks(options)
  local hooks = { log = options.log, headers = type(options.headers) == "function" and options.headers or nil }
  options.log = nil
  return hooks
end

local function check_log(kind, log)
  if log ~= nil and type(log) ~= "function" then
    core.raise(("signoff.%s: option 'log' must be a function, not %s"):format(kind, type(log)))
  end
end

-- The client's own token: a value of another type is refused where all options are checked.
local function check_token(kind, token)
  local problem = core.bytes(token) and check.token(token)
  if problem then
    core.raise(("signoff.%s: option 'token' %s"):format(kind, problem))
  end
end

-- The options with the headers that a function gives now.
local function with_headers(options, anchor)
  local copy = {}
  for name, value in pairs(options) do
    copy[name] = value
  end
  if anchor.headers then
    copy.headers = anchor.headers()
    if type(copy.headers) ~= "table" then
      core.raise(("option 'headers': its function must return a table, not %s"):format(type(copy.headers)))
    end
    anchor.given_headers = copy.headers
  end
  return copy
end

--- Makes the constructor of a system's clients.
-- @local
-- @tparam string kind a system's name
-- @treturn function(options) that returns a client
function client.constructor(kind)
  return function(options)
    if type(options) ~= "table" then
      core.raise(("signoff.%s: a table of options is needed, not %s"):format(kind, type(options)))
    end
    local merged, profile = defaults.merge(options)
    check_log(kind, merged.log)
    local anchor = take_hooks(merged)
    anchor.options, anchor.profile = merged, profile
    local made = core.open(core.client(kind, anchor), with_headers(merged, anchor))
    check_token(kind, merged.token)
    return made
  end
end

-- Asks the function that gives credentials once more: they may have changed. Not after a refusal of a proxy's, where nothing was sent.
local function renew(self, detail)
  local anchor = core.anchor(self)
  if detail.sent and anchor.headers then
    core.open(self, with_headers(anchor.options, anchor))
    return true
  end
  return false
end

-- Whether the operation's first argument is also an option: then the client may have its own.
local function may_own(kind, operation)
  local first = operation.arguments[1]
  for _, option in ipairs(first and core.facts[kind].options or {}) do
    if option.name == first.name then
      return true
    end
  end
  return false
end

-- Remembers a target that `status` finds alive: only then will its refusal prove something.
local function note_alive(self, target, answer)
  if answer.active then
    seen_alive.note(self, target)
  end
end

-- Remembers a logout that was accepted: only then does a refusal prove it, since a token that was renewed is refused as well.
local function note_accepted(self, target, answer)
  if answer.answer == "accepted" then
    seen_alive.note_accepted(self, target)
  end
end

local function note_of(kind, operation)
  if core.facts[kind].signs_out == operation.name then
    return note_accepted
  end
  return operation.evidence == "token" and note_alive
end

-- The method that scripts call. No argument at all means the client's own token; a nil that was passed means nothing.
local function complete(run, owns, note)
  local function method(self, ...)
    if owns and ... == nil and select("#", ...) == 0 then
      return method(self, nil, { own = true })
    end
    local answer, message, code, detail = run(self, ...)
    if not answer and code == "denied" and renew(self, detail) then
      answer, message, code, detail = run(self, ...)
    end
    if not answer then
      return nil, message, code, detail
    elseif note then
      note(self, (...), answer)
    end
    return answer
  end
  return method
end

-- The function of one operation, put together as its facts say.
local function compose(kind, operation)
  local function list(self, overrides)
    return request(self, (operation.filters or operation.excludes_own).operation, overrides)
  end
  local run
  if operation.filters then
    run = filters(operation, list)
  elseif next(operation.follow_ups) then
    run = composite.with_follow_ups(operation)
  else
    local name = operation.name
    run = function(self, ...)
      return request(self, name, ...)
    end
  end
  if operation.row_key then
    run = bisection(operation, run)
  end
  if operation.chunked then
    run = chunks(operation, run, list)
  end
  return complete(run, may_own(kind, operation), note_of(kind, operation))
end

local function check_open(self)
  if not core.is_open(self) then
    core.raise(("%s: the client is closed"):format(self:kind()))
  end
end

-- The method of a system that has no such operation.
local function unsupported(kind, name)
  return function(self)
    check_open(self)
    return composite.failure(kind, name, "unsupported", "this system has no such operation; client:can() tells what it has")
  end
end

-- The client's own session, as a target.
local function own_target(self, operation)
  local options, target = core.anchor(self).options, {}
  for _, argument in ipairs(operation.arguments) do
    target[argument.name] = options[argument.name]
  end
  return target
end

-- The target and options of `verify` and `signout`; the client's own session where that is meant.
local function meant(self, method, ...)
  local target, options = ...
  local facts = core.facts[self:kind()]
  local said = type(options) == "table" and options.own
  if not may_own(self:kind(), facts.operations[facts.signs_out]) or not (said or select("#", ...) == 0) then
    return target, options
  elseif target ~= nil then
    core.raise(("%s.%s: a target and option 'own' exclude each other"):format(self:kind(), method))
  end
  local rest = {}
  for name, value in pairs(options or {}) do
    rest[name] = name ~= "own" and value or nil
  end
  return own_target(self, facts.operations[facts.signs_out]), rest
end

-- Gives the driver of `verify` and `signout`. signoff.lua hands it in: nothing here requires a higher layer.
local get_driver

--- Sets the function that gives the driver of `verify` and `signout`.
-- @local
-- @tparam function get gives `signoff.signout.driver`
function client.set_driver(get)
  get_driver = get
end

-- Methods of all clients, whatever their system.
local shared = {}

--- Methods of all clients.
-- @section all

--- Watches until the target is gone, or the deadline; changes nothing. The options are those of `signoff.signout.driver`.
-- @function client:verify
-- @param target as `status` takes it
-- @tparam[opt] table options
-- @treturn table result: `system`, `action`, `target`, `verdict`, `code`, `message`, `evidence`, `by_hand`
-- @raise for an unknown option
function shared.verify(self, ...)
  check_open(self)
  return get_driver().verify(self, meant(self, "verify", ...))
end

--- Finds out who is there, signs out, and watches until the target is gone, or the deadline.
-- The options are those of `signoff.signout.driver`.
-- @function client:signout
-- @param target as `status` takes it
-- @tparam[opt] table options
-- @treturn table result
-- @raise for an unknown option, and for a target that its system cannot take
function shared.signout(self, ...)
  check_open(self)
  return get_driver().signout(self, meant(self, "signout", ...))
end

--- The operations that this client's system has.
-- @function client:can
-- @treturn table set of names
function shared.can(self)
  local set = { verify = true, signout = true }
  for name, operation in pairs(core.facts[self:kind()].operations) do
    set[name] = not operation.internal or nil
  end
  return set
end

-- The kinds of systems, and the names of all their operations. They only grow, also under a loop over them: a finalizer may describe a
-- system wherever memory is taken.
local kinds, names, is_name = {}, {}, {}

local function add_names(operations)
  for name, operation in pairs(operations) do
    if not operation.internal and not is_name[name] then
      is_name[name], names[#names + 1] = true, name
    end
  end
end

-- Gives the clients of a kind the methods that they do not have yet, of the names from one place on.
local function complete_methods(kind, first)
  local methods, operations = core.methods[kind], core.facts[kind].operations
  for i = first, #names do
    local name = names[i]
    local operation = operations[name]
    if not methods[name] then
      methods[name] = operation and not operation.internal and compose(kind, operation) or unsupported(kind, name)
    end
  end
end

--- Makes a kind of system known: from now on it has clients, whose methods follow from its facts.
-- @local
-- @tparam string added its name
-- @tparam table facts
-- @tparam table methods of its clients
function client.add(added, facts, methods)
  local first = #names + 1
  core.facts[added], core.methods[added] = facts, methods
  kinds[#kinds + 1] = added
  add_names(facts.operations)
  for i = 1, #kinds do
    complete_methods(kinds[i], first)
  end
  complete_methods(added, 1)
  for name, method in pairs(shared) do
    methods[name] = method
  end
end

for kind, facts in pairs(core.facts) do
  client.add(kind, facts, core.methods[kind])
end

--- Closes the client; twice is fine. Also by `<close>` and by collection.
-- @function client:close

--- The name of the client's system.
-- @function client:kind
-- @treturn string

return client
