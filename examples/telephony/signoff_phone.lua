-- SPDX-License-Identifier: MIT
-- The part that the feature codes of ../freeswitch and ../asterisk share: from a call to a person and the phones where that person
-- is logged in; out of those; and the status that iSymphony then shows.
--
-- Every step has the two seconds of the profile `dialplan`: finding, each phone, the status.

local signoff = require "signoff"

local phone = {}

-- More phones than this are left to somebody who is not waiting with a receiver in the hand.
local MOST_PHONES = 3

-- Seconds of a step, and after how many of them a cluster that was busy is asked once more.
local STEP, PAUSE = 2, 0.3

-- The settings of a site, and whether one may be left out.
local settings = {
  cisco_em = { type = "table" },
  isymphony = { type = "table" },
  status = { type = "table" },
  status_if_unproven = { type = "boolean", optional = true },
  users = { type = "table", optional = true },
  panel_users = { type = "table", optional = true },
}

local function wrong(...)
  error("signoff_site.lua: " .. (...):format(select(2, ...)), 0)
end

local function check_names(name, map)
  for key, value in pairs(map) do
    if type(key) ~= "string" or type(value) ~= "string" or value == "" then
      wrong("%s: [%s] = %s: both must be texts, in quotes", name, tostring(key), tostring(value))
    end
  end
end

local function check_settings(site)
  if type(site) ~= "table" then
    wrong "it must return a table"
  end
  for name in pairs(site) do
    if not settings[name] then
      wrong("unknown setting '%s'", tostring(name))
    end
  end
  for name, setting in pairs(settings) do
    local found = type(site[name])
    if found ~= setting.type and not (found == "nil" and setting.optional) then
      wrong(found == "nil" and "setting '%s' is missing" or "setting '%s' must be a %s, not a %s", name, setting.type, found)
    end
  end
  check_names("users", site.users or {})
  check_names("panel_users", site.panel_users or {})
end

-- Clients of the two systems, made before any of them is asked: a setting that is wrong raises while nothing was sent.
local function open(site)
  check_settings(site)
  signoff.defaults { profile = "dialplan" }
  local em, panel = signoff.cisco_em(site.cisco_em), signoff.isymphony(site.isymphony)
  panel:signout("nobody", { status = site.status, deadline = 0 }) -- in no time at all: it reads the status, and sends nothing
  return em, panel
end

-- Asks the cluster; once more within the same two seconds where it says that it is busy (code 26).
local function ask(em, method, argument)
  return signoff.deadline(STEP, function()
    local answer, message, _, detail = em[method](em, argument)
    if answer or detail.vendor_code ~= 26 then
      return answer, message
    end
    signoff.loop(function(loop)
      loop:sleep(PAUSE)
    end)
    return em[method](em, argument)
  end)
end

-- Why a reply does not say whether somebody is logged in, or who; nil where it does.
local function doubt(found, present)
  if found.state == "logged_in" then
    local doubtful = not present or found.whole == false
    return doubtful and "somebody is logged in, and the reply " .. (found.doubt or "does not say who or where") or nil
  elseif found.state ~= "free" or found.whole == false then
    return found.doubt and "the reply " .. found.doubt or found.state
  end
end

-- The user who is logged in at a phone that is known by its name.
local function at_device(em, device)
  local found, message = ask(em, "status", device)
  local problem = not found and message or doubt(found, found.user)
  if problem then
    return nil, ("asked who is logged in at %s: %s"):format(device, problem)
  end
  return found.user, { found.user and device }
end

-- Where the person is logged in to whom a number belongs.
local function of_number(em, users, number)
  local user = users[number or ""]
  if not user then
    return nil, ("nobody is known by the number %s"):format(number or "(none)")
  end
  local list, message = ask(em, "query_users", { user })
  local problem = not list and message or doubt(list[1], list[1].devices and list[1].devices[1])
  if problem then
    return nil, ("asked where %s is logged in: %s"):format(user, problem)
  end
  return user, list[1].devices or {}
end

local function find(em, site, caller)
  if caller.device then
    return at_device(em, caller.device)
  end
  return of_number(em, site.users or {}, caller.number)
end

local green = { ended = true, already_out = true, status_set = true }

local function note(log, what, result)
  log(("%s: %s%s"):format(what, result.verdict, result.message and ": " .. result.message or ""))
  return green[result.verdict] or false
end

-- Out of each phone, while it is still this person who sits there: how many of them the person left.
local function leave_phones(em, user, devices, log)
  local left = 0
  for i = 1, math.min(#devices, MOST_PHONES) do
    if note(log, ("%s at %s"):format(user, devices[i]), em:signout(devices[i], { user = user })) then
      left = left + 1
    end
  end
  if #devices > MOST_PHONES then
    log(("%s: %d phones more are left alone"):format(user, #devices - MOST_PHONES))
  end
  return left
end

local function show_status(panel, site, user, log)
  local name = (site.panel_users or {})[user] or user
  return note(log, ("iSymphony's status of %s"):format(name), panel:signout(name, { status = site.status }))
end

local function logout(em, panel, site, caller, log)
  local user, devices = find(em, site, caller)
  if type(devices) ~= "table" then
    log(devices)
    return "failed"
  elseif #devices == 0 then
    log(caller.device and ("nobody is logged in at %s"):format(caller.device) or ("%s is logged in at no phone"):format(user))
    return "nobody"
  end
  local left = leave_phones(em, user, devices, log)
  local all, shown = left == #devices, false
  if all or site.status_if_unproven then
    shown = show_status(panel, site, user, log)
  else
    log(("iSymphony's status of %s is not set: it is not proven that everything is logged out"):format(user))
  end
  if all and shown then
    return "out"
  end
  return (left > 0 or shown) and "partly" or "failed"
end

--- Logs out whoever uses the phone of a call.
-- @tparam table site what signoff_site.lua returns
-- @tparam table caller `device`, the phone's name where the call carries one; `number`, the caller's
-- @tparam function log takes one line
-- @treturn string "out": logged out of that phone (over a trunk: of each phone that the cluster named
-- when it was asked), and the status is set; "nobody": nobody is logged in there;
-- "partly": some of that; "failed": nothing of it is proven
-- @raise for settings that are missing or wrong, naming them: nothing was sent then
function phone.logout(site, caller, log)
  local em, panel = open(site)
  local outcome = logout(em, panel, site, caller, log)
  em:close()
  panel:close()
  return outcome
end

return phone
