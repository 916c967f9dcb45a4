-- SPDX-License-Identifier: MIT
-- All that people are shown passes one cleaner, and columns are counted in cells.

local core = require "signoff.core"
local offboard = require "signoff.offboard"
local operator = require "spec.support.operator"
local plain = require("signoff.text").short
local render = require "signoff.offboard.plan.render"
local report_csv = require "signoff.offboard.report.csv"
local report_text = require "signoff.offboard.report.plain"
local Text = require "signoff.text"

-- A character as UTF-8.
local function utf8(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xc0 + math.floor(code / 64), 0x80 + code % 64)
  elseif code < 0x10000 then
    return string.char(0xe0 + math.floor(code / 4096), 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(0xf0 + math.floor(code / 262144), 0x80 + math.floor(code / 4096) % 64, 0x80 + math.floor(code / 64) % 64, 0x80 + code % 64)
end

-- Characters that are shown as escapes: controls, marks of direction, of no width, of no ink.
local hidden = {
  0x00, 0x01, 0x07, 0x08, 0x0b, 0x0c, 0x1b, 0x1f, 0x7f, 0x80, 0x85, 0x9b, 0x9f, 0xad, 0x34f, 0x61c, 0x115f, 0x1160, 0x17b4, 0x180e, 0x200b, 0x200c,
  0x200d, 0x200e, 0x200f, 0x2028, 0x2029, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2060, 0x2061, 0x2064, 0x2066, 0x2067, 0x2068, 0x2069, 0x206a,
  0x206f, 0x2800, 0x3164, 0xfe00, 0xfe0f, 0xfeff, 0xffa0, 0xfff9, 0xfffb, 0x1d173, 0x1d17a, 0xe0001, 0xe0020, 0xe007f, 0xe0100, 0xe01ef,
}

-- Texts that are shown as they are, and their cells.
local shown = {
  { "", 0 }, { "ana.silva", 9 }, { "Zo\195\171", 3 }, { "Zoe\204\136", 3 }, { "\227\129\130\227\129\132", 4 }, { "\229\144\141\229\137\141", 4 },
  { "\237\149\156\234\184\128", 4 }, { "\225\132\146\225\133\161\225\134\171", 2 }, { "\239\189\177", 1 }, { "\239\188\161", 2 }, { "\240\159\152\128", 2 },
  { "\240\160\128\139", 2 }, { "\206\177\206\178", 2 }, { "\215\148\215\149", 2 }, { "\216\185\217\142", 1 }, { "\224\184\129\224\184\180", 1 }, { "a\194\160b", 3 },
  { "\226\130\172", 1 }, { "\239\191\189", 1 }, { "DOMAIN\\ana", 10 },
}

-- Texts that are shown otherwise.
local otherwise = {
  { "a\tb", "a\\tb" }, { "a\nb", "a\\nb" }, { "a\r\nb", "a\\r\\nb" }, { "\27[31mred", "\\u{1b}[31mred" }, { "a\0b", "a\\u{0}b" },
  { "Ren\233", "Ren\239\191\189" }, { "\237\160\128", "\239\191\189\239\191\189\239\191\189" }, { "\192\175", "\239\191\189\239\191\189" },
  { "a\226\128\174b\226\128\172c", "a\\u{202e}b\\u{202c}c" }, { "a\243", "a\239\191\189" },
}

describe("the cleaner", function()
  for _, code in ipairs(hidden) do
    it(("escapes U+%04X"):format(code), function()
      local name = ({ [9] = "\\t", [10] = "\\n", [13] = "\\r" })[code] or ("\\u{%x}"):format(code)
      assert.are.equal("a" .. name .. "b", core.shown("a" .. utf8(code) .. "b"))
      assert.are.equal("a" .. name .. "b", Text.clean("a" .. utf8(code) .. "b"))
      assert.are.equal("a" .. name .. "b", plain("a" .. utf8(code) .. "b"))
    end)
  end
  for _, case in ipairs(shown) do
    it(("leaves %q, which takes %d cells"):format(case[1], case[2]), function()
      assert.are.equal(case[1], core.shown(case[1]))
      assert.are.equal(case[2], core.width(case[1]))
      assert.are.equal(case[2] + 2, #Text.pad(case[1], case[2] + 2) - #case[1] + case[2])
    end)
  end
  for _, case in ipairs(otherwise) do
    it(("makes %q of %q"):format(case[2], case[1]), function()
      assert.are.equal(case[2], core.shown(case[1]))
      assert.are.equal(case[2], core.shown(case[2]))
    end)
  end

  it("leaves nothing hidden of any bytes, whatever is put together, and cuts between characters", function()
    local seed = os.time()
    math.randomseed(seed)
    for _ = 1, 500 do
      local parts = {}
      for i = 1, math.random(12) do
        parts[i] = math.random(3) == 1 and string.char(math.random(0, 255)) or utf8(math.random(2) == 1 and hidden[math.random(#hidden)]
          or math.random(0x20, 0xd7ff))
      end
      local text = core.shown(table.concat(parts))
      local about = ("seed %d: %q"):format(seed, text)
      assert(core.shown(text) == text and core.utf8(text) == text and not text:find "[%z\1-\31\127]", about)
      for cells = 0, core.width(text) + 1 do
        local start = core.cut(text, cells)
        assert(text:sub(1, #start) == start and core.width(start) <= cells and core.utf8(start) == start, about)
        assert(core.width(start) + core.width(text:sub(#start + 1)) == core.width(text), about)
      end
    end
  end)

  it("is asked for texts", function()
    for _, name in ipairs { "shown", "width", "cut" } do
      assert.is_false((pcall(core[name])))
      assert.is_false((pcall(core[name], {})))
    end
    assert.are.equal("", core.cut("abc", -1))
    assert.are.equal("abc", core.cut("abc", math.huge))
    assert.are.equal("", core.cut("abc", 0 / 0))
  end)
end)

-- A text with something of each kind, as it comes and as it is shown.
local nasty = "a\226\128\174n\226\128\139a\27[2J\194\155x"
local clean = "a\\u{202e}n\\u{200b}a\\u{1b}[2J\\u{9b}x"

local function all_clean(text)
  for line in text:gmatch "[^\n]+" do
    assert.are.equal(core.shown(line), line)
  end
  assert(text:find(clean, 1, true), text)
end

local function row(person, target, verdict)
  return { person = person, system = nasty, action = "logout", target = target, verdict = verdict, message = nasty, code = "server", by_hand = nasty,
    evidence = { { at = 0, what = nasty } } }
end

describe("what people are shown", function()
  it("is clean in recap, page and CSV, in each of their texts", function()
    local result = {
      results = { row(nasty, nasty, "failed"), row("\229\144\141\229\137\141", "SEP1", "ended"), row("ana", "SEP2", "skipped") },
      operator = nasty, host = nasty, ticket = nasty, stops = { { system = nasty, code = "denied", why = nasty } },
      gaps = { { code = "no_targets", person = nasty } }, started = 0, ended = 1,
    }
    all_clean(report_text.page(result))
    all_clean(report_text.recap(result))
    for line in report_csv.table(result):gsub("^\239\187\191", ""):gmatch "[^\r\n]+" do
      assert.are.equal(core.shown(line), line)
    end
  end)

  it("is clean in a plan", function()
    local item = { n = 1, person = nasty, system = "em", action = "logout", target = nasty, occupant = nasty, outlook = "unknown", message = nasty }
    all_clean(render { created = 0, people = 1, people_path = nasty, items = { item }, protect = {}, digest = "sha256:0", operator = nasty,
      ticket = nasty, host = nasty, gaps = { { code = "no_targets", person = nasty } },
      systems = { { name = "em", kind = "cisco_em", host = nasty, concurrency = 1, changes = 1, seconds = 1, trouble = nasty, after = { nasty } } } })
  end)

  it("has its columns where they belong, in cells", function()
    local names = { "ana", "Zoe\204\136", "\229\144\141\229\137\141", "b\226\128\174e\27n", "\240\159\152\128", "\216\185\217\142" }
    local rows, items = {}, {}
    for i, name in ipairs(names) do
      rows[i] = { person = name, system = "cisco_em", action = "logout", target = "SEP" .. i, verdict = "ended", evidence = {} }
      items[i] = { n = i, person = name, system = "em", action = "logout", target = "SEP" .. i, device = "SEP" .. i }
    end
    local plan = render { created = 0, people = 1, items = items, protect = {}, digest = "sha256:0",
      systems = { { name = "em", kind = "cisco_em", host = "x", concurrency = 1, changes = 1, seconds = 1 } } }
    local page = report_text.page { results = rows, started = 0, ended = 1 }
    for text, mark in pairs { [page] = "ended", [plan] = "SEP" } do
      local columns, count = {}, 0
      for line in text:gmatch "[^\n]+" do
        for _, name in ipairs(names) do
          local at = line:find(core.shown(name), 1, true) and line:find(mark, 1, true)
          if at and not line:find("targets", 1, true) then
            columns[core.width(line:sub(1, at - 1))], count = true, count + 1
          end
        end
      end
      assert(count >= #names and next(columns, (next(columns))) == nil, text)
    end
  end)

  it("refuses what it refuses in clean words", function()
    local result, message = offboard.plan({ cisco_em = { client = require("signoff").cisco_em { url = "http://127.0.0.1:1", app_id = "a",
      app_certificate = "c" } } }, { { person = nasty, cisco_em = "SEP1" } })
    assert.is_nil(result)
    all_clean(message)
  end)
end)

describe("what the command says", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  for _, words in ipairs {
    "plan '%s'", "report '%s'", "apply '%s'", "plan leavers.csv --out '%s/x'", "plan leavers.csv --ticket '%s' --out plan", "doctor --config '%s'",
    "apply plan --max-age '%s'", "plan leavers.csv --operator '%s'", "plan leavers.csv --delimiter '%s'", "status '%s'", "plan list.csv", "status list.csv",
    "plan names.csv",
  } do
    it("is clean: " .. words, function()
      operator.write("list.csv", "person,cisco_em,jde_ais\na\226\128\174n\226\128\139a,S\226\128\139EP1,?\n")
      operator.write("names.csv", "person,na\27[2J\226\128\174me\nana,SEP1\n")
      local _, out, err = operator.run((words:gsub("%%s", (nasty:gsub("%%", "%%%%")))))
      local text = out .. err
      assert(text:find("\\u{202e}", 1, true), text)
      for line in text:gmatch "[^\n]+" do
        assert.are.equal(core.shown(line), line)
      end
    end)
  end
end)
