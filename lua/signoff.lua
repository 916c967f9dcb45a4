-- SPDX-License-Identifier: MIT

--- Signs people out of systems that no identity provider reaches, and proves it.
--
-- Each kind of system has a constructor, which makes clients: `signoff.NAME{...}`. It raises for an option that it does not know,
-- that has the wrong type or is missing, and names it. A client's methods return an answer, or `nil, message, code, detail`.
-- `signoff/types.lua` declares them all.
-- @module signoff

local core = require "signoff.core"
local client = require "signoff.client"
local context = require "signoff.async.context"
local coroutines = require "signoff.async.coroutine"
local defaults = require "signoff.defaults"
local lazy = require "signoff.lazy"

local signoff = { _VERSION = "signoff " .. core.version }

--- Options for clients made later.
-- @function defaults
-- @tparam[opt] table options any option that all clients have, and `profile`: `"script"`, or `"dialplan"` (2 s in all, no
-- retry but one where the system says that it is busy, `settle = 0`); `false` takes one back
-- @treturn table those in force
-- @raise for an unknown option or profile, naming it
signoff.defaults = defaults.set

--- A short name for a secret, to compare without showing it: `sha256:` and the first 12 hexadecimal digits.
-- @function fingerprint
-- @tparam string|secret value
-- @treturn string
signoff.fingerprint = core.fingerprint

--- Secrets: taken wherever a credential, token or key may stand; read when made, shown as `secret: ***`.
-- @table secret
-- @field env `env(name)`: the value of that environment variable; raises when it is missing or empty
-- @field file `file(path)`: what the file holds, less one final newline; raises unless only its owner may read it
-- @field credential `credential(name)`: the file of that name in `$CREDENTIALS_DIRECTORY` (systemd, containers), less one final newline
-- @field new `new(string)`
-- @field command `command(argv)`: the only line that a program writes; raises where it blocks others
signoff.secret = { env = core.secret_env, file = core.secret_file, credential = core.secret_credential, new = core.secret_new }

local COMMAND_SECONDS = 10 -- that a command may take

function signoff.secret.command(argv)
  context.refuse_to_block "secret.command"
  return (core.secret_command(argv, COMMAND_SECONDS))
end

--- Clients.
-- Each constructor takes the options that all clients have, and its own. All times are in seconds.
--
-- Common: `url` (scheme, host, port and any prefix), `path` (appended to it), `timeout` (of one exchange, 15),
-- `connect_timeout` (5), `max_reply` (decoded bytes; 1 MiB, lists 64 MiB), `ca_file`, `ca_dir`, `client_cert`,
-- `client_key`, `client_key_password` (secret), `verify` (true), `proxy` (its URL, or `"environment"`; none otherwise),
-- `no_proxy`, `user_agent`, `headers` (a map, or a function that returns one and is called again once after `denied`;
-- all values are masked), `accept`, `encoding`, `log` (`function(level, message, fields)`).
-- @section clients

--- Many at once.
-- @section many

--- Calls `f` as the first task of a cooperative scheduler; see `signoff.loop`'s own page.
-- @function loop
-- @tparam function f `f(loop)`
-- @tparam[opt] table options `concurrency` (64)
-- @return what `f` returned
-- @raise the error that ended it, with a traceback; in nginx, naming `ngx.thread`
function signoff.loop(f, options)
  return lazy.require "signoff.loop"(f, options) -- here as below: a dialplan loads only what it calls
end

--- Makes a loop that the program steps, inside the event loop that it has; see `signoff.engine`'s own page.
-- @function engine
-- @tparam[opt] table options `concurrency` (64)
-- @return the engine
-- @raise in nginx, naming `ngx.thread`; where no descriptors are left
function signoff.engine(options)
  return lazy.require "signoff.engine"(options)
end

--- Calls `f`, and bounds all calls of clients inside: in tasks, in nginx, and where they block.
-- @function deadline
-- @tparam number seconds
-- @tparam function f
-- @param ... its arguments
-- @return what `f` returned
-- @raise what `f` raised
signoff.deadline = require "signoff.async.deadline".run

--- `pcall` that may wait, on every Lua: that of Lua 5.1 cannot be yielded through.
-- @function pcall
-- @tparam function f
-- @param ... its arguments
-- @return true and what it returned; or false and its error
signoff.pcall = coroutines.pcall

--- A coroutine, as `coroutine.wrap` makes it, in which methods may wait: the task that resumes it waits for them. In coroutines that a
-- task makes otherwise, methods block. In nginx every coroutine may wait.
-- @function wrap
-- @tparam function f
-- @treturn function resumes it, and returns what `f` yields or returns
-- @raise what `f` raised
signoff.wrap = coroutines.wrap

--- Describes a system in Lua; see `signoff.system`'s own page.
-- @function system
-- @tparam table definition
-- @treturn function(options) a constructor, like those of the systems that the module has
-- @raise for a definition that is wrong, naming the system and the member
function signoff.system(definition)
  return lazy.require "signoff.system"(definition)
end

client.set_driver(function()
  return lazy.require "signoff.signout.driver"
end)
if context.is_nginx then
  require "signoff.signout.driver" -- once for all requests, and not in one for which no file descriptor is left
end
for kind in pairs(core.facts) do
  signoff[kind] = client.constructor(kind)
end

return signoff
