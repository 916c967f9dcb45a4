-- SPDX-License-Identifier: MIT

--- `journal export RUN`: the journal of a farm's run, byte for byte as one host would have written it to a file.
-- @module signoff.offboard.cli.farm_journal

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local farm_connection = require "signoff.offboard.cli.farm_connection"
local farm_selection = require "signoff.offboard.cli.farm_selection"
local json = require "signoff.json"
local output = require "signoff.offboard.cli.output"

-- Calls `write` with all bytes of a run, piece by piece. Gives how many there were.
local function copy(farm, write)
  local lines, size = farm_connection.lines(farm), 0
  repeat
    local bytes, message = lines:read()
    if not bytes and message then
      lines:close()
      farm_connection.fail(message, lines.code)
    end
    size = size + #(bytes or "")
    write(bytes or "")
  until not bytes
  lines:close()
  return size
end

-- Whole or not at all, for its owner alone.
local function save(farm, path)
  local pieces = {}
  copy(farm, function(bytes)
    pieces[#pieces + 1] = bytes
  end)
  local text = table.concat(pieces)
  output.save(path, text)
  return core.sha256(text)
end

--- The command.
-- @tparam table given its arguments
-- @tparam function config gives the systems' file
-- @treturn number exit status
return function(given, config)
  if given.json and not given.out then
    ending.stop(ending.USAGE, "journal export --json needs --out FILE: a journal is JSON lines, and no document")
  end
  local farm = farm_selection.needed(given, config, "journal export")
  farm.run = given.name
  if not given.out then
    copy(farm, output.write)
    return 0
  end
  local sha256 = save(farm, given.out)
  output.say("Written: %s (sha256:%s)", given.out, sha256)
  if given.json then
    output.write_json { written = json.list { { path = given.out, sha256 = sha256 } } }
  end
  return 0
end
