-- SPDX-License-Identifier: MIT
-- `signoff-offboard watch`: the actor as a process, with an inbox that a receiver might have written. The numbers in the titles are those
-- of the rows that make check-killswitch counts.

local attempt = require "signoff.offboard.watch.attempt"
local core = require "signoff.core"
local inboxes = require "spec.support.inboxes"
local journal = require "signoff.journal"
local json = require "signoff.json"
local leaver = require "spec.support.leaver"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local RISC = "https://schemas.openid.net/secevent/risc/event-type/"
local OPTIONS = " --people leavers.csv --settle 0.2 --merge 1s"

local inbox

before_each(function()
  operator.fresh()
  peer.output_of(("mkdir -m 700 %s"):format(operator.path "inbox"))
  inbox = assert(inboxes.open(operator.path "inbox"))
end)

after_each(function()
  inbox:close()
  operator.clean()
end)

-- Puts an event into the inbox, as the receiver does.
local function receive(jti, person, more)
  local members = { person = person, event = RISC .. "account-disabled", at = core.time(), txn = "T-" .. jti, kid = "k1", alg = "RS256" }
  for name, value in pairs(more or {}) do
    members[name] = value
  end
  assert.equal("added", inbox:add(inboxes.event(jti, members)))
end

local function enabled(jti, person)
  receive(jti, person, { event = RISC .. "account-enabled", disposition = "record" })
end

-- Runs `watch` with more words; its exit status, document and messages.
local function watch(words)
  local code, output, messages = operator.run("watch inbox --json " .. words)
  return code, json.decode(output), messages
end

local function once(words)
  return watch("--once" .. OPTIONS .. (words or ""))
end

local function status()
  local code, found, messages = watch "--status"
  assert.equal(0, code, messages)
  return found
end

local function report_of(run, format)
  local code, output, messages = operator.run(("report inbox/%s --format %s"):format(run.journal, format or "json"))
  assert.equal(0, code, messages)
  return format and output or assert(json.decode(output))
end

local function verdicts(result)
  local list = {}
  for _, row in ipairs(result.results) do
    list[row.system .. " " .. row.target] = row.verdict
  end
  return list
end

local function has(text, words)
  assert(text:find(words, 1, true), ("not there: %s\n%s"):format(words, text))
end

-- The outcome of each event of the inbox, by its jti: "acted 1".
local function outcomes()
  local reader, found = assert(require "signoff.receiver.backlog".open(operator.path "inbox")), {}
  for _, event in ipairs(assert(reader:events())) do
    local result = event.result
    found[event.jti] = result and result.outcome .. (result.run and " " .. core.digits(result.run) or "") or nil
  end
  reader:close()
  return found
end

describe("watch --once", function()
  it("118 signs a person out of five systems, with the verdicts of apply, and the line of times in the report", function()
    operator.list("one.csv", "ana.silva")
    assert.equal(0, (operator.run "plan one.csv --out plan"))
    assert.equal(0, (operator.run "apply plan --people one.csv --journal run.journal --yes"))
    local expected = verdicts(json.decode((select(2, operator.run "report run.journal --json"))))
    simulated.reset()
    receive("1", "ana.silva", { event_timestamp = core.time() - 2 })
    local code, document, messages = once()
    assert.same({ 0, 0, 1 }, { code, document.exit, #document.runs }, messages)
    local result = report_of(document.runs[1])
    assert.same(expected, verdicts(result))
    local signal = result.signals[1]
    assert.same({ "1", "T-1", "https://idp.example", "k1", 1 }, { signal.jti, signal.txn, signal.iss, signal.kid, #result.signals })
    assert(signal.event_timestamp < signal.received and signal.received <= signal.answered)
    assert(signal.answered <= result.first_act and result.first_act < result.ended)
    for _, format in ipairs { "text", "html" } do
      local page = report_of(document.runs[1], format)
      for _, words in ipairs { "account-disabled", "https://idp.example", "T-1", "k1 (RS256)", "received +", "answered +", "first act +", "verdict +" } do
        has(page, words)
      end
    end
    has(messages, "first act ")
    has(messages, "signoff-offboard report inbox/run-000001.journal")
    assert.same({ ["1"] = "acted 1" }, outcomes())
  end)

  it("does nothing where nothing waits, and nothing again", function()
    local code, document = once()
    assert.same({ 0, 0 }, { code, #document.runs })
    receive("1", "liam.byrne")
    assert.equal(0, (once()))
    local changes = operator.changes()
    code, document = once()
    assert.same({ 0, 0, changes }, { code, #document.runs, operator.changes() })
  end)

  it("47 lets an account that is enabled for a device take nothing back", function()
    receive("1", "liam.byrne")
    receive("2", "liam.byrne", { event = RISC .. "account-enabled", disposition = "act", narrowed = "device" })
    local code, document = once()
    assert.same({ 0, 1 }, { code, #document.runs })
    assert.same({ ["1"] = "acted 1", ["2"] = "recorded" }, outcomes())
  end)

  it("removes what the inbox need not keep any more, and keeps what waits", function()
    inbox:close()
    local names = {}
    for jti, row in pairs { old = { "record", -1 }, known = { "record", 60 }, waits = { "held", -1 } } do
      local box = assert(inboxes.open(operator.path "inbox", { worker = jti }))
      local event, about = inboxes.event(jti, { disposition = row[1], person = "liam.byrne", event = RISC .. "account-disabled" })
      about.keep_until = core.time() + row[2]
      assert.equal("added", box:add(event, about))
      box:close()
      names[jti] = operator.path "inbox" .. "/20200101T000000Z-" .. jti .. "-1.jsonl"
      for _, path in ipairs(inboxes.segments(operator.path "inbox")) do
        assert(not path:find("-" .. jti .. "-", 1, true) or os.rename(path, names[jti]))
      end
    end
    once()
    assert.same({ known = true, waits = true }, {
      old = core.stat(names.old) ~= nil or nil, known = core.stat(names.known) ~= nil, waits = core.stat(names.waits) ~= nil,
    })
  end)

  it("43 sends nothing for a protected person", function()
    receive("1", "ana.silva")
    local code, document = once " --protect ANA.SILVA"
    local result = report_of(document.runs[1])
    assert.same({ 0, 0 }, { code, operator.changes() })
    for _, row in ipairs(result.results) do
      assert.same({ "skipped", "protected" }, { row.verdict, row.code })
    end
    assert.equal(5, #result.results)
  end)

  it("47 an account that is enabled before the act: nothing is sent", function()
    receive("1", "ana.silva")
    receive("2", "liam.byrne")
    enabled("3", "ana.silva")
    local code, document, messages = once()
    assert.same({ 0, 1, "liam.byrne" }, { code, #document.runs, document.runs[1].person })
    assert.same({ ["1"] = "cancelled", ["2"] = "acted 1", ["3"] = "recorded" }, outcomes())
    has(messages, "ana.silva: the account was enabled again, nothing was sent for 1 event")
    assert.truthy(simulated.row("agvance", "sessions", "session_log_key", "AGV-7F31-0001"))
  end)

  it("47 an account that is enabled after the act: nothing is undone", function()
    receive("1", "liam.byrne")
    assert.equal(0, (once()))
    local changes = operator.changes()
    enabled("2", "liam.byrne")
    local code, document = once()
    assert.same({ 0, 0, changes }, { code, #document.runs, operator.changes() })
    assert.same({ ["1"] = "acted 1", ["2"] = "recorded" }, outcomes())
  end)

  it("48 more persons than the brake allows are held, also after a restart, until a person releases them", function()
    receive("1", "liam.byrne")
    receive("2", "greta.lund")
    receive("3", "hugo.martin", { at = core.time() + 1 })
    receive("4", "hugo.martin", { at = core.time() + 1 })
    local code, document, messages = once " --brake 2/h"
    assert.same({ 5, 2, 2 }, { code, #document.runs, document.held }, messages)
    has(messages, "hugo.martin: held")
    local changes = operator.changes()
    for _ = 1, 2 do
      code, document = once " --brake 2/h"
      assert.same({ 5, 0, 2, changes }, { code, #document.runs, document.held, operator.changes() })
    end
    local found = status()
    assert.same({ "held", "hugo.martin" }, { found.events[1].state, found.events[2].person })
    code, document = watch("--release " .. found.events[1].id)
    assert.same({ 0, 2 }, { code, #document.released })
    code, document = once " --brake 2/h"
    assert.same({ 0, 1, "hugo.martin" }, { code, #document.runs, document.runs[1].person })
    assert.same({ ["1"] = "acted 1", ["2"] = "acted 2", ["3"] = "acted 3", ["4"] = "acted 3" }, outcomes())
  end)

  it("48 a later event of a person that is held is acted upon when there is room again, and with it what is held", function()
    receive("1", "liam.byrne")
    receive("2", "hugo.martin", { at = core.time() + 1 })
    assert.equal(5, (once " --brake 1/h"))
    receive("3", "hugo.martin", { at = core.time() + 1 })
    local code, document = once " --brake 2/h"
    assert.same({ 0, 1, 0, "hugo.martin" }, { code, #document.runs, document.held, document.runs[1].person })
    assert.same({ ["1"] = "acted 1", ["2"] = "acted 2", ["3"] = "acted 2" }, outcomes())
  end)

  it("59 a ledger that was lost: no run is taken for one that was before it", function()
    receive("1", "liam.byrne")
    assert.equal(0, (once()))
    assert(os.remove(operator.path "inbox/watch.journal"))
    receive("2", "greta.lund")
    local code, document = once()
    assert.same({ 0, "greta.lund", "run-000002.journal" }, { code, document.runs[1].person, document.runs[1].journal })
  end)

  it("48 all that is held can be released at once, and what is not held cannot", function()
    receive("1", "liam.byrne")
    receive("2", "greta.lund")
    assert.equal(5, (once " --brake 1/d"))
    local code, _, messages = watch "--release event-1"
    assert.equal(2, code)
    has(messages, "there is no event 'event-1' that is held")
    local document
    code, document = watch "--release all"
    assert.equal(0, code)
    assert.equal(1, #document.released)
    local released
    code, released = watch "--release all"
    assert.same({ 0, {} }, { code, released.released })
    assert.equal(0, (once " --brake 1/d"))
  end)

  it("49 five events of one person make one run with five lines", function()
    for number = 1, 5 do
      receive(tostring(number), "liam.byrne")
    end
    local code, document = once()
    assert.same({ 0, 1 }, { code, #document.runs })
    local page = report_of(document.runs[1], "text")
    for number = 1, 5 do
      has(page, "jti " .. number .. ",")
    end
    assert.equal(5, select(2, page:gsub("first act", "")))
  end)

  it("says who is not in the list: nobody guesses", function()
    receive("1", "nobody.known")
    local code, document, messages = once()
    assert.same({ 3, "unknown_subject", 0 }, { code, document.runs[1].state, operator.changes() })
    has(messages, "nobody.known: is not in the list of people")
    assert.equal("unknown_subject", status().by_hand[1].state)
  end)

  it("leaves alone what was only recorded, and names what a person must look at", function()
    receive("1", "liam.byrne", { disposition = "record" })
    receive("2", nil, { disposition = "ambiguous" })
    receive("3", "liam.byrne", { disposition = "stale" })
    local code, document = once()
    assert.same({ 0, 0, 0 }, { code, #document.runs, operator.changes() })
    local found = status()
    assert.same({ 2, "ambiguous", "stale" }, { #found.by_hand, found.by_hand[1].state, found.by_hand[2].state })
  end)

  it("goes on later where a system refuses our account", function()
    receive("1", "hugo.martin")
    local code, document = operator.run("watch inbox --once --json" .. OPTIONS, "export CISCO_EM_APP_CERTIFICATE=wrong")
    document = json.decode(document)
    assert.same({ 4, 0, 1, "hugo.martin" }, { code, #document.runs, #document.troubles, document.troubles[1].person })
    assert.equal("open", status().runs[1].state)
    code, document = once()
    assert.same({ 0, 1, 1 }, { code, #document.runs, document.runs[1].run })
    assert.same({ ["1"] = "acted 1" }, outcomes())
  end)

  it("shows no secret anywhere", function()
    receive("1", "ana.silva")
    local _, output, messages = operator.run("watch inbox --once --json" .. OPTIONS)
    local _, page = operator.run "report inbox/run-000001.journal --format html"
    local files = peer.output_of(("cat %s/*"):format(operator.path "inbox"))
    local tokens = {}
    for token in operator.read "leavers.csv":gmatch "[A-Za-z0-9+/._=-]+" do
      tokens[#tokens + 1] = #token > 60 and token or nil
    end
    assert(#tokens > 5)
    for _, list in ipairs { tokens, leaver.secrets } do
      assert.is_nil(simulated.leak({ output, messages, page, files }, list))
    end
  end)
end)

describe("watch refuses", function()
  local cases = {
    { "to act without a list", "--once", "watch needs --people FILE" },
    { "two things at once", "--status --release all", "name one of them" },
    { "to act and to tell at once", "--once --status", "name one of them" },
    { "a brake that is none", "--once --people leavers.csv --brake 25", "is no brake" },
    { "a list that is not there", "--once --people nowhere.csv", "nowhere.csv" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local code, document, messages = watch(case[2])
      assert.equal(2, code)
      assert.equal(2, document.code)
      has(messages, case[3])
    end)
  end

  it("an inbox that is not there, or not ours alone", function()
    for _, words in ipairs { "watch nowhere --once", "watch nowhere --status", "watch nowhere --release all" } do
      local code, _, messages = operator.run(words .. OPTIONS)
      assert.equal(2, code)
      has(messages, "install -d -m 700")
    end
    peer.output_of("chmod 755 " .. operator.path "inbox")
    local code, _, messages = once()
    assert.equal(2, code)
    has(messages, "chmod 700 inbox")
  end)

  it("58 an inbox that was changed, and names the file and the line", function()
    receive("1", "liam.byrne")
    receive("2", "greta.lund")
    local path = inboxes.segments(operator.path "inbox")[1]
    peer.write_file(path, (peer.read_file(path):gsub("liam%.byrne", "liam.other", 1)))
    local code, _, messages = once()
    assert.equal(2, code)
    has(messages, path:match "[^/]*$" .. ":2:")
    assert.equal(0, operator.changes())
  end)

  it("a ledger that was changed", function()
    receive("1", "liam.byrne")
    assert.equal(0, (once()))
    local path = operator.path "inbox/watch.journal"
    peer.write_file(path, (peer.read_file(path):gsub("liam%.byrne", "liam.other", 1)))
    local code, _, messages = once()
    assert.equal(2, code)
    has(messages, "watch.journal:3:")
  end)
end)

describe("watch", function()
  local function start(more)
    operator.start("watch inbox" .. OPTIONS .. (more or ""))
    operator.wait_for("the actor", function()
      local found = status()
      return found.actor
    end)
  end

  local function wait_until(what, holds)
    return operator.wait_for(what, function()
      local found = status()
      return holds(found) and found
    end)
  end

  local function is_over(count)
    return function(found)
      return #found.events == 0 and #found.runs == count
    end
  end

  local function stop()
    operator.signal "TERM"
    return operator.finish()
  end

  it("118 signs out as soon as an event comes, and ends by a signal", function()
    start()
    receive("1", "liam.byrne")
    wait_until("the first run", is_over(1))
    receive("2", "greta.lund")
    local found = wait_until("the second run", is_over(2))
    assert.same({ 0, "over", "over" }, { (stop()), found.runs[1].state, found.runs[2].state })
    assert.is_nil(status().actor)
  end)

  it("49 merges later events of a person into the run that goes on", function()
    start " --settle 2 --merge 30s"
    receive("1", "liam.byrne")
    wait_until("the run", function(found) return #found.runs == 1 end)
    for number = 2, 5 do
      receive(tostring(number), "liam.byrne", { event_timestamp = core.time() - 60 })
    end
    local found = wait_until("its end", is_over(1))
    local changes = operator.changes()
    receive("6", "liam.byrne", { event_timestamp = core.time() - 60 }) -- the run is over, and its proof is younger
    wait_until("the last event", is_over(1))
    assert.equal(0, (stop()))
    assert.same({ 5, changes }, { #found.runs[1].events, operator.changes() })
    assert.equal(6, #report_of(found.runs[1]).signals)
    assert.equal("acted 1", outcomes()["6"])
  end)

  it("48 begins the run that another process releases", function()
    start " --brake 1/h"
    receive("1", "liam.byrne")
    wait_until("the run", is_over(1))
    receive("2", "greta.lund")
    wait_until("the hold", function(found) return found.events[1] and found.events[1].state == "held" end)
    assert.equal(0, (watch "--release all"))
    wait_until("the second run", is_over(2))
    assert.equal(0, (stop()))
  end)

  it("59 refuses a second actor, and names the first", function()
    start()
    local code, _, messages = once()
    assert.equal(2, code)
    has(messages, "inbox/watch.journal: another signoff writes it (pid ")
    assert.equal(0, (stop()))
    assert.equal(0, (once()))
  end)

  it("59 goes on with a run that a kill broke off: each target has one verdict, and nobody is signed out twice", function()
    start " --settle 3"
    receive("1", "ana.silva")
    wait_until("the acts", function() return operator.changes() == 5 end)
    operator.signal "KILL"
    operator.finish()
    assert.same({ "open", "running" }, { status().runs[1].state, status().events[1].state })
    local code, document, messages = once()
    assert.same({ 0, 1, 5 }, { code, #document.runs, operator.changes() }, messages)
    local seen = 0
    assert(journal.check(operator.path("inbox/" .. document.runs[1].journal), function(_, record)
      seen = seen + (record.event == "verdict" and 1 or 0)
    end))
    assert.equal(5, seen)
    assert.same({ ["1"] = "acted 1" }, outcomes())
  end)

  -- A run that acted and was killed before its proof.
  local function break_off()
    start " --settle 3"
    receive("1", "ana.silva")
    wait_until("the acts", function() return operator.changes() == 5 end)
    operator.signal "KILL"
    operator.finish()
  end

  local broken = {
    { "the systems are others", function()
      operator.write("systems.lua", (operator.read("systems.lua"):gsub("\n    jde_ais = [^\n]*", "")))
      operator.write("leavers.csv", (operator.read("leavers.csv"):gsub(",[^,\n]*\n", "\n")))
    end, 4, "the plan is for other systems" },
    { "the token is not in the list any more", function()
      operator.write("leavers.csv", (operator.read("leavers.csv"):gsub("(ana%.silva.*),[^,\n]*\n(ben)", "%1,\n%2")))
    end, 4, "has no token" },
    { "its journal is damaged", function()
      local path = operator.path "inbox/run-000001.journal"
      peer.write_file(path, (peer.read_file(path):gsub("ana%.silva", "ana.silvo", 1)))
    end, 5, "the journal is damaged" },
  }
  for _, case in ipairs(broken) do
    it("59 plans a run anew that cannot go on, since " .. case[1], function()
      break_off()
      case[2]()
      local code, document, messages = once()
      assert(code == 0 or code == 3, messages)
      has(messages, "run 1 is planned anew, with the journal run-000001-2.journal")
      has(messages, case[4])
      assert.same({ 1, "run-000001-2.journal", 5 }, { #document.runs, document.runs[1].journal, operator.changes() })
      assert.equal(case[3], #report_of(document.runs[1]).results)
      assert.same({ ["1"] = "acted 1" }, outcomes())
    end)
  end

  it("49 makes one more run for what happened after the proof, when the window is closed", function()
    start()
    receive("1", "liam.byrne")
    wait_until("the run", is_over(1))
    receive("2", "liam.byrne")
    receive("3", "liam.byrne")
    local found = wait_until("one more run", is_over(2))
    assert.equal(0, (stop()))
    assert.equal(2, #found.runs[2].events)
  end)

  it("leaves a run to the next start where a signal ends it, and says so", function()
    start " --settle 30"
    receive("1", "liam.byrne")
    wait_until("the act", function() return operator.changes() > 0 end)
    assert.equal(6, (stop()))
    local code, document = once()
    assert.same({ 0, 1 }, { code, #document.runs })
  end)

  it("reads the list again when it has changed", function()
    operator.list("leavers.csv", "greta.lund")
    start()
    operator.list("leavers.csv", "greta.lund", "liam.byrne")
    receive("1", "liam.byrne")
    local found = wait_until("the run", is_over(1))
    assert.equal("over", found.runs[1].state)
    operator.write("leavers.csv", "no list at all")
    receive("2", "greta.lund")
    found = wait_until("the second run", is_over(2))
    assert.equal("over", found.runs[2].state)
    local code, messages = stop()
    assert.equal(0, code)
    has(messages, "the list as it was before counts")
  end)
end)

describe("the signals of a run", function()
  it("112 are the first 100 events, whatever else a sender writes into them", function()
    for _, row in ipairs { { 1, 1 }, { 100, 100 }, { 101, 100 } } do
      local events = {}
      for number = 1, row[1] do
        events[number] = { jti = tostring(number), subject = ("s"):rep(60000), reason_admin = "r" }
      end
      local signals = attempt.signals(events)
      assert.same({ row[2], { jti = "1" } }, { #signals, signals[1] })
    end
  end)
end)

describe("watch --status", function()
  it("says in words what waits, what is held and what was done", function()
    receive("1", "liam.byrne")
    receive("2", "greta.lund")
    receive("3", nil, { disposition = "unknown_subject" })
    once " --brake 1/h"
    local code, text = operator.run "watch inbox --status"
    assert.equal(0, code)
    has(text, "actor: none is at work\nevents: 0 waiting, 1 held, 0 running\n")
    has(text, "event-2  held   greta.lund  account-disabled  https://idp.example")
    has(text, "run-000001.journal")
    has(text, "To do by hand")
    has(text, "event-3  unknown_subject")
  end)
end)
