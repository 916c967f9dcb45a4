-- SPDX-License-Identifier: MIT

--- The signals of a run: the security events of an identity provider that made it begin, each with the line that an auditor asks for:
-- event, received, answered, first act, verdict.
-- @module signoff.offboard.report.timeline

local core = require "signoff.core"
local markup = require "signoff.offboard.report.markup"
local Text = require "signoff.text"
local time = require "signoff.offboard.time"

local timeline = {}

-- The steps of a signal in their order; each is a time in Unix seconds.
local function steps_of(result, signal)
  return {
    { "event", signal.event_timestamp }, { "received", signal.received }, { "answered", signal.answered },
    { "first act", result.first_act }, { "verdict", result.ended },
  }
end

-- A run that is over without an act has none; one that goes on may still have one.
local function missing(result, step)
  return step == "first act" and result.ended and "no act was needed" or step == "verdict" and "verdict not yet" or nil
end

-- Hundredths are enough; clocks of two machines may differ, so that a step seems to come before the one that it follows.
local function difference(seconds)
  local rounded = math.floor(math.abs(seconds) * 100 + 0.5) / 100
  return (seconds < 0 and "-" or "+") .. core.digits(rounded)
end

-- The steps in words: the first one as a time, the others in seconds after it.
local function shown_steps(result, signal)
  local first, words = nil, {}
  for _, step in ipairs(steps_of(result, signal)) do
    local name, at = step[1], type(step[2]) == "number" and step[2] or nil
    if at and first then
      words[#words + 1] = ("%s %s s"):format(name, difference(at - first))
    elseif at then
      first, words[#words + 1] = at, name .. " " .. time.shown(at)
    else
      words[#words + 1] = missing(result, name)
    end
  end
  return words
end

-- The last part of an event's URI: `session-revoked`.
local function event_of(signal)
  local name = tostring(signal.event or signal.kind or "event"):match "([^/:]*)$"
  return signal.initiating_entity and ("%s by %s"):format(name, tostring(signal.initiating_entity)) or name
end

-- The names by which the issuer finds the event again, and the key that signed it.
local function marks_of(signal)
  local key = signal.kid and tostring(signal.kid) or signal.alg and "without a name"
  return {
    { "jti", signal.jti }, { "txn", signal.txn }, { "key", key and key .. (signal.alg and (" (%s)"):format(tostring(signal.alg)) or "") },
    { "token", signal.sha256 and "sha256:" .. tostring(signal.sha256) },
  }
end

--- The signals as lines for people.
-- @tparam table result
-- @treturn {string,...} none where the run had no signal
function timeline.lines(result)
  local lines = {}
  for _, signal in ipairs(result.signals or {}) do
    local marks = {}
    for _, mark in ipairs(marks_of(signal)) do
      marks[#marks + 1] = mark[2] and ("%s %s"):format(mark[1], Text.clean(mark[2]))
    end
    lines[#lines + 1] = ("  %s, %s"):format(Text.clean(event_of(signal)), Text.clean(signal.iss or "issuer unknown"))
    lines[#lines + 1] = "    " .. table.concat(marks, ", ")
    lines[#lines + 1] = "    " .. table.concat(shown_steps(result, signal), " -> ")
  end
  if #lines > 0 then
    table.insert(lines, 1, "Signals:")
  end
  return lines
end

local function write_signal(write, result, signal)
  write(("<li><b>%s</b>, %s\n<br>"):format(markup.text(event_of(signal)), markup.text(signal.iss or "issuer unknown")))
  for _, mark in ipairs(marks_of(signal)) do
    write(mark[2] and ("%s <code>%s</code> "):format(mark[1], markup.text(mark[2])) or "")
  end
  local steps = shown_steps(result, signal)
  for i, words in ipairs(steps) do
    steps[i] = markup.text(words)
  end
  write(("\n<br>%s\n"):format(table.concat(steps, " → ")))
end

--- Writes the signals as a section of a page.
-- @tparam function write
-- @tparam table view see `signoff.offboard.report.html`
function timeline.write(write, view)
  local signals = view.result.signals
  if not signals or #signals == 0 then
    return
  end
  write "<section id=signals>\n<h2>Signals</h2>\n<ol>\n"
  for _, signal in ipairs(signals) do
    write_signal(write, view.result, signal)
  end
  write "</ol>\n</section>\n"
end

return timeline
