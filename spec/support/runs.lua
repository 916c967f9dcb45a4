-- SPDX-License-Identifier: MIT
--- Journals as `apply` writes them, of runs that nobody ran: any number of people, on one to five systems.
--
--    local runs = require "spec.support.runs"
--    runs.write(path, { people = 10000, systems = 3 })

local journal = require "signoff.journal"
local journals = require "spec.support.journals"

local runs = {}

runs.systems = { "jde_ais", "oracle_commerce", "agvance", "cisco_em", "isymphony" }

local START = 1796025348.25

local function target_of(system, n)
  return system == "cisco_em" and ("SEP%012X"):format(n) or system == "isymphony" and "person." .. n
    or ("sha256:%012x@PC-%d"):format(n, n)
end

local function evidence_of(verdict, at, n)
  if verdict == "ended" then
    return {
      { at = at, what = "logged_in as person." .. n }, { at = at + 0.2, what = "logout: accepted" },
      { at = at + 0.4, what = "free" }, { at = at + 10.4, what = "free" },
    }
  end
  return { { at = at, what = "logged_in as person." .. n }, { at = at + 60, what = "still there: logged_in as person." .. n } }
end

-- The plan's items: each person on as many systems as asked for.
local function items_of(options)
  local items = {}
  for n = 1, options.people do
    for i = 1, options.systems or 1 do
      local system = runs.systems[(n + i) % #runs.systems + 1]
      items[#items + 1] = {
        n = #items + 1, person = options.name and options.name(n) or "person." .. n, system = system, action = "logout",
        target = target_of(system, n),
      }
    end
  end
  return items
end

local function systems_of(items)
  local list, there = {}, {}
  for _, item in ipairs(items) do
    if not there[item.system] then
      there[item.system], list[#list + 1] = true, { name = item.system, kind = item.system, host = "https://" .. item.system .. ".example" }
    end
  end
  return list
end

local function row_of(item, verdict, at, code)
  local row = { item = item.n, person = item.person, system = item.system, action = item.action, target = item.target, verdict = verdict,
    code = code }
  row.evidence = evidence_of(verdict, at, item.n)
  if verdict ~= "ended" then
    row.message = row.evidence[#row.evidence].what
    row.by_hand = ("%s for %s: log the user out at the phone"):format(verdict, item.target)
  end
  return row
end

local function write_item(write, item, verdict, at, code)
  if verdict == "pending" then
    return
  end
  write { event = "intent", items = { item.n }, act = "logout", attempt = 1, before = { alive = true }, at = at }
  if verdict ~= "begun" then
    write { event = "result", items = { item.n }, answer = "accepted", at = at + 0.2 }
    write { event = "verdict", item = item.n, row = row_of(item, verdict, at, code), at = at + 10.4 }
  end
end

--- Writes one.
-- @tparam string path
-- @tparam table options `people` (a count), `systems` (of each; 1), `verdict(n)` (of the n-th target; "ended"; "begun" and "pending"
-- are left open), `code(n)` of its row (none), `name(n)` of a person, `start` (further members of the first record), `ends` (false: it goes on)
-- @treturn string its head
function runs.write(path, options)
  local writer = assert(journal.create(journals.env, path))
  local function write(record)
    assert(writer:write(record))
  end
  local items = items_of(options)
  local start = {
    event = "start", version = 1, plan_digest = "sha256:" .. ("ab"):rep(32), people_sha256 = ("cd"):rep(32), operator = "night",
    ticket = "CHG-4711", host = "ops1", started = START, at = START, items = #items, systems = systems_of(items), options = { settle = 10 },
  }
  for name, value in pairs(options.start or {}) do
    start[name] = value
  end
  write(start)
  for _, item in ipairs(items) do
    write { event = "item", item = item, at = START }
  end
  for n, item in ipairs(items) do
    write_item(write, item, options.verdict and options.verdict(n) or "ended", START + n / 10, options.code and options.code(n))
  end
  if options.ends ~= false then
    write { event = "end", exit = 0, at = START + #items / 10 + 11 }
  end
  local head = writer:head()
  assert(writer:close())
  return head
end

return runs
