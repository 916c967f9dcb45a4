-- SPDX-License-Identifier: MIT
-- Rows as a Markdown table; fails when a target is missed. A row: what, unit, ours, compared with, theirs, target;
-- tabs between. A target is a word of `kinds` and a number, or "-" where none is set.

local kinds = {
  at_most = {
    ratio = function(ours, theirs)
      return ours / theirs
    end,
    holds = function(ratio, limit)
      return ratio <= limit
    end,
    ratio_text = "%.2f times as much",
    limit_text = "at most %.2f",
  },
  at_least = {
    ratio = function(ours, theirs)
      return theirs / ours
    end,
    holds = function(ratio, limit)
      return ratio >= limit
    end,
    ratio_text = "%.2f times as fast",
    limit_text = "at least %.2f",
  },
  times = {
    ratio = function(ours, theirs)
      return ours / theirs
    end,
    holds = function(ratio, limit)
      return ratio >= limit
    end,
    ratio_text = "%.1f times as many",
    limit_text = "at least %.1f",
  },
}

local function parse(line)
  local what, unit, ours, against, theirs, kind, limit =
    line:match "^([^\t]+)\t([^\t]+)\t([%d.]+)\t([^\t]+)\t([%d.]+)\t([%w_]+) ([%d.-]+)$"
  assert(kinds[kind], "no row: " .. line)
  return what, unit, tonumber(ours), against, tonumber(theirs), kinds[kind], tonumber(limit)
end

-- 118222 instructions: "118,222 instructions"
local function amount(number, unit)
  local digits = ("%.0f"):format(number):reverse():gsub("(%d%d%d)", "%1,"):reverse():gsub("^,", "")
  return digits .. " " .. unit
end

local function judge(kind, ratio, limit)
  if not limit then
    return true, "", ""
  end
  local holds = kind.holds(ratio, limit)
  return holds, kind.limit_text:format(limit), holds and "holds" or "MISSED"
end

local function show(line)
  local what, unit, ours, against, theirs, kind, limit = parse(line)
  local ratio = kind.ratio(ours, theirs)
  local holds, target, verdict = judge(kind, ratio, limit)
  local cells = { what, amount(ours, unit), against, amount(theirs, unit), kind.ratio_text:format(ratio), target, verdict }
  print("| " .. table.concat(cells, " | ") .. " |")
  return holds
end

print "| what | signoff | compared with | which takes | signoff is | target | |"
print "|---|---:|---|---:|---|---|---|"
local rows, missed = 0, 0
for line in io.lines() do
  rows = rows + 1
  missed = missed + (show(line) and 0 or 1)
end
os.exit(rows > 0 and missed == 0)
