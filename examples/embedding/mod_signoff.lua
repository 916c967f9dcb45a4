-- SPDX-License-Identifier: MIT
-- A module of Prosody (0.12 and later) that signs people out while the server goes on: POST /signoff/DEVICE signs out whoever sits at
-- that phone (Cisco Extension Mobility), and answers with the verdict. Callers send `Authorization: Bearer` and the key.
--
--   plugin_paths = { "/etc/prosody/modules" }       -- where this file is
--   modules_enabled = { "signoff" }                 -- of one host
--   signoff_url = "https://ucm.example:8443/emservice/EMServiceServlet"
--   signoff_app_id = "offboarding"
--   signoff_app_certificate_file = "/etc/prosody/em" -- its password; only Prosody's user may read it
--   signoff_key_file = "/etc/prosody/signoff"        -- the key of callers; likewise
--   signoff_ca_file = "/etc/ssl/ucm.pem"             -- where the certificate comes from a CA of your own
--   signoff_settle = 10                              -- seconds between the two observations that prove it

local server = require "net.server"
local timer = require "util.timer"
local signoff = require "signoff"

local function option(name, default)
  return module:get_option("signoff_" .. name, default)
end

local em = signoff.cisco_em {
  url = option "url", app_id = option "app_id", ca_file = option "ca_file",
  app_certificate = signoff.secret.file(option "app_certificate_file"),
}
local key = signoff.fingerprint(signoff.secret.file(option "key_file"))

-- The engine in Prosody's loop

local engine, due = signoff.engine(), nil

local function step()
  local fine, message = pcall(engine.step, engine)
  if not fine then
    module:log("error", "%s", message)
  end
  if due then
    timer.stop(due)
  end
  local seconds = not fine and 0 or engine:timeout()
  due = seconds and timer.add_task(seconds, function()
    due = nil
    step()
  end)
end

local watch = server.watchfd(engine, step)
engine:attach(function() end, function()
  watch:close()
end)

function module.unload()
  engine:close()
  em:close()
end

-- The service

local function answer(response, status, text)
  response.status_code, response.headers.content_type = status, "text/plain"
  response:send(text .. "\n")
end

local function sign_out(event, device)
  local given = (event.request.headers.authorization or ""):match "^Bearer (.+)$"
  if not given or signoff.fingerprint(given) ~= key then
    return 401
  end
  engine:spawn(em.signout, em, device, { settle = option("settle", 10) }):done(function(fine, result)
    if fine then
      answer(event.response, 200, result.verdict)
    else
      module:log("error", "%s", result)
      answer(event.response, 503, "not known; look at the phone")
    end
  end)
  return true -- the answer comes later
end

module:depends "http"
module:provides("http", { route = { ["POST /*"] = sign_out } })
