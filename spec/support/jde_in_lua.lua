-- SPDX-License-Identifier: MIT
-- JD Edwards' AIS server once more, described in Lua: a copy of src/backends/jde_ais.c, without what that has of Oracle's rarer servers.
-- It passes the tables that the system in C passes, and the bench compares the two.

local core = require "signoff.core"
local signoff = require "signoff"

-- The form of an error of AIS's own: what gateways and frameworks send has other members.
local marks = { exception = true, exceptionId = true, timeStamp = true }
local known = {
  errorText = true, exception = true, exceptionId = true, message = true, status = true, timeStamp = true, type = true,
  userDefinedErrorText = true, userDefinedError = true, errorDetails = true, jde__status = true, jde__simpleMessage = true,
  jde__startTimestamp = true, jde__endTimestamp = true, jde__serverExecutionSeconds = true,
}

local function is_own_error(body)
  local found = body.status == "ERROR" or body.status == "WARNING"
  for name, value in pairs(body) do
    if not known[name] then
      return false
    end
    found = found or (marks[name] and type(value) == "string" and value:find "%S" ~= nil)
  end
  return found
end

local function text(value)
  return type(value) == "string" and value:find "%S" and value or nil
end

local function message_of(body)
  return text(body.message) or text(body.errorText)
end

-- 444 is "Invalid Token", newer servers answer 403: in AIS's own words only. A token is bound to the device of its login.
local function refusal(reply, target)
  if (reply.status ~= 444 and reply.status ~= 403) or not is_own_error(reply.body) then
    return nil
  end
  return {
    own_words = true, vendor_message = message_of(reply.body),
    doubt = not target.device and "may mean that the token is of another device or address" or nil,
  }
end

local function failed(reply)
  local own = reply.status ~= 200 and is_own_error(reply.body)
  if reply.status == 400 or reply.status == 405 or reply.status == 415 then
    return nil, "rejected", { scope = "client", own_words = own, vendor_message = message_of(reply.body) }
  end
  return nil, nil, { own_words = own, vendor_message = message_of(reply.body) }
end

local function get(path)
  return function(client, target)
    return {
      path = path,
      headers = {
        ["jde-AIS-Auth"] = target.token, ["jde-AIS-Auth-Device"] = target.device or client.options.device,
        Cookie = target.cookie and (target.cookie:find "=" and target.cookie or "JSESSIONID=" .. target.cookie) or nil,
      },
    }
  end
end

local function read_logout(reply, target)
  local answer = refusal(reply, target)
  if answer then
    answer.answer = "already_out"
    return answer
  elseif reply.status >= 300 then
    return failed(reply)
  end
  local status = text(reply.body.status)
  if not status then
    return { answer = "undecided", vendor_message = message_of(reply.body) }
  elseif status:lower() ~= "success" then
    return nil, "server", { message = "with another status than Success", own_words = is_own_error(reply.body), vendor_message = message_of(reply.body) }
  end
  return { answer = "accepted", status = status, own_words = true }
end

local function read_status(reply, target)
  local answer = refusal(reply, target)
  if answer then
    answer.active = false
    return answer
  elseif reply.status >= 300 then
    return failed(reply)
  end
  local valid, status = reply.body.isValidSession, text(reply.body.status)
  if reply.format == "xml" then
    valid = ({ ["true"] = true, ["false"] = false })[valid]
  end
  answer = { vendor_message = message_of(reply.body) }
  if type(valid) ~= "boolean" then
    answer.doubt = "has no 'isValidSession' that is true or false"
    return answer
  elseif status and status:lower() ~= "success" then
    answer.doubt = "has another status than Success"
  elseif not valid and not target.device then
    answer.doubt = "may mean that the token is of another device or address"
  end
  answer.own_words = true
  answer.active = valid
  return answer
end

local definition = {
  name = "jde_in_lua",
  title = "JD Edwards EnterpriseOne (AIS server), described in Lua",
  default_path = "jderest/v2",
  options = {
    { name = "token", secret = true, what = "the token of calls that give none" },
    { name = "device", what = "the device name of calls that give none", way = true },
    { name = "nodes", type = "list", what = "the base URL of each node behind url" },
  },
  target = {
    members = { { name = "token", secret = true }, { name = "device" }, { name = "cookie", secret = true, route = true } },
    read = function(cell)
      local token, device = cell:match "^([^@]*)@(.*)$"
      if token == "" then
        return nil, "no token stands before '@'"
      elseif device == "" then
        return nil, "no device stands after '@'"
      end
      return { token = token or cell, device = device }
    end,
  },
  operations = {
    logout = { build = get "orchestrator/jde-logout", read = read_logout, changes = true, repeatable = true },
    status = { build = get "orchestrator/jde-validate-session", read = read_status, evidence = "token" },
  },
  words = {
    data = { "token", "aisSessionCookie", "username", "alphaName", "environment", "role", "jasserver", "deviceName", "machineName",
      "defaultEnvironment", "defaultRole", "defaultJasServer" },
  },
  by_hand = "end the session in Server Manager",
  renewable = false,
  sticky = true,
}

-- Busted forgets what is loaded with each file, and the core keeps a system as long as the program runs.
return core.facts[definition.name] and require("signoff.client").constructor(definition.name) or signoff.system(definition)
