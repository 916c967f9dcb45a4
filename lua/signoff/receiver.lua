-- SPDX-License-Identifier: MIT

--- The kill switch's receiver: takes what an identity provider says about a person, and keeps it for `signoff-offboard watch`.
--
-- It takes pushed Security Event Tokens (CAEP, RISC), logout tokens of OpenID Connect, and Global Token Revocation. A message is
-- authenticated, matched with a person, written to the inbox, and answered when it is on disk. Nothing is acted on here.
-- @module signoff.receiver

local Brake = require "signoff.receiver.brake"
local answers = require "signoff.receiver.answers"
local backchannel = require "signoff.receiver.backchannel"
local core = require "signoff.core"
local coroutines = require "signoff.async.coroutine"
local handler = require "signoff.receiver.nginx"
local intake = require "signoff.receiver.intake"
local log = require "signoff.receiver.log"
local options = require "signoff.receiver.options"
local people = require "signoff.receiver.people"
local protect = require "signoff.offboard.plan.protect"
local push = require "signoff.receiver.push"
local revocation = require "signoff.receiver.revocation"

local receiver = {}

local Receiver = {}
Receiver.__index = Receiver

local NOT_STARTED = "call receiver:start first, once in each worker, in init_worker_by_lua; with lua_code_cache off nginx forgets it"
local DICTIONARY = "signoff_seen"
local RESTART = 10 -- seconds after which a start that failed is tried again
local REFRESH = 31 -- seconds between checks of the list of people, which allows one every 30, and of the keys
local KINDS = { push = push, backchannel = backchannel, revocation = revocation }
KINDS.backchannel_logout, KINDS.global_token_revocation = backchannel, revocation -- the names of the handlers

-- Requests ------------------------------------------------------------------------------------------------------------

local function media_type(value)
  return type(value) == "string" and core.lower(core.trim(value:match "^[^;]*")) or ""
end

local function is_of(kind, content_type)
  return content_type == kind.content_type or media_type(content_type) == kind.content_type
end

local function is_identity(encoding)
  return encoding == nil or encoding == "" or core.lower(encoding) == "identity"
end

-- The refusal of a request that no token is read of.
local function unfit(kind, request)
  if (request.method or "POST") ~= "POST" then
    return "wrong_method"
  elseif not is_of(kind, request.content_type) or not is_identity(request.content_encoding) then
    return "unsupported_type"
  elseif request.too_large or #request.body > kind.largest then
    return "too_large"
  elseif request.in_file then
    return "unavailable", "nginx put the body into a file; set client_body_buffer_size as large as client_max_body_size"
  end
end

-- Reads and takes a request; the outcome, a sentence, the event.
local function take(parts, kind, request)
  local outcome, problem = unfit(kind, request)
  if problem then
    parts.fault(parts.now(), problem, { kind = kind.kind })
  end
  if outcome then
    return outcome
  end
  local draft, code, sentence = kind.read(parts, request)
  if not draft then
    return code, sentence
  end
  local event
  outcome, event = intake.take(parts, draft)
  return outcome, nil, event
end

local function refresh_people(parts, pause)
  local message = parts.people:refresh(parts.now(), pause)
  if message then
    parts.fault(parts.now(), "the list of people cannot be read, and the one before stays: " .. message)
  end
end

local function refresh_and_take(parts, kind, request)
  if not parts.tended then
    refresh_people(parts)
  end
  return take(parts, kind, request)
end

-- As `take`, but nothing is raised: an error is a fault of ours.
local function take_safely(parts, kind, request)
  local fine, outcome, sentence, event = coroutines.pcall(refresh_and_take, parts, kind, request)
  if not fine then
    parts.fault(parts.now(), "a request could not be handled: " .. tostring(outcome), { kind = kind.kind })
    return "unavailable"
  end
  return outcome, sentence, event
end

--- Takes a message, as the handlers do; for tests, and for hosts other than nginx.
-- @function receiver:accept
-- @tparam string kind "push", "backchannel" or "revocation"; or the name of the handler
-- @tparam table request `body`, `content_type`, `authorization` and, if they are not POST and none, `method`, `content_encoding`; `issuer`:
-- the only one whose stream ends at this address
-- @treturn number status
-- @treturn table headers
-- @treturn string body
-- @treturn ?table the event that is in the inbox
-- @raise for an unknown kind, and before `start`
function Receiver:accept(kind, request)
  local row, parts = KINDS[kind], self.parts
  if not row then
    core.raise(("receiver:accept: no kind is called '%s'; there are push, backchannel and revocation"):format(tostring(kind)))
  elseif type(request) ~= "table" or type(request.body) ~= "string" then
    core.raise "receiver:accept: the request must be a table with a body"
  elseif not parts then
    core.raise("receiver:accept: " .. (self.problem or NOT_STARTED))
  end
  local outcome, sentence, event = take_safely(parts, row, request)
  if answers.refuses(row.kind, outcome) then
    parts.refused(parts.now(), "refused: " .. (sentence or outcome), { kind = row.kind, outcome = outcome })
  end
  local status, headers, body = answers.make(row.kind, outcome, sentence)
  return status, headers, body, event
end

-- Handlers ------------------------------------------------------------------------------------------------------------

-- Starts again where that failed: what was missing may be there by now, and nobody reloads nginx in the night.
local function start_again(self)
  if self.failed_at and core.time() - self.failed_at >= RESTART then
    coroutines.pcall(self.start, self)
  end
end

local function accept_here(self, ngx, kind, issuer)
  local request = handler.request(ngx, KINDS[kind].largest)
  request.issuer = issuer
  return self:accept(kind, request)
end

local function handle(self, kind, issuer)
  local ngx = package.loaded.ngx
  if not ngx then
    core.raise(("receiver:%s: this is a handler of nginx; elsewhere call receiver:accept"):format(kind))
  end
  start_again(self)
  local fine, status, headers, body = coroutines.pcall(accept_here, self, ngx, kind, issuer)
  if not fine then
    self.fault(core.time(), "a request could not be handled: " .. tostring(status), { kind = kind })
    status, headers, body = answers.make(kind, "unavailable")
  end
  handler.answer(ngx, status, headers, body)
end

--- Handles a request of nginx: one pushed Security Event Token.
-- @function receiver:push
-- @tparam[opt] string issuer the only one whose stream ends here; otherwise every stream does
function Receiver:push(issuer)
  handle(self, "push", issuer)
end

--- Handles a request of nginx: a logout token.
-- @function receiver:backchannel_logout
function Receiver:backchannel_logout()
  handle(self, "backchannel")
end

--- Handles a request of nginx: Global Token Revocation.
-- @function receiver:global_token_revocation
function Receiver:global_token_revocation()
  handle(self, "revocation")
end

-- Start ---------------------------------------------------------------------------------------------------------------

local function worker_of()
  local ngx = package.loaded.ngx
  return ngx and ngx.worker and ngx.worker.id() or 0
end

-- The dictionary that remembers for all workers which messages came. One that is missing would let a worker take what another one has.
local function dictionary()
  local ngx = package.loaded.ngx
  if ngx and ngx.shared and not ngx.shared[DICTIONARY] then
    core.raise("receiver:start: nginx's workers share no memory; add to its http block: lua_shared_dict " .. DICTIONARY .. " 16m;")
  end
  return ngx and ngx.shared and ngx.shared[DICTIONARY]
end

local function open_inbox(checked)
  if type(checked.inbox) == "table" then
    return checked.inbox
  end
  local inbox, message = require "signoff.receiver.inbox".open(checked.inbox, { worker = worker_of(), shared = dictionary() })
  if not inbox then
    core.raise("receiver:start: " .. message)
  end
  return inbox
end

local function open_keys(checked, say)
  local folder = type(checked.inbox) == "string" and checked.inbox or nil
  return require "signoff.receiver.keys".new { issuers = checked.issuers, folder = folder, shared = dictionary(), log = say }
end

-- Reads the list of people again where it has changed, and fetches keys before they are too old, beside the requests.
local function tend(parts)
  local ngx = package.loaded.ngx
  if not (ngx and ngx.timer) then
    return
  end
  parts.tended = ngx.timer.every(REFRESH, function(is_over)
    if is_over then -- the worker ends
      return
    end
    refresh_people(parts, function()
      ngx.sleep(0.001)
    end)
    if parts.keys.refresh then
      parts.keys:refresh()
    end
  end)
end

local function open_all(self, parts)
  local checked, now, say = self.checked, parts.now or core.time, self.say
  local directory, message = people.open(checked.people, checked.identities, now())
  if not directory then
    core.raise("receiver:start: " .. message)
  end
  return {
    parse = parts.parse or require "signoff.jose".claims, keys = parts.keys or open_keys(checked, say),
    inbox = parts.inbox or open_inbox(checked), now = now, people = directory, issuers = checked.by_issuer, algorithms = checked.algorithms,
    authorizations = push.authorizations(checked.by_issuer), policy = checked.policy, protect = protect.list(checked.protect),
    max_age = checked.max_age, authoritative = checked.authoritative, log = say, fault = self.fault, refused = log.limited(say, "warn"),
    told = { warn = log.limited(say, "warn"), error = log.limited(say, "error") },
    worker = worker_of(), brake = checked.brake and Brake.new(checked.brake, dictionary()),
  }
end

--- Opens the inbox of this worker, the keys and the list of people. Call it once in each worker: `init_worker_by_lua`. Where it fails,
-- nginx's handlers answer 503, and try it again every 10 s.
-- @function receiver:start
-- @tparam[opt] table parts those that a test or another host has: `parse`, `keys`, `inbox`, `now`
-- @raise where the inbox or the list cannot be opened, and where signoff/jose.so is not installed
function Receiver:start(parts)
  local fine, opened = coroutines.pcall(open_all, self, parts or {})
  if not fine then
    self.failed_at, self.problem = core.time(), tostring(opened)
    error(opened, 0)
  end
  self.failed_at, self.problem, self.parts = nil, nil, opened
  tend(opened)
end

--- Makes a receiver. All options are checked, and nothing is opened.
-- @function receiver.new
-- @tparam table given see docs/kill-switch.md
-- @treturn table a receiver
-- @raise naming the option and what it must be
function receiver.new(given)
  local checked = options.check(given)
  local say = log.to(checked.log)
  return setmetatable({ checked = checked, say = say, fault = log.limited(say, "error") }, Receiver)
end

--- Opens an inbox for its reader, who signs people out: see `signoff.receiver.backlog`.
-- @function receiver.inbox
-- @tparam string path of the folder
-- @return `:pending()`, `:take(n)`, `:finish(id, result)`, `:release(ids)`, `:events{since=}`, `:check()`; nil and a message
function receiver.inbox(path)
  return require "signoff.receiver.backlog".open(path)
end

return receiver
