-- SPDX-License-Identifier: MIT

--- Chooses the operation of a system that tells who is there, and makes observations of some targets of one reply.
-- @module signoff.signout.observe

local core = require "signoff.core"
local names = require "signoff.names"
local observation = require "signoff.signout.observation"
local seen_alive = require "signoff.seen_alive"

local observe = {}

-- Seconds that a control holds for the absences before it (rule L2).
local CONTROL_HOLDS = 5

-- An operation that answers for a list of targets at once, or lists all that there is.
local function batched(operations, evidence, by_name)
  for _, facts in pairs(operations) do
    local fits = by_name and facts.finds or not by_name and facts.evidence == evidence and facts.batch_max > 1
    if fits and (facts.list and not facts.filters) then
      return facts
    end
  end
end

local function make_question(kind, by_name)
  local operations = core.facts[kind].operations
  local evidence = operations.status.evidence
  local filters = operations.status.filters
  if filters then
    return {
      operation = operations[filters.operation], evidence = evidence, by_name = by_name, lists = true, key = filters.key, size = math.huge,
    }
  end
  local many = batched(operations, evidence, by_name)
  if many then
    return { operation = many, evidence = evidence, by_name = by_name, listed = true, size = many.batch_max }
  elseif not by_name then
    return { operation = operations.status, evidence = evidence, size = 1 }
  end
end

local questions = {}

--- How a system of this kind is asked who is there.
-- @tparam string kind
-- @tparam[opt] boolean by_name for somebody named: where that person is
-- @treturn ?table question: `operation` (facts), `evidence`, `listed` (takes a list), `lists` (answers with all there is, `key`
-- is the member of its rows that tells a session), `size` (targets a request); nil where names cannot be asked for
function observe.question(kind, by_name)
  local name = kind .. (by_name and " by name" or "")
  if questions[name] == nil then
    questions[name] = make_question(kind, by_name) or false
  end
  return questions[name] or nil
end

--- Panel logins, which `verify` reads where no status is wanted.
-- @tparam string kind
-- @treturn ?table question
function observe.logins(kind)
  local operation = core.facts[kind].operations.logins
  return operation and { operation = operation, evidence = "logins", size = 1 }
end

--- The rules by which a system compares names, as functions of two texts.
-- @tparam string kind
-- @treturn function `compare(a, b)`: "same", "nearly" or "different"
function observe.comparison(kind)
  return function(a, b)
    return (names.compare(kind, a, b))
  end
end

-- Readings

local readings = {
  occupant = observation.occupant, token = observation.token, setting = observation.setting, logins = observation.logins,
}

local function read_one(question, answer, about)
  if question.by_name then
    return observation.phones_of(answer)
  end
  return readings[question.evidence](answer, about)
end

--- The observations that one answer gives of some targets.
-- @tparam table question
-- @param answer rows, or one answer
-- @tparam {table,...} list of targets, as `signoff.signout.observation` has `about`
-- @tparam string kind of the system
-- @treturn {table,...} observations
function observe.read(question, answer, list, kind)
  local found = {}
  if question.lists then
    local index = observation.index(answer, core.facts[kind].comparison, question.key)
    for i, about in ipairs(list) do
      found[i] = about.by_name and observation.sessions_of(index, about) or observation.session(index, about)
    end
    return found
  end
  for i, about in ipairs(list) do
    found[i] = read_one(question, question.listed and answer[i] or answer, about)
  end
  return found
end

-- Controls (rule L2)

local controls = setmetatable({}, { __mode = "k" })

-- Whether the client's own token is alive, asked after `replied`; what was found holds for some seconds. Nil: it has none.
local function own_token_lives(client, replied, now, overrides)
  if not select(2, core.option(client, "token")) then
    return nil
  end
  local last = controls[client]
  if not last or last.asked < replied or now() - last.asked > CONTROL_HOLDS then
    last = { asked = now() }
    local answer, message = client:status(nil, { own = true, deadline = overrides and overrides.deadline })
    last.holds = answer ~= nil and answer.active == true and answer.whole == true
    last.why = "our own token is not alive from here: " .. (message or "refused")
    controls[client] = last
  end
  return last.holds, last.why
end

local function controlled(client, question, list, found, clock, overrides)
  for i, seen in ipairs(found) do
    if question.evidence == "token" and seen.present == false and not list[i].is_own then
      found[i] = observation.controlled(seen, own_token_lives(client, seen.replied, clock.now, overrides))
      found[i].asked, found[i].replied, found[i].date = seen.asked, seen.replied, seen.date
    end
  end
  return found
end

-- The number of times that a refused token is asked for again where no nodes are listed: a balancer may choose another node.
local ELSEWHERE = 3

--- The number of other nodes that are asked for a refused token before it counts as never seen (rule L5).
-- @param client
-- @treturn number 0 for systems that know no tokens
function observe.elsewhere(client)
  if not core.facts[client:kind()].sticky then
    return 0
  end
  return core.option(client, "nodes") or ELSEWHERE
end

--- Options of a call about a token: its cookie, and the node that it is asked for at.
-- @param client
-- @param cookie of the target; nil where none is known
-- @tparam ?number asked how often it was asked for elsewhere
-- @tparam[opt] table overrides others
-- @treturn table
function observe.route(client, cookie, asked, overrides)
  overrides = overrides or {}
  overrides.cookie, overrides.node = cookie, asked and core.option(client, "nodes") and asked or nil
  return overrides
end

--- The node where a target is kept, after a look (rule L5): a reply that shows it says by a cookie where it was seen. One that
-- does not show it and changes the cookie came from another node.
-- @param cookie of the target, a secret; or nil
-- @tparam ?string node the cookie's fingerprint
-- @tparam table seen an observation, with the reply's `cookie`: a secret, false where none is left, nil where nothing changed
-- @return cookie, node
function observe.place(cookie, node, seen)
  if seen.cookie == nil then
    return cookie, node
  elseif not seen.present then
    return cookie, nil
  end
  cookie = seen.cookie or nil
  return cookie, cookie and core.fingerprint(cookie)
end

-- Asking

local function argument_of(question, list)
  if question.lists then
    return nil
  elseif not question.listed then
    return list[1].argument
  end
  local arguments = {}
  for i, about in ipairs(list) do
    arguments[i] = about.argument
  end
  return arguments
end

local function call(client, question, list, overrides)
  local name = question.operation.name
  if question.lists then
    return client[name](client, overrides)
  end
  return client[name](client, argument_of(question, list), overrides)
end

local function note_alive(client, question, list, found)
  for i, seen in ipairs(found) do
    if seen.present and (question.evidence == "token" or question.evidence == "session") and not question.by_name then
      seen_alive.note(client, list[i].argument)
    end
  end
end

local function failed(answer, message, detail)
  if not answer and detail.stale then
    return observation.stale(detail.stale)
  elseif not answer then
    return observation.failed(message, detail)
  elseif answer.stale then
    return observation.stale(answer.stale)
  end
end

--- Makes one request, about as many targets as it takes.
-- @param client
-- @tparam table question
-- @tparam {table,...} list of targets: `id`, `argument`, `is_own` (the client's own token, which is no control then), and what
-- their reading needs
-- @tparam table clock `now`, `time` (Unix seconds)
-- @tparam[opt] table overrides of options, for this call
-- @treturn {table,...} observations, one each; of a failed look all are the same one
-- @treturn ?table detail of the failure
-- @return what the request was answered with
function observe.look(client, question, list, clock, overrides)
  local asked, asked_wall = clock.now(), clock.time()
  local answer, message, _, detail = call(client, question, list, overrides)
  local failure = failed(answer, message, detail)
  local found = failure and {} or observe.read(question, answer, list, client:kind())
  local replied = clock.now()
  for i = 1, #list do
    found[i] = found[i] or failure
    found[i].asked, found[i].asked_wall, found[i].replied = asked, asked_wall, replied
    found[i].date = (answer or detail).date
    found[i].cookie = (answer or detail).cookie
  end
  if not failure then
    note_alive(client, question, list, found)
    found = controlled(client, question, list, found, clock, overrides)
  end
  return found, detail or failure, answer
end

return observe
