-- SPDX-License-Identifier: MIT

--- A result as a page of HTML: one file, which fetches nothing and runs nothing but its own script. Its bytes depend on the result and
-- the time zone alone.
--
-- Above 1,000 people a page has the totals and those who are not out; parts beside it have the rest, 1,000 people each.
--
-- A view is all that a page is made of: `result`, `counted` (of all of it), `people` (those on this page), `caption`, `notice`, `json`
-- (`sha256`, and `path` where it stands beside the page), `part` (`number`, `of`, `main`: the path of the page), `parts` (each `path`,
-- `sha256`, `people`).
-- @module signoff.offboard.report.html

local core = require "signoff.core"
local markup = require "signoff.offboard.report.markup"
local page_head = require "signoff.offboard.report.page_head"
local page_people = require "signoff.offboard.report.page_people"
local rows = require "signoff.offboard.report.rows"
local script = require "signoff.offboard.report.page_script"
local style = require "signoff.offboard.report.page_style"
local summary = require "signoff.offboard.report.summary"
local time = require "signoff.offboard.time"
local timeline = require "signoff.offboard.report.timeline"
local verdicts = require "signoff.signout.verdict"

local html = {}

html.PART = 1000 -- people of a part

-- Counting: of a person the numbers of the rows are kept, and how much is left.

local OPEN, LEFT, SPARED, OUT = 1, 2, 3, 4

local function rank_of(row)
  if verdicts.is_open(row.verdict) then
    return OPEN
  elseif verdicts.is_spared(row.verdict, row.code) then
    return SPARED
  end
  return verdicts.is_settled(row.verdict, row.code) and OUT or LEFT
end

local function add_person(people, i, row)
  local person = people.by_name[row.person]
  if not person then
    person = { name = row.person, rank = OUT }
    people.by_name[row.person], people[#people + 1] = person, person
  end
  person[#person + 1] = i
  person.alone = person.alone or row.verdict == "skipped" or nil
  person.rank = math.min(person.rank, rank_of(row))
end

local function by_rank_and_name(a, b)
  if a.rank ~= b.rank then
    return a.rank < b.rank
  end
  return core.before(a.name, b.name)
end

-- Those with open targets come first, then the others who are not out, then those who were left in on purpose; in each group by name.
local function order(people)
  people.left, people.spared = 0, 0
  table.sort(people, by_rank_and_name)
  for number, person in ipairs(people) do
    person.number, person.left = number, person.rank ~= OUT or nil
    people.left = people.left + (person.left and 1 or 0)
    people.spared = people.spared + (person.rank == SPARED and 1 or 0)
  end
end

--- Counts a result.
-- @treturn table `all`, `systems` as `summary.count` gives them; `people` (each a list of row numbers, with `name`, `number`, `left`,
-- `alone`: one of them was left alone),
-- and how many of them are `left`, and of these `spared`; `gaps`
function html.count(result)
  local counted = { all = summary.group "all", systems = { by_name = {} }, people = { by_name = {} }, gaps = result.gaps }
  for i, row in rows.each(result.results) do
    summary.add(counted.all, row)
    summary.add(summary.group_of(counted.systems, row.system), row)
    add_person(counted.people, i, row)
  end
  order(counted.people)
  return counted
end

-- Writing

local policy = ("default-src 'none'; style-src '%s'; script-src '%s'; base-uri 'none'; form-action 'none'"):format(markup.hash(style),
  markup.hash(script))

local function title_of(view)
  local result = view.result
  local words = ("%s of %s"):format(summary.subject(result).title, time.shown(result.started) or "?")
  words = words .. (result.ticket and ", " .. result.ticket or "")
  return words .. (view.part and (", part %d of %d"):format(view.part.number, view.part.of) or "")
end

local function opening(write, view)
  write "<!doctype html>\n<html lang=en>\n<head>\n<meta charset=utf-8>\n"
  write(('<meta http-equiv=Content-Security-Policy content="%s">\n'):format(policy))
  write "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n<meta name=referrer content=no-referrer>\n"
  write(("<title>%s</title>\n<style>%s</style>\n</head>\n<body>\n"):format(markup.text(title_of(view)), style))
  write "<a class=skip href=#people>To the people</a>\n"
end

-- The other files of this page.
local function parts(write, view)
  if view.part then
    write(('<nav aria-label=Parts><p>Part %d of %d: people who are %s. <a href="%s">The page with the totals</a></p></nav>\n'):format(
      view.part.number, view.part.of, summary.subject(view.result).done, markup.link(view.part.main)))
  elseif view.parts then
    write(("<nav aria-label=Parts>\n<h2>Everybody else is %s</h2>\n<ol>\n"):format(summary.subject(view.result).done))
    for _, part in ipairs(view.parts) do
      write(('<li><a href="%s">%s to %s</a>, %d people, <code>sha256:%s</code>\n'):format(markup.link(part.path),
        markup.text(part.people[1].name), markup.text(part.people[#part.people].name), #part.people, part.sha256))
    end
    write "</ol>\n</nav>\n"
  end
end

--- Writes a page.
-- @tparam function write `write(text)`
-- @tparam table view
function html.write(write, view)
  opening(write, view)
  page_head.write(write, view)
  write "<main>\n"
  if view.part then
    parts(write, view)
    page_people.alone(write, view)
  else
    timeline.write(write, view)
    page_head.totals(write, view)
    page_people.left(write, view)
    parts(write, view)
  end
  page_people.matrix(write, view)
  page_people.evidence(write, view)
  page_head.words(write, view)
  page_head.signatures(write)
  write(("</main>\n<footer><p>Made by signoff %s.</p></footer>\n<script>%s</script>\n</body>\n</html>\n"):format(core.version, script))
end

local function slice(people, first, last)
  local list = {}
  for i = first, math.min(last, #people) do
    list[#list + 1] = people[i]
  end
  return list
end

--- The people of a page and those of its parts.
-- @tparam table people as `count` orders them
-- @treturn {table,...} of the page
-- @treturn ?{{table,...},...} of each part, one or more; nil where the page has everybody
function html.split(people)
  if #people <= html.PART then
    return people
  end
  local list = {}
  for first = people.left + 1, #people, html.PART do
    list[#list + 1] = slice(people, first, first + html.PART - 1)
  end
  return slice(people, 1, people.left), #list > 0 and list or nil
end

return html
