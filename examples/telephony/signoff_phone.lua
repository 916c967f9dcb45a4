-- SPDX-License-Identifier: MIT
-- What the feature codes of ../freeswitch and ../asterisk share: from a call to a person and the phones where that person
-- is logged in; out of those; and the status that iSymphony then shows.
--
-- Every step has the two seconds of the profile `dialplan`: finding, each phone, the status.

local signoff = require "signoff"

local phone = {}

-- More phones than this are left to somebody who is not waiting with a receiver in the hand.
local MOST_PHONES = 3

-- Who is logged in at a phone that is known by its name.
local function at_device(em, device)
  local found, message = em:status(device)
  if not found or found.state == "unknown" or found.state == "no_device" then
    return nil, message or ("%s: %s"):format(device, found.state)
  end
  return found.user, { found.user and device }
end

-- Where the person is logged in to whom a number belongs.
local function of_number(em, users, number)
  local user = users[number or ""]
  if not user then
    return nil, ("nobody is known by the number %s"):format(number or "(none)")
  end
  local found, message = em:query_users { user }
  if not found or found[1].state == "unknown" or found[1].state == "no_user" then
    return nil, message or ("%s: %s"):format(user, found[1].state)
  end
  return user, found[1].devices
end

local function out(result)
  return result.verdict == "ended" or result.verdict == "already_out" or result.verdict == "status_set"
end

-- Out of each phone, while it is still this person who sits there.
local function leave_phones(em, user, devices, log)
  local all = #devices <= MOST_PHONES
  for i = 1, math.min(#devices, MOST_PHONES) do
    local result = em:signout(devices[i], { user = user })
    log(("%s at %s: %s %s"):format(user, devices[i], result.verdict, result.message or ""))
    all = all and out(result)
  end
  return all
end

local function show_status(site, user, log)
  local panel = signoff.isymphony(site.isymphony)
  local name = (site.panel_users or {})[user] or user
  local result = panel:signout(name, { status = site.status })
  panel:close()
  log(("%s: %s %s"):format(name, result.verdict, result.message or ""))
  return out(result)
end

--- Logs out whoever uses the phone of a call.
-- @tparam table site what signoff_site.lua returns
-- @tparam table caller `device`, the phone's name where the call carries one; `number`, the caller's
-- @tparam function log takes one line
-- @treturn string "out": logged out of every phone, and the status is set; "nobody": nobody is logged in there;
-- "partly": one of the two; "failed": neither is proven
function phone.logout(site, caller, log)
  signoff.defaults { profile = "dialplan" }
  local em = signoff.cisco_em(site.cisco_em)
  local user, devices
  if caller.device then
    user, devices = at_device(em, caller.device)
  else
    user, devices = of_number(em, site.users or {}, caller.number)
  end
  if type(devices) ~= "table" then
    log(devices)
    return "failed"
  elseif #devices == 0 then
    return "nobody"
  end
  local left = leave_phones(em, user, devices, log)
  em:close()
  local shown = show_status(site, user, log)
  if left and shown then
    return "out"
  end
  return (left or shown) and "partly" or "failed"
end

return phone
