-- SPDX-License-Identifier: MIT

--- The spool of a process in a farm: results that the server could not take wait in a file of this host, on disk, until it can. The file is
-- a journal: its first record says of which run and worker, each further one has a call as the server takes it. Doing a call again is
-- harmless: the server knows each record by its worker and number.
-- @module signoff.offboard.executor.farm.spool

local core = require "signoff.core"
local journal = require "signoff.journal"

local spool = {}
spool.__index = spool

local SUFFIX = ".spool"
local LOST = ".lost" -- behind the name of one that the farm cannot take any more: it has lost the process that wrote it

--- Makes the spool of a worker. There is no file until something waits.
-- @tparam table env as `journal.create` takes it
-- @tparam ?string folder nil: nothing is kept on disk
-- @tparam table about `run` (its name), `worker`, `host`, `farm` (its name)
function spool.new(env, folder, about)
  return setmetatable({ env = env, folder = folder, about = about, count = 0 }, spool)
end

local function path_of(self)
  return ("%s/%s-%.0f%s"):format(self.folder, core.sha256(self.about.run):sub(1, 12), self.about.worker, SUFFIX)
end

local function open(self)
  local writer, message = journal.create(self.env, path_of(self))
  if not writer then
    self.problem = message
    return nil
  end
  local about = self.about
  self.path, self.writer = path_of(self), writer
  return writer:write { event = "spool", at = core.time(), run = about.run, worker = about.worker, host = about.host, farm = about.farm }
end

--- Adds a call, on disk when this returns.
-- @tparam string name of the server's function
-- @tparam table given
-- @treturn ?boolean true; nil and a message where it could not be written, or there is no folder
function spool:add(name, given)
  if not self.folder or self.problem or not (self.writer or open(self)) then
    return nil, self.problem or "there is no folder for a spool"
  end
  self.count = self.count + 1
  local fine, message = self.writer:write { event = "call", at = core.time(), name = name, given = given }
  if fine then
    fine, message = self.writer:sync()
  end
  self.problem = not fine and message or nil
  return fine, message
end

--- Notes that the server has taken all that waited: the file goes.
function spool:delivered()
  if self.writer then
    self.writer:close()
    os.remove(self.path)
    self.writer, self.path, self.count = nil, nil, 0
  end
end

--- Closes the file, which stays. Closing twice is harmless.
function spool:close()
  if self.writer then
    self.writer:close()
    self.writer = nil
  end
end

-- Flushing what another process left

-- The records of a spool that nobody else has open.
local function read(env, path)
  local calls, about = {}, nil
  local writer, message, reason = journal.reopen(env, path, function(_, record)
    if record.event == "spool" then
      about = record
    elseif record.event == "call" then
      calls[#calls + 1] = record
    end
  end)
  if not writer then
    return nil, message, reason
  end
  return { writer = writer, calls = calls, about = about }
end

local function deliver(connection, found)
  for _, call in ipairs(found.calls) do
    local answer, message, code = connection:call(call.name, call.given)
    if answer == nil then
      return nil, message, code
    elseif answer.unknown then
      return nil, "the farm does not know the process any more that wrote it", "unknown"
    end
  end
  return true
end

-- Delivers one. Gives true and how many calls it had; or nil, a message, and a code: `"another"` where it is of another farm.
local function flush_one(connection, found, farm)
  if not found.about then
    return #found.calls == 0 or nil, "nothing says which process wrote it", "unknown"
  elseif (found.about.farm or farm) ~= farm then
    return nil, "its results are for another farm: they wait for a run there", "another"
  end
  connection:work_as(found.about.worker)
  local fine, message, code = deliver(connection, found)
  connection:work_as(nil)
  return fine, message, code
end

-- The same of a file, which goes when all of it is delivered.
local function flush(env, connection, path, farm, notice)
  local found, message, code = read(env, path)
  if not found then
    return code == "locked" or nil, message, code
  end
  local fine
  fine, message, code = flush_one(connection, found, farm)
  found.writer:close()
  if fine then
    os.remove(path)
    return true, #found.calls
  elseif code == "unknown" then
    os.rename(path, path .. LOST)
    notice(("%s: its results are not in the farm: %s"):format(path .. LOST, message))
  elseif code == "another" then
    notice(("%s: %s"):format(path, message))
  else
    return nil, message, code
  end
  return true
end

local function spools_in(folder)
  local list = {}
  for _, name in ipairs(folder and core.list(folder) or {}) do
    list[#list + 1] = name:sub(-#SUFFIX) == SUFFIX and folder .. "/" .. name or nil
  end
  return list
end

-- The name of the farm.
local function name_of(connection)
  local rows, message, code = connection:query("SELECT farm.name()", {})
  return rows and rows[1][1], message, code
end

--- Delivers what earlier processes of this host left in a folder. Spools that are in use are left alone, and so are those of another farm.
-- @tparam table env
-- @tparam table connection no worker's
-- @tparam ?string folder
-- @tparam function notice `notice(message)` hears of each spool that stays, though the run may begin
-- @treturn ?number how many records were delivered; nil and a message with the path of what could not be, and a code
function spool.flush(env, connection, folder, notice)
  local count, paths = 0, spools_in(folder)
  local farm, message, code
  if paths[1] then
    farm, message, code = name_of(connection)
    if not farm then
      return nil, ("%s: its results are not in the farm yet: %s"):format(paths[1], message), code
    end
  end
  for _, path in ipairs(paths) do
    local fine, more
    fine, more, code = flush(env, connection, path, farm, notice)
    if not fine then
      return nil, ("%s: its results are not in the farm yet: %s"):format(path, more), code
    end
    count = count + (type(more) == "number" and more or 0)
  end
  return count
end

return spool
