-- SPDX-License-Identifier: MIT
-- The checker of spec/proofs/lies, on logs written by hand: what it finds, and what it lets pass.

local checker = require "spec.proofs.lies.checker"
local files = require "spec.support.files"

-- A log in the making. Times are those of its own clock.
local function new_log()
  local log, now, requests = {}, 100, 0
  local made = { entries = log }
  local function add(entry)
    entry.number, entry.time, entry.simulated_time = #log + 1, 0, now
    log[#log + 1] = entry
    return made
  end
  function made.state(_, system, target, is)
    return add { event = "state", system = system, target = target, is = is, by = "move" }
  end
  function made.wait(_, seconds)
    now = now + seconds
    return made
  end
  -- `more.during(log)` happens before the answer is worked out.
  function made.request(_, system, operation, targets, more)
    more, requests = more or {}, requests + 1
    local id = requests
    add { event = "received", request = id, system = system, operation = operation, targets = targets }
    if more.during then
      more.during(made)
    end
    return add {
      event = "answered", request = id, acted = more.acted ~= false, fault = more.fault, lie = more.lie, how = more.how, refused = more.refused,
      status = more.status,
    }
  end
  return made
end

local function ana_out(log) log:state("cisco_em", "sep1", {}) end

local function look(log, more) return log:request("cisco_em", "query_devices", { "SEP1" }, more) end

local function act(log, more)
  more = more or {}
  more.during = more.during or ana_out
  return log:request("cisco_em", "logout", { "SEP1" }, more)
end

local function new_account(claim)
  claim.person, claim.who = "ana", claim.who or "ana"
  return {
    clock = "advanced", settle = 10, fresh = 5, slack = 0.1, in_flight = 0, protected = { rita = true }, own = { ["agvance/OWN"] = true },
    claims = { claim },
  }
end

local PHONE = { system = "cisco_em", shown = "SEP1", target = "SEP1" }
local NAME = { system = "cisco_em", shown = "user:ana", by_name = "ana" }

local function found(claim, log, verdict, more)
  local copy = {}
  for name, value in pairs(claim) do
    copy[name] = value
  end
  local result = { exit = more and more.exit or 3, results = {
    { person = "ana", system = copy.system, target = copy.shown, verdict = verdict, code = more and more.code },
  } }
  local list = {}
  local account = new_account(copy)
  account.claims[1].at_once, account.in_flight = more and more.at_once, more and more.in_flight or account.in_flight
  local findings = checker.check(account, log.entries, result)
  for _, finding in ipairs(findings) do
    list[#list + 1] = finding.class .. ": " .. finding.kind
  end
  return table.concat(list, ", "), findings.excused
end

local function phone()
  return new_log():state("cisco_em", "sep1", { who = "ana" })
end

describe("the checker of lies", function()
  it("shares no code with what it checks", function()
    for _, name in ipairs { "checker", "truth", "claims", "verdicts", "changes", "undone" } do
      for required in files.read("spec/proofs/lies/" .. name .. ".lua"):gmatch 'require "([^"]+)"' do
        assert.matches("^spec%.proofs%.lies%.", required)
      end
    end
  end)

  it("lets a proof pass", function()
    local log = look(act(look(phone())))
    look(log:wait(10))
    assert.equal("", found(PHONE, log, "ended", { exit = 0 }))
  end)

  it("finds a verdict that was proved by less than two observations, settle apart, after the last act", function()
    assert.equal("false verdict: unproved", found(PHONE, look(act(look(phone()))), "ended"))
    assert.equal("false verdict: unproved", found(PHONE, look(look(act(look(phone()))):wait(9)), "ended"))
    local again = act(look(look(act(look(phone()))):wait(10):state("cisco_em", "sep1", { who = "ana" })))
    assert.equal("false verdict: unproved", found(PHONE, again, "ended"))
    assert.equal("", found(PHONE, again, "still_active"))
  end)

  it("finds a person who is in", function()
    local log = look(act(look(phone()), { lie = "still_there", during = function() end }))
    assert.equal("false verdict: in", found(PHONE, look(log:wait(10)), "ended"))
    assert.equal("", found(PHONE, log, "still_active"))
    local reborn = look(act(look(phone()))):wait(5):state("cisco_em", "sep1", { who = "ana" })
    assert.equal("false verdict: in", found(PHONE, look(reborn:wait(5)), "ended"))
  end)

  it("takes somebody else there for absence, of those the list means", function()
    local log = look(act(look(phone()))):wait(5):state("cisco_em", "sep1", { who = "bob" })
    assert.equal("", found(PHONE, look(log:wait(5)), "ended"))
  end)

  it("searches for a name everywhere", function()
    local log = phone():request("cisco_em", "query_users", { "ana" })
    act(log):request("cisco_em", "query_users", { "ana" })
    assert.equal("", found(NAME, log:wait(10):request("cisco_em", "query_users", { "ana" }), "ended"))
    log:state("cisco_em", "sep2", { who = "ana" })
    assert.equal("", found(NAME, log, "ended")) -- after the proof
    log = act(phone():request("cisco_em", "query_users", { "ana" })):state("cisco_em", "sep2", { who = "ana" })
    log:request("cisco_em", "query_users", { "ana" }):wait(10):request("cisco_em", "query_users", { "ana" })
    assert.equal("false verdict: in", found(NAME, log, "ended"))
  end)

  it("takes an act on a phone for one on whoever was there meanwhile", function()
    local function asked(log) return log:request("cisco_em", "query_users", { "ana" }) end
    local function act_at_2(log, who)
      asked(log):state("cisco_em", "sep2", { who = "ana" }):wait(5)
      if who == "bob" then
        log:state("cisco_em", "sep2", { who = "bob" })
      end
      log:request("cisco_em", "query_devices", { "SEP2" }):request("cisco_em", "logout", { "SEP2" }, { during = function(l) l:state("cisco_em", "sep2", {}) end })
      return asked(log:wait(5))
    end
    assert.equal("false verdict: unproved", found(NAME, act_at_2(new_log():state("cisco_em", "sep2", {}), "ana"), "already_out"))
    assert.equal("wrong act: elsewhere", found(NAME, act_at_2(new_log():state("cisco_em", "sep2", {}), "bob"), "already_out"))
  end)

  it("follows a token to those that it was renewed to", function()
    local claim = { system = "oracle_commerce", shown = "sha256:1", target = "T1" }
    local log = new_log():state("oracle_commerce", "T1", { who = "ana", expires_at = 1000 }):request("oracle_commerce", "verify", { "T1" })
    log:state("oracle_commerce", "T2", { who = "ana", expires_at = 2000, renewed_from = "T1" }):state("oracle_commerce", "T1", nil)
    log:request("oracle_commerce", "verify", { "T1" }):wait(10):request("oracle_commerce", "verify", { "T1" })
    assert.equal("false verdict: in", found(claim, log, "already_out"))
    log:wait(2000):request("oracle_commerce", "verify", { "T1" }):wait(10):request("oracle_commerce", "verify", { "T1" })
    assert.equal("", found(claim, log, "already_out")) -- expired
  end)

  it("reads a status back", function()
    local claim = { system = "isymphony", shown = "ana", target = "ana", wanted = { name = "Gone" } }
    local log = new_log():state("isymphony", "default/ana", { who = "ana", status = { name = "Here" } }):request("isymphony", "status", { "ana" })
    log:request("isymphony", "set_status", { "ana" }, { during = function(l) l:state("isymphony", "default/ana", { who = "ana", status = { name = "Gone" } }) end })
    log:request("isymphony", "status", { "ana" })
    assert.equal("false verdict: unproved", found(claim, log, "status_set"))
    log:wait(10):request("isymphony", "status", { "ana" })
    assert.equal("", found(claim, log, "status_set"))
    log:request("isymphony", "set_status", { "ana" })
    assert.equal("doubled act: blind", found(claim, log, "failed"))
  end)

  it("excuses what no rule can tell", function()
    local log = look(look(phone(), { how = "silent" }):wait(10), { how = "silent" })
    local text, excused = found(PHONE, log, "already_out")
    assert.same({ "", 1 }, { text, excused })
  end)

  it("excuses a token's logout that was accepted and not done, and none that was refused or came too late", function()
    local function token(status, during)
      local log = new_log():state("oracle_commerce", "T1", { who = "ana", expires_at = 1000 }):request("oracle_commerce", "verify", { "T1" })
      log:request("oracle_commerce", "logout", { "T1" }, { status = status, during = during })
      log:state("oracle_commerce", "T2", { who = "ana", expires_at = 2000, renewed_from = "T1" }):state("oracle_commerce", "T1", nil)
      return log:request("oracle_commerce", "verify", { "T1" }):wait(10):request("oracle_commerce", "verify", { "T1" })
    end
    local function renewed(log) log:state("oracle_commerce", "T1", nil):state("oracle_commerce", "T3", { who = "ana", expires_at = 2000, renewed_from = "T1" }) end
    local claim = { system = "oracle_commerce", shown = "sha256:1", target = "T1" }
    assert.same({ "", 1 }, { found(claim, token(200), "ended") })
    assert.same({ "false verdict: in", 0 }, { found(claim, token(401), "ended") })
    assert.same({ "false verdict: in", 0 }, { found(claim, token(200, renewed), "ended") })
    local key = { system = "agvance", shown = "K1", target = "K1", user = "ana" }
    local log = new_log():state("agvance", "K1", { who = "ana" }):request("agvance", "sessions", {}):request("agvance", "logout", { "K1" }, { status = 200 })
    assert.same({ "false verdict: in", 0 }, { found(key, log:request("agvance", "sessions", {}):wait(10):request("agvance", "sessions", {}), "ended") })
  end)

  it("takes a key that is somebody else's for none of hers", function()
    local key = { system = "agvance", shown = "K1", target = "K1", user = "ana" }
    local log = new_log():state("agvance", "K1", { who = "bob" }):request("agvance", "sessions", {}):wait(10):request("agvance", "sessions", {})
    assert.equal("", found(key, log, "already_out"))
    assert.equal("false verdict: in", found({ system = "agvance", shown = "K1", target = "K1", user = "bob" }, log, "already_out"))
  end)

  it("knows of calls at once that the first look of any may have said who is meant", function()
    local function moved() return look(look(phone()):state("cisco_em", "sep1", { who = "bob" })) end
    assert.equal("wrong act: stranger", found(PHONE, act(moved()), "unknown"))
    assert.equal("", found(PHONE, act(moved()), "unknown", { at_once = 2 }))
    assert.equal("wrong act: stranger", found(PHONE, act(look(moved():state("cisco_em", "sep1", { who = "eve" }))), "unknown", { at_once = 2 }))
  end)

  it("lets an answer that is still on its way be no news, and says otherwise what was wrong", function()
    local function moved(seconds) return act(look(look(phone()):wait(1):state("cisco_em", "sep1", { who = "bob" })):wait(seconds)) end
    assert.equal("", found(PHONE, moved(0.01), "unknown", { in_flight = 0.05 }))
    assert.equal("wrong act: stranger", found(PHONE, moved(0.1), "unknown", { in_flight = 0.05 }))
    assert.equal("wrong act: protected", found(PHONE, act(look(new_log():state("cisco_em", "sep1", { who = "rita" }))), "unknown", { in_flight = 0.05 }))
  end)

  it("finds an act without a look before it, or with one too long ago", function()
    assert.equal("wrong act: unseen", found(PHONE, act(phone()), "unknown"))
    assert.equal("wrong act: unseen", found(PHONE, act(look(phone()):wait(6)), "unknown"))
    assert.equal("wrong act: unseen", found(PHONE, act(look(phone(), { fault = "close" })), "unknown"))
    assert.equal("wrong act: unseen", found(PHONE, act(look(phone(), { how = "age" })), "unknown"))
    assert.equal("", found(PHONE, act(look(look(phone()):wait(4), { fault = "close" })), "unknown"))
  end)

  it("finds an act on others", function()
    local named = { system = "cisco_em", shown = "SEP1", target = "SEP1", user = "ana" }
    local bob, rita = new_log():state("cisco_em", "sep1", { who = "bob" }), new_log():state("cisco_em", "sep1", { who = "rita" })
    assert.equal("wrong act: stranger", found(named, act(look(bob)), "unknown"))
    assert.equal("", found(PHONE, act(look(new_log():state("cisco_em", "sep1", { who = "bob" }))), "unknown")) -- approved
    assert.equal("wrong act: protected", found(PHONE, act(look(rita)), "unknown"))
    assert.equal("wrong act: nobody", found(named, act(look(new_log():state("cisco_em", "sep1", {}))), "unknown"))
    local function moved() return look(phone()):state("cisco_em", "sep1", { who = "bob" }) end
    assert.equal("", found(named, act(moved()), "unknown")) -- between the look and the act: nobody can know
    assert.equal("wrong act: stranger", found(named, act(look(moved())), "unknown"))
    assert.equal("wrong act: elsewhere", found(named, phone():request("cisco_em", "query_devices", { "SEP2" }):request("cisco_em", "logout", { "SEP2" }), "unknown"))
    assert.equal("wrong act: everybody", found(named, look(phone()):request("cisco_em", "logout_all", {}), "unknown"))
    local own = new_log():state("agvance", "OWN", { who = "api" }):request("agvance", "sessions", {}):request("agvance", "logout", { "OWN" })
    assert.equal("wrong act: own", found({ system = "agvance", shown = "OWN", target = "OWN" }, own, "unknown"))
  end)

  it("finds an act that was repeated without a look", function()
    local function lost(more)
      return act(look(phone()), { fault = "close", acted = more, during = more and ana_out or function() end })
    end
    assert.equal("doubled act: blind", found(PHONE, act(lost(false)), "unknown"))
    assert.equal("doubled act: blind", found(PHONE, act(look(lost(false), { fault = "close" })), "unknown"))
    assert.equal("", found(PHONE, act(look(lost(false))), "unknown"))
    assert.equal("", found(PHONE, act(act(look(phone()), { refused = 26, during = function() end })), "unknown"))
    assert.matches("doubled act: blind", found(PHONE, act(look(lost(true))), "unknown"))
  end)

  it("finds rows that are missing, doubled or nobody's, and an exit 0 that is none", function()
    assert.equal("false verdict: exit", found(PHONE, phone(), "unknown", { exit = 0 }))
    assert.equal("", found(PHONE, phone(), "skipped", { exit = 0, code = "protected" }))
    local function rows(list, exit)
      local claim = { system = "cisco_em", shown = "SEP1", target = "SEP1" }
      local findings = checker.check(new_account(claim), phone().entries, { results = list, exit = exit })
      return findings[1] and findings[1].class .. ": " .. findings[1].kind
    end
    local row = { person = "ana", system = "cisco_em", target = "SEP1", verdict = "unknown" }
    assert.equal("wrong row: lost", rows({}, 3))
    assert.equal("false verdict: exit", rows({}, 0))
    assert.is_nil(rows({ { person = "ana", system = "cisco_em", target = "(asked at apply)", verdict = "failed" } }, 1))
    assert.equal("wrong row: twice", rows({ row, row }, 3))
    assert.equal("wrong row: nobody's", rows({ row, { person = "bob", system = "cisco_em", target = "SEP1", verdict = "unknown" } }, 3))
  end)
end)
