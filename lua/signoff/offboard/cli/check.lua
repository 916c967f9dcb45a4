-- SPDX-License-Identifier: MIT

--- `config check`: whether the systems' file can be read, and is filled in. No system is asked.
-- @module signoff.offboard.cli.check

local config = require "signoff.offboard.cli.config"
local core = require "signoff.core"
local json = require "signoff.json"
local secret = require("signoff").secret
local Text = require "signoff.text"

local check = {}

-- Calls `f`. A secret that cannot be read is noted with its line, as other problems are, and a text takes its place.
local function with_stand_ins(problems, path, f)
  local real = {}
  for name, make in pairs(secret) do
    real[name] = make
    secret[name] = function(...)
      local fine, made = pcall(make, ...)
      if not fine then
        local place = debug.getinfo(2, "l")
        local line = place and place.currentline > 0 and (":%d"):format(place.currentline) or ""
        problems[#problems + 1] = { where = path .. line, message = (tostring(made):gsub("^.-: (secret%.)", "%1")) }
      end
      return fine and made or real.new "stand-in"
    end
  end
  local results = { pcall(f) }
  for name, make in pairs(real) do
    secret[name] = make
  end
  if not results[1] then
    error(results[2], 0)
  end
  return results[2]
end

--- Checks the file.
-- @tparam ?string path behind `--config`
-- @treturn table `path`, `environment`, `systems` (`name`, `kind`, `host`), `problems` (`where`, `message`)
-- @raise the end of the command where it cannot be read at all
function check.look(path)
  local problems = json.list()
  local name = config.path(path)
  local found = with_stand_ins(problems, name, function()
    return config.read(path)
  end)
  local systems = json.list()
  for i, system in ipairs(found.systems) do
    systems[i] = { name = system.name, kind = system.kind, host = system.host }
  end
  for _, blank in ipairs(config.blanks(found.systems)) do
    problems[#problems + 1] = blank
  end
  table.sort(problems, function(a, b)
    return core.before(a.where, b.where)
  end)
  return { path = name, environment = found.environment, systems = systems, problems = problems }
end

--- The same in words.
-- @tparam table found as `look` gives it
-- @treturn string lines
function check.text(found)
  local rows = { { "system", "kind", "host" } }
  for i, system in ipairs(found.systems) do
    rows[i + 1] = { Text.clean(system.name), system.kind, Text.clean(system.host) }
  end
  local lines = Text.columns(rows)
  lines[#lines + 1] = ""
  for _, problem in ipairs(found.problems) do
    lines[#lines + 1] = ("%s: %s"):format(Text.clean(problem.where), Text.clean(problem.message))
  end
  local count = #found.problems
  lines[#lines + 1] = count == 0 and "All is filled in. Next: signoff-offboard doctor" or ("%d left to fill in"):format(count)
  return table.concat(lines, "\n") .. "\n"
end

return check
