-- SPDX-License-Identifier: MIT

--- The identity of the operator, and how it is known. The kernel knows for certain which login a process comes from, where audit
-- keeps that; what sudo, doas and pkexec leave in the environment anybody can write there: it counts only for root, and only
-- where it fits the accounts of this machine.
-- @module signoff.offboard.cli.identity

local core = require "signoff.core"

local identity = {}

local NOBODY = 4294967295 -- what stands in place of a login or a user that is not known

local function number_of(text)
  local number = text and core.number(text:match "^(%d+)[ \t-\r]*$" or "")
  return number and number < NOBODY and number or nil
end

local function login()
  local file = io.open "/proc/self/loginuid"
  local text = file and file:read "*l"
  if file then
    file:close()
  end
  return number_of(text)
end

--- The identity of this process.
-- @treturn table `real`, `effective`, `login` (numbers of users; nil where audit keeps none), `account` and `environment`
-- (functions as `core.account` and `os.getenv`)
function identity.read()
  local real, effective = core.process_users()
  return { real = real, effective = effective, login = login(), account = core.account, environment = os.getenv }
end

local function name_of(seen, number)
  return (seen.account(number)) or ("uid %.0f"):format(number)
end

-- The caller, by what each program leaves behind: a user's number, nil where it left nothing that fits.
local callers = {
  { "sudo", function(seen)
    local number = number_of(seen.environment "SUDO_UID")
    local name = number and seen.account(number)
    return name and name == seen.environment "SUDO_USER" and number
  end },
  { "doas", function(seen)
    local name = seen.environment "DOAS_USER"
    return name and name ~= "" and select(2, seen.account(name))
  end },
  { "pkexec", function(seen)
    return number_of(seen.environment "PKEXEC_UID")
  end },
}

-- Two programs that name two people prove nothing.
local function caller(seen)
  local program, number
  for _, row in ipairs(callers) do
    local found = row[2](seen)
    if found and number and found ~= number then
      return nil
    elseif found and not number then
      program, number = row[1], found
    end
  end
  return program, number
end

--- The operator, in words: `ana`; `root, login ana`; `root, run by ana`; `root, by sudo from ana`; `uid 12345`.
-- @tparam table seen as `identity.read` gives it
-- @treturn string
function identity.describe(seen)
  local own = name_of(seen, seen.effective)
  if seen.login then
    return seen.login == seen.effective and own or ("%s, login %s"):format(own, name_of(seen, seen.login))
  elseif seen.real ~= seen.effective then
    return ("%s, run by %s"):format(own, name_of(seen, seen.real))
  elseif seen.effective ~= 0 then
    return own
  end
  local program, number = caller(seen)
  if not number or number == 0 then
    return own
  end
  return ("%s, by %s from %s"):format(own, program, name_of(seen, number))
end

--- The operator, in words: a name that was given, or the user who runs the command.
-- @tparam ?string given
-- @treturn string
function identity.operator(given)
  return given and given .. ", as given" or identity.describe(identity.read())
end

return identity
