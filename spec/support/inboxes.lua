-- SPDX-License-Identifier: MIT
--- Inboxes in folders of their own, and events for them.

local core = require "signoff.core"
local inbox = require "signoff.receiver.inbox"
local peer = require "spec.support.peer"

local inboxes = {}

--- An empty folder that an inbox takes.
function inboxes.folder()
  return peer.directory()
end

--- An event, and what tells it from others.
-- @tparam string|number jti
-- @tparam[opt] table more members of the event; `token`: the text of its token
function inboxes.event(jti, more)
  more = more or {}
  local event = { id = "event-" .. jti, at = 1000, kind = "push", iss = "https://idp.example", jti = tostring(jti), disposition = "act",
    subject = { format = "email", email = "someone@example.com" }, sha256 = core.sha256("token " .. (more.token or jti)) }
  for name, value in pairs(more) do
    event[name] = name ~= "token" and value or nil
  end
  return event, { kind = event.kind, iss = event.iss, jti = event.jti, sha256 = event.sha256, keep_until = core.time() + 86400 }
end

--- Opens one; `more`: options.
function inboxes.open(folder, more)
  local options = { worker = "w0" }
  for name, value in pairs(more or {}) do
    options[name] = value
  end
  return inbox.open(folder, options)
end

--- The paths of its segments.
function inboxes.segments(folder)
  local paths = {}
  for path in peer.output_of(("ls %s/*.jsonl 2>/dev/null"):format(folder)):gmatch "[^\n]+" do
    paths[#paths + 1] = path
  end
  return paths
end

--- The lines of all segments.
function inboxes.lines(folder)
  local lines = {}
  for _, path in ipairs(inboxes.segments(folder)) do
    for line in peer.read_file(path):gmatch "([^\n]*)\n" do
      lines[#lines + 1] = line
    end
  end
  return lines
end

return inboxes
