-- SPDX-License-Identifier: MIT
-- The signals of a run: in its journal, and on each report the line "event, received, answered, first act, verdict".

local core = require "signoff.core"
local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local journals = require "spec.support.journals"
local leaver = require "spec.support.leaver"
local offboard = require "signoff.offboard"
local offboarding = require "spec.support.offboarding"
local peer = require "spec.support.peer"
local runs = require "spec.support.runs"

local folder

before_each(function()
  core.zone "UTC0"
  folder = peer.directory()
end)

after_each(peer.stop_all)

local function at(name)
  return folder .. "/" .. name
end

local BEGAN = 1796025348.25 -- as support/runs has it

local function signal(more)
  local made = {
    id = "a-1", kind = "push", iss = "https://idp.example", jti = "J-1", txn = "T-1", kid = "k1", alg = "RS256", sha256 = ("ef"):rep(32),
    event = "https://schemas.openid.net/secevent/caep/event-type/session-revoked", initiating_entity = "admin",
    event_timestamp = BEGAN - 2.25, received = BEGAN - 0.75, answered = BEGAN - 0.5,
  }
  for name, value in pairs(more or {}) do
    made[name] = value ~= "none" and value or nil
  end
  return made
end

local function journal_of(signals, options)
  options = options or { people = 1 }
  options.start = { signals = signals }
  os.remove(at "journal")
  runs.write(at "journal", options)
  return at "journal"
end

local function report(format, ...)
  return assert(offboard.report(journal_of(...), { format = format }))
end

local function has(text, words)
  assert(text:find(words, 1, true), ("not there: %s\n%s"):format(words, text))
end

local LINE = "event 2026-11-30T07:55:46Z -> received +1.5 s -> answered +1.75 s -> first act +2.35 s -> verdict +13.35 s"

describe("the line of a signal", function()
  it("stands in the text, with what its issuer knows it by", function()
    local text = report("text", { signal() })
    has(text, "Signals:\n  session-revoked by admin, https://idp.example\n")
    has(text, "    jti J-1, txn T-1, key k1 (RS256), token sha256:" .. ("ef"):rep(32) .. "\n")
    has(text, LINE .. "\n")
  end)

  it("stands on the page", function()
    local page = report("html", { signal() })
    has(page, "<h2>Signals</h2>")
    has(page, "<b>session-revoked by admin</b>, https://idp.example")
    has(page, "jti <code>J-1</code> txn <code>T-1</code> key <code>k1 (RS256)</code>")
    has(page, (LINE:gsub("->", "→")))
  end)

  it("is one of each event", function()
    local text = report("text", { signal(), signal { jti = "J-2" }, signal { jti = "J-3" } })
    for number = 1, 3 do
      has(text, "jti J-" .. number)
    end
    assert.equal(3, select(2, text:gsub("first act %+2%.35 s", "")))
  end)

  local cases = {
    { "begins with the first step that is known", { event_timestamp = "none" }, "    received 2026-11-30T07:55:47Z -> answered +0.25 s" },
    { "has no step that nobody knows", { answered = "none" }, "received +1.5 s -> first act +2.35 s" },
    { "shows an issuer's clock that is fast", { event_timestamp = BEGAN + 1 }, "received -1.75 s -> answered -1.5 s" },
    { "takes a time that is none for unknown", { event_timestamp = "soon" }, "    received 2026-11-30T07:55:47Z" },
    { "has no key where none signed", { kid = "none", alg = "none" }, "jti J-1, txn T-1, token" },
    { "names an algorithm without a key's name", { kid = "none" }, "key without a name (RS256)" },
    { "names the road where there is no event", { event = "none", initiating_entity = "none", kind = "backchannel" }, "  backchannel, https" },
    { "is harmless, whatever an issuer writes", { jti = "a\27[2J\nb" }, "jti a\\u{1b}[2J\\nb" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      has(report("text", { signal(case[2]) }), case[3])
    end)
  end

  it("is harmless on the page, too", function()
    local page = report("html", { signal { txn = "<script>alert(1)</script>" } })
    has(page, "&lt;script&gt;alert(1)&lt;/script&gt;")
    assert.is_nil(page:find("<script>alert", 1, true))
  end)

  it("says that a run without an act needed none", function()
    local options = { people = 0 }
    has(report("text", { signal() }, options), "answered +1.75 s -> no act was needed -> verdict")
  end)

  it("says that a run goes on", function()
    has(report("text", { signal() }, { people = 1, ends = false, verdict = function() return "begun" end }), "first act +2.35 s -> verdict not yet")
  end)

  it("is nowhere where a run had no signal", function()
    assert.is_nil(report("text"):find("Signals", 1, true))
    assert.is_nil(report("html"):find("Signals", 1, true))
  end)
end)

describe("the signals of a run", function()
  before_each(leaver.arrive)

  local function apply(options)
    local given = leaver.options { journal = at "run", signals = options.signals }
    return assert(offboarding.apply({ agvance = offboarding.entry "agvance" }, { offboarding.leaver "agvance" }, given))
  end

  it("are in its result and in its journal, with the time of the first act", function()
    local result = apply { signals = { signal() } }
    local read = assert(history.read(at "run"))
    assert.same({ signal() }, result.signals)
    assert.same({ signal() }, read.signals)
    assert(result.first_act >= result.started and result.first_act <= result.ended)
    assert(math.abs(read.first_act - result.first_act) < 1)
  end)

  it("are also those that were noted when it was over", function()
    apply { signals = { signal() } }
    local writer = assert(journal.reopen(journals.env, at "run"))
    assert(writer:write { event = "signals", signals = { signal(), signal { jti = "J-2" } }, at = core.time() })
    assert(writer:close())
    local read = assert(history.read(at "run"))
    assert.same({ signal(), signal { jti = "J-2" } }, read.signals)
    assert.equal(0, read.exit)
  end)

  it("stay those of the run when it goes on", function()
    local systems, person = { agvance = offboarding.entry "agvance" }, { offboarding.leaver "agvance" }
    offboarding.crash(offboarding.apply, systems, person, leaver.options { journal = at "run", signals = { signal() } })
    local result = assert(offboarding.resume(at "run", systems, { people = person }))
    assert.same({ "ended" }, offboarding.verdicts(result))
    assert.same({ signal() }, result.signals)
    assert.same({ signal() }, assert(history.read(at "run")).signals)
    assert(result.first_act <= result.ended)
  end)

  it("are not there where there were none", function()
    local result = apply {}
    assert.is_nil(result.signals)
    assert.is_nil(result.first_act)
  end)
end)
