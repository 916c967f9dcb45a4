-- SPDX-License-Identifier: MIT
-- The report of a run, as people, programs and spreadsheets read it.

local json = require "signoff.json"
local offboard = require "signoff.offboard"
local report = require "signoff.offboard.report.report"
local report_csv = require "signoff.offboard.report.csv"
local report_text = require "signoff.offboard.report.plain"
local summary = require "signoff.offboard.report.summary"

local reset = "log the user out at the phone, or reset the phone in Unified CM"

local function row(person, system, target, verdict, more)
  local made = { person = person, system = system, action = "logout", target = target, verdict = verdict, evidence = json.list() }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

local function result(...)
  return {
    results = json.list { ... }, operator = "night", host = "ops1", ticket = "CHG-1", plan_digest = "sha256:ab", exit = 1,
    started = 1757100000, ended = 1757100006.2,
  }
end

local mixed = result(
  row("ana", "jde_ais", "sha256:572e414c26fc@LAPTOP", "ended"),
  row("ben", "jde_ais", "sha256:0123456789ab@LAPTOP", "unknown", {
    message = "never seen alive from here", by_hand = "unknown for sha256:0123456789ab@LAPTOP: end the session in Server Manager",
  }),
  row("ana", "cisco_em", "SEP1", "ended"), row("ana", "cisco_em", "SEP2", "ended"),
  row("ben", "cisco_em", "SEP3", "still_active", { message = "it is there", by_hand = "still_active for SEP3: " .. reset }),
  row("cay", "cisco_em", "SEP4", "skipped", { code = "other_person", message = "rita sits there, not cay" }),
  row("dee", "cisco_em", "SEP5", "pending"))

local function lines(text)
  local list = {}
  for line in text:gmatch "([^\n]*)\n" do
    list[#list + 1] = line
  end
  return list
end

local function has(text, line)
  for _, found in ipairs(lines(text)) do
    if found == line then
      return true
    end
  end
  error(("no line %q in:\n%s"):format(line, text), 2)
end

describe("the page", function()
  local page = report_text.page(mixed)

  it("tells who, where, when and on whose order", function()
    assert.truthy(page:find "^Offboarding of 2025%-09%-0%dT%d%d:%d%d:%d%d[Z+-]")
    has(page, "by        night")
    has(page, "on        ops1")
    has(page, "ticket    CHG-1")
    has(page, "plan      sha256:ab")
  end)

  it("counts by system, with a sum", function()
    has(page, "system    targets  ended  skipped  still_active  unknown  pending")
    has(page, "jde_ais         2      1        -             -        1        -")
    has(page, "cisco_em        5      2        1             1        -        1")
    has(page, "all             7      3        1             1        1        1")
    has(page, "4 people, 7 targets, 7 s: 3 ended, 1 skipped, 1 still_active, 1 unknown, 1 pending")
  end)

  it("has a line a person and a column a system", function()
    has(page, "person  jde_ais  cisco_em")
    has(page, "ana     ended    2 ended")
    has(page, "ben     unknown  still_active")
    has(page, "cay     -        skipped")
  end)

  it("says in a sentence each what is left to do by hand, by person", function()
    assert.truthy(page:find("To do by hand:\n  ben\n    jde_ais sha256:0123456789ab@LAPTOP: end the session in Server Manager "
      .. "(unknown: never seen alive from here)\n    cisco_em SEP3: " .. reset .. " (still_active: it is there)\n\n", 1, true))
  end)

  it("says who was left alone, and why", function()
    assert.truthy(page:find("Left alone:\n  cay\n    cisco_em SEP4: left alone (skipped: rita sits there, not cay)\n", 1, true))
  end)

  it("says what was not started, and what stopped it", function()
    has(page, "Not started: 1; `resume` takes them up.")
    local stopped = result(row("dee", "cisco_em", "SEP5", "pending"))
    stopped.stops, stopped.ended = { { system = "cisco_em", code = "denied", why = "refused with code 3" } }, nil
    page = report_text.page(stopped)
    has(page, "Stopped: cisco_em: refused with code 3")
    assert.truthy(page:find "^Offboarding of [^\n]*, not finished\n")
  end)

  it("is short where there is nothing to tell", function()
    page = report_text.page(result(row("ana", "cisco_em", "SEP1", "ended")))
    assert.is_nil(page:find "by hand" or page:find "Left alone" or page:find "\nall")
    has(page, "1 person, 1 target, 7 s: 1 ended")
    assert.truthy(report_text.page(result()):find "0 people, 0 targets, 7 s: nothing to do")
  end)

  it("lets nothing steer the terminal", function()
    local nasty = result(row("a\27[2Jna\r\nx", "cisco_em", "SEP\194\1551", "failed", { message = "\226\128\174evil\7\155" }))
    page = report_text.page(nasty)
    assert.is_nil(page:find "[%z\1-\9\11-\31\127]")
    assert.is_nil(page:find "\194[\128-\159]" or page:find "\226\128\174")
    assert.is_nil(page:find("\155", 1, true))
  end)

  it("keeps its columns with names of any alphabet", function()
    page = report_text.page(result(row("\229\144\141\229\137\141", "cisco_em", "SEP1", "ended"), row("Zo\195\171x", "cisco_em", "SEP2", "failed")))
    has(page, "\229\144\141\229\137\141    ended")
    has(page, "Zo\195\171x    failed")
  end)

  it("is coloured by verdict if asked, and not otherwise", function()
    assert.is_nil(page:find("\27", 1, true))
    assert.truthy(report_text.page(mixed, report_text.paint):find("\27[31mstill_active\27[0m", 1, true))
  end)
end)

describe("the recap", function()
  it("has all but the head and the people", function()
    local recap = report_text.recap(mixed)
    assert.is_nil(recap:find("Offboarding", 1, true) or recap:find("person  jde", 1, true))
    assert.truthy(recap:find("^system"))
    assert.truthy(recap:find("To do by hand:\n  ben\n", 1, true))
  end)
end)

describe("the summary", function()
  it("takes a hundred thousand rows in proportion", function()
    local rows = {}
    for i = 1, 100000 do
      rows[i] = row("p" .. i, "cisco_em", "SEP" .. i, "ended")
    end
    assert.equal(100000, summary.count(rows).all.counts.ended)
  end)
end)

describe("CSV", function()
  it("has a line a target, lines end as RFC 4180 has them", function()
    local text = report_csv.table(result(row("ana", "cisco_em", "SEP1", "ended", {
      evidence = { { at = 1757100000.7, what = "logged_in as ana" }, { at = 1757100006, what = "free" } },
    })))
    assert.equal("\239\187\191person,system,action,target,verdict,code,message,by_hand,last_seen_at,last_seen\r\n"
      .. "ana,cisco_em,logout,SEP1,ended,,,," .. require("signoff.offboard.time").shown(1757100006) .. ",free\r\n", text)
  end)

  it("quotes what must be quoted, and gives a spreadsheet no formula", function()
    local text = report_csv.table(result(row('A "B", C', "cisco_em", "=cmd|' /C calc'!A1", "failed", { message = "two\nlines;", code = "server" })))
    assert.truthy(text:find('\n"A ""B"", C",cisco_em,logout,\'=cmd|\' /C calc\'!A1,failed,server,"two\nlines;",', 1, true))
  end)
end)

describe("the list of those who are left", function()
  it("has only what is not done, in the columns of the people's list", function()
    local text, count = report_csv.failed(mixed)
    assert.equal("person,jde_ais,cisco_em\r\nben,?,SEP3\r\ncay,,SEP4\r\ndee,,SEP5\r\n", text)
    assert.equal(3, count)
  end)

  it("writes a target as its cell had it", function()
    local text = report_csv.failed(result(row("ana", "cisco_em", "SEP1", "failed", { cell = "user:ana?" }),
      row("ana", "cisco_em", "SEP2", "unknown", { cell = "user:ana?" }), row("ana", "cisco_em", "a;b", "unknown")))
    assert.equal('person,cisco_em\r\nana,"user:ana?;a\\;b"\r\n', text)
  end)

  it("takes tokens from elsewhere, or says that there is none, and never shows one", function()
    local text = report_csv.failed(mixed, {
      tokens = function(found)
        return found.person == "ben" and "the;token@LAPTOP" or nil
      end,
      column = function(name)
        return name == "jde_ais" and "jde" or name
      end,
    })
    assert.equal('person,jde,cisco_em\r\nben,"the\\;token@LAPTOP",SEP3\r\ncay,,SEP4\r\ndee,,SEP5\r\n', text)
  end)

  it("knows systems that share a column", function()
    local text = report_csv.failed(result(row("ana", "ucm_east", "SEP1", "failed", { cell = "user:ana?" }),
      row("ana", "ucm_west", "SEP2", "failed", { cell = "user:ana?" })), {
      column = function()
        return "phone"
      end,
    })
    assert.equal("person,phone\r\nana,user:ana?\r\n", text)
  end)

  it("is a head alone where everybody is out", function()
    assert.equal("person,cisco_em\r\n", (report_csv.failed(result(row("ana", "cisco_em", "SEP1", "ended")))))
  end)
end)

describe("some people and systems", function()
  local function targets(rows)
    local list = {}
    for i, found in ipairs(rows) do
      list[i] = found.target or found.person or found.system
    end
    return table.concat(list, " ")
  end

  local rows = {
    { {}, "sha256:572e414c26fc@LAPTOP sha256:0123456789ab@LAPTOP SEP1 SEP2 SEP3 SEP4 SEP5" },
    { { person = "ben" }, "sha256:0123456789ab@LAPTOP SEP3" },
    { { person = { "dee", " cay " } }, "SEP4 SEP5" },
    { { system = "jde_ais" }, "sha256:572e414c26fc@LAPTOP sha256:0123456789ab@LAPTOP" },
    { { person = "ben", system = { "cisco_em" } }, "SEP3" },
    { { person = "dee", system = "jde_ais" }, "" },
    { { person = "Ben" }, "", "there is no person 'Ben'; did you mean 'ben'?" },
    { { person = { "ana", "zoe" } }, "sha256:572e414c26fc@LAPTOP SEP1 SEP2", "there is no person 'zoe'" },
    { { system = "phones" }, "", "there is no system 'phones'" },
    { { person = "" }, "", "there is no person ''" },
    { { person = {} }, "" },
  }
  for i, case in ipairs(rows) do
    it(("are chosen by exact names (%d)"):format(i), function()
      local chosen, message = report.select(mixed.results, case[1])
      assert.equal(case[2], targets(chosen))
      assert.equal(case[3], message)
    end)
  end

  it("have the totals of their rows, and their gaps", function()
    local all = result(row("ana", "cisco_em", "SEP1", "ended"), row("ben", "cisco_em", "SEP3", "begun", { act = "acknowledged" }))
    all.gaps = json.list { { code = "no_targets", person = "cay" }, { code = "no_column", system = "jde_ais" } }
    local function narrowed(wanted)
      return assert(json.decode(assert(offboard.report(all, { format = "json", person = wanted.person, system = wanted.system }))))
    end
    local part = narrowed { person = "ben" }
    assert.equal(1, part.totals.begun)
    assert.equal(0, part.totals.ended)
    assert.equal(1, part.acknowledged)
    assert.equal("jde_ais", targets(part.gaps)) -- nobody was reached there, so nor was ben
    assert.same({ person = "ben" }, part.only)
    assert.equal("cay jde_ais", targets(narrowed({ person = "cay" }).gaps))
    assert.equal("cay jde_ais", targets(narrowed({ system = { "jde_ais" } }).gaps))
    assert.equal("cay", targets(narrowed({ system = { "cisco_em" } }).gaps))
    assert.equal("", targets(narrowed({ person = "ben", system = "cisco_em" }).gaps))
    assert.is_nil(narrowed({}).only)
    assert.equal(2, #all.results)
  end)

  it("that are nowhere in it are a message, in every format; a wrong option raises", function()
    for _, format in ipairs { "text", "json", "csv" } do
      local text, message = offboard.report(mixed, { format = format, person = "zoe" })
      assert.is_nil(text)
      assert.equal("there is no person 'zoe'", message)
    end
    for _, options in ipairs { { person = 1 }, { system = { 1 } }, { persons = "ana" } } do
      assert.is_false(pcall(offboard.report, mixed, options))
    end
  end)
end)
