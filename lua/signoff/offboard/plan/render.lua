-- SPDX-License-Identifier: MIT

--- Renders a plan as text for the person who approves it: the changes by system, then the lines that want attention, then the sum.
-- Nothing that came from a list or a system steers a terminal.
-- @module signoff.offboard.plan.render

local core = require "signoff.core"
local coverage = require "signoff.offboard.plan.coverage"
local estimate = require "signoff.offboard.plan.estimate"
local protection = require "signoff.offboard.plan.protect"
local time = require "signoff.offboard.time"
local Text = require "signoff.text"
local spreadsheet = require "signoff.offboard.people.spreadsheet"

local WIDEST = { person = 32, target = 40 }

local function found_phones(plan, item)
  local shown = {}
  for i, target in ipairs(item.found) do
    shown[i] = Text.short(target) .. (protection.holds(plan.protect, target) and " (protected: left alone)" or "")
  end
  return table.concat(shown, ", ")
end

-- The mark and the text of a target, by its outlook. The mark draws the eye: `!` somebody should look, `-` left alone, ` ` all is well.
local outlooks = {
  already_out = function(item) return " ", "out already: " .. (item.message or "") end,
  skipped = function(item) return "!", "left alone: " .. (item.message or "") end,
  failed = function(item) return "!", "will fail: " .. (item.message or "") end,
  unknown = function(item) return "!", item.message or "not known" end,
}

local function sitting(plan, item, watch)
  if item.spelling then
    return "!", item.message
  elseif item.found then
    return " ", "at " .. found_phones(plan, item) .. (item.message and "; " .. item.message or "")
  elseif not item.occupant then
    return " ", ""
  elseif watch and core.compare(item.occupant, item.person, "folded") ~= "same" and not item.user then
    return "!", "in use by " .. item.occupant
  end
  return " ", "in use by " .. item.occupant
end

local function standing(plan, item, watch)
  if item.protected then
    return "-", "protected: left alone" .. (item.occupant and " (in use by " .. item.occupant .. ")" or "")
  elseif item.verdict == "no_token" then
    return "!", "we hold no key: by hand"
  elseif outlooks[item.outlook] then
    return outlooks[item.outlook](item)
  end
  return sitting(plan, item, watch)
end

-- Whether system and list mostly name people alike: then another name at a phone is worth a look. Where all names differ, one more
-- says nothing.
local function names_agree(items)
  local same, other = 0, 0
  for _, item in ipairs(items) do
    if item.occupant then
      local agrees = core.compare(item.occupant, item.person, "folded") ~= "different"
      same, other = same + (agrees and 1 or 0), other + (agrees and 0 or 1)
    end
  end
  return same >= other
end

local function widths_of(items)
  local widths = { person = 0, target = 0 }
  for _, item in ipairs(items) do
    for column, widest in pairs(WIDEST) do
      widths[column] = math.max(widths[column], math.min(widest, Text.width(Text.short(item[column]))))
    end
  end
  return widths
end

local function pacing(system)
  local text = ("at most %d at once, "):format(system.concurrency)
  if not system.per_minute then
    return text .. "not paced"
  end
  return ("%s%s a minute: at least %s"):format(text, core.digits(system.per_minute), estimate.shown(system.seconds or 0))
end

local function counted(count, word)
  return ("%d %s%s"):format(count, word, count == 1 and "" or "s")
end

local function act_of(system, count)
  local many = counted(count, "target")
  if core.facts[system.kind].signs_out == "set_status" then
    return ("set the status '%s' (%s) of %s"):format(Text.short(system.status.name), Text.short(system.status.type), many)
  end
  return "sign out " .. many
end

local function add_head(out, plan)
  local by = (plan.operator and " by " .. Text.short(plan.operator) or "") .. (plan.host and " on " .. Text.short(plan.host) or "")
  out[#out + 1] = ("Plan of %s%s%s"):format(time.shown(plan.created), by, plan.ticket and ", ticket " .. Text.short(plan.ticket) or "")
  out[#out + 1] = ("%s%s"):format(plan.people == 1 and "1 person" or plan.people .. " people",
    plan.people_path and " of " .. Text.short(plan.people_path, 200) or "")
  out[#out + 1] = "Digest " .. tostring(plan.digest)
end

local function add_system_head(out, system, count)
  local after = system.after and ", after " .. Text.short(table.concat(system.after, " and "), 200) or ""
  out[#out + 1] = ""
  out[#out + 1] = ("%s  %s"):format(Text.short(system.name), Text.short(system.host, 200))
  if count == 0 then
    out[#out + 1] = "  nobody" .. (system.unlisted and ": the list has no column for it" or "")
    return
  end
  out[#out + 1] = ("  %s with %s%s; %s"):format(act_of(system, count), counted(system.changes, "request"), after,
    pacing(system))
  if system.trouble then
    out[#out + 1] = "! could not be asked: " .. Text.short(system.trouble, 300)
  end
end

local function add_items(out, plan, items, counts)
  local widths, watch = widths_of(items), names_agree(items)
  for _, item in ipairs(items) do
    local mark, text = standing(plan, item, watch)
    local line = ("%s   %s  %s  %s"):format(mark, Text.pad(Text.short(item.person), widths.person),
      Text.pad(Text.short(item.target), widths.target), Text.short(text, 300))
    out[#out + 1] = line:gsub("[ \t-\r]+$", "")
    counts.marked = counts.marked + (mark == "!" and 1 or 0)
  end
end

local function group(items)
  local groups = {}
  for _, item in ipairs(items) do
    groups[item.system] = groups[item.system] or {}
    table.insert(groups[item.system], item)
  end
  return groups
end

-- The sums of the items, in the order in which one wants to read them.
local sums = {
  { "to do", function(item) return not item.verdict and not item.outlook end },
  { "out already", function(item) return not item.verdict and item.outlook == "already_out" end },
  { "protected", function(item) return item.protected end },
  { "left alone", function(item) return not item.verdict and item.outlook == "skipped" end },
  { "will fail", function(item) return not item.verdict and item.outlook == "failed" end },
  { "not known", function(item) return not item.verdict and item.outlook == "unknown" end },
  { "without a key", function(item) return item.verdict == "no_token" end },
}

local function summed(items)
  local parts = {}
  for _, sum in ipairs(sums) do
    local count = 0
    for _, item in ipairs(items) do
      count = count + (sum[2](item) and 1 or 0)
    end
    if count > 0 then
      parts[#parts + 1] = count .. " " .. sum[1]
    end
  end
  return table.concat(parts, ", ")
end

local function add_gaps(out, plan, counts)
  for i, gap in ipairs(plan.gaps or {}) do
    out[#out + 1] = i == 1 and "\nNot reached" or nil
    out[#out + 1] = ("%s   %s"):format(gap.declared and " " or "!", Text.short(coverage.describe(gap), 300))
    counts.marked = counts.marked + (gap.declared and 0 or 1)
  end
end

local function add_notices(out, plan, counts)
  local notices = spreadsheet.notices(plan)
  for i, notice in ipairs(notices) do
    out[#out + 1] = i == 1 and "\nNot for a spreadsheet" or nil
    out[#out + 1] = "!   " .. Text.short(notice, 300)
  end
  counts.marked = counts.marked + #notices
end

local function add_sum(out, plan, counts)
  out[#out + 1] = ""
  if counts.marked > 0 then
    out[#out + 1] = ("Lines that begin with ! (%d) want a look before this is approved."):format(counts.marked)
  end
  out[#out + 1] = ("In all %s: %s"):format(counted(#plan.items, "target"), summed(plan.items))
  out[#out + 1] = ("Pacing alone takes %s. Nothing has been changed yet."):format(estimate.shown(estimate.total(plan.systems)))
end

--- @tparam table plan
-- @treturn string lines
return function(plan)
  local out, groups, counts = {}, group(plan.items), { marked = 0 }
  add_head(out, plan)
  for _, system in ipairs(plan.systems) do
    local items = groups[system.name] or {}
    add_system_head(out, system, #items)
    add_items(out, plan, items, counts)
  end
  add_gaps(out, plan, counts)
  add_notices(out, plan, counts)
  add_sum(out, plan, counts)
  return table.concat(out, "\n") .. "\n"
end
