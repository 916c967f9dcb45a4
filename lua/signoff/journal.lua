-- SPDX-License-Identifier: MIT

--- The journal of a run: what was intended, done and found, each on disk before the next step.
--
-- One JSON object a line. Its first member, `prev`, is the SHA-256 of the line before (64 hexadecimal digits; zeros in the
-- first line), so that a line that was changed, removed, doubled or moved shows. What vouches for the last line is the
-- SHA-256 of it that `head` gives: keep it elsewhere. A last line without a newline was torn by a crash: it was never
-- committed, nothing was done on its strength, and it is cut off.
-- @module signoff.journal

local core = require "signoff.core"
local json = require "signoff.json"

local journal = {}

-- Writing

local writer = {}
writer.__index = writer

local function new_writer(env, handle)
  return setmetatable({ env = env, handle = handle, written = 0, committed = 0, torn = 0 }, writer)
end

--- A new journal, which only its owner may read. It is locked until it is closed: nobody else can write it.
-- @tparam table env `sleep`: what its owner waits by
-- @tparam string path where nothing is yet
-- @return a writer; or nil, message, reason: `"exists"`, `"denied"`, `"full"`, `"missing"`, `"failed"`
function journal.create(env, path)
  local handle, message, reason = core.journal(path, "create")
  if not handle then
    return nil, message, reason
  end
  return new_writer(env, handle)
end

--- Adds a record. It is on disk when `sync` has returned true.
-- @function writer:write
-- @tparam table record anything that JSON can say, but no member `prev`
-- @return true; or nil, message, reason when an earlier record could not be written
function writer:write(record)
  if record.prev ~= nil then
    error("journal: a record must have no member 'prev'", 2)
  end
  self.written = self.written + 1
  return self.handle:append(json.encode(record))
end

--- Waits until all that was written before is on disk. Of all tasks that wait so in one turn of the loop, the first one
-- that runs again writes for all of them.
-- @function writer:sync
-- @return true; or nil, message, reason: nothing of it can be relied on, and the journal takes nothing more
function writer:sync()
  local mine = self.written
  if self.committed < mine then
    self.env.sleep(0)
  end
  if self.committed < mine then
    local fine, message, reason = self.handle:commit()
    if not fine then
      return nil, message, reason
    end
    self.committed = self.written
  end
  return true
end

--- SHA-256 of the last line, 64 hexadecimal digits.
-- @function writer:head
function writer:head()
  return self.handle:head()
end

--- Writes what is still to be written, and closes. Closing twice is harmless.
-- @function writer:close
-- @return true; or nil, message, reason
function writer:close()
  local handle = self.handle
  if self.closed then
    return true
  end
  self.closed = true
  local fine, message, reason = handle:commit()
  handle:close()
  return fine, message, reason
end

return journal
