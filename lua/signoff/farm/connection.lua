-- SPDX-License-Identifier: MIT

--- A connection to the server of a farm, for plain scripts, tasks of a loop or an engine, and handlers of nginx. A thread of its own
-- carries what is asked, one statement at a time: nobody waits for it but who asked.
--
-- Codes of failures: `away` (it cannot be reached, or cannot work now: nothing may begin; ask again later), `denied` (it refuses us,
-- or is not the one that we trust), `schema` (a function or table is not there), `full` (too many statements wait), `failed` (anything
-- else that it refused). The fourth value is its SQLSTATE, false where there is none; the fifth whether it may have had the statement.
-- @module signoff.farm.connection

local core = require "signoff.core"
local json = require "signoff.json"
local lazy = require "signoff.lazy"
local runtime = require "signoff.async.runtime"

local connection = {
  SECONDS = 5, -- that an answer may take, unless said otherwise
}

local CALLS = "SELECT farm.calls($1, $2) FROM set_config('lock_timeout', $3, true)"
local CALL = "SELECT farm.%s($1) FROM set_config('lock_timeout', $2, true)"
local MOST = 64 -- calls that go together
local GRACE = 1 -- seconds that the thread may be late: it may wait for a name

local Connection = {}
Connection.__index = Connection

local library

local function load()
  local fine, found = pcall(lazy.require, "signoff.farm")
  if not fine then
    local cure = tostring(found):find("libpq", 1, true) and "a library is missing; on Debian and Ubuntu: apt-get install libpq5"
      or "build it for this Lua: make farm"
    core.raise(("signoff/farm.so cannot be loaded: %s; %s"):format(found, cure))
  end
  return found
end

--- Makes a connection. Nothing is opened before the first statement.
-- @param _ the host; any
-- @tparam string uri as libpq takes it: `postgresql://...`, `service=...`
-- @treturn ?table
-- @return[2] nil, a message that shows nothing of the URI, and a code
function connection.open(_, uri)
  library = library or load()
  local own, message, code = library.connection(uri)
  if not own then
    return nil, "the farm's URI: " .. message, code
  end
  local batches = setmetatable({}, { __mode = "k" }) -- that are gathered, by host
  local sent = setmetatable({}, { __mode = "k" }) -- the last one that is on its way, by host
  return setmetatable({ own = own, place = own:name(), worker = false, closed = false, batches = batches, sent = sent }, Connection)
end

local function failure(self, message, code, state, sent)
  message = message or "the connection was closed"
  return nil, ("the farm (%s): %s"):format(self.place, message), code, state or false, sent or false
end

-- Waits for a query in a task or a handler.
local function wait_in(host, task, number, seconds)
  local waiter, told = host:new_waiter(task), false
  host:expect(number, function()
    told = true
    waiter:wake()
  end)
  waiter:wait(seconds + GRACE)
  waiter:check_cancelled()
  return told
end

-- Hands a query over by `begin(port)`, and waits until it is done.
local function carry(self, seconds, begin)
  if self.closed then
    return failure(self, nil, "away")
  end
  local host, task = runtime.host()
  local query, number, code = begin(host and host.port)
  if not query then
    return failure(self, number, code)
  elseif host then
    wait_in(host, task, number, seconds)
  else
    query:wait()
  end
  return query
end

local function outcome(self, query, value, message, code, state)
  local age, sent = query:age()
  query:free()
  if value == nil then
    return failure(self, message, code, state, sent)
  end
  return value, age
end

local function statement(self, read, sql, values, seconds)
  local query, message, code = carry(self, seconds, function(port)
    return self.own:submit(port, seconds, sql, values)
  end)
  if not query then
    return nil, message, code, false, false
  end
  return outcome(self, query, query[read](query))
end

--- Runs a statement.
-- @tparam string sql one statement, with `$1` and so on for values
-- @tparam[opt] table values texts, numbers, booleans; `core.json_null` is null
-- @tparam[opt] number seconds that it may take
-- @treturn ?table a list of rows: lists of texts, with false for null
-- @treturn ?number the seconds since before it was handed over
-- @return[2] nil, a message, a code, SQLSTATE or false, and whether the server may have had it
function Connection:query(sql, values, seconds)
  return statement(self, "rows", sql, values or {}, seconds or connection.SECONDS)
end

-- Calls that go together

local function decode(text)
  local answer, problem = json.decode(text or "null")
  return answer, problem
end

local function tell(batch, value, ...)
  batch.outcome = { value, ... }
  for i, call in ipairs(batch) do
    call.answer = value and value[i]
    call.done = true
    if call.waiter then
      call.waiter:wake()
    end
  end
end

-- The outcome of a batch that is done: the list of answers and their age, or a failure.
local function read_batch(self, batch)
  local text, age, code, state, sent = outcome(self, batch.query, batch.query:value())
  if not text then
    return nil, age, code, state, sent
  end
  local answers, problem = decode(text)
  if type(answers) ~= "table" or #answers < #batch then
    return failure(self, "its answer " .. (problem or "is none"), "failed", false, true)
  end
  return answers, age
end

-- A statement that nobody waits for any more must not wait for a lock in the server either.
local function lock_limit(seconds)
  return ("%dms"):format(math.max(seconds * 900, 1))
end

-- The list of the calls, in JSON, made in one go: most of it is records.
local function text_of(batch)
  local pieces, count = {}, 0
  for i, call in ipairs(batch) do
    pieces[count + 1] = i == 1 and "[" or ","
    pieces[count + 2], pieces[count + 3] = call.head, call.rest
    count = count + 3
  end
  pieces[count + 1] = "]"
  return table.concat(pieces)
end

local function submit_batch(self, batch, port)
  if self.closed then
    return nil, nil, "away"
  end
  local query, number, code = self.own:submit(port, batch.seconds, CALLS, { self.worker, text_of(batch), lock_limit(batch.seconds) })
  batch.query = query
  return query and number or nil, not query and number or nil, code
end

local send

-- Sends the calls that were gathered while others were on their way.
local function send_next(self, host)
  self.sent[host] = nil
  local batch = self.batches[host]
  if batch and not batch.scheduled then
    send(self, host, batch)
  end
end

-- Sends what was gathered.
function send(self, host, batch)
  if self.batches[host] == batch then
    self.batches[host] = nil
  end
  local number, message, code = submit_batch(self, batch, host.port)
  if not number then
    tell(batch, failure(self, message, code))
    return send_next(self, host)
  end
  self.sent[host] = batch
  host:expect(number, function()
    tell(batch, read_batch(self, batch))
    if self.sent[host] == batch then
      send_next(self, host)
    end
  end)
end

-- The server does one statement of a connection after the other: calls that come while one is on its way wait for it, and go together.
local function gather(self, host, call)
  local batch = self.batches[host]
  if not batch or #batch >= MOST then
    batch = { seconds = 0, scheduled = not self.sent[host] or batch ~= nil }
    self.batches[host] = batch
    if batch.scheduled then
      host:at_turn_end(function()
        send(self, host, batch)
      end)
    end
  end
  batch.seconds = math.max(batch.seconds, call.seconds)
  batch[#batch + 1] = call
  return batch
end

local function result(self, call, batch)
  local values = batch.outcome
  if not values then
    return failure(self, "no answer in time: a name may be being resolved", "away", false, true)
  elseif not values[1] then
    return nil, values[2], values[3], values[4], values[5]
  end
  return call.answer, values[2]
end

-- Sends a batch in which there is one call.
local function call_apart(self, host, task, call)
  local batch = { call, seconds = call.seconds }
  call.waiter = host:new_waiter(task)
  send(self, host, batch)
  if not batch.outcome then
    call.waiter:wait(call.seconds + GRACE)
    call.waiter:check_cancelled()
  end
  return result(self, call, batch)
end

local function call_alone(self, call)
  local batch = { call, seconds = call.seconds }
  local _, message, code = submit_batch(self, batch)
  if not batch.query then
    return failure(self, message, code)
  end
  batch.query:wait()
  tell(batch, read_batch(self, batch))
  return result(self, call, batch)
end

local function call_of_worker(self, call)
  local host, task = runtime.host()
  if not host then
    return call_alone(self, call)
  end
  call.waiter = host:new_waiter(task)
  local batch = gather(self, host, call)
  call.waiter:wait(call.seconds + connection.SECONDS + GRACE)
  call.waiter:check_cancelled()
  if #batch > 1 and batch.outcome and batch.outcome[3] == "failed" then -- one of them was misused, and nothing of any was done
    return call_apart(self, host, task, call)
  end
  return result(self, call, batch)
end

--- Calls a function of the schema. Those of a worker go together, all of one turn of a loop in one transaction.
-- @tparam string name such as `begin_act`
-- @tparam table given its members; `json.list` for lists that may be empty
-- @tparam[opt] number seconds that it may take
-- @return its answer
-- @treturn ?number the seconds since before it was asked
-- @return[2] nil, a message, a code, SQLSTATE or false, and whether the server may have had it
function Connection:call(name, given, seconds)
  local text = json.encode_short(given)
  seconds = seconds or connection.SECONDS
  if self.worker then
    local more = text ~= "{}" and "," or ""
    return call_of_worker(self, { head = ('{"f":"%s"%s'):format(name, more), rest = text:sub(2), seconds = seconds })
  end
  local value, age, code, state, sent = statement(self, "value", CALL:format(name), { text, lock_limit(seconds) }, seconds)
  if value == nil then
    return nil, age, code, state, sent
  end
  return decode(value), age
end

--- Makes the calls from now on those of a worker.
-- @tparam ?number worker as `join_run` gave it
function Connection:work_as(worker)
  self.worker = worker or false
end

--- Waits for a notification of the farm. They only make things quicker: behind a pool there are none.
-- @tparam number seconds at most
-- @treturn boolean whether one came since the last time, or may have been missed
function Connection:notified(seconds)
  local query, message, code = carry(self, seconds, function(port)
    return self.own:expect(port, seconds)
  end)
  if not query then
    return nil, message, code
  end
  local heard = not self.closed and self.own:heard(query)
  query:free()
  return heard
end

--- The time that ages are measured by: seconds since the machine began, with those that it slept.
-- @treturn number
function Connection:now() -- luacheck: ignore 212 (the interface's)
  return library.now()
end

--- Closes it. Statements that wait end as away, if no other connection of the process has the same URI; and so do all that come later.
function Connection:close()
  self.closed = true
  self.own:close()
end

return connection
