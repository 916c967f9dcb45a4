-- SPDX-License-Identifier: MIT
-- The report as a page: what it holds, how it is saved, and what it costs. spec/proofs/page has the same page in a browser.

local child = require "spec.support.child"
local core = require "signoff.core"
local disk = require "spec.support.disk"
local files = require "spec.support.files"
local history = require "signoff.offboard.report.history"
local html = require "signoff.offboard.report.html"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local rows = require "signoff.offboard.report.rows"
local runs = require "spec.support.runs"

local OWNER_ONLY = 384 -- 0600

local folder

before_each(function()
  folder = peer.directory()
end)

after_each(peer.stop_all)

local function at(name)
  return folder .. "/" .. name
end

-- A journal of some people, and the options of its report.
local function run(options)
  runs.write(at "journal", options)
  return at "journal"
end

-- The page of a run, written; its text, and the files.
local function page_of(options, given)
  given = given or {}
  given.format, given.out = "html", given.out or at "page.html"
  local written = assert(offboard.report(run(options), given))
  return assert(peer.read_file(given.out)), written
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ""))
end

local function has(text, words)
  assert(text:find(words, 1, true), ("not there: %s"):format(words))
end

local function names()
  return (peer.output_of("ls -A " .. folder):gsub("%s+", " "))
end

-- The text that people see of it.
local function visible(page)
  local body = page:gsub("<style>.-</style>", ""):gsub("<script>.-</script>", "")
  body = body:gsub("<[^>]*>", ""):gsub("&lt;", "<"):gsub("&gt;", ">"):gsub("&quot;", '"'):gsub("&#39;", "'")
  return (body:gsub("&amp;", "&"))
end

describe("a text on the page", function()
  local cases = {
    { "a script's end", "</script><img src=x onerror=alert(1)>" },
    { "a comment's end", "--><script>alert(1)</script><!--" },
    { "quotes", [["'`=onmouseover=alert(1) x='"]] },
    { "entities", "&lt;b&gt; &amp; &#x3c;img&#x3e;" },
    { "CDATA", "]]><svg onload=alert(1)>" },
    { "a newline", "ana\r\nben", "ana\\r\\nben" },
    { "invalid UTF-8", "an\255a\192\128", "an\239\191\189a\239\191\189\239\191\189" },
    { "marks of direction", "ana\226\128\174gpj.exe\226\129\166", "ana\\u{202e}gpj.exe\\u{2066}" },
    { "invisible characters", "a\226\128\139na\239\187\191\194\173", "a\\u{200b}na\\u{feff}\\u{ad}" },
    { "a terminal's orders", "\27[31mana\7", "\\u{1b}[31mana\\u{7}" },
    { "separators of lines", "ana\226\128\168ben", "ana\\u{2028}ben" },
    { "right to left", "\216\163\216\173\217\133\216\175" },
    { "300 characters", ("W"):rep(300) },
    { "300 marks", "a" .. ("\204\129"):rep(300) },
    { "percent signs", "%s %d %%1 %1" },
  }
  local function both(case, where)
    it(("shows %s, and is nothing else (%s)"):format(case[1], where), function()
      local given = case[2]
      local options = { people = 2, systems = 2, verdict = function() return "still_active" end }
      options.name = where == "person" and function(n) return n == 1 and given or "ben" end or nil
      options.start = where ~= "person" and { ticket = given, operator = given, host = given, plan_digest = given,
        gaps = { { code = "no_targets", person = given } } } or nil
      local page = page_of(options)
      has(visible(page), core.utf8(case[3] or given))
      assert.equal(1, count(page, "<script"))
      assert.equal(1, count(page, "</script"))
      assert.equal(0, count(page, "<img") + count(page, "<svg on") + count(page, "<!%-%-"))
      assert.is_nil(page:find "[%z\1-\9\11-\31\127]")
      assert.is_nil(page:find "\226\128[\139-\143\168-\174]" or page:find "\226\129[\160-\175]")
      assert.equal(page, core.utf8(page))
    end)
  end
  for _, case in ipairs(cases) do
    both(case, "person")
    both(case, "head")
  end

  it("of a NUL byte is an escape", function()
    local list = { results = { { person = "a\0na", system = "x", target = "t\0", verdict = "ended" } }, started = 0 }
    has(visible(assert(offboard.report(list, { format = "html" }))), "a\\u{0}na")
  end)

  it("of a file's name is a link to that file, and to nothing else", function()
    for name, link in pairs {
      ["a b&c<d>.html"] = "./a%20b%26c%3Cd%3E.html.json", ["javascript:alert(1).html"] = "./javascript%3Aalert%281%29.html.json",
      ["\"x'#?.html"] = "./%22x%27%23%3F.html.json",
    } do
      os.remove(at "journal")
      local page = page_of({ people = 1 }, { out = at(name) })
      has(page, ('<a href="%s">'):format(link))
    end
  end)
end)

describe("the page", function()
  it("has the same bytes each time, also from another process", function()
    local page, written = page_of { people = 30, systems = 3 }
    assert.equal(core.sha256(page), written[1].sha256)
    assert(offboard.report(at "journal", { format = "html", out = at "page.html" }))
    assert.equal(page, peer.read_file(at "page.html"))
    child.run(([[require("signoff.offboard").report(%q, { format = "html", out = %q })]]):format(at "journal", at "page.html"), "LC_ALL=C")
    assert.equal(page, peer.read_file(at "page.html"))
  end)

  it("tells who, when, on whose order, and by what it is proved", function()
    local page, written = page_of({ people = 3 })
    local seen = visible(page)
    for _, words in ipairs {
      "night", "CHG-4711", "ops1", "sha256:" .. ("ab"):rep(32), "sha256:" .. ("cd"):rep(32), assert(offboard.check(at "journal")).head,
      "page.html.json", "sha256:" .. written[2].sha256, "seen twice, 10 s apart", "Approved by", "Signature", "3 of 3 people are out.",
    } do
      has(seen, words)
    end
    assert.equal(core.sha256(peer.read_file(at "page.html.json")), written[2].sha256)
    assert.equal(at "page.html.json", written[2].path)
    assert.truthy(seen:find "Began20%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d[Z+-]")
  end)

  it("counts as the JSON beside it does, by verdict and by system", function()
    local verdicts = { "ended", "still_active", "begun", "pending" }
    local page = page_of { people = 40, systems = 3, verdict = function(n) return verdicts[n % 7 + 1] or "ended" end }
    local result = assert(json.decode(peer.read_file(at "page.html.json")))
    local wanted = { all = {} }
    for _, row in ipairs(result.results) do
      wanted[row.system] = wanted[row.system] or {}
      for _, group in ipairs { wanted.all, wanted[row.system] } do
        group[row.verdict] = (group[row.verdict] or 0) + 1
      end
    end
    local totals = page:match "<table id=totals>.-</table>"
    local heads = {}
    for verdict in totals:match("<thead>.-<tbody>"):gmatch "<th scope=col class=n>([%w_]+)" do
      heads[#heads + 1] = verdict
    end
    assert.equal("targets", table.remove(heads, 1))
    for line in totals:match("<tbody>\n(.*)"):gmatch "<tr>[^\n]*" do
      local found, system = {}, line:match "<th scope=row>([^<]*)"
      for number in line:match("<td class=n>%d+(.*)"):gmatch "<td class=n>([^\n]-%d+)" do
        found[heads[#found + 1]] = nil
        found[#found + 1] = tonumber(number:match "%d+$")
      end
      for i, verdict in ipairs(heads) do
        assert.equal(wanted[system][verdict] or 0, found[i])
      end
      wanted[system] = nil
    end
    assert.is_nil(next(wanted))
    for verdict, number in pairs(result.totals) do
      assert.equal(number, count(page, "<li>[%w_]+ <code>[^<]*</code> <b class=%l>" .. verdict .. "</b>"), verdict)
    end
  end)

  it("allows its own style and script, and nothing else", function()
    local page = page_of { people = 1 }
    local policy = page:match '<meta http%-equiv=Content%-Security%-Policy content="([^"]*)">'
    for _, tag in ipairs { "style", "script" } do
      peer.write_file(at(tag), page:match(("<%s>(.-)</%s>"):format(tag, tag)))
      local hash = peer.output_of(("openssl dgst -sha256 -binary %s | base64"):format(at(tag))):gsub("%s", "")
      has(policy, ("%s-src 'sha256-%s'"):format(tag, hash))
    end
    assert.truthy(policy:find "^default%-src 'none'; ")
    assert.equal(0, count(page, " style=") + count(page, " on%l+=") + count(page, "https?://[^<]*[\"']") + count(page, " src="))
  end)

  it("has those with open targets first, then others who are not out, then the rest; each by name", function()
    local verdicts = { "ended", "ended", "still_active", "begun", "ended", "pending" }
    local page = page_of { people = 6, verdict = function(n) return verdicts[n] end, ends = false }
    local order = {}
    for name in page:gmatch "<summary><bdi>person%.(%d)</bdi>" do
      order[#order + 1] = name
    end
    assert.equal("463125", table.concat(order))
    has(visible(page), "Not finished: 2 of 6 targets are open (1 begun, 1 pending).")
    has(visible(page), "The run has not ended")
    has(visible(page), "Endednot yet")
    assert.equal(3, count(page, "<details id=p%d class=left open>"))
    assert.equal(3, count(page, "<details id=p%d open>"))
  end)

  it("says what is to be done by hand, who was left alone, and who was not reached", function()
    local page = page_of({ people = 2, verdict = function(n) return n == 1 and "failed" or "skipped" end,
      start = { gaps = { { code = "no_targets", person = "cay" }, { code = "no_column", system = "erp", declared = true } } } })
    local seen = visible(page)
    has(seen, "To do by hand\n\nperson.1 agvance sha256:000000000001@PC-1 failed: log the user out at the phone")
    has(seen, "Left alone\n\nperson.2")
    has(seen, "cay: has no target on any system")
    has(seen, "erp: the list has no column for it (declared)")
    has(seen, "2 of 2 people are not out.")
  end)

  it("of an undo says that statuses were put back, and never that anybody is out", function()
    local verdicts = { "skipped", "status_set" }
    for _, case in ipairs { { 2, 0, "2 of 2 people are back at the earlier status." }, { 2, 1, "1 of 2 people is not back at the earlier status." },
      { 1001, 0, "Everybody else is back at the earlier status" } } do
      os.remove(at "journal")
      local page = page_of { people = case[1], verdict = function(n) return n <= case[2] and verdicts[n] or "status_set" end,
        start = { undo_of = "/var/night.journal" } }
      local seen = visible(page)
      has(seen, "Undoing of an offboarding of 20")
      has(seen, case[3])
      has(seen, "The journal of that run: /var/night.journal")
      assert.is_nil(seen:find("%f[%w]out%.") or seen:find("are out", 1, true) or seen:find("is out", 1, true) or seen:find("not out", 1, true))
    end
    local text = assert(offboard.report(at "journal"))
    has(text, "Undoing of an offboarding of 20")
    has(text, "undoes    /var/night.journal")
  end)

  it("counts those who are protected neither as out nor as left over, and says who they are", function()
    local verdicts = { "skipped", "failed", "ended" }
    local function visible_page(people)
      return visible((page_of { people = people, verdict = function(n) return verdicts[n] or "ended" end, code = function(n)
        return n == 1 and "protected" or nil
      end }))
    end
    local seen = visible_page(3)
    has(seen, "1 of 3 people is not out. 1 more left alone on purpose.")
    has(seen, "Left alone\n\nperson.1")
    os.remove(at "journal")
    seen = visible_page(1001) -- they stand on the page itself, not among those who are out
    has(seen, "2 of 1001 people; a name leads to its evidence")
    has(seen, "Left alone\n\nperson.1")
    os.remove(at "journal")
    verdicts[2] = "ended"
    has(visible_page(3), "Everybody is out, or was left alone on purpose.")
  end)

  it("shows a verdict that only another version knows, as one that proves nothing", function()
    local page = page_of { people = 2, systems = 2, verdict = function(n) return n == 1 and '"><i>vanished' or "ended" end }
    local seen = visible(page)
    has(seen, "1 of 2 people is not out.")
    has(seen, '1 ended, 1 "><i>vanished')
    has(seen, "of another version of signoff: it proves nothing here")
    assert.equal(0, count(page, "<i>"))
    has(assert(offboard.report(at "journal")), 'vanished')
  end)

  it("says that nobody is in a run of nobody", function()
    has(visible(assert(offboard.report({ results = {}, started = 0 }, { format = "html" }))), "Nobody is in this run.")
  end)

  it("has its times in the zone that was asked for", function()
    page_of { people = 1 }
    local code = [[require("signoff.core").zone(%q)
      require("signoff.offboard").report(%q, { format = "html", out = %q })]]
    for zone, shown in pairs { UTC0 = "2026-11-30T07:55:48Z", ["<+0530>-05:30"] = "2026-11-30T13:25:48+05:30", EST5 = "2026-11-30T02:55:48-05:00" } do
      assert.equal("", child.run(code:format(zone, at "journal", at "page.html")))
      has(peer.read_file(at "page.html"), ("<time>%s</time>"):format(shown))
    end
  end)

  it("is of one person, if asked, and so is its JSON", function()
    local page = page_of({ people = 5, systems = 2 }, { person = "person.3" })
    assert.equal(1, count(page, "<details"))
    has(visible(page), "1 of 1 person is out. That is a part alone; the notes say which.")
    has(visible(page), "Shown alone: person person.3. The run had more.")
    local result = assert(json.decode(peer.read_file(at "page.html.json")))
    assert.equal(2, #result.results)
    assert.equal(2, result.totals.ended)
    local written, message = offboard.report(at "journal", { format = "html", out = at "other.html", person = "person.9" })
    assert.same({ nil, "there is no person 'person.9'" }, { written, message })
    assert.equal("journal page.html page.html.json", names())
  end)

  it("of one person says which systems were not reached for anybody", function()
    local gaps = { { code = "no_column", system = "erp" }, { code = "no_targets", person = "cay" } }
    local seen = visible((page_of({ people = 2, start = { gaps = gaps } }, { person = "person.1" })))
    has(seen, "Nobody with a target is in, but somebody or something was not reached.")
    has(seen, "erp: the list has no column for it")
    assert.is_nil(seen:find("cay", 1, true))
  end)

  it("as a text has everybody, and the SHA-256 of the report as JSON", function()
    runs.write(at "journal", { people = 1100 })
    local page = assert(offboard.report(at "journal", { format = "html" }))
    assert.equal(1100, count(page, "<details"))
    has(page, core.sha256(assert(offboard.report(at "journal", { format = "json" }))))
    assert.is_nil(page:find(".json", 1, true))
  end)
end)

describe("a page of more than 1,000 people", function()
  local function people_of(page)
    local list = {}
    for name in page:gmatch "<summary><bdi>([^<]*)</bdi>" do
      list[#list + 1] = name
    end
    return list
  end

  it("has those who are not out, and links to parts with everybody else", function()
    local page, written = page_of { people = 2503, verdict = function(n) return n % 500 == 0 and "failed" or "ended" end }
    assert.equal(5, #people_of(page))
    assert.equal(2503, tonumber(visible(page):match "5 of (%d+) people are not out"))
    assert.equal(2 + 3, #written)
    local seen, all = {}, people_of(page)
    for i = 3, #written do
      has(page, ('<a href="./page.part%d.html">'):format(i - 2))
      has(page, written[i].sha256)
      local text = peer.read_file(at(("page.part%d.html"):format(i - 2)))
      assert.equal(written[i].sha256, core.sha256(text))
      has(text, '<a href="./page.html">')
      has(text, written[2].sha256)
      for _, name in ipairs(people_of(text)) do
        all[#all + 1] = name
      end
      assert.is_true(#people_of(text) <= 1000)
    end
    for _, name in ipairs(all) do
      assert.is_nil(seen[name])
      seen[name] = true
    end
    assert.equal(2503, #all)
    assert.equal("journal page.html page.html.json page.part1.html page.part2.html page.part3.html", names())
  end)

  it("is one page up to 1,000, and is never left without somebody", function()
    local function parts(people, left)
      local list = { left = left }
      for i = 1, people do
        list[i] = { left = i <= left or nil }
      end
      local page, rest = html.split(list)
      local sizes = {}
      for i, part in ipairs(rest or {}) do
        sizes[i] = #part
      end
      return ("%d: %s"):format(#page, table.concat(sizes, " "))
    end
    assert.equal("1000: ", parts(1000, 0))
    assert.equal("0: 1000 1", parts(1001, 0))
    assert.equal("1001: ", parts(1001, 1001))
    assert.equal("1: 1000", parts(1001, 1))
    assert.equal("1500: 500", parts(2000, 1500))
  end)
end)

describe("the size", function()
  for _, case in ipairs { { 200, 5, "ended" }, { 900, 1, "ended" }, { 300, 3, "still_active" }, { 1, 1, "ended" } } do
    it(("is at most 60 KB and 600 bytes a target (%d people, %d targets each, %s)"):format(case[1], case[2], case[3]), function()
      local page = page_of { people = case[1], systems = case[2], verdict = function() return case[3] end }
      assert.is_true(#page <= 60000 + 600 * case[1] * case[2], #page)
    end)
  end

  it("of 10,000 people fits into 64 MB of memory", function()
    run { people = 10000, verdict = function(n) return n % 1000 == 0 and "failed" or "ended" end }
    local code = ([[
      local written = assert(require("signoff.offboard").report(%q, { format = "html", out = %q }))
      print(#written, io.open "/proc/self/status":read "*a":match "VmHWM:%%s+(%%d+)")]]):format(at "journal", at "page.html")
    local written, most = child.run(code):match "^(%d+)\t(%d+)"
    assert.equal("12", written)
    local watched = os.getenv "SPECS_PRELOAD" or os.getenv "SPECS_HOST" or os.getenv "LD_PRELOAD"
    assert.is_true(watched ~= nil or tonumber(most) < 64 * 1000, most)
  end)
end)

describe("a report in a file", function()
  it("is for the owner only, in every format, and replaces a file", function()
    runs.write(at "journal", { people = 2 })
    for _, format in ipairs { "html", "json", "csv", "text" } do
      peer.write_file(at(format), "old")
      os.execute("chmod 644 " .. at(format))
      local written = assert(offboard.report(at "journal", { format = format, out = at(format) }))
      assert.equal(at(format), written[1].path)
      assert.equal(OWNER_ONLY, core.stat(at(format)).mode)
      local text = peer.read_file(at(format))
      assert.equal(core.sha256(text), written[1].sha256)
      if format ~= "html" then
        assert.equal(offboard.report(at "journal", { format = format }), text)
      end
    end
  end)

  it("is not written where it cannot be, and nothing is left", function()
    runs.write(at "journal", { people = 2 })
    os.execute(("cd %s && mkdir below page.html.json && ln -s journal link"):format(folder))
    for _, name in ipairs { "below", "link", "none/page.html", "page.html", "journal/page.html" } do
      local path = at(name)
      local written, message = offboard.report(at "journal", { format = "html", out = path })
      assert.is_nil(written)
      assert.equal(path, message:sub(1, #path))
    end
    assert.equal("below journal link page.html.json", names())
    assert.equal("", peer.output_of("ls -A " .. at "below"))
  end)

  it("leaves the old one where the disk is full or fails, or the journal is damaged", function()
    runs.write(at "journal", { people = 1200 })
    for _, name in ipairs { "page.html", "page.html.json", "page.part1.html" } do
      peer.write_file(at(name), "old")
    end
    local code = ([[
      local written, message = require("signoff.offboard").report(%q, { format = "html", out = %q })
      print(written, message)]]):format(at "journal", at "page.html")
    local function kept(said, words)
      has(said, words)
      assert.equal("journal page.html page.html.json page.part1.html", names())
      for _, name in ipairs { "page.html", "page.html.json", "page.part1.html" } do
        assert.equal("old", peer.read_file(at(name)))
      end
    end
    kept(disk.bad("DISK_ROOM=50000", code), "no space is left on the disk; make room")
    kept(disk.bad("DISK_ROOM=500000", code), "no space is left on the disk; make room")
    kept(disk.bad("DISK_SYNCS=1", code), "the disk failed (input/output error)")
    kept(disk.limited(65536, code), "this process may not write a file that large; raise the limit")
    local text = peer.read_file(at "journal")
    peer.write_file(at "journal", (text:gsub("CHG%-4711", "CHG-4712", 1)))
    kept(child.run(code), "the journal is damaged")
  end)

  it("says so where the journal's last line was torn, and takes one that is being written", function()
    runs.write(at "journal", { people = 3, verdict = function(n) return n == 3 and "begun" or "ended" end, ends = false })
    local file = assert(io.open(at "journal", "ab"))
    file:write '{"prev":"'
    file:close()
    assert(offboard.report(at "journal", { format = "html", out = at "page.html" }))
    local seen = visible(peer.read_file(at "page.html"))
    has(seen, "its last line was torn by a crash")
    has(seen, "Not finished: 1 of 3 targets is open")
  end)

  it("passes on an error that is none of the disk", function()
    local strange = { results = json.list { { person = "ana", system = "erp", target = "t", verdict = "ended", evidence = { 1 } } } }
    assert.is_false(pcall(offboard.report, strange, { format = "html", out = at "page.html" }))
    assert.equal("", names())
  end)
end)

describe("packed rows", function()
  local function json_of(path, options)
    local pieces = {}
    rows.write_json(assert(history.read(path, options)), function(text) pieces[#pieces + 1] = text end)
    return table.concat(pieces)
  end

  it("give the report that tables give, of any journal", function()
    run { people = 50, systems = 3, verdict = function(n) return ({ "ended", "failed", "begun", "pending" })[n % 4 + 1] end }
    for _, path in ipairs { at "journal", "spec/data/formats/1/journal", "spec/data/formats/1/journal-interrupted" } do
      local copy = at "copy"
      peer.write_file(copy, files.read(path))
      assert.equal(json.encode((assert(history.read(copy)))), json_of(copy))
      assert.equal(json_of(copy), json_of(copy, { pack = true }))
    end
  end)

  it("know their verdict, whatever stands behind it", function()
    for verdict, row in pairs {
      ended = { verdict = "ended", person = "ana" }, failed = { verdict = "failed", message = ',"verdict":"ended"}' },
      unknown = { verdict = "unknown", zone = ',"verdict":"ended"}' },
    } do
      local packed = rows.pack(row)
      assert.is_true(rows.is_packed(packed))
      assert.equal(verdict, rows.verdict(packed))
      assert.same(row, rows.unpack(packed))
      assert.equal(verdict, rows.verdict(row))
    end
  end)
end)
