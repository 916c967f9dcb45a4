-- SPDX-License-Identifier: MIT

--- Describes a checked system: its facts as the core has those of the others, and the facts of offboarding as their vendors' files
-- have them.
-- @module signoff.system.description

local cell = require "signoff.system.cell"
local target = require "signoff.system.target"

local description = {}

-- The status that is set where nobody can be signed out.
local status_members = {
  { name = "name", type = "string", required = true }, { name = "type", type = "string" },
  { name = "note", type = "string", may_be_empty = true },
  { name = "return_time", type = "number" }, { name = "return_at", type = "number" },
}

-- Whether an operation is asked for no target: the list, and what says so.
local function takes_nothing(self, name)
  return self.operations[name].target == false or (self.list and self.list.operation == name)
end

local function arguments_of(self, name, batch_max)
  if takes_nothing(self, name) then
    return {}, 0
  elseif self.resolve and self.resolve.operation == name then
    return { { name = "users", type = "list", required = true } }, 1
  end
  local list, positional = target.parameters(self.form, batch_max > 1, self.is_option)
  if name == "set_status" and self.evidence == "setting" then
    for _, member in ipairs(status_members) do
      list[#list + 1] = member
    end
  end
  return list, positional
end

local function retry_of(operation, safe)
  return operation.retry or (safe and "paced" or "no")
end

-- Which rows of the list are our own session.
local function own_of(self)
  local list = self.list
  return list and list.own and { operation = list.operation, key = list.key, option = list.own.option }
end

local function describe(self, name)
  local operation = self.operations[name]
  local listed = self.list and self.list.operation == name
  local finds = self.resolve and (self.resolve.operation == name or (listed and not self.resolve.operation))
  local batch_max = operation.batch_max or 1
  local arguments, positional = arguments_of(self, name, batch_max)
  local own = name == self.signs_out and own_of(self) or nil
  local safe = operation.repeatable
  if safe == nil then
    safe = not operation.changes
  end
  return {
    name = name, arguments = arguments, positional = positional, changes = operation.changes or false, safe = safe,
    retry = retry_of(operation, safe),
    evidence = listed and "session" or operation.evidence and self.evidence, batch_max = listed and 0 or batch_max,
    list = not operation.changes and (listed or batch_max > 1) or false, finds = finds or false,
    row_key = not operation.changes and batch_max > 1 and (finds and "user" or "target") or nil,
    chunked = operation.changes and (batch_max > 1 or own) and "batch_max" or nil, excludes_own = own,
  }
end

-- The look that the list answers; or, where nothing can be looked at, one that is never sent, which knows the arguments.
local function add_status(self, list)
  if self.operations.status then
    return
  end
  local arguments, positional = target.parameters(self.form, self.list ~= nil and self.form.single, self.is_option)
  list[#list + 1] = {
    name = "status", public_name = not self.list and "status" or nil, arguments = arguments, positional = positional, changes = false,
    safe = true, retry = "paced", evidence = self.evidence, batch_max = self.list and 0 or 1,
    filters = self.list and { operation = self.list.operation, key = self.list.key } or nil,
  }
end

-- Members of JSON that must be arrays.
local function arrays_of(words)
  local names = { words.rows }
  for _, name in ipairs(words.lists or {}) do
    names[#names + 1] = name
  end
  return #names > 0 and names or nil
end

--- The description that the core makes a system of.
-- @tparam table self as `signoff.system.definition` gives it
-- @treturn table
function description.core(self)
  local operations = {}
  for i, name in ipairs(self.names) do
    operations[i] = describe(self, name)
  end
  add_status(self, operations)
  local ages = self.form.secret
  return {
    name = self.name, title = self.title, path = self.path, by_hand = self.by_hand, signs_out = self.signs_out, options = self.options,
    operations = operations, accepts = self.accepts or { "application/json", "application/xml", "text/xml" }, names = self.comparison,
    targets = self.target_comparison == "folded" and "folded" or nil,
    tokens_age = ages, renewable = ages and self.renewable ~= false, sticky = self.sticky, data = self.words.data or {},
    errors = self.words.errors or {}, lists = self.words.lists or {}, rows = self.words.rows, attributes = self.words.attributes,
    arrays = arrays_of(self.words), statuses = self.statuses,
  }
end

-- Options by which systems of this kind are told apart: those that name the tenant, all that are no secret, and those that name a route to
-- it.
local function identity_of(self)
  local tenant, route = {}, {}
  for _, option in ipairs(self.options) do
    if not option.secret and option.name ~= "nodes" then
      local given = self.seen_options[option.name]
      table.insert(given.route and route or tenant, option.name)
    end
  end
  return tenant, route
end

--- The facts of offboarding, as `signoff.offboard.vendor` has them.
-- @tparam table self
-- @treturn table
function description.offboarding(self)
  local occupied = self.evidence == "setting" and "status" or (self.list or self.evidence == "occupant") and "key" or nil
  if self.by_user or self.list and self.list.user == self.list.key then
    occupied = "user"
  end
  local tenant, route = identity_of(self)
  return {
    target = cell.facts(self.where, self.form, occupied), resolve = self.resolve, limits = self.limits, doctor = self.doctor,
    tenant_options = tenant, route_options = route,
  }
end

return description
