-- SPDX-License-Identifier: MIT
-- Times have a zone, one in one document, and the hours name theirs.

local child = require "spec.support.child"
local core = require "signoff.core"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local values = require "signoff.offboard.cli.values"

after_each(peer.stop_all)

local has_names = values.zone "Europe/Berlin" ~= nil

describe("a moment", function()
  -- The environment's TZ, Unix seconds, what is shown.
  local cases = {
    { "UTC0", 0, "1970-01-01T00:00:00Z" }, { "UTC0", 1757100006.9, "2025-09-05T19:20:06Z" }, { "<+0200>-02:00", 1757100006, "2025-09-05T21:20:06+02:00" },
    { "<-0330>+03:30", 1757100006, "2025-09-05T15:50:06-03:30" }, { "<+1400>-14:00", 1757100006, "2025-09-06T09:20:06+14:00" },
    { "CET-1CEST,M3.5.0,M10.5.0/3", 1757100006, "2025-09-05T21:20:06+02:00" }, { "CET-1CEST,M3.5.0,M10.5.0/3", 1763790000, "2025-11-22T06:40:00+01:00" },
    { "GMT0BST,M3.5.0/1,M10.5.0", 1763790000, "2025-11-22T05:40:00Z" }, { "UTC0", -1, "1969-12-31T23:59:59Z" }, { "UTC0", 1e300, "?" }, { "UTC0", -1e12, "?" },
  }
  for _, case in ipairs(cases) do
    it(("is %s by %s"):format(case[3], case[1]), function()
      assert.are.equal(case[3], child.run(("print(require 'signoff.offboard.time'.shown(%s))"):format(core.digits(case[2])), ("TZ='%s'"):format(case[1])))
    end)
  end

  it("is nothing where there is none", function()
    assert.is_nil(require("signoff.offboard.time").shown(nil))
  end)
end)

-- The value of --tz, and the offset of a summer's night.
local zones = { { "UTC", "Z" }, { "Z", "Z" }, { "+01:00", "+01:00" }, { "+0530", "+05:30" }, { "-03:30", "-03:30" }, { "+14:00", "+14:00" }, { "-00:00", "Z" } }
if has_names then
  zones[#zones + 1] = { "Asia/Kolkata", "+05:30" }
  zones[#zones + 1] = { "America/Phoenix", "-07:00" }
end

local wrong = {
  "", "Mars", "Europe/Nowhere", "+1", "+1:00", "+25:00", "+01:60", "../zoneinfo/UTC", "/etc/localtime", "Europe", "CET-1CEST", "20:00", "local\27", "utc+1",
}

-- The offsets of all times in a text.
local function offsets(text)
  local found = {}
  for offset in text:gmatch "%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d([Z+-]%d*:?%d*)" do
    found[#found + 1] = offset
  end
  return found
end

describe("--tz", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  local function expect(status, words, more)
    local got, out, err = operator.run(words, more)
    assert(got == status, ("status %s instead of %d for: %s\n%s%s"):format(tostring(got), status, words, out, err))
    return out, err
  end

  local function one_zone(text, wanted, least)
    local found = offsets(text)
    assert(#found >= least, text)
    for _, offset in ipairs(found) do
      assert.are.equal(wanted, offset)
    end
    assert.are.equal(#found, select(2, text:gsub("%d%d%d%d%-%d%d%-%d%d", "")))
  end

  it("is that of all times in every document", function()
    operator.list("list.csv", "ana.silva", "liam.byrne")
    expect(0, "plan list.csv --out plan")
    expect(0, "apply plan --people list.csv --journal journal --yes")
    for _, zone in ipairs(zones) do
      local option = (" --tz=%s"):format(zone[1])
      one_zone(expect(0, "plan list.csv" .. option), zone[2], 1)
      one_zone(expect(0, "report journal" .. option), zone[2], 1)
      one_zone(expect(0, "report journal --format csv" .. option), zone[2], 7)
      one_zone(expect(0, "doctor" .. option), zone[2], 1)
    end
    one_zone(expect(0, "report journal", "export TZ=IST-5:30"), "+05:30", 1)
    one_zone(expect(0, "report journal --tz -03:00", "export TZ=IST-5:30"), "-03:00", 1)
  end)

  it("may stand in the systems' file", function()
    local file = operator.read "systems.lua"
    operator.write("systems.lua", (file:gsub("options = {", 'options = { tz = "+05:00",', 1)))
    operator.list("list.csv", "liam.byrne")
    one_zone(expect(0, "plan list.csv"), "+05:00", 1)
    one_zone(expect(0, "plan list.csv --tz UTC"), "Z", 1)
    operator.write("systems.lua", (file:gsub("options = {", 'options = { tz = "Mars",', 1)))
    local _, err = expect(2, "plan list.csv")
    assert(err:find("options: 'tz': 'Mars' is no time zone", 1, true), err)
  end)

  it("is that of the hours, which name it", function()
    operator.list("list.csv", "liam.byrne")
    expect(0, "plan list.csv --out plan")
    for offset, wanted in pairs { ["+05:00"] = 300, ["-03:30"] = -210, UTC = 0 } do
      local now = os.date "!*t"
      local function at(more)
        local minutes = (now.hour * 60 + now.min + wanted + more) % 1440
        return ("%02d:%02d"):format(math.floor(minutes / 60), minutes % 60)
      end
      local words = "apply plan --people list.csv --journal journal --yes --tz=" .. offset
      local _, err = expect(5, ("%s --not-before %s --not-after %s"):format(words, at(60), at(120)))
      assert(err:find(("(UTC%s): nothing was sent"):format(offset == "UTC" and "" or offset), 1, true), err)
      local _, rehearsed = expect(0, ("%s --not-before %s --not-after %s"):format((words:gsub(" %-%-yes", "")), at(-60), at(60)))
      assert.is_nil(rehearsed:find("the hours are", 1, true))
    end
  end)

  for _, zone in ipairs(wrong) do
    it(("is refused: %q"):format(zone), function()
      local _, err = expect(2, ("report journal --tz='%s'"):format(zone))
      assert(err:find("is no time zone: UTC, an offset such as +01:00, or a name that this machine knows", 1, true), err)
    end)
  end
end)
