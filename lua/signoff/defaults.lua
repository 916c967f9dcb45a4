-- SPDX-License-Identifier: MIT

--- The default options of clients that are made later.
-- @module signoff.defaults

local core = require "signoff.core"

local defaults = {}

-- `schedule`: seconds between observations, the last one again and again; `settle`: seconds between the two that make
-- "gone" count; `deadline`: seconds for all of it; `method`: seconds for all exchanges of any one method.
local profiles = {
  script = { schedule = { 1, 2, 3, 5 }, settle = 10, deadline = 60, retry = true },
  dialplan = { schedule = { 0.2, 0.3, 0.5 }, settle = 0, deadline = 2, retry = false, timeout = 2, connect_timeout = 2, method = 2 },
}

local profile = "script"
local given = {}

local known = { log = "here", headers = "here", profile = "here" }
for _, option in ipairs(select(2, next(core.facts)).common_options) do
  known[option.name] = known[option.name] or "core"
end

local function check(name, value)
  if name == "profile" then
    if not profiles[value] then
      core.raise(("signoff.defaults: profile '%s' is neither 'script' nor 'dialplan'"):format(tostring(value)))
    end
  elseif tostring(name):find("\0", 1, true) then
    core.raise "signoff.defaults: the name of an option holds a NUL byte"
  elseif not known[name] then
    core.raise(("signoff.defaults: unknown option '%s'"):format(tostring(name)))
  end
end

-- Checks what the core can check: the hooks are functions, and `false` takes an option back.
local function checkable(options)
  local values = {}
  for name, value in pairs(options) do
    if known[name] ~= "here" and (value ~= false or name == "verify") then
      values[name] = value
    end
  end
  if options.log and type(options.log) ~= "function" then
    core.raise(("signoff.defaults: option 'log' must be a function, not %s"):format(type(options.log)))
  end
  return values
end

local function copy_of(options)
  local copy = {}
  for name, value in pairs(options) do
    copy[name] = value
  end
  return copy
end

--- See `signoff.defaults`.
function defaults.set(options)
  for name, value in pairs(options or {}) do
    check(name, value)
  end
  core.check_defaults(checkable(options or {}))
  given = copy_of(given) -- where it is read, it stays as it is: a finalizer may set others meanwhile
  for name, value in pairs(options or {}) do
    if name == "profile" then
      profile = value
    else
      given[name] = value
      if value == false and name ~= "verify" then
        given[name] = nil
      end
    end
  end
  local now = copy_of(given)
  now.profile = profile
  return now
end

--- The options of a new client: its own, then the defaults, then the profile's.
-- @treturn table options
-- @treturn table the profile
function defaults.merge(options)
  local merged = { timeout = profiles[profile].timeout, connect_timeout = profiles[profile].connect_timeout }
  for name, value in pairs(given) do
    merged[name] = value
  end
  for name, value in pairs(options) do
    merged[name] = value
  end
  return merged, profiles[profile]
end

return defaults
