-- SPDX-License-Identifier: MIT
-- What the cells of the list mean: each target with how it may be shown, and what `signout` takes for it.
--
--   cisco_em         DEVICE  DEVICE=USER (only if USER sits there)  user:NAME (wherever NAME sits; NAME? may be unknown)
--   isymphony        the user's name
--   agvance          a session log key, or user:NAME for every session of NAME
--   oracle_commerce  an access token
--   jde_ais          TOKEN@DEVICE, or TOKEN where the login named no device
--   all              ";" between targets ("\;" is a real one); empty: not on that system; "?": on it, but we hold no key

local signoff = require "signoff"

local targets = {}

-- What is decided before anybody is asked to sign out, in the shape of a result.
local function decided(shown, verdict, message)
  local left = verdict == "failed" or verdict == "no_token"
  return { shown = shown, verdict = verdict, message = message, by_hand = left and verdict .. ": " .. message or nil }
end

-- Nobody found, or no answer: a list of one that says so.
local function failed(shown, message)
  return { decided(shown, "failed", message) }
end

local function em_of_user(client, name, may_be_unknown)
  local rows, message = client:query_users { name }
  local shown = "user:" .. name
  if not rows then
    return failed(shown, message)
  elseif rows[1].state == "no_user" and may_be_unknown then
    return { decided(shown, "skipped", "not known on this cluster") }
  elseif rows[1].state == "free" then
    return { decided(shown, "already_out", "logged in nowhere") }
  elseif rows[1].state ~= "logged_in" then
    return failed(shown, "the cluster does not know this user")
  end
  local list = {}
  for _, device in ipairs(rows[1].devices) do
    list[#list + 1] = { shown = device, target = device, user = name }
  end
  return list
end

local function agvance_of_user(client, name)
  local rows, message = client:sessions()
  local shown = "user:" .. name
  if not rows then
    return failed(shown, message)
  end
  local list, nameless = {}, false
  for _, session in ipairs(rows) do
    if (session.user or ""):lower() == name:lower() then
      list[#list + 1] = { shown = session.session_log_key, target = session.session_log_key }
    end
    nameless = nameless or not session.user
  end
  if #list == 0 and nameless then
    return { decided(shown, "unknown", "the list has a session without a user") }
  end
  return #list > 0 and list or { decided(shown, "already_out", "has no session") }
end

local readers = {}

function readers.cisco_em(client, text)
  local name, mark = text:match "^user:(.-)(%??)$"
  if name then
    return em_of_user(client, name, mark == "?")
  end
  local device, user = text:match "^([^=]+)=(.+)$"
  return { { shown = device or text, target = device or text, user = user } }
end

function readers.isymphony(_, text)
  return { { shown = text, target = text } }
end

function readers.agvance(client, text)
  local name = text:match "^user:(.+)$"
  return name and agvance_of_user(client, name) or { { shown = text, target = text } }
end

function readers.oracle_commerce(_, text)
  local token = signoff.secret.new(text)
  return { { shown = signoff.fingerprint(token), target = token } }
end

function readers.jde_ais(_, text)
  local token, device = text:match "^([^@]+)@(.+)$"
  token = signoff.secret.new(token or text)
  local shown = signoff.fingerprint(token) .. (device and "@" .. device or "")
  return { { shown = shown, target = { token = token, device = device } } }
end

local function split(cell)
  local parts = {}
  for part in (cell:gsub("\\;", "\0") .. ";"):gmatch "([^;]*);" do
    part = part:gsub("%z", ";"):match "^%s*(.-)%s*$"
    if part ~= "" then
      parts[#parts + 1] = part
    end
  end
  return parts
end

--- The targets of one cell.
-- `site` has the clients. Each target is `{ shown =, target =, user = }`, or `{ shown =, verdict =, message = }` where there
-- is nothing to do. May ask the system who sits where.
function targets.of(site, system, cell)
  local list = {}
  for _, text in ipairs(split(cell)) do
    local found = text == "?" and { decided("?", "no_token", "we hold no key for this person") }
      or readers[system](site.client(system), text)
    for _, target in ipairs(found) do
      list[#list + 1] = target
    end
  end
  return list
end

return targets
