-- SPDX-License-Identifier: MIT

--- Checks a definition of a system, and describes the system as the core wants it. See `signoff.system`.
-- @module signoff.system.definition

local answer = require "signoff.system.answer"
local core = require "signoff.core"
local shape = require "signoff.system.shape"
local target = require "signoff.system.target"
local Text = require "signoff.text"

local definition = {}

local refuse = shape.refuse

local wanted = {
  name = "name!", title = "text!", default_path = "text", options = "table", target = "any!", operations = "table!", codes = "table",
  by_hand = "text!", limits = "table", list = "table", resolve = "table", doctor = "table", signs_out = "text", accepts = "types",
  words = "table", statuses = "table", names = "exact|folded", targets = "exact|folded", renewable = "boolean", sticky = "boolean",
}
local wanted_option = {
  name = "name!", type = "string|number|boolean|list", required = "boolean", secret = "boolean", what = "text", fallback = "any",
  choices = "texts", least = "number", most = "number", whole = "boolean", may_be_empty = "boolean", route = "boolean",
}
local wanted_operation = {
  build = "function!", read = "function!", changes = "boolean", repeatable = "boolean", retry = "no|once|paced",
  evidence = "session|token|occupant|setting", batch_max = "count", target = "boolean", what = "text",
}
local wanted_code = {
  code = "text", answer = "accepted|already_out|undecided", scope = "client|target", retriable = "boolean", wording = "text!",
}
local wanted_limits = { concurrency = "count", per_minute = "rate" }
local wanted_list = { operation = "text!", key = "text!", user = "text", own = "table" }
local wanted_own = { option = "text!", member = "text!" }
local wanted_resolve = { operation = "text", target_at = "function", optional = "text", never_optional = "text" }
local wanted_doctor = { operation = "text!", arguments = "table", shows = "text!", remark = "function" }
local wanted_words = { data = "texts", errors = "texts", lists = "texts", rows = "text", attributes = "texts", known = "texts" }
local wanted_status = { code = "text!", scope = "client|target", retriable = "boolean" }

-- Methods of all clients; an operation cannot have their names.
local methods = { close = true, kind = true, can = true, verify = true, signout = true }

local BATCH_MOST = 1000

local function check_name(where, name)
  if not name:find "^[a-z][a-z0-9_]*$" then
    refuse(where, "'name' must be in small letters, as it stands in plans and journals")
  elseif core.facts[name] then
    refuse(where, "there is a system of that name already; a name means one system as long as the program runs")
  end
end

-- Options

local function common_names()
  local names = {}
  for _, option in ipairs(select(2, next(core.facts)).common_options) do
    names[option.name] = true
  end
  names.log = true
  return names
end

local function check_option(where, option, taken, seen)
  local name = option.name
  if taken[name] then
    refuse(where, "option '%s' is one that all clients have", name)
  elseif methods[name] or seen.operations[name] then
    refuse(where, "option '%s' has the name of a method", name)
  elseif seen[name] then
    refuse(where, "option '%s' is there twice", name)
  elseif option.fallback ~= nil and (option.required or type(option.fallback) ~= (option.type or "string")) then
    refuse(where, "option '%s': 'fallback' must be a %s, and not be required", name, option.type or "string")
  elseif option.secret and (option.type or "string") ~= "string" then
    refuse(where, "option '%s' is a secret, and must be a string", name)
  end
  seen[name] = option
end

local function check_options(where, self, given)
  local list, seen, taken = {}, { operations = self.operations }, common_names()
  shape.list(where, "options", given, wanted_option)
  for i, option in ipairs(given) do
    check_option(where, option, taken, seen)
    list[i] = {
      name = option.name, type = option.type or "string", required = option.required, secret = option.secret, what = option.what,
      fallback = option.fallback ~= nil and tostring(option.fallback) or nil, choices = option.choices, least = option.least,
      most = option.most, whole = option.whole, may_be_empty = option.may_be_empty, place = option.name == "nodes" and "url" or "name",
    }
  end
  seen.operations = nil
  return list, seen
end

-- Operations

local function check_operations(where, given)
  local names = {}
  for name, operation in pairs(given) do
    if type(name) ~= "string" or #name > 40 or not name:find "^[a-z][a-z0-9_]*$" then
      refuse(where, "'operations' has a member whose name is none: small letters, digits and '_', 40 at most")
    elseif methods[name] then
      refuse(where, "operation '%s' has the name of a method that all clients have", name)
    elseif type(operation) ~= "table" then
      refuse(where, "operation '%s' must be a table, not %s", name, type(operation))
    end
    shape.members(("%s: operation '%s'"):format(where, name), operation, wanted_operation)
    if (operation.batch_max or 1) > BATCH_MOST then
      refuse(where, "operation '%s': 'batch_max' is at most %d", name, BATCH_MOST)
    elseif operation.changes and operation.evidence then
      refuse(where, "operation '%s' changes something, and is no evidence", name)
    end
    names[#names + 1] = name
  end
  core.sort(names)
  return names
end

-- Which operation signs out: the one that is named, else the only one that changes anything.
local function signs_out(where, given, names)
  local found = given.signs_out
  if found and not (given.operations[found] and given.operations[found].changes) then
    refuse(where, "'signs_out' is '%s', which is no operation that changes anything", found)
  end
  for _, name in ipairs(not given.signs_out and names or {}) do
    if given.operations[name].changes then
      if found then
        refuse(where, "'signs_out' is missing: both '%s' and '%s' change something", found, name)
      end
      found = name
    end
  end
  if not found then
    refuse(where, "no operation has 'changes': none signs anybody out")
  end
  return found
end

-- An operation that a part of the definition names.
local function named(where, given, part, name)
  local operation = given.operations[name]
  if not operation then
    refuse(where, "'%s.operation' is '%s', which is no operation here", part, name)
  elseif operation.changes then
    refuse(where, "'%s.operation' is '%s', which changes something", part, name)
  end
  return operation
end

-- The kind of evidence, which the operation that tells of one target has; nil: nothing can be looked at.
local function evidence_of(where, given, names)
  local status, found = given.operations.status, nil
  for _, name in ipairs(names) do
    local kind = given.operations[name].evidence
    if kind == "session" and name ~= (given.list and given.list.operation or "status") then
      refuse(where, "operation '%s' has evidence \"session\", and 'list' does not name it", name)
    elseif kind and kind ~= "session" and not status then
      refuse(where, "operation '%s' has evidence \"%s\", and no operation is called 'status': the one that tells of one target", name, kind)
    elseif kind and found and kind ~= found then
      refuse(where, "operations have evidence of two kinds, \"%s\" and \"%s\"", found, kind)
    end
    found = kind or found
  end
  if given.list and status then
    refuse(where, "operation 'status' follows from 'list', and cannot be given as well")
  elseif status and not status.evidence then
    refuse(where, "operation 'status' has no 'evidence'")
  end
  return given.list and "session" or found
end

local function check_list(where, given, seen)
  local list = given.list
  if not list then
    return nil
  end
  shape.members(where .. ": 'list'", list, wanted_list)
  named(where, given, "list", list.operation)
  if list.own then
    shape.members(where .. ": 'list.own'", list.own, wanted_own)
    if not seen[list.own.option] then
      refuse(where, "'list.own.option' is '%s', which is no option here", list.own.option)
    end
  end
  return { operation = list.operation, key = list.key, user = list.user or list.key, own = list.own }
end

local function check_codes(where, codes)
  local found = {}
  for code, row in pairs(codes) do
    if type(code) ~= "number" and type(code) ~= "string" or type(row) ~= "table" then
      refuse(where, "'codes' must be tables by the vendor's code, a number or a text")
    end
    local at = ("%s: 'codes', %s"):format(where, tostring(code))
    shape.members(at, row, wanted_code)
    if (row.code == nil) == (row.answer == nil) then
      refuse(at, "one of 'code' and 'answer' must be there")
    elseif row.code and not answer.codes[row.code] then
      refuse(at, "'code' is '%s', which is none that a reply may mean", row.code)
    end
    found[code] = row
  end
  return found
end

-- HTTP statuses that mean something else than they commonly do, as a list.
local function check_statuses(where, statuses)
  local list = {}
  for status, row in pairs(statuses) do
    if type(status) ~= "number" or status < 300 or status > 999 or status % 1 ~= 0 or type(row) ~= "table" then
      refuse(where, "'statuses' must be tables by the HTTP status, from 300")
    end
    shape.members(("%s: 'statuses', %d"):format(where, status), row, wanted_status)
    if not answer.codes[row.code] then
      refuse(where, "'statuses', %d: 'code' is '%s', which is none that a reply may mean", status, row.code)
    end
    list[#list + 1] = { status = status, code = row.code, scope = row.scope, retriable = row.retriable }
  end
  return list
end

-- Parts for offboarding

local function target_at(id)
  return { key = id }
end

local function check_resolve(where, self, given)
  local resolve = given.resolve
  if not resolve then
    return nil
  end
  shape.members(where .. ": 'resolve'", resolve, wanted_resolve)
  if self.list and resolve.operation then
    refuse(where, "'resolve.operation' is not for a system with a 'list', which tells who is in")
  elseif not self.list then
    if not resolve.operation then
      refuse(where, "'resolve.operation' is missing: which operation tells where somebody is")
    end
    named(where, given, "resolve", resolve.operation)
  end
  local never = "'user:NAME?' has no meaning for this system: who has no session has none here anyway"
  return {
    operation = resolve.operation, target_at = resolve.target_at or target_at, optional = resolve.optional,
    never_optional = not resolve.optional and (resolve.never_optional or never) or nil,
  }
end

local function check_doctor(where, self, given)
  local doctor = given.doctor
  if doctor then
    shape.members(where .. ": 'doctor'", doctor, wanted_doctor)
    named(where, given, "doctor", doctor.operation)
    return { operation = doctor.operation, arguments = doctor.arguments or {}, shows = doctor.shows, remark = doctor.remark }
  elseif self.list then
    return { operation = self.list.operation, arguments = {}, shows = "the login may list who is in" }
  elseif not (self.form.secret and self.evidence) then
    refuse(where, "'doctor' is missing: which operation shows that the credentials work")
  end
end

-- The members of a reply that are known, as a set.
local function known_of(words)
  local known = {}
  for _, name in ipairs((words or {}).known or {}) do
    known[name] = true
  end
  return known
end

local function check_setting(where, self)
  if self.evidence == "occupant" and not self.by_user and not self.words.known then
    refuse(where, "'words.known' is missing: the members of a place that are known, since an unknown one may name who is there")
  end
  if self.evidence == "setting" and self.signs_out ~= "set_status" then
    refuse(where, "with evidence \"setting\" the operation that sets it is called 'set_status', not '%s'", self.signs_out)
  elseif (self.evidence == "occupant" or self.evidence == "setting") and not self.form.single then
    refuse(where, "with evidence \"%s\" a target is one text", self.evidence)
  elseif self.evidence and (self.evidence == "token") ~= self.form.secret then
    refuse(where, "evidence \"token\" and a target that is a token belong together")
  end
end

local function check_batches(where, self, given)
  for _, name in ipairs(self.names) do
    if (given.operations[name].batch_max or 1) > 1 and not (self.form.single and not self.form.secret) then
      refuse(where, "operation '%s': 'batch_max' above 1 needs a target that is one text, and no token", name)
    end
  end
end

-- A copy of a table, and of those in it: the core points at texts of a definition as long as the program runs.
local function copy_of(given, copies)
  if type(given) ~= "table" or copies[given] then
    return copies[given] or given
  end
  local copy = {}
  copies[given] = copy
  for name, value in pairs(given) do
    copy[name] = copy_of(value, copies)
  end
  return copy
end

--- Checks a definition, and copies it: what a script changes in its tables later has no effect.
-- @param given
-- @treturn table `name`, `title`, `path`, `options`, `seen_options`, `form` (of targets), `operations`, `names` (of operations, sorted),
-- `signs_out`, `evidence`, `by_user`, `list`, `codes`, `by_hand`, `limits`, `resolve`, `doctor`, `accepts`, `words`
-- @raise naming the system and the member that is wrong
function definition.check(given)
  if type(given) ~= "table" then
    core.raise(("signoff.system: a definition is a table, not %s"):format(type(given)))
  end
  given = copy_of(given, {})
  local where = type(given.name) == "string" and "'" .. Text.short(given.name, 40) .. "'" or "a definition without a name"
  shape.members(where, given, wanted)
  check_name(where, given.name)
  local self = {
    where = where, name = given.name, title = given.title, path = given.default_path, by_hand = given.by_hand, accepts = given.accepts,
    comparison = given.names, target_comparison = given.targets,
    operations = given.operations, sticky = given.sticky, renewable = given.renewable,
  }
  self.names = check_operations(where, given.operations)
  self.options, self.seen_options = check_options(where, self, given.options or {})
  self.form = target.check(where, given.target)
  function self.is_option(name)
    return self.seen_options[name] ~= nil
  end
  self.signs_out = signs_out(where, given, self.names)
  self.list = check_list(where, given, self.seen_options)
  self.evidence = evidence_of(where, given, self.names)
  if self.evidence == "session" and not self.list then
    self.evidence, self.by_user = "occupant", true -- whose sessions they are stands in the target itself
  end
  self.codes, self.statuses = check_codes(where, given.codes or {}), check_statuses(where, given.statuses or {})
  shape.members(where .. ": 'limits'", given.limits or {}, wanted_limits)
  shape.members(where .. ": 'words'", given.words or {}, wanted_words)
  self.limits, self.words, self.known = given.limits, given.words or {}, known_of(given.words)
  self.resolve, self.doctor = check_resolve(where, self, given), check_doctor(where, self, given)
  check_setting(where, self)
  check_batches(where, self, given)
  return self
end

return definition
