-- SPDX-License-Identifier: MIT
-- The parts of the command: values of options, the hours, the progress bar.

local arguments = require "signoff.offboard.cli.arguments"
local progress_bar = require "signoff.offboard.cli.progress_bar"
local hours = require("signoff.offboard.time").outside_hours
local output = require "signoff.offboard.cli.output"
local Text = require "signoff.text"
local values = require "signoff.offboard.cli.values"

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

describe("values", function()
  local rows = {
    { "span", "90", 90 }, { "span", "90s", 90 }, { "span", "1.5m", 90 }, { "span", "24h", 86400 }, { "span", "2d", 172800 },
    { "span", "" }, { "span", "h" }, { "span", "-1h" }, { "span", "1w" }, { "span", "1h 5m" },
    { "time_of_day", "20:00", 1200 }, { "time_of_day", "6:05", 365 }, { "time_of_day", "00:00", 0 }, { "time_of_day", "24:00" },
    { "time_of_day", "12:60" }, { "time_of_day", "20" }, { "time_of_day", "8pm" },
    { "count", "0" }, { "count", "500", 500 }, { "count", "-1" }, { "count", "1.5" }, { "count", "" },
    { "share", "5", 5 }, { "share", "1%", "1%" }, { "share", "0.5%", "0.5%" }, { "share", "101%" }, { "share", "%" }, { "share", "some" },
    { "schedule", "1,2,5", { 1, 2, 5 } }, { "schedule", "0.2", { 0.2 } }, { "schedule", "1,,2" }, { "schedule", "" }, { "schedule", "-1" }, { "schedule", "1,0" },
    { "schedule", "inf" }, { "schedule", "nan" },
    { "delimiter", ";", ";" }, { "delimiter", "tab", "\t" }, { "delimiter", "semicolon", ";" }, { "delimiter", "" }, { "delimiter", '"' },
    { "delimiter", "::" }, { "delimiter", "a" }, { "delimiter", " " }, { "name", " ana ", "ana" }, { "name", " " }, { "name", "" },
  }
  for _, row in ipairs(rows) do
    it(("takes %s %q%s"):format(row[1], row[2], row[3] == nil and " for what it is: nothing" or ""), function()
      local value, message = values[row[1]](row[2])
      assert.same(row[3], value)
      assert.is_true((row[3] == nil) == (message ~= nil))
      if message then
        assert.truthy(message:find("'" .. row[2] .. "'", 1, true), message)
      end
    end)
  end
end)

describe("the hours", function()
  local twenty, six, noon = 1200, 360, 720
  local zone = (" (UTC%s)"):format((require("signoff.offboard.time").offset():gsub("Z", "")))

  it("go over midnight", function()
    assert.is_nil(hours(twenty, six, twenty))
    assert.is_nil(hours(twenty, six, 0))
    assert.is_nil(hours(twenty, six, six - 1))
    assert.equal("it is 06:00, and the hours are not before 20:00 and not after 06:00" .. zone, hours(twenty, six, six))
    assert.equal("it is 12:00, and the hours are not before 20:00 and not after 06:00" .. zone, hours(twenty, six, noon))
  end)

  it("lie within a day", function()
    assert.is_nil(hours(six, twenty, noon))
    assert.is_string(hours(six, twenty, 0))
    assert.is_string(hours(six, twenty, twenty))
  end)

  it("have one end, or none", function()
    assert.equal("it is 12:00, and the hours are not before 20:00" .. zone, hours(twenty, nil, noon))
    assert.equal("it is 12:00, and the hours are not after 06:00" .. zone, hours(nil, six, noon))
    assert.is_nil(hours(nil, six, 0))
    assert.is_nil(hours(nil, nil))
  end)

  it("are those of this machine's clock", function()
    local now = os.date "*t"
    local minutes = now.hour * 60 + now.min
    assert.is_nil(hours((minutes - 5) % 1440, (minutes + 5) % 1440))
    assert.is_string(hours((minutes + 5) % 1440, (minutes + 10) % 1440))
  end)
end)

describe("the progress bar", function()
  local now, written, drawn

  local function fresh(columns, systems)
    now, written = 100, {}
    drawn = progress_bar.new({
      now = function() return now end, columns = columns or 100,
      write = function(text) written[#written + 1] = text end,
    }, systems or { { name = "jde_ais", total = 4 }, { name = "cisco_em", total = 2 } })
    return drawn
  end

  local codes = {}

  codes["\27%[(%d+)A()"] = function(state, count)
    state.row = state.row - tonumber(count)
    assert(state.row >= 1, "above the first line")
  end
  codes["\r()"] = function(state)
    state.column = 1
  end
  codes["\n()"] = function(state)
    state.row, state.column = state.row + 1, 1
  end
  codes["\27%[K()"] = function(state)
    state[state.row] = (state[state.row] or ""):sub(1, state.column - 1)
  end
  codes["([^%c]+)()"] = function(state, words)
    local line = state[state.row] or ""
    state[state.row] = line:sub(1, state.column - 1) .. words .. line:sub(state.column + #words)
    state.column = state.column + #words
  end

  -- The screen after all of that was written: the least that a terminal does.
  local function screen()
    local state, text, at = { row = 1, column = 1 }, table.concat(written), 1
    while at <= #text do
      local before = at
      for pattern, obey in pairs(codes) do
        local first, second = text:match("^" .. pattern, at)
        if first then
          obey(state, first)
          at = second or first
        end
      end
      assert(at > before, "an unknown code")
    end
    return { unpack(state) }
  end

  local function row(system)
    return { person = "ana", system = system, target = "T", verdict = "ended" }
  end

  it("have a line a system", function()
    fresh():finish()
    assert.same({
      "jde_ais   [------------------------------]          0/4  0.0/s, 0 in flight",
      "cisco_em  [------------------------------]          0/2  0.0/s, 0 in flight",
    }, screen())
  end)

  it("grow, with rate, what is in flight, and how long it will take", function()
    fresh():finish()
    drawn:result(row "jde_ais")
    now = 102
    drawn:result(row "jde_ais")
    drawn:progress("cisco_em", { total = 3, in_flight = 2, eta = 75 })
    drawn:finish()
    assert.same({
      "jde_ais   [###############---------------]          2/4  1.0/s, 0 in flight, ETA 0:02",
      "cisco_em  [------------------------------]          0/3  0.0/s, 2 in flight, ETA 1:15",
    }, screen())
  end)

  it("say what is done and what stopped", function()
    fresh():finish()
    now = 103
    drawn:result(row "cisco_em")
    drawn:result(row "cisco_em")
    drawn:progress("jde_ais", { stopped = "denied" })
    drawn:finish()
    assert.same({
      "jde_ais   [------------------------------]          0/4  stopped: denied",
      "cisco_em  [##############################]          2/2  done in 0:03",
    }, screen())
  end)

  it("tell what was acted on from what is proved", function()
    fresh():finish()
    now = 104
    drawn:progress("jde_ais", { acted = 2, total = 4, in_flight = 1 })
    drawn:result(row "jde_ais")
    drawn:progress("cisco_em", { acted = 2, total = 2 })
    drawn:finish()
    assert.same({
      "jde_ais   [#######++++++++---------------]          1/4  0.5/s, 1 in flight, ETA 0:04",
      "cisco_em  [++++++++++++++++++++++++++++++]          0/2  looking again",
    }, screen())
  end)

  it("count hours", function()
    fresh():progress("jde_ais", { eta = 3725 })
    drawn:finish()
    assert.truthy(screen()[1]:find("ETA 1:02:05", 1, true))
  end)

  it("fit a narrow terminal", function()
    fresh(40):finish()
    for _, line in ipairs(screen()) do
      assert.is_true(#line < 40, line)
    end
  end)

  it("say a line above themselves", function()
    fresh():finish()
    drawn:say "hello"
    local all = table.concat(written)
    assert.truthy(all:find("\27[2A\rhello\27[K\n", 1, true))
    local lines = screen()
    assert.equal(3, #lines)
    assert.equal("hello", lines[1])
    assert.truthy(lines[3]:find("^cisco_em"))
  end)

  it("are not drawn for every one of ten thousand", function()
    fresh(100, { { name = "jde_ais", total = 20000 } }):finish()
    for _ = 1, 10000 do
      now = now + 0.0001
      drawn:result(row "jde_ais")
    end
    assert.is_true(#written < 20, #written .. " drawings")
  end)
end)

describe("texts for terminals", function()
  it("are cut between characters", function()
    assert.equal("Zo\195\171", Text.cut("Zo\195\171x", 3))
    assert.equal("Zo", Text.cut("Zo\195\171x", 2))
    assert.equal("ab", Text.cut("ab", 5))
  end)

  it("are quoted for a shell where that is needed", function()
    assert.equal("signoff-offboard resume 'it'\\''s here' --config '/x y/z.lua'",
      output.command { "resume", "it's here", "--config", "/x y/z.lua" })
  end)
end)

describe("arguments", function()
  it("are read", function()
    local given = assert(arguments.read { "apply", "PLAN", "--people", "P", "--journal", "J", "--yes", "--not-before", "20:00", "--max-fail", "1%",
      "--settle", "2s", "--schedule", "1,2", "--config", "C", "--json" })
    assert.equal("apply PLAN P J 1200 1% 2 C", table.concat({
      given.command, given.subject, given.people, given.journal, given.not_before, given.max_fail, given.settle, given.config,
    }, " "))
    assert.is_true(given.yes and given.json)
    assert.same({ 1, 2 }, given.schedule)
    assert.same({ "a", "b" }, arguments.read({ "plan", "P", "--protect", "a", "--protect", "b" }).protect)
  end)

  for _, row in ipairs {
    { "apply P --people L --journal J --failed F --not-before 20:00 --not-after 06:00 --protect a --protect b --max-age 24h --tz -03:00 -c C",
      "apply P --people L --journal J --failed F --not-before 20:00 --not-after 06:00 --protect a --protect b --max-age 24h --tz=-03:00 --config C",
      "resume J --people L --failed F --not-before 20:00 --not-after 06:00 --protect a --protect b --tz=-03:00 --config C" },
    { "plan L --out P --ticket T --ignore office --protect a", "apply P --ignore office --protect a", "resume J --ignore office --protect a" },
    { "undo J --journal K --not-after 06:00 --json", "apply P --journal K --not-after 06:00", "resume J --not-after 06:00" },
  } do
    it(("are kept for what comes next: %s"):format(row[1]), function()
      local words = {}
      for word in row[1]:gmatch "%S+" do
        words[#words + 1] = word
      end
      local given = assert(arguments.read(words))
      assert.equal("signoff-offboard " .. row[2], arguments.next(given, "apply", "P"))
      assert.equal("signoff-offboard " .. row[3], arguments.next(given, "resume", "J"))
    end)
  end

  for _, wrong in ipairs {
    {}, { "sing" }, { "plan" }, { "plan", "P", "Q" }, { "plan", "P", "--journal", "J" }, { "apply", "P", "--max-age", "old" },
    { "report", "J", "--format", "pdf" }, { "apply", "P", "--settle" }, { "undo" }, { "--yes" },
  } do
    it(("are refused: %s"):format(table.concat(wrong, " ")), function()
      local given, message = arguments.read(wrong)
      assert.is_nil(given)
      assert.is_string(message)
    end)
  end
end)
