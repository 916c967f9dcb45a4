-- SPDX-License-Identifier: MIT
--- Signs people out of systems that no identity provider reaches, and proves it.
--
-- Five constructors make clients: `signoff.cisco_em{...}`, `signoff.isymphony{...}`, `signoff.agvance{...}`,
-- `signoff.oracle_commerce{...}`, `signoff.jde_ais{...}`. Each raises for an option that it does not know, that has the
-- wrong type or is missing, and names it. A client's methods return an answer, or `nil, message, code, detail`.
-- @module signoff

local core = require "signoff.core"
local client = require "signoff.client"
local defaults = require "signoff.defaults"

local signoff = { _VERSION = "signoff " .. core.version }

--- Options for clients made later.
-- @function defaults
-- @tparam[opt] table options any option that all clients have, and `profile`: `"script"`, or `"dialplan"` (2 s in all, no
-- retry, `settle = 0`); `false` takes one back
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
-- @field new `new(string)`
signoff.secret = { env = core.secret_env, file = core.secret_file, new = core.secret_new }

for kind in pairs(core.facts) do
  signoff[kind] = client.constructor(kind)
end

return signoff
