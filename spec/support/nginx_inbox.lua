-- SPDX-License-Identifier: MIT
--- An nginx with an inbox in each worker. At `/add?jti=...` it answers an event with its state and the message, at `/still` at once.

local backlog = require "signoff.receiver.backlog"
local nginx = require "spec.support.nginx"

local nginx_inbox = { stop_all = nginx.stop_all }

local site = [[
  local core, inbox = require "signoff.core", require "signoff.receiver.inbox"
  local site = {}
  function site.start()
    local message
    site.box, message = inbox.open("%s", { worker = "w" .. ngx.worker.id(), shared = ngx.shared.seen })
    if not site.box then ngx.log(ngx.ERR, message) end
  end
  function site.add(jti, token, keep)
    if not site.box then site.start() end
    local event = { id = "event-" .. jti, at = 1000, kind = "push", iss = "https://idp.example", jti = jti, disposition = "act",
      sha256 = core.sha256(token or jti), worker = ngx.worker.id() }
    return site.box:add(event, { kind = "push", iss = event.iss, jti = jti, sha256 = event.sha256, keep_until = core.time() + (tonumber(keep) or 86400) })
  end
  return site]]

--- Starts one.
-- @tparam string folder of its inbox
-- @tparam[opt] table options as `spec.support.nginx` takes them; `room`: of the dictionary; `lazy`: the inbox is opened with the first event
function nginx_inbox.start(folder, options)
  options = options or {}
  os.execute(("chown nobody %s 2>/dev/null"):format(folder))
  return nginx.start {
    files = { ["site.lua"] = site:format(folder) }, preload = options.preload, environment = options.environment,
    main = options.main, processes = options.processes, port = options.port,
    http = ("lua_shared_dict seen %s; %s %s"):format(options.room or "1m", options.http or "",
      options.lazy and "" or [[init_worker_by_lua_block { require("site").start() }]]),
    server = [[
      location = /add { content_by_lua_block {
        local state, message = require("site").add(ngx.var.arg_jti, ngx.var.arg_token, ngx.var.arg_keep)
        ngx.status = (state == "added" or state == "same") and 202 or state == "other" and 400 or 503
        ngx.say(state or "none", message and " " .. message or "") } }
      location = /still { content_by_lua_block { ngx.say "still" } }
    ]] .. (options.server or ""),
  }
end

--- The backlog of its inbox, once it is stopped: what it wrote belongs to its user.
function nginx_inbox.backlog(folder)
  os.execute(("chown -R $(id -u) %s"):format(folder))
  return assert(backlog.open(folder))
end

return nginx_inbox
