-- SPDX-License-Identifier: MIT

--- The part that a process has in a run of a farm: its calls to the server as one worker, and what becomes of them while the server is
-- away. A mere question is not asked then; a record waits, on disk, and is sent again when the server is back. A server that lost records
-- which it had acknowledged, as a standby may, is given them again first.
-- @module signoff.offboard.executor.farm.session

local core = require "signoff.core"
local json = require "signoff.json"
local Outbox = require "signoff.offboard.executor.farm.outbox"
local Spool = require "signoff.offboard.executor.farm.spool"

local session = {}
session.__index = session

-- Failures after which the server may answer again.
local temporary = { away = true, full = true }
-- Records of one call when many are sent again.
local MANY = 200
-- The last records, of which another server may lack some.
local RECENT = 5000

--- @tparam table env
-- @tparam table connection of `signoff.farm.connection`
-- @tparam table options `run` (its name), `host`, `spool` (a folder, or nil), `join` (`join()`: joins the run once more, and gives the
-- answer)
function session.new(env, connection, options)
  return setmetatable({
    env = env, connection = connection, options = options, outbox = Outbox.new(), back = env.condition(), spooled = 0,
    clock = connection.now and function() return connection:now() end or core.time,
  }, session)
end

--- Takes the answer to `join_run`: from now on calls are those of its worker.
function session:joined(answer)
  local options = self.options
  self.id, self.identity = answer.worker, answer.identity
  self.connection:work_as(answer.worker)
  if self.spool then
    self.spool:close()
  end
  self.spool = Spool.new(self.env, options.spool, {
    run = options.run, worker = answer.worker, host = options.host, farm = answer.farm,
  })
end

-- Losing the server, and finding it again

--- Sets the functions that hear of changes: `on_away()`, `on_back(lost)`, `on_failure(message, code)`, `on_unknown()`.
function session:listen(handlers)
  self.handlers = handlers
end

-- Notes that a call failed.
local function note_failure(self, message, code)
  if not temporary[code] then
    self:give_up(message, code)
    self.handlers.on_failure(message, code)
  elseif not self.away then
    self.away, self.away_since, self.message = core.time(), self.clock(), message
    self.handlers.on_away()
  end
  return nil, message
end

--- Ends the waiting for the server: what waits gets nil and this message.
function session:give_up(message, code)
  if not self.ended then
    self.ended, self.code = message, code
    self.back:signal()
  end
end

-- A call, whether or not the server is away.
local function try(self, name, given)
  local answer, age, code = self.connection:call(name, given)
  if answer == nil then
    return note_failure(self, age, code)
  elseif answer.unknown then
    self.unknown = true
    return note_failure(self, "it does not know this process any more", "away")
  end
  return answer, age
end

--- Asks for something that is not needed once the server was away.
-- @tparam string name of the server's function
-- @tparam table given
-- @return its answer; nil and a message
-- @treturn ?number the seconds since before it was asked
function session:ask(name, given)
  if self.away or self.ended then
    return nil, self.ended or self.message
  end
  return try(self, name, given)
end

--- Waits until the server is back.
-- @treturn boolean false where nobody waits for it any more
function session:wait_back()
  while self.away and not self.ended do
    self.back:wait()
  end
  return not self.ended
end

-- Notes that what was on disk is in the farm. The file goes with the last of it.
local function note_delivered(self)
  self.spooled = self.spooled - 1
  if self.spooled == 0 then
    self.spool:delivered()
  end
end

-- Sends a call until it is answered. It is on disk while it waits.
local function insist(self, name, given)
  local spooled, answer, message
  repeat
    answer, message = self:ask(name, given)
    if not answer and not spooled and self.spool:add(name, given) then
      spooled, self.spooled = true, self.spooled + 1
    end
  until answer or not self:wait_back()
  if answer and spooled then
    note_delivered(self)
  end
  return answer, message
end

--- Sends records. They get numbers; when this returns an answer they are in the farm.
-- @tparam string name of the server's function
-- @tparam table given gets `seq`
-- @tparam {string,...} texts the records
-- @tparam[opt] {table,...} over the jobs that are done with them
-- @return its answer; nil and a message where the server did not come back in time
function session:send(name, given, texts, over)
  given.seq = self.outbox:number(#texts)
  local answer, message = insist(self, name, given)
  if not answer then
    return nil, message
  end
  self.outbox:acknowledge(given.seq, texts, over)
  return answer
end

-- Gives the server again what it had acknowledged and lost. A record that it has is not taken twice.
local function resend(self, have)
  for _, run in ipairs(self.outbox:beyond(have, MANY)) do
    if not try(self, "append", run) then
      return false
    end
  end
  local over, jobs = {}, {}
  for i, job in ipairs(self.outbox:done_beyond(have)) do
    over[i], jobs[i] = job.n, { job.n, job.epoch }
  end
  return #over == 0 or try(self, "finish", { jobs = jobs, records = json.list(), seq = 0, over = over }) ~= nil
end

local function join_again(self)
  local answer, message, code = self.options.join()
  if not answer then
    return note_failure(self, message, code)
  elseif answer.refused then
    self:give_up(answer.message, answer.refused)
    return self.handlers.on_failure(answer.message, answer.refused)
  end
  self.unknown = false
  self:joined(answer)
  self.handlers.on_unknown()
  return resend(self, 0)
end

local function attach_again(self)
  local answer = try(self, "reattach", { seq = self.outbox.acknowledged, identity = self.identity })
  if not answer then
    return false
  end
  local have = answer.identity == self.identity and answer.have or math.min(answer.have, self.outbox.last - RECENT)
  self.identity = answer.identity
  return resend(self, have)
end

--- Gives the server the last records again. It may lack those that another one had acknowledged.
-- @treturn boolean whether it has them
function session:repeat_recent()
  return resend(self, self.outbox.last - RECENT)
end

--- Takes which server it is that answers. One that took over may lack the last records, also where the connection was made again and
-- nobody noticed.
-- @tparam ?string identity
function session:meet(identity)
  if identity and identity ~= self.identity and self:repeat_recent() then
    self.identity = identity
  end
end

--- Seconds since the server is away, whatever is done to the clock of the machine; nil while it is not.
function session:seconds_away()
  return self.away and self.clock() - self.away_since
end

--- Asks whether the server is back.
-- @treturn boolean
function session:retry()
  local fine
  if self.unknown then
    fine = join_again(self)
  else
    fine = attach_again(self)
  end
  if not fine or self.unknown then
    return false
  end
  self.away = nil
  self.handlers.on_back()
  self.back:signal()
  return true
end

--- Leaves the run, and closes. Records that wait on disk stay there.
function session:leave()
  if not self.away and not self.ended then
    self.connection:call("leave", {})
  end
  self:close()
end

--- Closes the connection, and what is open. Closing twice is harmless.
function session:close()
  if not self.closed then
    self.closed = true
    self:give_up("the run has ended", "closed")
    if self.spool then
      self.spool:close()
    end
    self.connection:close()
  end
end

return session
