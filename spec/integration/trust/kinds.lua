-- SPDX-License-Identifier: MIT
-- Files that the module obeys: `private` ones nobody else may read; `bytes()` makes one; `use(path)` gives true, or nil and
-- a message. `follows`: a link may stand for it. `runs`: it is a program. `writes`: it is written, too. `by_name`: somebody else reads it
-- later, by its name.

local config = require "signoff.offboard.cli.config"
local identity = require "signoff.offboard.identity"
local journal = require "signoff.journal"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local people = require "signoff.offboard.people.people"
local planning = require "signoff.offboard.plan.plan"
local signoff = require "signoff"
local Systems = require "signoff.offboard.systems"

local URL = "https://ais.example"

-- The site that uses a file: it has this one system.
local function site(kind)
  return { [kind] = { client = signoff[kind] { url = URL } } }
end

local function saved(make)
  local path = peer.directory() .. "/made"
  make(path)
  return peer.read_file(path)
end

local function raises(f, ...)
  local fine, problem = pcall(f, ...)
  if fine then
    return true
  end
  return nil, type(problem) == "table" and problem.message or problem
end

-- Of a run that did all it had to do.
local function journal_bytes()
  local item = { n = 1, person = "ana", system = "agvance", action = "logout", target = "K1", key = "K1" }
  return saved(function(path)
    local writer = assert(journal.create({ sleep = function() end }, path))
    for _, record in ipairs {
      { event = "start", items = 1, at = 1, started = 1, plan_digest = "sha256:ab", systems = {
        { name = "agvance", kind = "agvance", host = URL, identity = identity.of(site "agvance".agvance.client) },
      } },
      { event = "item", at = 1, item = item },
      { event = "verdict", at = 2, item = 1, row = { item = 1, person = "ana", system = "agvance", action = "logout", target = "K1",
        verdict = "ended", evidence = json.list() } },
    } do
      assert(writer:write(record))
    end
    assert(writer:close())
  end)
end

local function of_client(option)
  return {
    name = option, follows = true, by_name = true, bytes = function() return "-----BEGIN" end,
    use = function(path)
      return raises(signoff.jde_ais, { url = URL, [option] = path })
    end,
  }
end

return {
  { name = "config", follows = true,
    bytes = function()
      return ('_G.ran = true\nreturn { systems = { jde_ais = { client = require "signoff".jde_ais { url = %q } } } }\n'):format(URL)
    end,
    use = function(path)
      _G.ran = nil -- luacheck: ignore 122
      local fine, message = raises(config.load, path)
      return fine or nil, _G.ran and not fine and "IT RAN: " .. message or message -- luacheck: ignore 143
    end },
  { name = "list", private = true, follows = true, bytes = function() return "person,jde_ais\nana,a-token@PC\n" end,
    use = function(path)
      return people.read(path, Systems.check(site "jde_ais"))
    end },
  { name = "plan", follows = true,
    bytes = function()
      return saved(function(path)
        assert(assert(planning.make(site "jde_ais", { { person = "ana", jde_ais = "a-token@PC" } })):save(path))
      end)
    end,
    use = offboard.load },
  { name = "journal at resume", writes = true, bytes = journal_bytes,
    use = function(path)
      return offboard.resume(path, site "agvance")
    end },
  { name = "journal at undo", follows = true, bytes = journal_bytes,
    use = function(path)
      return offboard.undo(path, site "agvance")
    end },
  { name = "secret", private = true, follows = true, bytes = function() return "a-secret\n" end,
    use = function(path)
      return raises(signoff.secret.file, path)
    end },
  { name = "program", follows = true, by_name = true, runs = true, bytes = function() return "#!/bin/sh\necho a-secret\n" end,
    use = function(path)
      local fine, message = raises(signoff.secret.command, { (path:gsub("^[^/]", os.getenv "PWD" .. "/%0")) })
      return fine or message:find("run: chmod u+x", 1, true) ~= nil or nil, message -- a mode in the table may be that of no program
    end },
  of_client "client_key", of_client "client_cert", of_client "ca_file",
}
