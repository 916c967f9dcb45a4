-- SPDX-License-Identifier: MIT

--- Asks each system, by reading only, whether a run could work: reachable, TLS, credentials, rights, clock.
-- @module signoff.offboard.cli.doctor

local core = require "signoff.core"
local time = require "signoff.offboard.time"
local vendor = require "signoff.offboard.vendor"

local LIMITS = { timeout = 10 } -- seconds, of one exchange
local EXPIRES_SOON = 30 -- days
local CLOCKS_DIFFER = 60 -- seconds

-- The token that is asked for. No system has issued it: the reply says so, and no counter of failed logins moves.
local NOBODY = "signoff-doctor"

local function token_remark(answer)
  return answer.active == nil
    and "its reply about a token that never was proves nothing: sign-outs will be 'unverified'; check 'url' and 'path'" or nil
end

-- How a system is asked, as `signoff.offboard.vendor` has it.
local function question_of(kind)
  local system = vendor.of(kind)
  local bound = system.target.bound
  return system.doctor or {
    operation = "status", arguments = { bound and { token = NOBODY, [bound] = NOBODY } or NOBODY },
    shows = "needs no login: each person's token is the login", remark = token_remark,
  }
end

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local function arguments_of(question)
  local list = {}
  for i, argument in ipairs(question.arguments) do
    list[i] = argument
  end
  list[#list + 1] = LIMITS
  return unpack(list)
end

-- Codes of an exchange that never reached the system's own part.
local lost = { unreachable = true, timeout = true, tls = true, nomem = true }

-- One exchange whose connection is looked at.
local function inspect(client, question)
  local call = core.inspect((core.build(client, question.operation, arguments_of(question))))
  core.carry(call)
  local seen = core.inspected(call)
  seen.at = core.time()
  local _, message, code, detail = core.read(call)
  seen.reached = not code or detail.sent and not lost[code]
  return seen, code, message
end

local function certificate(seen)
  if not seen.certificate_ends then
    return "ok", "the certificate is trusted"
  end
  local days = math.floor((seen.certificate_ends - seen.at) / 86400)
  local text = ("the certificate is trusted, until %s (%d days)"):format(time.shown(seen.certificate_ends), days)
  if days < EXPIRES_SOON then
    return "warn", text .. ": have it renewed"
  end
  return "ok", text
end

local function tls(client, origin, seen)
  if not origin:find "^https:" then
    return "warn", "none: credentials and tokens travel readable; use an https address"
  elseif core.anchor(client).options.verify == false then
    return "warn", "the certificate is not checked ('verify' is false): name the CA with 'ca_file' instead"
  end
  return certificate(seen)
end

local function clock(seen)
  if not seen.date then
    return "ok", "the system does not tell its time"
  end
  local differs = seen.date - math.floor(seen.at)
  if math.abs(differs) <= CLOCKS_DIFFER then
    return "ok", "as here"
  end
  return "warn", ("%d s %s of this machine: check NTP on both; times in evidence are ours"):format(
    math.abs(differs), differs > 0 and "ahead" or "behind")
end

local function login(client, question)
  local answer, message, code, detail = client[question.operation](client, arguments_of(question))
  if answer then
    local remark = question.remark and question.remark(answer)
    return remark and "warn" or "ok", remark or question.shows
  elseif code == "unsupported" then
    return "warn", message .. ": sign-outs cannot be proved, and will be 'unverified'"
  elseif detail and detail.retriable then
    return "warn", message .. ": try again later"
  end
  return "fail", message, code
end

--- Asks one system.
-- @tparam table system as `systems.check` has it: `name`, `kind`, `client`, `host`
-- @treturn {table,...} rows: `system`, `check`, `state` (`"ok"`, `"warn"`, `"fail"`), `message`, `code`
local function examine(system)
  local rows, client, question = {}, system.client, question_of(system.kind)
  local function row(check, state, message, code)
    rows[#rows + 1] = { system = system.name, check = check, state = state, message = message, code = code }
  end
  local seen, code, message = inspect(client, question)
  if not seen.reached then
    row(code == "tls" and "TLS" or "reachable", "fail", message, code)
    return rows
  end
  row("reachable", "ok", system.host)
  row("TLS", tls(client, system.host, seen))
  row("login", login(client, question))
  row("clock", clock(seen))
  return rows
end

--- Asks all of them.
-- @tparam {table,...} systems
-- @treturn {table,...} rows
-- @treturn number exit status: 0; 4 where credentials were refused; 1 where something else is broken
return function(systems)
  local all, exit = {}, 0
  for _, system in ipairs(systems) do
    for _, row in ipairs(examine(system)) do
      all[#all + 1] = row
      if row.state == "fail" then
        exit = row.code == "denied" and 4 or math.max(exit, 1)
      end
    end
  end
  return all, exit
end
