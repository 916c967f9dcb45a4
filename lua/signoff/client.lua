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
-- What is returned also carries `http_status`, `fields` (the reply's own members), `vendor_code` and `vendor_message`; `whole`,
-- which is false with a `doubt` where the reply shows that something is there, but not that something is not; and `own_words`,
-- whether a refusal or an act's answer has the form that only the system itself gives it.
-- And `date` (of the reply), `stale` (why it is a cache's), `cookie` (what keeps the next call about this target at the same node).
-- An answer's `answer` is `"accepted"`, `"already_out"` or `"undecided"`: what the system said, which is no proof.
-- @module signoff.client

local core = require "signoff.core"
local chunks = require "signoff.chunks"
local defaults = require "signoff.defaults"
local detours = require "signoff.detours"
local failure = require "signoff.failure"
local halves = require "signoff.halves"
local selection = require "signoff.selection"
local driver = require "signoff.signout.driver"
local seen_alive = require "signoff.signout.seen_alive"
local token_problem = require "signoff.token_problem"
local walk = require "signoff.walk"

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
  local problem = core.bytes(token) and token_problem(token)
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

-- Credentials that a function gives may have changed since: asked once more after a refusal, but not after a proxy's.
local function renew(run, self, answer, message, code, detail, ...)
  if code ~= "denied" or not detail.sent or not core.anchor(self).headers then
    return answer, message, code, detail
  end
  local anchor = core.anchor(self)
  core.open(self, with_headers(anchor.options, anchor))
  return run(self, ...)
end

local function renewing(run)
  return function(self, ...)
    local answer, message, code, detail = run(self, ...)
    if answer then
      return answer
    end
    return renew(run, self, answer, message, code, detail, ...)
  end
end

-- No argument at all means the client's own token; a nil that was passed means nothing.
local function owning(run)
  return function(self, ...)
    if ... == nil and select("#", ...) == 0 then
      return run(self, nil, { own = true })
    end
    return run(self, ...)
  end
end

-- Whether the client may have what the operation's first argument is.
local function may_own(kind, operation)
  local first = operation.arguments[1]
  for _, option in ipairs(first and core.facts[kind].options or {}) do
    if option.name == first.name then
      return true
    end
  end
  return false
end

-- What `status` finds alive is remembered: only then will its refusal prove something.
local function noting(run)
  return function(self, target, ...)
    local answer, message, code, detail = run(self, target, ...)
    if answer and answer.active then
      seen_alive.note(self, target)
    end
    return answer, message, code, detail
  end
end

-- A logout that was accepted is remembered as well: what was renewed instead is refused, too.
local function noting_logout(run)
  return function(self, target, ...)
    local answer, message, code, detail = run(self, target, ...)
    if answer and answer.answer == "accepted" then
      seen_alive.note_accepted(self, target)
    end
    return answer, message, code, detail
  end
end

-- The function of one operation, put together as its facts say.
local function compose(kind, operation)
  local function list(self, overrides)
    return walk(self, (operation.filters or operation.excludes_own).operation, overrides)
  end
  local run
  if operation.filters then
    run = selection(operation, list)
  elseif next(operation.follow_ups) then
    run = detours(operation)
  else
    local name = operation.name
    run = function(self, ...)
      return walk(self, name, ...)
    end
  end
  if operation.list and operation.batch_max > 1 and not operation.chunked then
    run = halves(operation, run)
  end
  if operation.chunked then
    run = chunks(operation, run, list)
  end
  if operation.evidence == "token" then
    run = noting(run)
  end
  if core.facts[kind].signs_out == operation.name then
    run = noting_logout(run)
  end
  if may_own(kind, operation) then
    run = owning(run)
  end
  return renewing(run)
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
    return failure(kind, name, "unsupported", "this system has no such operation; client:can() tells what it has")
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

-- What all clients have, whatever their system.
local shared = {}

--- Methods of all clients.
-- @section all

--- Looks until the target is gone, or the deadline; changes nothing. The options are those of `signoff.signout.driver`.
-- @function client:verify
-- @param target as `status` takes it
-- @tparam[opt] table options
-- @treturn table result: `system`, `action`, `target`, `verdict`, `code`, `message`, `evidence`, `by_hand`
-- @raise for an unknown option
function shared.verify(self, ...)
  check_open(self)
  return driver.verify(self, meant(self, "verify", ...))
end

--- Looks, acts, and looks until the target is gone, or the deadline. The options are those of `signoff.signout.driver`.
-- @function client:signout
-- @param target as `status` takes it
-- @tparam[opt] table options
-- @treturn table result
-- @raise for an unknown option, and for a target that its system cannot take
function shared.signout(self, ...)
  check_open(self)
  return driver.signout(self, meant(self, "signout", ...))
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

-- The names of every system's operations.
local function all_names()
  local names = {}
  for _, facts in pairs(core.facts) do
    for name, operation in pairs(facts.operations) do
      names[name] = not operation.internal or nil
    end
  end
  return names
end

for kind, facts in pairs(core.facts) do
  local methods = core.methods[kind]
  for name in pairs(all_names()) do
    local operation = facts.operations[name]
    methods[name] = operation and compose(kind, operation) or unsupported(kind, name)
  end
  for name, method in pairs(shared) do
    methods[name] = method
  end
end

--- Closes the client; twice is fine. Also by `<close>` and by collection.
-- @function client:close

--- The name of the client's system.
-- @function client:kind
-- @treturn string

--- Cisco Extension Mobility.
-- @section cisco_em

--- Logs out whoever sits at a device. Code 19 answers `already_out`. [seed]
-- @function cisco_em:logout
-- @tparam string device its name
-- @treturn table answer

--- Who sits at a device. [documented]
-- @function cisco_em:status
-- @tparam string device
-- @treturn table `active`, `device`, `state` (`"logged_in"`, `"free"`, `"no_device"`, `"unknown"`), `user`, `last_user`,
-- `emcc`, `others` (`{{name =, text =}, ...}`: elements that no documentation names)

--- Who sits at each of some devices; one request. [documented]
-- @function cisco_em:query_devices
-- @tparam {string,...} devices
-- @treturn {table,...} one for each that was asked, as `status` has it

--- Where each of some users is logged in; one request. [documented]
-- @function cisco_em:query_users
-- @tparam {string,...} users
-- @treturn {table,...} `active`, `user`, `state` (`"logged_in"`, `"free"`, `"no_user"`, `"unknown"`), `devices`

--- Logs a user in at a device. [documented]
-- @function cisco_em:login
-- @tparam table login `device`, `user`, `profile`, `minutes` or `indefinite`
-- @treturn table answer

--- iSymphony.
-- `user` is a name, or `{id =, user_name =}`: ids change whenever the server restarts, and the name is fallen back on.
-- @section isymphony

--- A user's status; it says nothing of sessions. [seed]
-- @function isymphony:status
-- @param user
-- @treturn table `id`, `configuration_id`, `name`, `type`, `note`, `return_time` (milliseconds since 1970, -1 for none),
-- `user_created`

--- Sets a user's status. [seed]
-- @function isymphony:set_status
-- @param user
-- @tparam table status `name`, `type` (one of eleven words), `note`, `return_time` (milliseconds since 1970) or `return_at`
-- (seconds)
-- @treturn table answer

--- All users of the core server. [documented]
-- @function isymphony:users
-- @treturn {table,...} `id`, `configuration_id`, `user_name`, `displayed_name`, `permission_id`

--- One user. [documented]
-- @function isymphony:user
-- @param user
-- @treturn table as in `users`

--- A user's open panels. [documented]
-- @function isymphony:logins
-- @param user
-- @treturn {table,...} `id`, `ip`, `port`, `time_connected` (milliseconds since 1970)

--- Agvance.
-- @section agvance

--- Logs sessions off; a request for every `chunk` keys, and before them one of `sessions` where the client has a
-- `session_id`. What fails after the first request is in `failed` and `error`. [seed]
-- @function agvance:logout
-- @tparam string|{string,...} keys session log keys
-- @treturn table answer, with `requested`, `count`, `partial`, `failed`, `error`

--- All sessions. [inferred]
-- @function agvance:sessions
-- @treturn {table,...} `user`, `application`, `session_log_key`, `session_id`, `own`; `doubt`, `doubt_key`, `doubt_user` where a
-- row's key or user cannot be read

--- Whether there is such a session; for any number of keys one request. [inferred]
-- @function agvance:status
-- @tparam string|{string,...} keys
-- @treturn table `active`, and the session; of a list of keys a list

--- Oracle Commerce.
-- `token` is a string, a secret, or `{token =}`; the client's own where there is no argument at all, or with `{own = true}`.
-- @section oracle_commerce

--- Logs out the bearer of a token. HTTP 401 answers `already_out`. [seed]
-- @function oracle_commerce:logout
-- @param[opt] token
-- @treturn table answer, with `result`

--- Whether a token is alive. [inferred]
-- @function oracle_commerce:status
-- @param[opt] token
-- @treturn table `active`, nil where the reply does not say

--- JD Edwards EnterpriseOne.
-- `target` is a token (string or secret), or `{token =, device =, cookie =}`; the client's own where there is no argument at all,
-- or with `{own = true}`.
-- @section jde_ais

--- Ends a session; a second request where the server answers 415. HTTP 444 and 403 answer `already_out` if the target names
-- a device, `undecided` otherwise. [seed]
-- @function jde_ais:logout
-- @param[opt] target
-- @treturn table answer, with `status`

--- Whether a session is alive; asking does not prolong it. [documented]
-- @function jde_ais:status
-- @param[opt] target
-- @treturn table `active`, nil where the reply proves nothing

return client
