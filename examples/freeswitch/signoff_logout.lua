-- SPDX-License-Identifier: MIT
-- A feature code of FreeSWITCH: logs this phone's user out of Extension Mobility, sets the iSymphony status, and tells the
-- caller. Called by the dialplan (signoff.xml); README.md says how it is installed.
--
-- Channel variables that it reads: signoff_device, the phone's name, where the call carries one; else caller_id_number.
-- It sets signoff_outcome: out, nobody, partly, failed.

-- Nothing is loaded from the folder that FreeSWITCH was started in.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

-- The tone that the caller hears, or the path of a prompt of your own.
local sounds = {
  working = "tone_stream://%(80,20,700)",
  out = "tone_stream://%(150,50,600);%(150,50,800);%(300,0,1000)", -- up: done
  nobody = "tone_stream://%(150,150,800);loops=2", -- level: there was nothing to do
  partly = "tone_stream://%(300,100,800);%(500,0,500)", -- down: some of it
  failed = "tone_stream://%(250,250,480,620);loops=4", -- busy: call the help desk
}

-- By the session, whose lines carry the call's uuid.
local function log(text)
  session:consoleLog("NOTICE", "signoff: " .. text .. "\n")
end

-- A Lua error must not leave the caller with silence.
local function logout()
  local phone, site = require "signoff_phone", require "signoff_site"
  local device = session:getVariable "signoff_device"
  return phone.logout(site, {
    device = device ~= "" and device or nil,
    number = session:getVariable "caller_id_number",
  }, log)
end

session:answer()
session:streamFile(sounds.working)
local fine, outcome = pcall(logout)
if not fine then
  log(tostring(outcome))
  outcome = "failed"
end
session:setVariable("signoff_outcome", outcome)
log(outcome)
if session:ready() then
  session:streamFile(sounds[outcome])
  session:hangup()
end
