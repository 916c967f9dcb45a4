-- SPDX-License-Identifier: MIT

--- The targets of a run by its journal, for a report: each with its row, or with how far it came. To go on with the run takes more,
-- which `signoff.offboard.executor.replay` keeps.
--
-- A large run is packed: its rows, and its items until they have one, wait as JSON.
-- @module signoff.offboard.report.listing

local json = require "signoff.json"
local outcome = require "signoff.offboard.executor.outcome"
local records = require "signoff.offboard.executor.records"
local replay = require "signoff.offboard.executor.replay"
local rows = require "signoff.offboard.report.rows"
local Standing = require "signoff.offboard.executor.standing"
local targets = require "signoff.offboard.people.target"
local vendor = require "signoff.offboard.vendor"

local listing = {}
listing.__index = listing

--- Makes one of nothing. `misfit` says later which system is of a kind that is not known: then nothing can be listed.
-- @tparam boolean packs
function listing.new(packs)
  return setmetatable({
    packs = packs, order = {}, plans = {}, cells = {}, rows = {}, children = {}, actions = {}, acted = Standing.new(), kinds = {},
  }, listing)
end

-- An item of the plan, or what one led to. A target that was found by name stands in the list as the name.
local function add_plan(self, plan)
  local n = plan.n
  if plan.parent then
    self.cells[n] = self.cells[plan.parent]
  else
    self.cells[n] = self.kinds[plan.system] and targets.cell(self.kinds[plan.system], plan)
  end
  self.plans[n] = self.packs and json.encode_unsorted(plan) or plan
end

local function plan_of(self, n)
  local plan = self.plans[n]
  return type(plan) == "string" and json.decode(plan) or plan
end

local events = {}

function events.start(self, record)
  self.start = record
  for _, system in ipairs(record.systems) do
    local problem = vendor.misfit(system.name, system.kind)
    self.misfit = self.misfit or problem
    self.kinds[system.name] = not problem and system.kind or nil
  end
end

function events.item(self, record)
  self.order[#self.order + 1] = record.item.n
  add_plan(self, record.item)
end

function events.found(self, record)
  local list = self.children[record.item] or {}
  self.children[record.item] = list
  for _, plan in ipairs(record.items) do
    list[#list + 1] = { n = plan.n }
    add_plan(self, plan)
  end
end

function events.intent(self, record)
  for _, n in ipairs(record.items) do
    self.actions[n] = true
  end
end

local function finish(self, n, row)
  row.evidence, row.cell = json.list(row.evidence), self.cells[n]
  return row
end

-- A target is over. Of a name that led to others all is kept.
function events.verdict(self, record)
  local n = record.item
  local row = finish(self, n, record.row)
  self.rows[n] = self.packs and rows.pack(row) or row
  if self.packs and not self.children[n] then
    self.plans[n], self.cells[n] = false, nil
  end
end

-- For `outcome`: the journal tells nothing else of an open item.
function listing.reason()
end

events.resume = replay.forget_found -- it asks for no more than there is here

--- Takes one record of a journal.
-- @tparam table record
-- @treturn ?string what is wrong with it, the end of a sentence; then nothing was taken
function listing:take(record)
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

-- The row of an item; and those of others that a name led to, in its place. An older journal may have a row of the name besides.
local function add_rows(self, list, n)
  local children = self.children[n]
  if self.rows[n] then
    list[#list + 1] = self.rows[n]
  elseif not children then
    list[#list + 1] = finish(self, n, outcome.open_row(plan_of(self, n), self))
  end
  for _, child in ipairs(children or {}) do
    add_rows(self, list, child.n)
  end
end

--- The rows in the plan's order: packed, or tables.
-- @treturn {table,...}
function listing:list()
  local list = json.list()
  for _, n in ipairs(self.order) do
    add_rows(self, list, n)
  end
  return list
end

return listing
