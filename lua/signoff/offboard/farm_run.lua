-- SPDX-License-Identifier: MIT

--- Takes part in a run that several hosts share, in a farm: the first process makes it of a plan, others join it, and any host goes on with
-- one that was left.
-- @module signoff.offboard.farm_run

local apply = require "signoff.offboard.apply"
local Connection = require "signoff.farm.connection"
local Coordinator = require "signoff.offboard.executor.farm"
local core = require "signoff.core"
local executor = require "signoff.offboard.executor.executor"
local export = require "signoff.farm.export"
local filling = require "signoff.offboard.executor.farm.filling"
local history = require "signoff.offboard.report.history"
local identity = require "signoff.offboard.executor.farm.identity"
local journal = require "signoff.journal"
local json = require "signoff.json"
local options = require "signoff.offboard.options"
local planning = require "signoff.offboard.plan.plan"
local process = require "signoff.offboard.process"
local replay = require "signoff.offboard.executor.replay"
local schema = require "signoff.farm.schema"
local Session = require "signoff.offboard.executor.farm.session"
local Spool = require "signoff.offboard.executor.farm.spool"
local store = require "signoff.offboard.plan.store"
local undo = require "signoff.offboard.undo"

local farm_run = {}

-- Opening

local function ignored() end

-- A connection to the farm, with all that earlier processes of this host left delivered.
local function open(env, farm)
  local connection, message, code = Connection.open(env, farm.uri)
  if not connection then
    return nil, message, code
  end
  local count
  count, message, code = Spool.flush(env, connection, farm.spool, farm.on_notice or ignored)
  if not count then
    connection:close()
    return nil, message, code
  end
  return connection
end

-- Closes the connection, and gives the others.
local function closing(connection, ...)
  connection:close()
  return ...
end

-- The name of a run, as messages have it.
local function name_of(farm)
  return "the run " .. farm.run
end

-- The beginning of a run's lines, up to the last item of its plan; nil where there is no such run.
local function read_beginning(connection, farm, whole)
  local found, file = replay.new(), export.open(connection, farm.run)
  local reading, message = journal.read(name_of(farm), file)
  if not reading then
    return nil, message
  end
  for number, record in reading:records() do
    local problem = found:take(number, record)
    if problem then
      return nil, ("%s:%d: %s"):format(name_of(farm), number, problem), "damaged"
    elseif found.start and (not whole or #found.listed == found.start.items) then
      return found
    end
  end
  local fine
  fine, message = reading:result()
  return fine and found or nil, message, file.code
end

-- The secrets of a plan: a host without the list takes no jobs that need tokens.
local function secrets_of(plan, systems, given)
  local file = not given.people and plan.people_path and io.open(plan.people_path)
  if not given.people and not file then
    return {}, nil, true
  elseif file then
    file:close()
  end
  return apply.secrets(plan, systems, given)
end

-- Joining

local function host_of(farm)
  return farm.host or process.host() or "?"
end

-- The digest that all hosts of a run must have. A run that takes back has a plan of its own: that of the other one says nothing of it.
local function digest_of(plan)
  return plan.undo_of and store.digest_of_items(plan) or plan.digest or "none"
end

-- The question to join a run.
local function question(farm, plan, systems, given, start)
  local list, by = json.list(), process.this(given.operator)
  for _, planned in ipairs(plan.systems) do
    list[#list + 1] = systems[planned.name] and identity.system(systems[planned.name]) or nil
  end
  return {
    run = farm.run, digest = digest_of(plan), start = start and json.encode_unsorted(start) or nil, host = host_of(farm),
    pid = by.pid, version = core.version, schema = schema.version, operator = given.operator or plan.operator, systems = list,
    create = start ~= nil,
  }
end

-- Joins, and fills the run where it is being made.
local function join(env, connection, plan, systems, asked)
  local answer, message, code = connection:call("join_run", asked)
  if not answer then
    return nil, message, code
  elseif answer.refused then
    return nil, answer.message, answer.refused
  end
  connection:work_as(answer.worker)
  if answer.state == "filling" then
    local fine
    fine, message, code = filling.run(env, connection, plan, systems, answer.created)
    if not fine then
      connection:call("leave", {})
      return nil, message, code
    end
  end
  return answer
end

local function session_of(env, connection, farm, asked)
  return Session.new(env, connection, {
    run = farm.run, host = host_of(farm), spool = farm.spool, join = function()
      asked.create = false
      connection:work_as(nil)
      return connection:call("join_run", asked)
    end,
  })
end

-- The rows of all of the run.
local function reader_of(connection, farm)
  return function()
    local result = history.read(name_of(farm), { file = export.open(connection, farm.run) })
    return result and result.results
  end
end

-- Running

-- Joins a run and works on it to its end.
local function take_part(env, connection, farm, plan, systems, given, more)
  local parts, start = more.parts, more.start
  local asked = question(farm, plan, systems, given, start)
  local terms, message, code = join(env, connection, plan, systems, asked)
  if not terms then
    return closing(connection, nil, message, code)
  end
  local session = session_of(env, connection, farm, asked)
  session:joined(terms)
  local joining = { event = "join", by = process.this(given.operator), settle = parts.rules.settle }
  parts.coordinator = Coordinator.new {
    env = env, plan = plan, session = session, terms = terms, host = host_of(farm), secrets = more.secrets, keyless = more.keyless,
    read_rows = reader_of(connection, farm), join = not terms.created and joining or nil, away_limit = farm.away_limit,
  }
  parts.env, parts.plan, parts.systems, parts.secrets, parts.protects = env, plan, systems, more.secrets, more.protects
  return executor.new(parts):go(apply.heading(plan, parts.rules, given.signals))
end

local function twins_problem(where, systems)
  local twins = identity.twins(systems)
  return twins and ("%s: %s have one address: in a farm that is one system; give it one entry"):format(where, twins)
end

-- Gives the options of the run where it is there already: it is judged in one way by all hosts.
local function inherited(connection, farm, given)
  local found, message, code = read_beginning(connection, farm, false)
  if not found then
    return nil, message, code
  end
  return found.start and options.inherit(given, found.start.options or {}) or given
end

--- See `offboard.apply`, option `farm`.
function farm_run.apply(env, plan, systems, given)
  local where, farm = "offboard.apply", options.farm("offboard.apply", given)
  local fits, message = planning.fits(plan, systems)
  message = not fits and message or twins_problem(where, systems)
  if message then
    return nil, message, "systems"
  end
  local code
  local secrets, problem, keyless = secrets_of(plan, systems, given)
  if not secrets then
    return nil, problem, "list"
  elseif given.confirm and not given.confirm(plan) then
    return nil, where .. ": it was not confirmed; nothing was sent"
  end
  local connection
  connection, message, code = open(env, farm)
  if not connection then
    return nil, message, code
  end
  local merged
  merged, message, code = inherited(connection, farm, given)
  if not merged then
    return closing(connection, nil, message, code)
  end
  local parts = options.parts(where, merged, systems, #plan.items)
  return take_part(env, connection, farm, plan, systems, given, {
    parts = parts, start = apply.start_record(plan, given, parts.rules), secrets = secrets, keyless = keyless,
    protects = apply.protector(plan, given.protect),
  })
end

-- Goes on with a run from its lines.
local function go_on(env, connection, farm, found, systems, given, where)
  local plan = found:plan()
  local fits, message = planning.fits(plan, systems)
  message = not fits and message or twins_problem(where, systems)
  if message then
    return closing(connection, nil, message, "systems")
  end
  local secrets, problem, keyless = secrets_of(plan, systems, given)
  if not secrets then
    return closing(connection, nil, problem, "list")
  end
  local parts = options.parts(where, options.inherit(given, found.start.options or {}), systems, #plan.items)
  return take_part(env, connection, farm, plan, systems, given, {
    parts = parts, secrets = secrets, keyless = keyless, protects = apply.protector(plan, given.protect),
  })
end

--- See `offboard.resume`, option `farm`.
function farm_run.resume(env, systems, given)
  local farm = options.farm("offboard.resume", given)
  local connection, message, code = open(env, farm)
  if not connection then
    return nil, message, code
  end
  local found
  found, message, code = read_beginning(connection, farm, true)
  if found and not found.start then
    message, code = ("there is no %s in the farm"):format(name_of(farm):gsub("^the ", "")), "missing"
  elseif found and found.start.items ~= #found.listed then
    message, code = name_of(farm) .. " is not filled yet: apply its plan again", "filling"
  end
  if message then
    return closing(connection, nil, message, code)
  end
  return go_on(env, connection, farm, found, systems, given, "offboard.resume")
end

local OPEN = "%s: the run %s is not over, and may set more: resume it, or abandon it, and undo it then"

--- See `offboard.undo`, option `farm`.
function farm_run.undo(env, systems, given)
  local where, farm = "offboard.undo", options.farm("offboard.undo", given)
  local connection, message, code = open(env, farm)
  if not connection then
    return nil, message, code
  end
  local plan, protect, over = undo.plan(name_of(farm), export.open(connection, farm.run), systems)
  if not plan then
    return closing(connection, nil, protect)
  elseif not over then
    return closing(connection, nil, OPEN:format(where, farm.run), "open")
  end
  local into = {
    uri = farm.uri, run = farm.into or farm.run .. "-undo", spool = farm.spool, host = farm.host, away_limit = farm.away_limit,
  }
  plan.protect = protect
  local parts = options.parts(where, given, systems, #plan.items)
  return take_part(env, connection, into, plan, systems, given, {
    parts = parts, start = apply.start_record(plan, given, parts.rules), secrets = {}, protects = apply.protector(plan, given.protect),
  })
end

--- The lines of a run, one after the other, as `journal export` writes them.
-- @tparam table env
-- @tparam table farm `uri`, `run`
-- @treturn ?table `next()` gives the next line; nil at the end, and nil and a message where it cannot be read; `close()`
-- @return[2] nil, a message and a code
function farm_run.lines(env, farm)
  local connection, message, code = Connection.open(env, farm.uri)
  if not connection then
    return nil, message, code
  end
  return journal.lines(export.open(connection, farm.run, true), math.huge)
end

return farm_run
