-- SPDX-License-Identifier: MIT
-- The operator of the command: what the kernel knows counts, the environment only where it fits.

local core = require "signoff.core"
local child = require "spec.support.child"
local identity = require "signoff.offboard.cli.identity"
local operator = require "spec.support.operator"
local json = require "signoff.json"
local peer = require "spec.support.peer"

local accounts = { root = 0, ana = 1000, ben = 1001, backup = 34 }

local function account(which)
  for name, number in pairs(accounts) do
    if which == name or which == number then
      return name, number
    end
  end
end

-- { what is said, effective user, environment, login, real user }
local cases = {
  ["a user"] = { "ana", 1000 },
  ["a user without an account"] = { "uid 12345", 12345 },
  ["root"] = { "root", 0 },
  ["root by sudo"] = { "root, by sudo from ana", 0, { SUDO_USER = "ana", SUDO_UID = "1000" } },
  ["root by sudo, of root"] = { "root", 0, { SUDO_USER = "root", SUDO_UID = "0" } },
  ["root, SUDO_USER alone"] = { "root", 0, { SUDO_USER = "ana" } },
  ["root, SUDO_UID alone"] = { "root", 0, { SUDO_UID = "1000" } },
  ["root, another's number"] = { "root", 0, { SUDO_USER = "ana", SUDO_UID = "1001" } },
  ["root, a number of nobody"] = { "root", 0, { SUDO_USER = "eve", SUDO_UID = "4711" } },
  ["root, no number"] = { "root", 0, { SUDO_USER = "ana", SUDO_UID = "1000x" } },
  ["root, an empty name"] = { "root", 0, { SUDO_USER = "", SUDO_UID = "" } },
  ["root, a number that is too large"] = { "root", 0, { SUDO_USER = "ana", SUDO_UID = "4294968296" } },
  ["a user who writes SUDO_USER"] = { "ana", 1000, { SUDO_USER = "ben", SUDO_UID = "1001" } },
  ["a user who writes LOGNAME and USER"] = { "ana", 1000, { LOGNAME = "ben", USER = "ben" } },
  ["root by doas"] = { "root, by doas from ana", 0, { DOAS_USER = "ana" } },
  ["root by doas, of nobody here"] = { "root", 0, { DOAS_USER = "eve" } },
  ["root by doas, empty"] = { "root", 0, { DOAS_USER = "" } },
  ["a user who writes DOAS_USER"] = { "ana", 1000, { DOAS_USER = "ben" } },
  ["root by pkexec"] = { "root, by pkexec from ben", 0, { PKEXEC_UID = "1001" } },
  ["root by pkexec, without an account"] = { "root, by pkexec from uid 12345", 0, { PKEXEC_UID = "12345" } },
  ["root by pkexec, no number"] = { "root", 0, { PKEXEC_UID = "ben" } },
  ["root by two that agree"] = { "root, by sudo from ana", 0, { SUDO_USER = "ana", SUDO_UID = "1000", DOAS_USER = "ana" } },
  ["root by two that do not agree"] = { "root", 0, { SUDO_USER = "ana", SUDO_UID = "1000", DOAS_USER = "ben" } },
  ["root by su, of whom audit knows"] = { "root, login ana", 0, {}, 1000 },
  ["root by sudo, of whom audit knows"] = { "root, login ana", 0, { SUDO_USER = "ben", SUDO_UID = "1001" }, 1000 },
  ["root, of whom audit knows the number"] = { "root, login uid 4711", 0, {}, 4711 },
  ["root logged in"] = { "root", 0, { SUDO_USER = "ana", SUDO_UID = "1000" }, 0 },
  ["a user logged in"] = { "ana", 1000, {}, 1000 },
  ["another user by su"] = { "backup, login ana", 34, {}, 1000 },
  ["a program that is set to root"] = { "root, run by ana", 0, { SUDO_USER = "ben", SUDO_UID = "1001" }, nil, 1000 },
}

describe("who runs the command is told:", function()
  for what, case in pairs(cases) do
    it(what, function()
      local environment = case[3] or {}
      assert.are.equal(case[1], identity.describe {
        effective = case[2], real = case[5] or case[2], login = case[4], account = account,
        environment = function(name) return environment[name] end,
      })
    end)
  end

  it("a name that is given, as that", function()
    assert.are.equal("night, as given", identity.operator "night")
  end)
end)

describe("this machine's accounts", function()
  it("are found by number and by name", function()
    assert.are.same({ "root", 0 }, { core.account(0) })
    assert.are.same({ "root", 0 }, { core.account "root" })
    assert.are.same({}, { core.account(4000000000) })
    assert.are.same({}, { core.account "no such user" })
    assert.has_error(function() core.account "root\0x" end)
  end)

  it("are those of the process", function()
    local real, effective = core.process_users()
    assert.are.equal(peer.output_of "id -ru; id -u", ("%.0f\n%.0f"):format(real, effective))
  end)
end)

describe("the command records", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  local function recorded(words, more)
    operator.list("list.csv", "liam.byrne")
    local status, out, err = operator.run("plan list.csv --json " .. (words or ""), more)
    assert(status == 0, err)
    return json.decode(out).operator
  end

  it("a name that is given, as that", function()
    assert.are.equal("night, as given", recorded "--operator night")
  end)

  it("nobody whom only the environment names", function()
    local own = recorded(nil, "unset SUDO_USER SUDO_UID DOAS_USER PKEXEC_UID LOGNAME USER")
    assert.is_truthy(own:find("^" .. peer.output_of "id -un"), own)
    for _, name in ipairs { "SUDO_USER", "LOGNAME", "USER" } do
      assert.are.equal(own, recorded(nil, ("unset SUDO_UID; export %s=no.such.user"):format(name)))
    end
  end)

  local said = 'print(require "signoff.offboard.cli.identity".operator())'

  -- The command's words where it is run behind others; nil where this machine does not allow them.
  local function behind(command)
    local own = identity.read()
    local function run(code)
      return peer.output_of(("echo '%s' | %s timeout 300 %s - 2>&1"):format(code, command, child.interpreter))
    end
    if own.effective ~= 0 or own.login or run 'require "signoff.core" print "loads"' ~= "loads" then
      return nil
    end
    return run(said)
  end

  local commands = {
    ["root, by sudo from daemon"] = "env SUDO_USER=daemon SUDO_UID=$(id -u daemon)",
    ["root, login daemon"] = "sh -c 'echo $(id -u daemon) >/proc/self/loginuid && exec \"$@\"' sh",
    ["uid 12345"] = "setpriv --reuid=12345 --clear-groups",
    ["root, run by daemon"] = "setpriv --ruid=daemon",
  }
  for words, command in pairs(commands) do
    it(words, function()
      local told = behind(command)
      if not told then
        return pending "this machine does not let the specs be somebody else"
      end
      assert.are.equal(words, told)
    end)
  end
end)
