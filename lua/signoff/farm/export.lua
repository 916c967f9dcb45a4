-- SPDX-License-Identifier: MIT

--- The lines of a farm's run as the bytes of a journal: those that one host would have written to its file.
-- @module signoff.farm.export

local core = require "signoff.core"

local COUNT, SECONDS = 1000, 30 -- lines that are asked for at once, and how long the server may take

local export = {}

local Lines = {}
Lines.__index = Lines

-- It has the names of a file that `signoff.journal` reads: so reports, checks and `undo` take either, and nothing is written to a disk for
-- them.

--- The next bytes; nil at the end; nil and a message where the farm does not give them.
-- @function lines:read
function Lines:read()
  local rows, message, code = self.connection:query("SELECT n, body FROM farm.lines($1, $2, $3)",
    { self.run, ("%d"):format(self.count + 1), ("%d"):format(COUNT) }, SECONDS)
  if not rows then
    self.code = code
    return nil, message
  elseif #rows == 0 then
    return nil
  end
  local texts = {}
  for i, row in ipairs(rows) do
    if core.number(row[1]) ~= self.count + i then
      return nil, ("line %d is missing in the farm"):format(self.count + i)
    end
    texts[i] = row[2]
  end
  self.count = self.count + #rows
  texts[#texts + 1] = ""
  return table.concat(texts, "\n")
end

--- Ends the reading.
-- @function lines:close
function Lines:close()
  local connection = self.owned and self.connection
  self.owned = false
  if connection then
    connection:close()
  end
end

--- Opens the lines of a run. Nothing is asked before the first bytes are read, and a run that grows meanwhile is read as far as it is then.
-- @tparam table connection as `signoff.farm.connection` opens it
-- @tparam string run its name
-- @tparam[opt] boolean owned the connection is closed with the lines
-- @treturn table `read()`, `close()`, as `signoff.journal` takes it for a file
function export.open(connection, run, owned)
  return setmetatable({ connection = connection, run = run, count = 0, owned = owned }, Lines)
end

return export
