-- SPDX-License-Identifier: MIT

--- Installs and upgrades the schema of a farm: each file of `signoff.farm.schema` is applied once, in the order of their numbers, and noted
-- in farm.version. All that is missing is applied in one transaction, or nothing of it.
-- @module signoff.farm.installer

local core = require "signoff.core"
local schema = require "signoff.farm.schema"

local installer = {}

--- Gives the files that are there already: rows of number and sha256, in order; no row where there is no schema yet.
installer.PRESENT = [[
SELECT CASE WHEN to_regclass('farm.version') IS NULL THEN '' ELSE
  (xpath('/row/files/text()', query_to_xml(
    'SELECT string_agg(number || '' '' || sha256, '','' ORDER BY number) AS files FROM farm.version', true, true, '')))[1]::text END]]

-- Of two that install at once, the second waits, and its transaction fails at the first file that is there.
local BEGINNING = "BEGIN;\nSET LOCAL client_min_messages = warning;\nSET LOCAL search_path = pg_catalog, pg_temp;\n"
local LOCK = "LOCK TABLE farm.version IN EXCLUSIVE MODE;\n"
local NOTE = "INSERT INTO farm.version (number, name, sha256) VALUES (%d, '%s', '%s');\n"

--- Reads the answer to `PRESENT`.
-- @tparam ?string text
-- @treturn table SHA-256 by number
function installer.read(text)
  local present = {}
  for number, sha256 in (text or ""):gmatch "(%d+) (%x+)" do
    present[core.number(number)] = sha256
  end
  return present
end

-- Why the files cannot follow those that are there, as a message and a reason.
local function problem_with(present, files)
  local known, last, newest = {}, files[#files].number, 0
  for _, file in ipairs(files) do
    known[file.number] = true
    if present[file.number] and present[file.number] ~= file.sha256 then
      return ("farm: the file %s was applied with another text; install the farm in a new database"):format(file.name), "changed"
    end
  end
  for number in pairs(present) do
    newest = math.max(newest, number)
    if number < last and not known[number] then
      return ("farm: the file %d was applied there, and this host does not have it"):format(number), "changed"
    end
  end
  if newest > last then
    return ("farm: the schema there is %d, and this host knows %d; install a newer signoff on this host"):format(newest, last), "newer"
  end
end

--- Makes what is to be executed, as one text of several statements that need no parameters.
-- @tparam table present as `read` gives it
-- @tparam[opt] {table,...} files those of the schema
-- @treturn ?string SQL; an empty text where nothing is missing; or nil, message, reason: `"changed"`, `"newer"`
-- @treturn ?number how many files it applies
function installer.script(present, files)
  files = files or schema.files
  local problem, reason = problem_with(present, files)
  if problem then
    return nil, problem, reason
  end
  local parts, count = { BEGINNING, next(present) and LOCK or "" }, 0
  for _, file in ipairs(files) do
    if not present[file.number] then
      count = count + 1
      parts[#parts + 1] = file.text .. NOTE:format(file.number, file.name, file.sha256)
    end
  end
  parts[#parts + 1] = "COMMIT;\n"
  return count > 0 and table.concat(parts) or "", count
end

--- Brings a database to the schema that this host knows.
-- @tparam function query `query(sql)` executes statements and gives rows (lists of texts); or nil, message, code
-- @tparam[opt] {table,...} files those of the schema
-- @treturn ?number how many files were applied; or nil, message, code or reason
function installer.apply(query, files)
  local rows, message, code = query(installer.PRESENT)
  if not rows then
    return nil, message, code
  end
  local script, count, reason = installer.script(installer.read(rows[1] and rows[1][1]), files)
  if not script then
    return nil, count, reason
  elseif count > 0 then
    rows, message, code = query(script)
    if not rows then
      query "ROLLBACK"
      return nil, message, code
    end
  end
  return count
end

return installer
