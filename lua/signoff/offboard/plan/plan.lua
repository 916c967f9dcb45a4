-- SPDX-License-Identifier: MIT

--- Plans: what a run would change, found by reading only.
--
-- A plan holds no secret: tokens stand in it by their fingerprints. Its occupants are those of the time when it was made;
-- a run asks again. An item's `verdict` is decided for good (`skipped` for who is protected, `no_token`); its `outlook`
-- is what it would come to if nothing changed until then.
-- @module signoff.offboard.plan.plan

local cells = require "signoff.offboard.people.cells"
local composite = require "signoff.composite"
local core = require "signoff.core"
local coverage = require "signoff.offboard.plan.coverage"
local estimate = require "signoff.offboard.plan.estimate"
local protection = require "signoff.offboard.plan.protect"
local identity = require "signoff.offboard.identity"
local json = require "signoff.json"
local suggest = require "signoff.offboard.people.suggest"
local People = require "signoff.offboard.people.people"
local process = require "signoff.offboard.process"
local store = require "signoff.offboard.plan.store"
local render = require "signoff.offboard.plan.render"
local preflight = require "signoff.offboard.plan.preflight"
local Systems = require "signoff.offboard.systems"
local targets = require "signoff.offboard.people.target"
local check = require "signoff.check"

local plan = {}

local Plan = { __index = plan, __tostring = render, __name = "signoff.plan" }

local function is_count(value)
  return type(value) == "number" and value >= 1 and value == math.floor(value)
end

local function is_record(value)
  return type(value) == "string" and not value:find("\0", 1, true)
end

local option_checks = {
  protect = function(value) return type(value) == "table", "a list of texts" end,
  max_people = function(value) return is_count(value), "a whole number from 1" end,
  operator = function(value) return is_record(value), "a text without a NUL byte" end,
  ticket = function(value) return is_record(value), "a text without a NUL byte" end,
  ignore = function(value) return type(value) == "table", "a list of texts" end,
  delimiter = function(value) return type(value) == "string", "a text" end,
  no_targets = function(value) return value == "fine", "\"fine\"" end,
}

local function check_options(options)
  if type(options) ~= "table" then
    core.raise(("plan: the options must be a table, not %s"):format(type(options)))
  end
  for name, value in pairs(options) do
    if not option_checks[name] then
      local known = {}
      for option in pairs(option_checks) do
        known[#known + 1] = option
      end
      core.raise(("plan: unknown option '%s'%s"):format(tostring(name), suggest.hint(tostring(name), known)))
    end
    local fine, what = option_checks[name](value)
    if not fine then
      core.raise(("plan: option '%s' must be %s"):format(name, what))
    end
  end
end

-- Items

local LATE = "(asked at apply)"

-- `cell` is what the list has, where more is in it than in `target`.
local function item_of(system, person, target, text)
  local item = { person = person.person, system = system.name, action = core.facts[system.kind].signs_out }
  targets.into_item(item, system.kind, target)
  if type(text) == "string" and text ~= item.target and not item.token then
    item.cell = text
  end
  if target.unknown then
    item.verdict, item.message = "no_token", "we hold no key for this person"
  end
  return item
end

local function late_item(system, person)
  return {
    person = person.person, system = system.name, action = core.facts[system.kind].signs_out, target = LATE, late = true,
  }
end

-- Adds the items of one person on a system. Where the list has no column for it, or says `?`, its function `targets` is asked later.
local function items_of(system, person, has_column, add)
  if system.targets and not has_column then
    return add(late_item(system, person))
  end
  for _, text in ipairs(cells.split(person.cells[system.name])) do
    local target = targets.read(system.kind, text)
    local late = target.unknown and system.targets
    add(late and late_item(system, person) or item_of(system, person, target, text))
  end
end

local function protect(self, item)
  if not item.verdict and self:protects(item.person, item.target, item.find, item.device, item.user, item.key, item.token,
    item.occupant) then
    item.verdict, item.protected, item.message = "skipped", true, "protected"
  end
end

local function make_items(self, system, people)
  local items, has_column = {}, people.columns[system.column]
  local function add(item)
    protect(self, item)
    items[#items + 1] = item
  end
  for _, person in ipairs(people) do
    items_of(system, person, has_column, add)
  end
  return items
end

-- The number of changes that the items of a system need, as far as is known now.
local function changes_of(system, items)
  local count = 0
  for _, item in ipairs(items) do
    local nothing = item.verdict or (item.outlook and item.outlook ~= "unknown")
    count = count + (nothing and 0 or item.found and #item.found or 1)
  end
  local facts = core.facts[system.kind]
  local size = composite.chunk_size(system.client, facts.operations[facts.signs_out])
  return size and math.ceil(count / size) or count
end

--- A planned system with its changes counted anew, for a part of its items.
-- @tparam table planned the plan's entry of the system
-- @tparam table system as `systems.check` has it
-- @tparam {table,...} items of that system
-- @treturn table
function plan.recounted(planned, system, items)
  local copy = {}
  for name, value in pairs(planned) do
    copy[name] = value
  end
  copy.changes = changes_of(system, items)
  copy.seconds = estimate.seconds(copy.changes, system.per_minute)
  return copy
end

local function describe(system, items, people, trouble)
  local changes = changes_of(system, items)
  return {
    name = system.name, kind = system.kind, host = system.host, identity = system.identity, concurrency = system.concurrency,
    per_minute = system.per_minute, status = system.status, after = #system.after > 0 and system.after or nil,
    late = system.targets and true or nil,
    unlisted = not people.columns[system.column] and not system.targets or nil,
    changes = changes, seconds = estimate.seconds(changes, system.per_minute), trouble = trouble,
  }
end

local function add_system(self, system, people, sleep)
  local items = make_items(self, system, people)
  local fine, trouble, code = preflight(system, items, sleep)
  if not fine then
    return nil, ("plan: %s: %s"):format(system.name, trouble), code
  end
  for _, item in ipairs(items) do
    protect(self, item)
    item.found = item.found and json.list(item.found)
    item.n = #self.items + 1
    self.items[item.n] = item
  end
  self.systems[#self.systems + 1] = describe(system, items, people, trouble)
  return true
end

-- A later reading of the list uses the same options.
local function ignored(option)
  local names = json.list()
  for name in pairs(check.texts("plan: option 'ignore'", option)) do
    names[#names + 1] = name
  end
  core.sort(names)
  return #names > 0 and names or nil
end

local function read_people(from, systems, options)
  local people, message = People.read(from, systems, { ignore = options.ignore, delimiter = options.delimiter })
  if people and options.max_people and #people > options.max_people then
    return nil, ("%s: names %d people, and max_people allows %d; raise it if that is meant"):format(
      people.path or "people", #people, options.max_people)
  end
  return people, message
end

--- Makes a plan. Reads the list and asks the systems who sits where; changes nothing.
--
-- A system that cannot be asked does not lose the plan: the items say that nobody looked, `plan.systems[i].trouble` says why.
-- Credentials that are refused do: nothing could be applied with them.
-- @tparam table systems see `signoff.offboard.systems`
-- @param from see `signoff.offboard.people.people`
-- @tparam[opt] table options `protect` (list of persons, targets and users who are left alone), `max_people` (more are
-- refused), `operator`, `ticket` (texts, for the record), `ignore`, `delimiter` (see `signoff.offboard.people.people`), `no_targets`
-- (`"fine"`: people without any target are meant to have none)
-- @tparam[opt] table env `sleep`
-- @treturn ?table plan: `version`, `created` (Unix seconds), `operator`, `ticket`, `host` (this machine), `people` (how many),
-- `people_path`, `people_sha256`, `protect`, `ignore`, `delimiter`, `systems`, `items`, `gaps` (whom it does not reach, see
-- `signoff.offboard.plan.coverage`), `digest`; nil, message, and the code where a system refused
-- @raise for wrong systems and options
function plan.make(systems, from, options, env)
  options = options or {}
  check_options(options)
  systems = Systems.check(systems)
  local list = protection.list(options.protect)
  local people, message, fine, code
  people, message = read_people(from, systems, options)
  if not people then
    return nil, message
  end
  local self = setmetatable({
    version = store.version, created = math.floor(core.time()), operator = options.operator, ticket = options.ticket,
    host = process.host(), people = #people, people_path = people.path, people_sha256 = people.sha256,
    protect = json.list(list), ignore = ignored(options.ignore), delimiter = options.delimiter,
    systems = {}, items = {},
  }, Plan)
  for _, system in ipairs(systems) do
    fine, message, code = add_system(self, system, people, env and env.sleep)
    if not fine then
      return nil, message, code
    end
  end
  self.gaps = coverage.gaps(people, systems, self.items, {
    ignore = check.texts("plan: option 'ignore'", options.ignore), no_targets = options.no_targets,
  })
  self.digest = select(2, store.encode(self))
  return self
end

--- Writes the plan, for its owner alone (0600): JSON lines, the last one with the digest of those before.
-- @function plan:save
-- @tparam string path
-- @treturn ?boolean true; nil and a message with path and reason
function plan:save(path)
  if self.part then
    return nil, ("%s: this is a part of a plan, and cannot be saved; the whole was"):format(path)
  end
  return store.save(self, path)
end

--- Reads a plan that was saved.
-- @tparam string path
-- @treturn ?table plan; nil and a message with path and line: edited, cut, of another version, no plan at all
function plan.load(path)
  if type(path) ~= "string" then
    core.raise(("load: a path is needed, not %s"):format(type(path)))
  end
  local self, message = store.read(path)
  if not self then
    return nil, message
  end
  self.protect, self.ignore = json.list(self.protect), self.ignore and json.list(self.ignore)
  self.gaps = self.gaps and json.list(self.gaps)
  for _, item in ipairs(self.items) do
    item.found = item.found and json.list(item.found)
  end
  return setmetatable(self, Plan)
end

--- Whether one of some texts (persons, targets, users) is protected.
-- @function plan:protects
-- @tparam ?string ... nil is none
-- @treturn boolean
function plan:protects(...)
  return protection.holds(self.protect, ...)
end

local function by_name(systems)
  local names = {}
  for _, system in ipairs(systems) do
    names[system.name] = system
  end
  return names
end

-- The difference between a planned system and the one here; nil if there is none.
local function difference(planned, here)
  if not here then
    return ("'%s' is planned, and is no system here"):format(planned.name)
  end
  for _, member in ipairs { "kind", "host" } do
    if planned[member] ~= here[member] then
      return ("'%s' is planned for %s, and is %s here"):format(planned.name, tostring(planned[member]), here[member])
    end
  end
  local what = identity.difference(planned.identity, here.identity)
  return what and ("'%s' is %s"):format(planned.name, what)
end

--- Whether a plan is for these systems: the same names, kinds and tenants (rule A6).
-- @function plan:fits
-- @tparam table systems
-- @treturn ?boolean true; nil and a message that names the difference
function plan:fits(systems)
  systems = Systems.check(systems)
  local planned = by_name(self.systems)
  for _, system in ipairs(self.systems) do
    local what = difference(system, systems[system.name])
    if what then
      return nil, "the plan is for other systems: " .. what .. "; plan again"
    end
  end
  for _, system in ipairs(systems) do
    if not planned[system.name] then
      return nil, ("the plan is for other systems: '%s' is a system here, and is not planned; plan again"):format(system.name)
    end
  end
  return true
end

local CLOCKS_DIFFER = 300 -- seconds that the clocks of two machines may

--- The error of a plan's age.
-- @function plan:age_problem
-- @tparam number max_age seconds
-- @tparam[opt] number now Unix seconds
-- @treturn ?string a message; nil when it is young enough
function plan:age_problem(max_age, now)
  local age = (now or core.time()) - self.created
  if age > max_age then
    return ("the plan was made %s ago, and at most %s are allowed; people have moved since, plan again"):format(
      estimate.shown(age), estimate.shown(max_age))
  elseif age < -CLOCKS_DIFFER then
    return ("the plan was made %s from now; set this machine's clock right, or plan again"):format(estimate.shown(-age))
  end
end

--- The tokens that a plan's items stand for, out of the list that it was made from.
-- @function plan:secrets
-- @tparam {table,...} people as `people.read` returns them
-- @treturn ?table fingerprint → secret; nil and a message that names the person whose token is not in the list
function plan:secrets(people)
  local found, kinds = {}, {}
  for _, system in ipairs(self.systems) do
    kinds[system.name] = targets.are_secret(system.kind) and system.kind or nil
  end
  for _, person in ipairs(people) do
    for name, kind in pairs(kinds) do
      for _, text in ipairs(cells.split(person.cells[name])) do
        local target = targets.parse(kind, text)
        if target.token then
          found[targets.fingerprint(target)] = target.token
        end
      end
    end
  end
  for _, item in ipairs(self.items) do
    if item.token and not found[item.token] then
      return nil, ("%s: has no token %s for %s on %s; the plan was made from another list, plan again"):format(
        people.path or "people", item.token, item.person, item.system)
    end
  end
  return found
end

return plan
