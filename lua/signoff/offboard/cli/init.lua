-- SPDX-License-Identifier: MIT

--- `init`: the systems' file of a site that has these systems, to be filled in. Its text about each system stands in the vendor's file.
-- @module signoff.offboard.cli.init

local core = require "signoff.core"
local suggest = require "signoff.offboard.people.suggest"
local vendor = require "signoff.offboard.vendor"

local HEAD = [[
-- The systems of this site, for signoff-offboard: /etc/signoff/systems.lua, or another place that --config or $SIGNOFF_CONFIG
-- names. It is run: nobody but its owner and root may write to it.
--
-- 1. Put what your system says in place of each FILL-IN.
-- 2. Write each secret into a file of its own: install -m 600 /dev/stdin FILE, paste it, Enter, Ctrl-D. The file belongs to
--    the user who runs signoff-offboard. Another source in its place: secret.env "NAME", or secret.credential "NAME" for
--    LoadCredential= of systemd.
-- 3. signoff-offboard config check: says what is left to fill in, and asks nobody.
-- 4. signoff-offboard doctor: asks each system, by reading only.

local signoff = require "signoff"

local secret = signoff.secret

-- Where the certificates come from a CA of your own:
-- signoff.defaults { ca_file = "/etc/ssl/certs/own-ca.pem" }

return {
  environment = "production", -- shown before anything is done

  -- The name of a system is that of its column in the list of people.
  systems = {
]]

local TAIL = [[
  },

  -- As on the command line, which wins.
  options = {
    protect = {}, -- persons, phones and users that no list can sign out: { "rita.stone", "SEP0011223344AA" }
    max_people = 500, -- a longer list is refused
    max_age = "24h", -- an older plan is refused
    max_fail = "5%", -- more failures stop the run
    -- not_before = "20:00", not_after = "06:00", tz = "Europe/Berlin",
  },
}
]]

local function known_kinds()
  local kinds = {}
  for kind in pairs(core.facts) do
    kinds[#kinds + 1] = vendor.of(kind).init and kind
  end
  return kinds
end

--- Makes the systems' file.
-- @tparam {string,...} kinds of system
-- @treturn ?string Lua; nil, message for a kind that there is not, or that stands twice
return function(kinds)
  local parts, seen = { HEAD }, {}
  for _, kind in ipairs(kinds) do
    if not core.facts[kind] or not vendor.of(kind).init then
      return nil, ("init: there is no system '%s'%s"):format(kind, suggest.hint(kind, known_kinds()))
    elseif seen[kind] then
      return nil, ("init: '%s' stands twice; copy its part of the file under another name"):format(kind)
    end
    seen[kind] = true
    parts[#parts + 1] = vendor.of(kind).init:gsub("[^\n]+", "    %0")
  end
  parts[#parts + 1] = TAIL
  return table.concat(parts)
end
