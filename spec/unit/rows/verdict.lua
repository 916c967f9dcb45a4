-- SPDX-License-Identifier: MIT
-- The meaning of each verdict, with each code that makes a difference.

-- Verdict, code; whether it is proved, settled, by hand; the exit status it asks for; its colour.
local meanings = {
  { "ended", nil, true, true, false, nil, "good" },
  { "already_out", nil, true, true, false, nil, "good" },
  { "status_set", nil, true, true, false, nil, "good" },
  { "skipped", nil, false, false, false, 3, "aside" },
  { "skipped", "other_person", false, false, false, 3, "aside" },
  { "skipped", "changed", false, false, false, 3, "aside" },
  { "skipped", "own", false, false, false, 3, "aside" },
  { "skipped", "protected", false, true, false, nil, "aside" },
  { "skipped", "optional", false, true, false, nil, "aside" },
  { "skipped", "nowhere", false, false, false, 3, "aside" },
  { "skipped", "declared", false, true, false, nil, "aside" },
  { "still_active", nil, false, false, true, 1, "bad" },
  { "failed", nil, false, false, true, 1, "bad" },
  { "failed", "protected", false, false, true, 1, "bad" },
  { "unverified", nil, false, false, true, 3, "unsure" },
  { "unknown", nil, false, false, true, 3, "unsure" },
  { "unknown", "never_seen", false, false, true, 3, "unsure" },
  { "no_token", nil, false, false, true, 3, "unsure" },
  { "unsupported", nil, false, false, true, 3, "unsure" },
  { "begun", nil, false, false, false, 5, "later" },
  { "begun", "acknowledged", false, false, false, 5, "later" },
  { "pending", nil, false, false, false, 5, "later" },
  { "of_another_version", nil, false, false, true, 3, "unsure" },
}

local order = "ended already_out status_set skipped still_active failed unverified unknown no_token unsupported begun pending"

local function told(verdict, name, code)
  return ("proved %s, settled %s, by hand %s, exit %s, %s%s"):format(tostring(verdict.is_proved(name)), tostring(verdict.is_settled(name, code)),
    tostring(verdict.is_by_hand(name, code)), tostring(verdict.exit(name, code)), verdict.colour(name), verdict.is_open(name) and ", open" or "")
end

local rows = {}
for i, row in ipairs(meanings) do
  local wanted = ("proved %s, settled %s, by hand %s, exit %s, %s%s"):format(tostring(row[3]), tostring(row[4]), tostring(row[5]), tostring(row[6]), row[7], row[5] == false and row[6] == 5 and ", open" or "")
  rows[i] = { row[1] .. (row[2] and " " .. row[2] or ""), function(verdict) return told(verdict, row[1], row[2]) end, wanted }
end
rows[#rows + 1] = { "the order of a report", function(verdict) return table.concat(verdict.names, " ") end, order }
rows[#rows + 1] = { "those that exist", function(verdict)
  return tostring(verdict.exists "ended") .. " " .. tostring(verdict.exists "done")
end, "true false" }

rows[#rows + 1] = { "those that are open", function(verdict)
  local open = {}
  for _, name in ipairs(verdict.names) do
    open[#open + 1] = verdict.is_open(name) and name or nil
  end
  return table.concat(open, " ")
end, "begun pending" }

rows[#rows + 1] = { "those that leave somebody in on purpose", function(verdict)
  local spared = {}
  for _, row in ipairs(meanings) do
    spared[#spared + 1] = verdict.is_spared(row[1], row[2]) and row[1] .. " " .. tostring(row[2]) or nil
  end
  return table.concat(spared, ", ")
end, "skipped protected" }

local function check(row, modules)
  local found = row[2](modules.verdict)
  return found ~= row[3] and found .. ", not " .. row[3] or nil
end

return { check = check, rows = rows }
