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
  if type(body) ~= "table" then
    return false
  end
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

local DOUBT = "may mean that the token is of another device or address: "

-- Whether the device that came along with a token is the target's own: a token is bound to the device of its login.
local function doubt_of(target, client)
  if target.device then
    return nil
  end
  return DOUBT .. (client.options.device and "the device that came with it is the client's own" or "no device came with it")
end

-- 444 is "Invalid Token", newer servers answer 403: in AIS's own words only.
local function refusal(reply, target, client)
  if (reply.status == 444 or reply.status == 403) and is_own_error(reply.body) then
    return { own_words = true, vendor_message = message_of(reply.body), doubt = doubt_of(target, client) }
  end
end

local function failed(reply)
  local own = reply.status ~= 200 and is_own_error(reply.body)
  return nil, nil, { own_words = own, vendor_message = message_of(reply.body) }
end

local function get(path)
  return function(client, target)
    local cookie = target.cookie
    return {
      path = path,
      headers = {
        ["jde-AIS-Auth"] = target.token, ["jde-AIS-Auth-Device"] = target.device or client.options.device,
        Cookie = cookie and (cookie:find "=" and cookie or "JSESSIONID=" .. cookie) or nil,
      },
    }
  end
end

local function read_logout(reply, target, client)
  local answer = refusal(reply, target, client)
  if answer then
    answer.answer = "already_out"
    return answer
  elseif reply.status >= 300 then
    return failed(reply)
  end
  local status, message = text(reply.body.status), message_of(reply.body)
  if not status then
    return { answer = "undecided", vendor_message = message, own_words = is_own_error(reply.body) }
  elseif status:lower() ~= "success" then
    return nil, "server", { message = "another status than Success", own_words = is_own_error(reply.body), vendor_message = message }
  end
  return { answer = "accepted", status = status, own_words = true, vendor_message = message }
end

-- A flag is a boolean; XML has but texts, and the text "false" of JSON is no boolean.
local function flag_of(reply)
  local flag = reply.body.isValidSession
  flag = type(flag) == "table" and flag[1] or flag -- of XML that repeats it: the core doubts that
  if flag == true or flag == "true" then
    return true
  elseif flag == false or (flag == "false" and reply.format == "xml") then
    return false
  end
  local missing = flag == nil or flag == core.json_null
  return nil, missing and "has no 'isValidSession'" or "has an 'isValidSession' that is neither true nor false"
end

local function read_status(reply, target, client)
  local answer = refusal(reply, target, client)
  if answer then
    answer.active = false
    return answer
  elseif reply.status >= 300 then
    return failed(reply)
  end
  local status = reply.body.status
  answer = { vendor_message = message_of(reply.body) }
  answer.active, answer.doubt = flag_of(reply)
  answer.own_words = answer.active ~= nil
  if status ~= nil and not (type(status) == "string" and status:lower() == "success") then
    answer.doubt = "has another status than Success"
  end
  answer.doubt = answer.doubt or not answer.active and doubt_of(target, client) or nil
  return answer
end

local ours = { code = "rejected", scope = "client" }

local definition = {
  name = "jde_in_lua",
  title = "JD Edwards EnterpriseOne (AIS server), described in Lua",
  default_path = "jderest/v2",
  options = {
    { name = "token", secret = true, what = "the token of calls that give none" },
    { name = "device", what = "the device name of calls that give none", route = true },
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
  statuses = { [400] = ours, [405] = ours, [415] = ours, [444] = { code = "denied", scope = "client" } },
  by_hand = "end the session in Server Manager",
  renewable = false,
  sticky = true,
}

-- Busted forgets what is loaded with each file, and the core keeps a system as long as the program runs.
return core.facts[definition.name] and require("signoff.client").constructor(definition.name) or signoff.system(definition)
