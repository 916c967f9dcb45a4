-- SPDX-License-Identifier: MIT
-- The files that `report` writes, and leaves as they are; and stdout, which is for data alone.

local json = require "signoff.json"
local operator = require "spec.support.operator"
local runs = require "spec.support.runs"

local function expect(status, words, more)
  local got, out, err = operator.run(words, more)
  assert(got == status, ("status %s instead of %d for: %s\n%s%s"):format(tostring(got), status, words, out, err))
  return out, err
end

-- A journal of so many people: the third of them is unknown to a system, as the list allows.
local function journal_of(name, people)
  runs.write(operator.path(name), { people = people, verdict = function(n) return n == 3 and "skipped" or "ended" end,
    code = function(n) return n == 3 and "optional" or nil end })
end

describe("the files of a report", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  for _, case in ipairs {
    { "the journal, as a part", "page.part1.html", "report page.part1.html --format html --out page.html" },
    { "the list of those who are left, as a part", "journal", "report journal --format html --out page.html --failed page.part1.html" },
    { "metrics, as a part", "journal", "report journal --format html --out page.html --metrics page.part2.html" },
    { "the systems' file that $SIGNOFF_CONFIG names", "journal", "report journal --out systems.lua" },
    { "the same, as the JSON of a page", "journal", "report journal --format html --out systems.lua", "mv systems.lua systems.lua.json", "systems.lua.json" },
    { "the same, as a part", "journal", "report journal --format html --out page.html", "mv systems.lua page.part2.html", "page.part2.html" },
    { "the same, as what is left", "journal", "report journal --failed systems.lua" },
    { "the same, as metrics", "journal", "report journal --metrics systems.lua" },
    { "a link to the journal, as a part", "journal", "report journal --format html --out page.html", "ln journal page.part2.html" },
  } do
    it("are not written over what it reads or writes: " .. case[1], function()
      journal_of(case[2], 2100)
      local before = operator.read(case[2])
      os.execute(("cd %s; %s"):format(operator.directory, case[4] or "true"))
      local _, err = expect(2, case[3], case[5] and "export SIGNOFF_CONFIG=" .. operator.path(case[5]))
      assert(err:find("name another file", 1, true), err)
      assert.equal(before, operator.read(case[2]))
      assert.is_nil(io.open(operator.path "page.html"))
    end)
  end

  it("of an earlier, longer page are said and left, and files of others as well", function()
    journal_of("long", 2100)
    journal_of("short", 1500)
    journal_of("one", 5)
    local out, err = expect(0, "report long --format html --out page.html")
    assert(out == "" and err:find("page.part3.html", 1, true) and not err:find("warning", 1, true), err)
    local last = operator.read "page.part3.html"
    err = select(2, expect(0, "report short --format html --out page.html"))
    assert(err:find("warning: page.part3.html: is no part of this report; if it is of an earlier one, delete it", 1, true), err)
    assert.equal(1, select(2, err:gsub("warning", "")))
    err = select(2, expect(0, "report one --format html --out page.html"))
    assert.equal(3, select(2, err:gsub("warning: page%.part%d%.html", "")))
    assert.equal(last, operator.read "page.part3.html")
    assert.is_nil(select(2, expect(0, "report one --format csv --out page.html")):find "warning")
  end)

  it("say of everybody who was left alone that he was, also on a part", function()
    journal_of("small", 5)
    journal_of("large", 1500)
    expect(0, "report small --format html --out small.html")
    expect(0, "report large --format html --out large.html")
    for _, name in ipairs { "small.html", "large.part1.html" } do
      local page = operator.read(name)
      local alone = page:match "<h2>Left alone</h2>(.-)</section>"
      assert(alone and alone:find("person.3", 1, true) and not alone:find("person.4", 1, true), name)
      assert(page:find("id=" .. alone:match "href=#(p%d+)" .. "[ >]"), "its link leads to the evidence")
    end
    assert.is_nil(operator.read("large.part2.html"):find "<h2>Left alone</h2>")
  end)
end)

describe("stdout", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  -- Lua that the systems' file runs before it returns, and what of it must stand on stderr.
  for script, said in pairs {
    ['print("a", 1, nil)'] = "a\t1\tnil\n", ['io.write("some ", "words")'] = "some words", ['io.output():write "to it"'] = "to it",
    ['print()'] = "\n", ['print(setmetatable({}, { __tostring = function() return "shown" end }))'] = "shown\n",
  } do
    it("has one document, whatever the systems' file prints: " .. script, function()
      operator.write("systems.lua", script .. "\n" .. operator.read "systems.lua")
      for words, status in pairs { ["config check --json"] = 0, ["status leavers.csv --json"] = 0, ["plan leavers.csv --json"] = 0, ["plan none --json"] = 2 } do
        local got, out, err = operator.run(words)
        assert(got == status or got == 3, ("%s for %s: %s"):format(tostring(got), words, err))
        assert(json.decode(out), words .. ": " .. out)
        assert(err:find(said, 1, true), err)
      end
    end)
  end
end)
