-- SPDX-License-Identifier: MIT
--- Databases with a farm in them, and short forms of its functions (spec/proofs/farm/sql/helpers.sql).

local files = require "spec.support.files"
local journal = require "signoff.journal"
local json = require "signoff.json"

local farm = {}

local made = 0

-- The first database of a server is the template of the others.
local templates = setmetatable({}, { __mode = "k" })

local function template_of(server)
  if not templates[server] then
    templates[server] = server:farm "template_of_farms"
    server:sql(files.read "spec/proofs/farm/sql/helpers.sql", templates[server])
  end
  return templates[server]
end

--- Makes a database with a farm and the short forms on a server.
-- @tparam table server as `postgres.start` gives it
-- @treturn string its name
function farm.new(server)
  made = made + 1
  local name = "farm_" .. made
  server:sql(("CREATE DATABASE %s TEMPLATE %s"):format(name, template_of(server)))
  return name
end

--- The answer of a function: JSON as a table.
function farm.answer(text)
  return assert(json.decode(text))
end

--- Runs a block of PL/pgSQL in so many sessions at once, each with its number in place of `$n`, and gives their outputs.
-- @tparam table server
-- @tparam string database
-- @tparam number count
-- @tparam string declarations
-- @tparam string block
function farm.at_once(server, database, count, declarations, block)
  local sessions, outputs = {}, {}
  for n = 1, count do
    sessions[n] = server:session(database)
  end
  for n, session in ipairs(sessions) do
    session:send((("DO $do$ DECLARE %s; BEGIN %s END $do$"):format(declarations, block):gsub("%$n", tostring(n))))
  end
  for n, session in ipairs(sessions) do
    outputs[n] = session:answer()
    session:close()
  end
  return outputs
end

--- The lines of a run as the bytes of a journal.
function farm.journal(server, database, run)
  return server:sql(("SELECT body FROM farm.lines('%s', 1, 1000000)"):format(run), database) .. "\n"
end

--- Raises unless the lines of a run are a sound journal, and its head is that of the run.
function farm.check_journal(server, database, run)
  local bytes = farm.journal(server, database, run)
  local found, problem = journal.check("journal", nil, { read = function()
    local chunk = bytes
    bytes = nil
    return chunk
  end, close = function() end })
  assert(found, problem)
  local noted = server:sql(("SELECT head || ' ' || lines FROM farm.run WHERE name = '%s'"):format(run), database)
  assert(noted == found.head .. " " .. found.lines, noted .. " is not the end of the journal")
  return found
end

return farm
