-- SPDX-License-Identifier: MIT

--- The people on the page of a report: what is left to do, a line a person and a column a system, and the evidence of each. A person's
-- rows are unpacked while that person is written.
-- @module signoff.offboard.report.page_people

local coverage = require "signoff.offboard.plan.coverage"
local markup = require "signoff.offboard.report.markup"
local rows = require "signoff.offboard.report.rows"
local summary = require "signoff.offboard.report.summary"

local page_people = {}

-- The rows of one person, in the run's order.
local function rows_of(view, person)
  local list = {}
  for i, place in ipairs(person) do
    list[i] = rows.unpack(view.result.results[place])
  end
  return list
end

-- The verdicts of some rows in a word or two, and the one that gives them their shape: the last one in the order of a report.
local function words_of(list)
  local counts = {}
  for _, row in ipairs(list) do
    counts[row.verdict] = (counts[row.verdict] or 0) + 1
  end
  local shown = summary.verdicts(counts)
  local worst = shown[#shown]
  return #list == 1 and worst or summary.words(counts), worst
end

-- The work that is left

local function left_alone(row)
  return row.verdict == "skipped"
end

local function task(row)
  return summary.is_to_do(row) and summary.task(row)
end

local function left_row(write, person, row, words)
  write(("<li><a href=#p%d>%s</a> %s <code>%s</code> %s: %s\n"):format(person.number, markup.text(row.person), markup.text(row.system),
    markup.text(row.target), markup.verdict(row.verdict), markup.text(words)))
end

-- A list of the rows that `choose` takes, of the people who have that mark; it gives their words, or true for their message.
local function listed(write, view, title, mark, choose)
  local any = false
  for _, person in ipairs(view.people) do
    for _, row in ipairs(person[mark] and rows_of(view, person) or {}) do
      local words = choose(row)
      if words then
        write(any and "" or ("<section>\n<h2>%s</h2>\n<ul>\n"):format(title))
        any = true
        left_row(write, person, row, words ~= true and words or row.message or row.code)
      end
    end
  end
  write(any and "</ul>\n</section>\n" or "")
end

local function gaps(write, list)
  if not list or #list == 0 then
    return
  end
  write "<section>\n<h2>Not reached</h2>\n<ul>\n"
  for _, gap in ipairs(list) do
    write(("<li>%s\n"):format(markup.text(coverage.describe(gap))))
  end
  write "</ul>\n</section>\n"
end

--- The people who were left alone somewhere: on purpose, or since the list allowed it.
function page_people.alone(write, view)
  listed(write, view, "Left alone", "alone", left_alone)
end

--- The work that is left, who was left alone, and who was not reached.
-- @tparam function write
-- @tparam table view see `signoff.offboard.report.html`
function page_people.left(write, view)
  listed(write, view, "To do by hand", "left", task)
  page_people.alone(write, view)
  gaps(write, view.result.gaps)
end

-- The matrix

local function cell(list)
  if not list then
    return "<td>–"
  end
  local words, worst = words_of(list)
  return ("<td class=%s>%s"):format(markup.class(worst), markup.text(words))
end

local function matrix_row(write, view, person)
  local by_system, pieces = {}, {}
  for _, row in ipairs(rows_of(view, person)) do
    by_system[row.system] = by_system[row.system] or {}
    table.insert(by_system[row.system], row)
  end
  for i, system in ipairs(view.counted.systems) do
    pieces[i] = cell(by_system[system.name])
  end
  write(("<tr><th scope=row><a href=#p%d>%s</a>%s\n"):format(person.number, markup.text(person.name), table.concat(pieces)))
end

local function filter(write, view)
  write '<form id=filter role=search hidden>\n<label>Name, target or any word <input id=words type=search autocomplete=off></label>\n'
  local left = summary.subject(view.result).left
  write(('<label>Verdict <select id=verdict><option value="">any<option value=left>all who are %s'):format(left))
  for _, verdict in ipairs(summary.verdicts(view.counted.all.counts)) do
    write(('<option value="%s">%s'):format(markup.text(verdict), markup.text(verdict)))
  end
  write "</select></label>\n<button type=reset>Show all</button> <button type=button id=open>Open all</button> "
  write "<button type=button id=close>Close all</button>\n<output id=count></output>\n</form>\n"
end

--- A line a person, a column a system; its filter appears where there are scripts.
function page_people.matrix(write, view)
  write "<section id=people>\n<h2>People</h2>\n"
  filter(write, view)
  write '<div class=wide role=region aria-label="People and systems" tabindex=0>\n<table id=matrix>\n'
  write(("<caption>%s; a name leads to its evidence</caption>\n<thead><tr><th scope=col>person"):format(view.caption))
  for _, system in ipairs(view.counted.systems) do
    write(("<th scope=col>%s"):format(markup.text(system.name)))
  end
  write "\n<tbody>\n"
  for _, person in ipairs(view.people) do
    matrix_row(write, view, person)
  end
  write "</table>\n</div>\n</section>\n"
end

-- Evidence

local function evidence(write, row)
  local pieces = {}
  for i, seen in ipairs(row.evidence or {}) do
    pieces[i] = ("<li>%s %s"):format(markup.time(seen.at), markup.text(seen.what))
  end
  write(#pieces > 0 and ("<ol>%s</ol>"):format(table.concat(pieces)) or "")
end

local function target(write, row)
  local why = (row.code and (" (%s)"):format(markup.text(row.code)) or "") .. (row.message and ": " .. markup.text(row.message) or "")
  write(("<li>%s <code>%s</code> %s%s"):format(markup.text(row.system), markup.text(row.target), markup.verdict(row.verdict), why))
  evidence(write, row)
end

--- The evidence of each person: all that was seen and done, with its time.
function page_people.evidence(write, view)
  write "<section id=evidence>\n<h2>Evidence</h2>\n"
  for _, person in ipairs(view.people) do
    local list = rows_of(view, person)
    local words, worst = words_of(list)
    write(("<details id=p%d%s open><summary><bdi>%s</bdi> %s</summary><ul>"):format(person.number, person.left and " class=left" or "",
      markup.text(person.name), markup.verdict(worst, words)))
    for _, row in ipairs(list) do
      target(write, row)
    end
    write "</ul></details>\n"
  end
  write "</section>\n"
end

return page_people
