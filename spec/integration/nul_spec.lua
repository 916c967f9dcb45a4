-- SPDX-License-Identifier: MIT
-- C ends a text at its first NUL byte: what holds one would name something else than it says, so it is refused, by name.

local core = require "signoff.core"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local folder, systems, path

local function client()
  return signoff.jde_ais { url = "https://ais.example", token = "044-token" }
end

setup(function()
  folder = peer.output_of "mktemp -d"
  path = folder .. "/here"
  systems = {
    jde_ais = { client = client() }, cisco_em = { client = signoff.cisco_em { host = "ucm.example:8443", app_id = "app",
      app_certificate = "password-4711" } },
    agvance = { client = signoff.agvance { url = "https://agvance.example" } },
  }
end)
teardown(function()
  os.execute("rm -rf " .. folder)
end)
before_each(function()
  os.execute(("rm -rf %s/*"):format(folder))
  core.save(path, "{}\n") -- what the text before the NUL names is there
end)

-- Each gives what is refused: a function and its arguments. `nul` is the path of a file that is there, and "\0x" behind it.
local cases = {
  ["secret.env"] = function() return signoff.secret.env, "PATH\0x" end,
  ["secret.file"] = function(nul) return signoff.secret.file, nul end,
  ["secret.command"] = function(nul) return signoff.secret.command, { nul } end,
  ["an argument of secret.command"] = function() return signoff.secret.command, { "/bin/echo", "a\0b" } end,
  ["a system's name"] = function() return core.client, "jde_ais\0x", {} end,
  ["an option's name"] = function() return signoff.jde_ais, { url = "https://ais.example", ["timeout\0x"] = 1 } end,
  ["a system's own option's name"] = function() return signoff.jde_ais, { url = "https://ais.example", ["device\0x"] = "PC1" } end,
  ["a default's name"] = function() return signoff.defaults, { ["timeout\0x"] = 1 } end,
  ["an override's name"] = function() return client().status, client(), nil, { ["timeout\0x"] = 1 } end,
  ["an argument's name"] = function() return client().status, client(), { token = "044", ["device\0x"] = "PC1" } end,
  ["an asked option's name"] = function() return core.option, client(), "device\0x" end,
  ["an operation's name"] = function() return core.build, client(), "status\0x" end,
  ["an ending's name"] = function() return core.give_up, core.build(client(), "status"), "timeout\0x" end,
  ["url"] = function() return signoff.jde_ais, { url = "https://ais.example\0.evil.example" } end,
  ["path"] = function() return signoff.jde_ais, { url = "https://ais.example", path = "a\0b" } end,
  ["host"] = function() return signoff.cisco_em, { host = "ucm.example:1\0.2", app_id = "a", app_certificate = "pass" } end,
  ["ca_file"] = function(nul) return signoff.jde_ais, { url = "https://ais.example", ca_file = nul } end,
  ["ca_dir"] = function() return signoff.jde_ais, { url = "https://ais.example", ca_dir = folder .. "\0x" } end,
  ["client_cert"] = function(nul) return signoff.jde_ais, { url = "https://ais.example", client_cert = nul } end,
  ["client_key"] = function(nul) return signoff.jde_ais, { url = "https://ais.example", client_key = nul } end,
  ["client_key_password"] = function() return signoff.jde_ais, { url = "https://ais.example", client_key_password = "a\0b" } end,
  ["a secret as client_key_password"] = function()
    return signoff.jde_ais, { url = "https://ais.example", client_key_password = signoff.secret.new "a\0b" }
  end,
  ["proxy"] = function() return signoff.jde_ais, { url = "https://ais.example", proxy = "http://127.0.0.1:1\0x" } end,
  ["\"environment\" as proxy"] = function() return signoff.jde_ais, { url = "https://ais.example", proxy = "environment\0x" } end,
  ["no_proxy"] = function() return signoff.jde_ais, { url = "https://ais.example", no_proxy = "a\0b" } end,
  ["user_agent"] = function() return signoff.jde_ais, { url = "https://ais.example", user_agent = "a\0b" } end,
  ["accept"] = function() return signoff.jde_ais, { url = "https://ais.example", accept = "json\0x" } end,
  ["encoding"] = function() return signoff.agvance, { url = "https://ais.example", encoding = "json\0x" } end,
  ["a header's value"] = function() return signoff.jde_ais, { url = "https://ais.example", headers = { X = "a\0b" } } end,
  ["a secret as a header's value"] = function()
    return signoff.jde_ais, { url = "https://ais.example", headers = { X = signoff.secret.new "a\0b" } }
  end,
  ["a header's name"] = function()
    return signoff.jde_ais, { url = "https://ais.example", headers = { ["X\0Y"] = "a" } }
  end,
  ["a token"] = function() return client().status, client(), "044\0x" end,
  ["a secret as a token"] = function() return client().status, client(), signoff.secret.new "044\0x" end,
  ["a token's device"] = function() return client().status, client(), { token = "044", device = "PC1\0x" } end,
  ["a device"] = function() return systems.cisco_em.client.status, systems.cisco_em.client, "SEP1\0x" end,
  ["one device of several"] = function() return systems.cisco_em.client.query_devices, systems.cisco_em.client, { "SEP1", "SEP2\0x" } end,
  ["a session's key"] = function() return systems.agvance.client.logout, systems.agvance.client, "K1\0x" end,
  ["a status's name"] = function()
    local panel = signoff.isymphony { url = "http://panel.example", username = "m", password = "pass" }
    return panel.set_status, panel, "ann", { name = "Away\0", type = "away" }
  end,
  ["a path to save at"] = function(nul) return core.save, nul, "x" end,
  ["a path to save at in pieces"] = function(nul) return core.saving, nul end,
  ["a path to look at"] = function(nul) return core.stat, nul end,
  ["a journal's path"] = function() return core.journal, folder .. "/new\0x", "create" end,
  ["a journal's path to go on with"] = function(nul) return core.journal, nul, "append" end,
  ["a journal's mode"] = function() return core.journal, folder .. "/new", "create\0x" end,
  ["a journal to check"] = function(nul) return offboard.check, nul end,
  ["a journal to resume"] = function(nul) return offboard.resume, nul, systems, {} end,
  ["a journal to undo"] = function(nul) return offboard.undo, nul, systems, { journal = folder .. "/new" } end,
  ["a journal to report"] = function(nul) return offboard.report, nul end,
  ["a page to write"] = function(nul) return offboard.report, { results = {}, started = 0 }, { format = "html", out = nul } end,
  ["a plan to load"] = function(nul) return offboard.load, nul end,
  ["the path of a list of people"] = function(nul) return offboard.plan, systems, nul end,
  ["a protected name"] = function() return offboard.plan, systems, { { person = "ana" } }, { protect = { "ana\0x" } } end,
  ["an ignored column"] = function() return offboard.plan, systems, { { person = "ana" } }, { ignore = { "a\0x" } } end,
  ["an operator"] = function() return offboard.plan, systems, { { person = "ana" } }, { operator = "ana\0x" } end,
  ["a ticket"] = function() return offboard.plan, systems, { { person = "ana" } }, { ticket = "CHG\0x" } end,
  ["the name of a system of a site"] = function() return offboard.plan, { ["jde\0x"] = systems.jde_ais }, { { person = "ana" } } end,
}

-- Lists of people that are refused in the same way.
local people = {
  ["a person"] = { person = "ana\0x", cisco_em = "SEP1" },
  ["a cell"] = { person = "ana", cisco_em = "SEP1\0x" },
  ["a cell's user"] = { person = "ana", cisco_em = "SEP1=ana\0x" },
  ["a named user"] = { person = "ana", cisco_em = "user:ana\0x" },
  ["one target of several"] = { person = "ana", cisco_em = { "SEP1", "SEP2\0x" } },
  ["the user of one target of several"] = { person = "ana", cisco_em = { "SEP1", "SEP2=ana\0x" } },
  ["a key"] = { person = "ana", agvance = { "K1\0x" } },
  ["a token of a list"] = { person = "ana", jde_ais = { "044\0x@PC1" } },
  ["the device of a token of a list"] = { person = "ana", jde_ais = { "044@PC1\0x" } },
  ["a token in parts"] = { person = "ana", jde_ais = { token = "044\0x", device = "PC1" } },
  ["a device in parts"] = { person = "ana", jde_ais = { token = "044", device = "PC1\0x" } },
}
for what, person in pairs(people) do
  cases[what .. " in a list"] = function() return offboard.plan, systems, { person } end
end

local function refusal_of(f, ...)
  local fine, answer, message = pcall(f, ...)
  if fine then
    assert.is_nil(answer, "it was taken")
    return tostring(message)
  end
  return tostring(answer)
end

describe("a NUL byte is refused in", function()
  for what, case in pairs(cases) do
    it(what, function()
      local given = { case(path .. "\0x") }
      local message = refusal_of(unpack(given, 1, 5))
      assert.is_truthy(message:find("NUL byte", 1, true) or message:find("a name is no header's name", 1, true), message)
      assert.are.equal("{}\n", peer.read_file(path))
      assert.are.equal("here", peer.output_of("ls " .. folder))
    end)
  end

  it("the cell of a file, with its line", function()
    local list = folder .. "/list.csv"
    for _, text in ipairs { "person,cisco_em\nana,SEP1\0x\n", '{"person": "ana", "cisco_em": "SEP1"}\n{"person": "a\\u0000b"}\n' } do
      core.save(list, text)
      local plan, message = offboard.plan(systems, list)
      os.remove(list)
      assert.is_nil(plan)
      assert.is_truthy(message:find("list.csv:2: .*NUL byte"), message)
    end
  end)
end)
