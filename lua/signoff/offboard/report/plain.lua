-- SPDX-License-Identifier: MIT

--- Renders a result as text for people: by system, by person, the work that is left, the sum.
-- @module signoff.offboard.report.plain

local core = require "signoff.core"
local coverage = require "signoff.offboard.plan.coverage"
local time = require "signoff.offboard.time"
local outcome = require "signoff.offboard.executor.outcome"
local Text = require "signoff.text"
local summary = require "signoff.offboard.report.summary"
local timeline = require "signoff.offboard.report.timeline"
local verdicts = require "signoff.signout.verdict"

local colours = { good = "32", bad = "31", unsure = "33", aside = "36", later = "35" }

local report_text = {}

--- A text in the colour of a verdict.
function report_text.paint(text, verdict)
  local colour = colours[verdicts.colour(verdict)]
  return colour and ("\27[%sm%s\27[0m"):format(colour, text) or text
end

-- The operator, the host, the time and the proof, as far as they are known, in a line each.
local function head(result)
  local title = summary.subject(result).title
  local lines = { ("%s of %s%s"):format(title, time.shown(result.started) or "?", result.ended and "" or ", not finished") }
  local function line(name, value)
    if value then
      lines[#lines + 1] = ("%-9s %s"):format(name, Text.clean(value))
    end
  end
  line("by", result.operator)
  line("applied", result.applied_by and table.concat(result.applied_by, "; "))
  line("on", result.host)
  line("ticket", result.ticket)
  line("people", result.people_sha256)
  line("plan", result.plan_digest)
  line("journal", result.journal_head)
  line("undoes", result.undo_of)
  line("part", result.part and summary.part(result.part))
  line("shown", result.only and summary.asked(result.only) .. " alone")
  line("settle", result.settle and ("gone was seen twice, %s s apart"):format(core.digits(result.settle)))
  return lines
end

local function counts_row(group, shown)
  local row = { Text.clean(group.name), tostring(group.targets) }
  for _, verdict in ipairs(shown) do
    row[#row + 1] = tostring(group.counts[verdict] or "-")
  end
  return row
end

local function by_system(counted, paint)
  local shown = summary.verdicts(counted.all.counts)
  local rows, right = { { "system", "targets" } }, { [2] = true }
  for i, verdict in ipairs(shown) do
    rows[1][i + 2], right[i + 2] = verdict, true
  end
  for _, system in ipairs(counted.systems) do
    rows[#rows + 1] = counts_row(system, shown)
  end
  if #counted.systems > 1 then
    rows[#rows + 1] = counts_row(counted.all, shown)
  end
  return Text.columns(rows, right, paint and function(text, _, column)
    return column > 2 and text:find "%d" and paint(text, shown[column - 2]) or text
  end)
end

-- The verdicts of one person on one system in a word or two, and the one to colour it by.
local function cell(rows)
  if not rows then
    return "-"
  end
  local counts = {}
  for _, row in ipairs(rows) do
    counts[row.verdict] = (counts[row.verdict] or 0) + 1
  end
  local shown = summary.verdicts(counts)
  local worst = shown[#shown]
  return #rows == 1 and worst or summary.words(counts), worst
end

local function by_person(counted, paint)
  local rows, worst = { { "person" } }, { {} }
  for i, system in ipairs(counted.systems) do
    rows[1][i + 1] = Text.clean(system.name)
  end
  for n, person in ipairs(counted.people) do
    rows[n + 1], worst[n + 1] = { Text.clean(person.name) }, {}
    for i, system in ipairs(counted.systems) do
      rows[n + 1][i + 1], worst[n + 1][i + 1] = cell(person.systems[system.name])
    end
  end
  return Text.columns(rows, nil, paint and function(text, row, column)
    return paint(text, worst[row][column])
  end)
end

-- "phones SEP1: reset the phone (still_active: it is there)".
local function sentence(row, what)
  local task = what or summary.task(row)
  local why = row.message and row.message ~= task and row.verdict .. ": " .. row.message or row.verdict
  return Text.clean(("%s %s: %s (%s)"):format(row.system, row.target, task, why))
end

-- The rows that `choose` takes, below the name of their person.
local function listed(title, rows, choose)
  local lines, last, people = {}, nil, 0
  for _, row in ipairs(rows) do
    local what = choose(row)
    if what then
      if row.person ~= last then
        lines[#lines + 1] = "  " .. Text.clean(row.person)
        last, people = row.person, people + 1
      end
      lines[#lines + 1] = "    " .. sentence(row, type(what) == "string" and what or nil)
    end
  end
  if #lines > 0 then
    table.insert(lines, 1, title .. ":")
  end
  return lines
end

-- Rows come by system; a person's are wanted together.
local function rows_by_person(counted)
  local rows = {}
  for _, person in ipairs(counted.people) do
    for _, system in ipairs(counted.systems) do
      for _, row in ipairs(person.systems[system.name] or {}) do
        rows[#rows + 1] = row
      end
    end
  end
  return rows
end

local function gaps(result)
  local lines = {}
  for _, gap in ipairs(result.gaps or {}) do
    lines[#lines + 1] = "  " .. Text.clean(coverage.describe(gap))
  end
  if #lines > 0 then
    table.insert(lines, 1, "Not reached:")
  end
  return lines
end

local function stops(result)
  local lines = {}
  for _, stop in ipairs(result.stops or {}) do
    lines[#lines + 1] = Text.clean(("Stopped: %s%s"):format(stop.system and stop.system .. ": " or "", stop.why or stop.code))
  end
  return lines
end

-- The rest of the plan, or of the run, that this says nothing of.
local function left_out(result)
  local lines = {}
  lines[1] = result.part and "Asked for alone: " .. summary.part(result.part)
  lines[#lines + 1] = result.only and ("Shown alone: %s"):format(summary.asked(result.only))
  return lines
end

local function took(result)
  return result.started and result.ended and (", %d s"):format(math.ceil(result.ended - result.started)) or ""
end

local function sum(result, counted)
  return { ("%d %s, %d %s%s: %s"):format(#counted.people, #counted.people == 1 and "person" or "people", counted.all.targets,
    counted.all.targets == 1 and "target" or "targets", took(result), summary.words(counted.all.counts)) }
end

local function left_alone(row)
  return row.verdict == "skipped" and "left alone"
end

-- The targets without a verdict, in two words: an act that was sent is not one that was never begun.
local function open(result, counted)
  local begun, pending, lines = counted.all.counts.begun, counted.all.counts.pending, {}
  if begun then
    lines[1] = ("Begun, not yet proved: %d (%d acknowledged); `resume` looks at them first."):format(begun,
      outcome.acknowledged(result.results))
  end
  lines[#lines + 1] = pending and ("Not started: %d; `resume` takes them up."):format(pending)
  return lines
end

-- The paragraphs of the report, with an empty line between.
local function join(blocks)
  local texts = {}
  for _, lines in ipairs(blocks) do
    if #lines > 0 then
      texts[#texts + 1] = table.concat(lines, "\n") .. "\n"
    end
  end
  return table.concat(texts, "\n")
end

--- Renders the end of a run: by system, what is left to do, the sum.
-- @tparam table result
-- @tparam[opt] function paint `paint(text, verdict)`
-- @treturn string
function report_text.recap(result, paint)
  local counted = summary.count(result.results)
  local rows = rows_by_person(counted)
  return join {
    by_system(counted, paint), listed("To do by hand", rows, summary.is_to_do), listed("Left alone", rows, left_alone),
    gaps(result), stops(result), open(result, counted), left_out(result), sum(result, counted),
  }
end

--- Renders the whole report: a head, the same, and a line a person.
-- @tparam table result
-- @tparam[opt] function paint
-- @treturn string
function report_text.page(result, paint)
  local counted = summary.count(result.results)
  local rows = rows_by_person(counted)
  return join {
    head(result), timeline.lines(result), by_system(counted, paint), by_person(counted, paint),
    listed("To do by hand", rows, summary.is_to_do),
    listed("Left alone", rows, left_alone), gaps(result), stops(result), open(result, counted), left_out(result), sum(result, counted),
  }
end

return report_text
