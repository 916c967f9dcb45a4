-- SPDX-License-Identifier: MIT
--- Clients: their constructors, and the methods that every one of them has.
-- @module signoff.client

local core = require "signoff.core"
local chunks = require "signoff.chunks"
local defaults = require "signoff.defaults"
local detours = require "signoff.detours"
local selection = require "signoff.selection"
local signout = require "signoff.signout"
local verify = require "signoff.verify"
local walk = require "signoff.walk"

local client = {}

-- kind -> operation -> function(client, ...): what a method does for that system.
local operations = {}

-- Methods of all systems, by name.
local methods = core.methods

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

-- The options with the headers that a function gives now.
local function with_headers(options, headers)
  local copy = {}
  for name, value in pairs(options) do
    copy[name] = value
  end
  copy.headers = headers and headers() or options.headers
  return copy
end

--- @tparam string kind a system's name
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
    return core.open(core.client(kind, anchor), with_headers(merged, anchor.headers))
  end
end

-- Credentials that a function gives may have changed since: asked once more after a refusal.
local function renewing(run)
  return function(self, ...)
    local answer, message, code, detail = run(self, ...)
    local anchor = core.anchor(self)
    if code ~= "denied" or not anchor.headers then
      return answer, message, code, detail
    end
    core.open(self, with_headers(anchor.options, anchor.headers))
    return run(self, ...)
  end
end

-- The function of one operation, put together as its facts say.
local function compose(operation)
  local function list(self, overrides)
    return walk(self, operation.select or operation.spares, overrides)
  end
  local run
  if operation.select then
    run = selection(operation, list)
  elseif next(operation.detours) then
    run = detours(operation)
  else
    local name = operation.name
    run = function(self, ...)
      return walk(self, name, ...)
    end
  end
  if operation.chunked then
    run = chunks(operation, run, list)
  end
  return renewing(run)
end

local function unsupported(self, name)
  local kind = self:kind()
  local message = ("%s.%s: this system has no such operation; client:can() tells what it has"):format(kind, name)
  return nil, message, "unsupported", {
    code = "unsupported", message = message, backend = kind, operation = name, retriable = false, sent = false, fields = {},
  }
end

local function check_open(self)
  if not core.is_open(self) then
    core.raise(("%s: the client is closed"):format(self:kind()))
  end
end

local function add_method(name)
  methods[name] = function(self, ...)
    local run = operations[self:kind()][name]
    if run then
      return run(self, ...)
    end
    check_open(self)
    return unsupported(self, name)
  end
end

for kind, facts in pairs(core.facts) do
  operations[kind] = {}
  for name, operation in pairs(facts.operations) do
    if not operation.internal then
      operations[kind][name] = compose(operation)
      add_method(name)
    end
  end
end

--- Looks until the target is gone, or the deadline. See `signoff.verify`.
function methods.verify(self, target, options)
  check_open(self)
  return verify(self, target, options)
end

--- Looks, acts, verifies. See `signoff.signout`.
function methods.signout(self, target, options)
  check_open(self)
  return signout(self, target, options)
end

--- The operations that this client's system has.
-- @treturn table set of names
function methods.can(self)
  local set = { verify = true, signout = true }
  for name in pairs(operations[self:kind()]) do
    set[name] = true
  end
  return set
end

return client
