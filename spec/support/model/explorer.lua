-- SPDX-License-Identifier: MIT
-- Breadth-first search through all that may happen, until nothing is left that was not seen: the first state that breaks an
-- invariant has the shortest trace.

local explorer = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

-- A state as a short text, and back.
local write, read
if utf8 then -- luacheck: ignore 113
  local char, codepoint = utf8.char, utf8.codepoint -- luacheck: ignore 113
  write = function(s) return char(unpack(s)) end
  read = function(text) return { codepoint(text, 1, -1) } end
else
  write = function(s) return table.concat(s, ",") end
  read = function(text)
    local s = {}
    for id in text:gmatch "%d+" do
      s[#s + 1] = tonumber(id)
    end
    return s
  end
end

--- The labels that lead to a state, first one first.
function explorer.trace(found, n)
  local labels = {}
  while n and found.parents[n] do
    table.insert(labels, 1, found.labels[n])
    n = found.parents[n]
  end
  return labels
end

local function add(found, s, parent, label, before, more)
  local text = write(s)
  local n = found.seen[text]
  if not n then
    n = found.count + 1
    found.count, found.seen[text], found.texts[n] = n, n, text
    found.parents[n], found.labels[n] = parent or false, (before or more) and (before or "") .. label .. (more or "") or label or ""
  end
  return n
end

-- A target that is skipped with these codes was left alone on purpose, or is not there.
local on_purpose = { protected = true, optional = true, declared = true }

--- The sum of the rows of a state that is over: their verdicts, and what is wrong with their exit status (fourth invariant).
-- @treturn string
-- @treturn ?string
function explorer.outcome(system, s)
  local list, exit, harmless, verdict = {}, nil, true, system.modules.verdict
  for i, row in ipairs(system:rows(s)) do
    list[i] = row.verdict .. (row.code and " " .. row.code or "")
    exit = exit or verdict.exit(row.verdict, row.code)
    harmless = harmless and (verdict.is_proved(row.verdict) or row.verdict == "skipped" and on_purpose[row.code] or false)
  end
  return table.concat(list, ", "), (exit == nil) ~= harmless and "4: the exit status does not tell" or nil
end

local function finish(found, system, s, n)
  local name, broken = explorer.outcome(system, s)
  found.ends[name] = (found.ends[name] or 0) + 1
  if broken then
    found.broken = found.broken or { rule = broken, at = n }
  end
end

local function expand(found, system, n, limit)
  local s = read(found.texts[n])
  local first
  found.texts[n] = false
  local over = system:successors(s, function(label, after, broken, before, more)
    found.transitions = found.transitions + 1
    local at = add(found, after, n, label, before, more)
    first = first or at
    if broken and not found.broken then
      found.broken = { rule = broken, at = n, last = (before or "") .. label }
    end
  end)
  if over then
    finish(found, system, s, n)
  elseif not first then
    found.broken = found.broken or { rule = "5: nothing can happen any more", at = n }
  end
  found.next[n] = first or false
  if found.count > limit then
    found.broken = found.broken or { rule = "the search is larger than it may be", at = n, too_large = true }
  end
end

-- Whether each state comes to an end if nobody interferes from then on (fifth invariant). `next` has what follows then.
local function find_endless(found)
  local fine = {}
  for n = 1, found.count do
    local path, at = {}, n
    while at and not fine[at] do
      if path[at] then
        found.broken = { rule = "5: it never ends", at = n }
        return
      end
      path[at] = true
      at = found.next[at]
    end
    for each in pairs(path) do
      fine[each] = true
    end
  end
end

--- Explores a system.
-- @tparam table system of spec.support.model.system
-- @tparam[opt] number limit states
-- @tparam[opt] {table,...} starts where to begin; all that the world has by default
-- @treturn table `count` (states), `transitions`, `deepest`, `ends` (how often each verdict), `broken` (`rule`, `trace`)
function explorer.explore(system, limit, starts)
  local found = {
    count = 0, transitions = 0, seen = {}, texts = {}, parents = {}, labels = {}, next = {}, ends = {},
  }
  for _, s in ipairs(starts or system:starts()) do
    add(found, s)
  end
  local n = 0
  while n < found.count and not found.broken do
    n = n + 1
    expand(found, system, n, limit or math.huge)
  end
  if not found.broken then
    find_endless(found)
  end
  found.deepest = #explorer.trace(found, n)
  if found.broken then
    found.broken.trace = explorer.trace(found, found.broken.at)
    table.insert(found.broken.trace, found.broken.last)
  end
  return found
end

-- How many requests leave where nobody interferes and nothing is late.
local function requests(found)
  local n, reads, changes = 1, 0, 0
  while found.next[n] do
    n = found.next[n]
    reads = reads + (found.labels[n]:find "a look leaves" and 1 or 0)
    changes = changes + (found.labels[n]:find "an act leaves" and 1 or 0)
  end
  return ("%d looks, %d acts"):format(reads, changes)
end

--- Where nobody moves and no reply is bad, each start must end in one verdict, whatever the clock does, with so many requests.
-- @tparam table system one without any budget
-- @treturn ?string what is not as the world says
function explorer.calm(system)
  for i, s in ipairs(system:starts()) do
    local found, wanted = explorer.explore(system, nil, { s }), system.world.calm[i]
    if found.broken then
      return ("start %d: %s"):format(i, found.broken.rule)
    end
    for verdict in pairs(found.ends) do
      if not (wanted[1] == verdict or wanted.also and wanted.also[verdict]) then
        return ("start %d: %s, not %s"):format(i, verdict, wanted[1])
      end
    end
    if requests(found) ~= wanted[2] then
      return ("start %d: %s, not %s"):format(i, requests(found), wanted[2])
    end
  end
end

return explorer
