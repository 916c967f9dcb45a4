-- SPDX-License-Identifier: MIT
-- An output handler for busted: that of tools/report.lua, and a table of the rows of the kill switch. The title of a spec begins with the
-- numbers of its rows ("54 ...", "2, 3 ..."). A row without a spec counts as skipped.

-- Where few specs are run, the other rows are those of other commands.
local SHORT = os.getenv "SHORT" or (os.getenv "SPECS" or "") ~= ""

local GROUPS = {
  { "gate", 1, 19 }, { "claims", 20, 35 }, { "subjects", 36, 43 }, { "policy", 44, 49 }, { "replay, durability", 50, 60 },
  { "receiver modules", 65, 66 }, { "receiver modules", 68, 68 }, { "keys", 82, 89 }, { "back-channel logout", 90, 98 },
  { "global token revocation", 99, 103 }, { "floods, secrets, hosts", 111, 118 },
}

-- Rows that are no specs, and the commands that check them.
local ELSEWHERE = { [115] = "make check-jose", [116] = "make fuzz" }

-- The numbers at the beginning of a title.
local function numbers_of(title)
  local numbers = {}
  local head = title:match "^([%d, ]+)[ :]" or ""
  for number in head:gmatch "%d+" do
    numbers[#numbers + 1] = tonumber(number)
  end
  return numbers
end

-- Of a spec, or else of what is around it.
local function rows_of(element, parent)
  local numbers = numbers_of(element.name or "")
  if #numbers == 0 and parent and parent.name then
    return numbers_of(parent.name)
  end
  return numbers
end

local function show_group(group, counts, missing)
  local cases, failed, rows = 0, 0, 0
  for row = group[2], group[3] do
    local count = counts[row]
    if count and count.success + count.failure > 0 then
      rows, cases, failed = rows + 1, cases + count.success + count.failure, failed + count.failure
    elseif ELSEWHERE[row] then
      print(("%3d         %s"):format(row, ELSEWHERE[row]))
    else
      missing[#missing + 1] = row
    end
  end
  print(("%3d to %3d  %-24s %3d of %3d rows, %5d specs, %d failed"):format(group[2], group[3], group[1], rows, group[3] - group[2] + 1, cases, failed))
end

return function(options)
  local busted = require "busted"
  local handler = dofile "tools/report.lua" (options)
  local counts = {}

  busted.subscribe({ "test", "end" }, function(element, parent, status)
    for _, row in ipairs(rows_of(element, parent)) do
      local count = counts[row] or { success = 0, failure = 0, pending = 0, error = 0 }
      counts[row] = count
      local word = status == "error" and "failure" or status
      count[word] = (count[word] or 0) + 1
    end
    return nil, true
  end)

  -- Before the line that is read, which counts them.
  local function show()
    local missing = {}
    print ""
    for _, group in ipairs(GROUPS) do
      show_group(group, counts, missing)
    end
    if #missing > 0 then
      print((SHORT and "not run here: " or "without a spec: ") .. table.concat(missing, ", "))
    end
    handler.pendingsCount = handler.pendingsCount + (SHORT and 0 or #missing)
    return nil, true
  end

  busted.subscribe({ "exit" }, show, { priority = 1 })
  return handler
end
