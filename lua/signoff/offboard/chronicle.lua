-- SPDX-License-Identifier: MIT

--- What a journal says of a run: its plan, what was begun, and what is over.
-- @module signoff.offboard.chronicle

local chronicle = {}
chronicle.__index = chronicle

--- Nothing is known yet.
function chronicle.new()
  return setmetatable({ items = {}, plans = {}, rows = {}, children = {}, rests = {}, acts = {}, last = 0, lines = 0 }, chronicle)
end

local function add_plan(self, plan)
  self.plans[plan.n] = plan
  self.last = math.max(self.last, plan.n)
end

local events = {}

function events.start(self, record)
  self.start = record
end

function events.item(self, record)
  self.items[#self.items + 1] = record.item
  add_plan(self, record.item)
end

function events.found(self, record)
  self.children[record.item], self.rests[record.item] = record.items, record.rest
  for _, plan in ipairs(record.items) do
    add_plan(self, plan)
  end
end

local function note(act, what, at)
  act.evidence[#act.evidence + 1] = { what = what, at = at }
end

local function seen_before(before)
  if before.occupant then
    return "logged_in as " .. before.occupant
  elseif before.alive then
    return "alive"
  end
  return before.previous and ("status '%s' (%s)"):format(before.previous.name, before.previous.type)
end

function events.intent(self, record)
  for _, n in ipairs(record.items) do
    local act = self.acts[n] or { tries = 0, evidence = {} }
    self.acts[n] = act
    act.state, act.at, act.answer, act.failure = "lost", record.at, nil, nil
    if record.before and not act.before then
      act.before = record.before
      note(act, seen_before(record.before), record.at)
      act.evidence[#act.evidence].previous = record.before.previous
    end
  end
end

function events.result(self, record)
  for _, n in ipairs(record.items) do
    local act = self.acts[n]
    act.tries = act.tries + 1
    act.state, act.answer = record.answer and "answered" or "failed", record.answer
    act.failure = not record.answer and record or nil
    note(act, record.answer and ("%s: %s"):format(self.plans[n].action, record.answer) or record.message, record.at)
  end
end

function events.verdict(self, record)
  self.rows[record.item], self.acts[record.item] = record.row, nil
end

--- Takes one record of a journal.
-- @tparam number line its number
-- @tparam table record
function chronicle:take(line, record)
  self.lines = line
  local event = events[record.event]
  if event then
    event(self, record)
  end
end

--- Whether the journal begins with all of a plan. One that was not written to its end was not followed either.
-- @tparam string path for the message
-- @treturn ?boolean true; nil, message
function chronicle:is_whole(path)
  if self.start and self.start.items == #self.items then
    return true
  elseif self.start or self.lines == 0 then
    return nil, path .. ": is of a run that never began: nothing was sent; delete it and apply again"
  end
  return nil, path .. ": is no journal of a run"
end

-- What was begun and is not over, by system; and which numbers that are.
local function begun(self)
  local lists, taken = {}, {}
  local function add(plan, entry)
    taken[plan.n] = true
    lists[plan.system] = lists[plan.system] or {}
    entry.plan = plan
    table.insert(lists[plan.system], entry)
  end
  for n = 1, self.last do
    local plan = self.plans[n]
    if plan and self.acts[n] and not self.rows[n] then
      add(plan, self.acts[n])
    elseif plan and self.rests[n] and not self.rows[n] then
      add(plan, { rest = self.rests[n] })
    end
  end
  return lists, taken
end

-- Whether nothing at all was done about some targets.
local function untouched(self, list)
  for _, plan in ipairs(list) do
    if self.acts[plan.n] or self.rows[plan.n] or self.children[plan.n] then
      return false
    end
  end
  return true
end

--- Forgets what was found of a name, or what a function gave, where nothing was done about it yet: it is old, and is asked
-- for again.
function chronicle:forget_found()
  for n, list in pairs(self.children) do
    if not self.rows[n] and untouched(self, list) then
      self.children[n], self.rests[n] = nil, nil
    end
  end
end

--- The parts of a campaign that goes on where that one ended.
function chronicle:parts()
  local lists, taken = begun(self)
  local kept = {}
  for n in pairs(self.rests) do
    kept[n] = true
  end
  return { rows = self.rows, children = self.children, kept = kept, last = self.last, begun = lists, taken_up = taken }
end

--- The plan, as far as the journal has it.
function chronicle:plan()
  local start = self.start
  return {
    items = self.items, digest = start.plan_digest, operator = start.operator, ticket = start.ticket, host = start.host,
    created = start.created, people_path = start.people_path, people_sha256 = start.people_sha256, systems = start.systems,
    protect = start.protect or {}, ignore = start.ignore, delimiter = start.delimiter,
  }
end

return chronicle
