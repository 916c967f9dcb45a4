-- SPDX-License-Identifier: MIT

--- The beginning of the page of a report: how it went, who ran it, what proves it, and each system's totals.
-- @module signoff.offboard.report.page_head

local core = require "signoff.core"
local coverage = require "signoff.offboard.plan.coverage"
local markup = require "signoff.offboard.report.markup"
local summary = require "signoff.offboard.report.summary"

local page_head = {}

local function plural(count, one, many)
  return ("%d %s"):format(count, count == 1 and one or many)
end

local function share(count, all)
  return ("%d of %s %s"):format(count, all, count == 1 and "is" or "are")
end

local function spared(people)
  return people.spared > 0 and (" %d more left alone on purpose."):format(people.spared) or ""
end

-- How the run went, as a verdict has it, in a sentence.
local function outcome_of(counted, subject)
  local people, counts = counted.people, counted.all.counts
  local open = (counts.begun or 0) + (counts.pending or 0)
  if open > 0 then
    local targets = plural(counted.all.targets, "target", "targets")
    return "pending", ("Not finished: %s open (%d begun, %d pending)."):format(share(open, targets), counts.begun or 0, counts.pending or 0)
  elseif people.left > people.spared then
    local left = share(people.left - people.spared, plural(#people, "person", "people"))
    return "failed", ("%s %s.%s"):format(left, subject.left, spared(people))
  elseif coverage.is_open(counted.gaps) then
    return "unknown", subject.gap
  elseif #people == 0 then
    return "skipped", "Nobody is in this run."
  end
  return "ended", counts.skipped and subject.alone or ("%s %s."):format(share(#people, plural(#people, "person", "people")), subject.done)
end

-- Whether the run still goes on, or ended in the middle.
local function unfinished(result)
  return not result.ended and "The run has not ended: it goes on, or was broken off. This page says how far it came."
end

-- A headline is of what is shown: where that is a part, it says so.
local function alone(result)
  return (result.part or result.only) and " That is a part alone; the notes say which." or ""
end

local function notes(write, view)
  local result = view.result
  local function note(text)
    if text then
      write(('<p class=note>%s</p>\n'):format(markup.text(text)))
    end
  end
  note(unfinished(result))
  note(view.notice)
  for _, stop in ipairs(result.stops or {}) do
    note(("Stopped: %s%s"):format(stop.system and stop.system .. ": " or "", stop.why or stop.code))
  end
  note(result.undo_of and "It put back what another run had set. The journal of that run: " .. tostring(result.undo_of))
  note(result.part and "The run was asked for a part of its plan alone: " .. summary.part(result.part))
  note(result.only and ("Shown alone: %s. The run had more."):format(summary.asked(result.only)))
end

local function took(result)
  return result.started and result.ended and ("%d s"):format(math.ceil(result.ended - result.started))
end

local function code(value)
  return value and ("<code>%s</code>"):format(markup.text(value))
end

local function json_fact(view)
  local path, link = view.json.path, ""
  if path then
    link = ('<a href="%s">%s</a> '):format(markup.link(path), markup.text(path:match "[^/]*$"))
  end
  return ("%s<code>sha256:%s</code>"):format(link, view.json.sha256)
end

local function applied_by(result)
  local shown = {}
  for i, operator in ipairs(result.applied_by or {}) do
    shown[i] = markup.text(operator)
  end
  return #shown > 0 and table.concat(shown, "; ") or nil
end

-- The facts of the run: names, and values as markup.
local function facts(view)
  local result = view.result
  local settle = result.settle and ("gone counts when it was seen twice, %s s apart"):format(core.digits(result.settle))
  local function text(value)
    return value and markup.text(value)
  end
  return {
    { "Planned by", text(result.operator) }, { "Applied by", applied_by(result) },
    { "Ticket", text(result.ticket) }, { "Machine", text(result.host) },
    { "Began", markup.time(result.started) }, { "Ended", result.ended and markup.time(result.ended) or "not yet" },
    { "Took", took(result) }, { "Settle", settle }, { "Exit status", text(result.exit) }, { "Plan", code(result.plan_digest) },
    { "People's list", code(result.people_sha256 and "sha256:" .. result.people_sha256) },
    { "Journal's head", code(result.journal_head) }, { "JSON report", json_fact(view) },
  }
end

--- The headline, notes and facts.
-- @tparam function write
-- @tparam table view see `signoff.offboard.report.html`
function page_head.write(write, view)
  local result, subject = view.result, summary.subject(view.result)
  local verdict, words = outcome_of(view.counted, subject)
  local ticket = result.ticket and ", " .. markup.text(result.ticket) or ""
  write(("<header>\n<h1>%s of %s%s</h1>\n"):format(subject.title, markup.time(result.started), ticket))
  write(("<p class=sum>%s</p>\n"):format(markup.verdict(verdict, words .. alone(result))))
  notes(write, view)
  write "<dl class=facts>\n"
  for _, fact in ipairs(facts(view)) do
    write(fact[2] and ("<dt>%s</dt><dd>%s</dd>\n"):format(fact[1], fact[2]) or "")
  end
  write "</dl>\n<p>All times are ISO 8601 with their offset from UTC.</p>\n</header>\n"
end

-- Totals

-- Of a verdict that is no proof the bar is thicker: a colour alone says nothing.
local shapes = { g = 'y=".25" height=".5"', b = 'y="0" height="1"' }
local OTHER = 'y=".15" height=".7"'

local function bar(group, shown, longest)
  local x, pieces = 0, {}
  for _, verdict in ipairs(shown) do
    local count = group.counts[verdict]
    if count then
      local class = markup.class(verdict)
      pieces[#pieces + 1] = ('<rect class=%s x="%d" width="%d" %s/>'):format(class, x, count, shapes[class] or OTHER)
      x = x + count
    end
  end
  return ('<svg viewBox="0 0 %d 1" preserveAspectRatio="none" role="img" aria-label="%s">%s</svg>'):format(longest,
    markup.text(summary.words(group.counts)), table.concat(pieces))
end

local function totals_row(write, group, shown, longest)
  write(("<tr><th scope=row>%s<td class=n>%d"):format(markup.text(group.name), group.targets))
  for _, verdict in ipairs(shown) do
    local count = group.counts[verdict]
    write(count and ("<td class=n><span class=%s>%d</span>"):format(markup.class(verdict), count) or "<td class=n>0")
  end
  write(("<td class=bar>%s\n"):format(longest and bar(group, shown, longest) or ""))
end

--- The totals of each system, and a bar for each.
function page_head.totals(write, view)
  local counted, longest = view.counted, 1
  local shown = summary.verdicts(counted.all.counts)
  for _, system in ipairs(counted.systems) do
    longest = math.max(longest, system.targets)
  end
  write "<section>\n<h2>Systems</h2>\n<div class=wide role=region aria-label=Systems tabindex=0>\n<table id=totals>\n"
  write(("<caption>%s, %s: %s</caption>\n"):format(plural(#counted.people, "person", "people"),
    plural(counted.all.targets, "target", "targets"), markup.text(summary.words(counted.all.counts))))
  write "<thead><tr><th scope=col>system<th scope=col class=n>targets"
  for _, verdict in ipairs(shown) do
    write(("<th scope=col class=n>%s"):format(markup.text(verdict)))
  end
  write "<th scope=col class=bar>as a bar\n<tbody>\n"
  for _, system in ipairs(counted.systems) do
    totals_row(write, system, shown, longest)
  end
  totals_row(write, counted.all, shown)
  write "</table>\n</div>\n</section>\n"
end

-- The end of the page

local meanings = {
  ended = "out: there, signed out, and then seen gone twice",
  already_out = "out: it was not there, and that was provable, twice",
  status_set = "the status was set, and read back as asked, twice",
  skipped = "left alone: protected, or another person sits there",
  still_active = "still there at the end",
  failed = "refused, or there is no such target",
  unverified = "accepted, but nothing proved it",
  unknown = "no evidence, or evidence that contradicts itself",
  no_token = "no key or token was at hand",
  unsupported = "the system cannot do it",
  begun = "begun, and not proved yet",
  pending = "not begun",
}
local STRANGE = "of another version of signoff: it proves nothing here"

--- The meaning of the verdicts that occur.
function page_head.words(write, view)
  write "<section>\n<h2>Words</h2>\n<dl class=words>\n"
  for _, verdict in ipairs(summary.verdicts(view.counted.all.counts)) do
    write(("<dt>%s</dt><dd>%s</dd>\n"):format(markup.verdict(verdict), meanings[verdict] or STRANGE))
  end
  write "</dl>\n</section>\n"
end

--- Lines to be signed.
function page_head.signatures(write)
  write "<section>\n<h2>Signed</h2>\n<div class=sign>\n"
  for _, part in ipairs { "", "Run by", "Checked by", "Approved by" } do
    if part == "" then
      write "<div></div><div>Name</div><div>Date</div><div>Signature</div>\n"
    else
      write(("<div>%s</div><span></span><span></span><span></span>\n"):format(part))
    end
  end
  write "</div>\n</section>\n"
end

return page_head
