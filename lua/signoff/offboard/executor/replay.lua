-- SPDX-License-Identifier: MIT

--- Replays a journal: the plan of its run, the targets that were begun, and those that are over.
-- @module signoff.offboard.executor.replay

local observation = require "signoff.signout.observation"
local records = require "signoff.offboard.executor.records"
local Standing = require "signoff.offboard.executor.standing"

local replay = {}
replay.__index = replay

--- Makes a replay that knows nothing yet.
function replay.new()
  return setmetatable({
    listed = {}, plans = {}, rows = {}, children = {}, actions = {}, acted = Standing.new(), last = 0, lines = 0,
  }, replay)
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
  self.listed[#self.listed + 1] = record.item
  add_plan(self, record.item)
end

function events.found(self, record)
  local list = self.children[record.item] or {}
  self.children[record.item] = list
  for _, plan in ipairs(record.items) do
    list[#list + 1] = plan
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
  return before.previous and observation.describe(before.previous)
end

function events.intent(self, record)
  self.first_act = self.first_act or record.at
  for _, n in ipairs(record.items) do
    local act = self.actions[n] or { tries = 0, evidence = {} }
    self.actions[n] = act
    act.state, act.at, act.answer, act.failure = "lost", record.at, nil, nil
    if record.before then
      act.before = act.before or record.before
      act.previous = record.before.previous or act.previous
      note(act, seen_before(record.before), record.at)
      act.evidence[#act.evidence].previous = record.before.previous
    end
  end
end

function events.result(self, record)
  for _, n in ipairs(record.items) do
    local act = self.actions[n]
    act.tries = act.tries + 1
    act.state, act.answer = record.answer and "answered" or "failed", record.answer
    act.failure = not record.answer and record or nil
    note(act, record.answer and ("%s: %s"):format(self.plans[n].action, record.answer) or record.message, record.at)
  end
end

-- A target has its verdict. The attempts at it stay known: others may share the real target.
function events.verdict(self, record)
  self.rows[record.item] = record.row
  if self.actions[record.item] then
    self.actions[record.item].evidence = {}
  end
end

-- Whether nothing at all was done about some targets.
local function untouched(self, list)
  for _, plan in ipairs(list) do
    if self.actions[plan.n] or self.rows[plan.n] or self.children[plan.n] then
      return false
    end
  end
  return true
end

--- Forgets what was found of a name, or what a function gave, where nothing was done about it yet: it is old, and is asked
-- for again.
function replay:forget_found()
  for n, list in pairs(self.children) do
    if not self.rows[n] and untouched(self, list) then
      self.children[n] = nil
    end
  end
end

-- A run went on: it forgot the same when it began.
function events.resume(self)
  self:forget_found()
end

--- Takes one record of a journal.
-- @tparam number line its number
-- @tparam table record
-- @treturn ?string what is wrong with it, the end of a sentence; then nothing was taken
function replay:take(line, record)
  self.lines = line
  local counts, problem = records.judge(record, self)
  if not counts then
    return problem
  end
  self.acted:take(record)
  local event = events[record.event]
  if event then
    event(self, record)
  end
end

--- Whether the journal begins with all of a plan. One that was not written to its end was not followed either.
-- @tparam string path for the message
-- @treturn ?boolean true; nil, message
function replay:is_whole(path)
  if self.start and self.start.items == #self.listed then
    return true
  elseif self.start or self.lines == 0 then
    return nil, path .. ": is of a run that never began: nothing was sent; delete it and apply again"
  end
  return nil, path .. ": is no journal of a run"
end

-- The targets of somebody named that have no row, each with what was done there.
local function open_targets(self, plan)
  local targets, acted = {}, false
  for _, child in ipairs(self.children[plan.n]) do
    if not self.rows[child.n] then
      targets[#targets + 1] = { plan = child, act = self.actions[child.n] }
      acted = acted or self.actions[child.n] ~= nil
    end
  end
  return acted and targets or nil
end

-- The begun part of one of the plan's items, or of what it was found to be.
local function begun_of(self, plan)
  if plan.find and self.children[plan.n] then
    local targets = open_targets(self, plan)
    return targets and { plan = plan, targets = targets }
  elseif self.actions[plan.n] and not self.rows[plan.n] then
    return { plan = plan, act = self.actions[plan.n] }
  end
end

-- Whether a plan's item is a place of somebody named, who has its machine.
local function is_place(self, plan)
  local parent = plan.parent and self.plans[plan.parent]
  return parent and parent.find and not plan.find
end

local function by_number(a, b)
  return a.n < b.n
end

--- All items by their numbers, also those that were found.
-- @treturn {table,...}
function replay:in_order()
  local list = {}
  for _, plan in pairs(self.plans) do
    list[#list + 1] = plan
  end
  table.sort(list, by_number)
  return list
end

-- The targets that were begun and are not over, by system; and their numbers.
local function begun(self)
  local lists, taken = {}, {}
  for _, plan in ipairs(self:in_order()) do
    local entry = not is_place(self, plan) and begun_of(self, plan)
    if entry then
      taken[plan.n] = true
      lists[plan.system] = lists[plan.system] or {}
      table.insert(lists[plan.system], entry)
    end
  end
  return lists, taken
end

-- The attempts at targets that are over, by system.
local function settled(self)
  local lists = {}
  for n, act in pairs(self.actions) do
    if self.rows[n] then
      local plan = self.plans[n]
      lists[plan.system] = lists[plan.system] or {}
      table.insert(lists[plan.system], { plan = plan, act = act })
    end
  end
  return lists
end

--- The parts of a run that goes on where that one ended.
function replay:parts()
  local lists, taken = begun(self)
  return {
    rows = self.rows, children = self.children, last = self.last, begun = lists, taken_up = taken, settled = settled(self),
    acted = self.acted, first_act = self.first_act,
  }
end

--- The plan, as far as the journal has it.
function replay:plan()
  local start = self.start
  return {
    items = self.listed, digest = start.plan_digest, operator = start.operator, ticket = start.ticket, host = start.host,
    created = start.created, people_path = start.people_path, people_sha256 = start.people_sha256, systems = start.systems,
    protect = start.protect or {}, gaps = start.gaps, part = start.part, undo_of = start.undo_of,
    ignore = start.ignore, delimiter = start.delimiter,
  }
end

return replay
