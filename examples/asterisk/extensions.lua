-- SPDX-License-Identifier: MIT
-- A feature code of Asterisk (pbx_lua): *56 logs this phone's user out of Extension Mobility, sets the iSymphony status, and
-- tells the caller. README.md says how it is installed.
--
-- Asterisk runs the top of this file several times a call: nothing is loaded or read before the code is dialled.
--
-- The channel variable SIGNOFF_DEVICE is the phone's name, where the call carries one; else the caller's number is looked
-- up. SIGNOFF_OUTCOME is set: out, nobody, partly, failed.

-- Nothing is loaded from the folder that Asterisk was started in.
for _, name in ipairs { "path", "cpath" } do
  package[name] = (";" .. package[name]):gsub(";[^/;][^;]*", ""):sub(2)
end

local SITE = "/etc/asterisk/signoff_site.lua"

-- The tones that the caller hears, as PlayTones takes them, and for how many seconds.
local sounds = {
  out = { "!600/150,!0/50,!800/150,!0/50,!1000/300", 1 }, -- up: done
  nobody = { "!800/150,!0/150,!800/150", 1 }, -- level: there was nothing to do
  partly = { "!800/300,!0/100,!500/500", 1 }, -- down: some of it
  failed = { "480+620/250,0/250", 2 }, -- busy: call the help desk
}

local function log(text)
  app.verbose(1, "signoff: " .. text)
end

local function value(variable)
  local text = variable:get()
  return text ~= "" and text or nil
end

local function logout()
  local phone, site = require "signoff_phone", dofile(SITE)
  local caller = { device = value(channel.SIGNOFF_DEVICE), number = value(channel["CALLERID(num)"]) }
  local lines = {}
  autoservice_start() -- while a system is asked, somebody else takes the channel's frames: the caller hears no gap
  local fine, outcome = pcall(phone.logout, site, caller, function(line)
    lines[#lines + 1] = line
  end)
  autoservice_stop()
  for _, line in ipairs(lines) do
    log(line)
  end
  if not fine then
    error(outcome, 0)
  end
  return outcome
end

local function feature()
  app.answer()
  local fine, outcome = pcall(logout)
  if not fine then
    log(tostring(outcome))
    outcome = "failed"
  end
  channel.SIGNOFF_OUTCOME = outcome
  log(outcome)
  app.playtones(sounds[outcome][1])
  app.wait(sounds[outcome][2])
  app.hangup()
end

-- A context for your phones. Never include it where calls come in from outside: a caller's number is no proof of who calls.
extensions = {
  signoff = { ["*56"] = feature },
}
