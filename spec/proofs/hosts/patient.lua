-- SPDX-License-Identifier: MIT
-- The example of FreeSWITCH on a machine that is many times slower: without the two seconds of a dialplan.

local signoff = require "signoff"

local defaults = signoff.defaults
function signoff.defaults(options)
  options.profile = "script"
  return defaults(options)
end

function signoff.deadline(_, f)
  return f()
end

dofile "examples/freeswitch/signoff_logout.lua"
