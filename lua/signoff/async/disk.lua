-- SPDX-License-Identifier: MIT

--- Work that may wait for a disk: in nginx a thread of the module does it, and a slow disk delays only who waits for it; elsewhere it
-- blocks.
--
-- `done` is called once, with what the function of the core would return: here before the function returns, in nginx later.
-- @module signoff.async.disk

local context = require "signoff.async.context"
local core = require "signoff.core"

local nginx = context.is_nginx and require "signoff.async.nginx"

local blocking = {}

--- Makes a journal.
-- @tparam string path where nothing is yet
-- @tparam function done `done(journal)`, or `done(nil, message, reason)`
function blocking.create(path, done)
  done(core.journal(path, "create"))
end

--- Writes what was appended to a journal.
-- @param journal of `create`; until `done` is called it must neither be appended to nor closed
-- @tparam function done `done(true)`, or `done(nil, message, reason)`
function blocking.commit(journal, done)
  done(journal:commit())
end

--- Saves a file whole or not at all, for its owner alone.
-- @tparam string path
-- @tparam string bytes
-- @tparam function done `done(true)`, or `done(nil, message, reason)`
function blocking.save(path, bytes, done)
  done(core.save(path, bytes))
end

--- Removes a file.
-- @tparam string path
-- @tparam function done `done(true)`, or `done(nil, message)`
function blocking.remove(path, done)
  done(os.remove(path))
end

local Outcome = {}
Outcome.__index = Outcome

--- Makes an outcome: `set(...)` gives it its values, once; `wait(seconds)` waits for them, and gives nil, "late" where they did not come.
function blocking.outcome()
  return setmetatable({}, Outcome)
end

function Outcome:set(...)
  self.values = { ... }
end

function Outcome:wait()
  if not self.values then
    return nil, "late"
  end
  return self.values[1], self.values[2], self.values[3]
end

if not nginx then
  return blocking
end

local disk = {}

for name, block in pairs(blocking) do
  disk[name] = function(...)
    local waiting = nginx.disk()
    return (waiting and waiting[name] or block)(...)
  end
end

return disk
