-- SPDX-License-Identifier: MIT
-- `init` prints a systems' file that loads, `config check` names all that is left to fill in, and nothing else; filled in, `doctor` is content.

local check = require "signoff.offboard.cli.check"
local core = require "signoff.core"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"
local sorted_names = require "spec.support.sorted_names"

before_each(operator.fresh)
after_each(operator.clean)

local kinds = sorted_names(core.facts)

-- The texts that each system's part leaves to the site, and what belongs there in the simulator.
local left = {
  agvance = { { "FILL-IN-KEY", "X-Api-Key" }, { "FILL-IN-DATABASE", "X-Database-Id" }, { "FILL-IN-SESSION", "X-Session-Id" },
    { "https://api.agvance.net", simulated.url("agvance", "https"), given = true } },
  cisco_em = { { "https://FILL-IN:8443/emservice/EMServiceServlet", simulated.url("cisco_em", "https") }, { '"FILL-IN"', '"offboarding"' } },
  isymphony = { { "https://FILL-IN:55050", simulated.url("isymphony", "https") }, { '"FILL-IN"', '"manager"' } },
  jde_ais = { { "https://FILL-IN", simulated.url("jde_ais", "https") } },
  oracle_commerce = { { "https://FILL-IN", simulated.url("oracle_commerce", "https") } },
}
local secrets = {
  agvance = { key = "agvance-key", database = "agvance-database", session = "session-own" },
  cisco_em = { password = "em-password" }, isymphony = { password = "manag3rpa55word" }, jde_ais = {}, oracle_commerce = {},
}

-- The members that `config check` must name.
local named = {
  agvance = { "headers.FILL-IN-DATABASE", "headers.FILL-IN-KEY", "headers.FILL-IN-SESSION" }, cisco_em = { "app_id", "url" },
  isymphony = { "url", "username" }, jde_ais = { "url" }, oracle_commerce = { "url" },
}

local function plainly(text, from, to)
  local at, ending = text:find(from, 1, true)
  assert(at, from)
  return text:sub(1, at - 1) .. to .. text:sub(ending + 1)
end

local function printed(words)
  local status, out = operator.run("init " .. words)
  assert.equal(0, status)
  assert.is_nil(simulated.leak(out, { "em-password", "manag3rpa55word", "agvance-key" }))
  return (out:gsub("/etc/signoff/", operator.directory .. "/"))
end

local function wheres(found)
  local list = {}
  for i, problem in ipairs(found.problems) do
    list[i] = (problem.where:gsub("^.*%.lua:%d+$", "line")) .. (problem.message:match "/([%w_]+%.%l+:) there" or "")
  end
  table.sort(list)
  return list
end

describe("init", function()
  for _, kind in ipairs(kinds) do
    it(kind .. " prints a file that loads; config check names what is left, and each thing alone when it alone is left", function()
      local text = printed(kind)
      operator.write("own.lua", text)
      local wanted = {}
      for _, place in ipairs(named[kind]) do
        wanted[#wanted + 1] = ("systems.%s.%s"):format(kind, place)
      end
      for name in pairs(secrets[kind]) do
        wanted[#wanted + 1] = ("line%s.%s:"):format(kind, name)
      end
      wanted[#wanted + 1] = kind == "agvance" and "lineagvance.session:" or nil -- it stands there twice
      table.sort(wanted)
      local found = check.look(operator.path "own.lua")
      assert.same(wanted, wheres(found))
      assert.equal(kind, found.systems[1].kind)
      local count = #wanted
      for name, secret in pairs(secrets[kind]) do
        operator.write(("%s.%s"):format(kind, name), secret)
        count = count - (name == "session" and 2 or 1)
        assert.equal(count, #check.look(operator.path "own.lua").problems)
      end
      for _, step in ipairs(left[kind]) do
        text = plainly(text, step[1], step[2])
        operator.write("own.lua", text)
        count = count - (step.given and 0 or 1)
        assert.equal(count, #check.look(operator.path "own.lua").problems, step[1])
      end
      assert.equal(0, count)
    end)
  end

  it("of all systems, filled in: doctor is content", function()
    local text = printed(table.concat(kinds, " "))
    operator.write("own.lua", text)
    assert.equal(2, (operator.run "config check --config own.lua"))
    for _, kind in ipairs(kinds) do
      local from = assert(text:find("\n    " .. kind .. " = {", 1, true))
      local part = text:sub(from)
      for _, step in ipairs(left[kind]) do
        part = plainly(part, step[1], step[2])
      end
      text = text:sub(1, from - 1) .. part
      for name, secret in pairs(secrets[kind]) do
        operator.write(("%s.%s"):format(kind, name), secret)
      end
    end
    text = plainly(text, '-- signoff.defaults { ca_file = "/etc/ssl/certs/own-ca.pem" }',
      ("signoff.defaults { ca_file = %q }"):format(simulated.simulator.ca_file))
    operator.write("own.lua", text)
    local status, out = operator.run "config check --config own.lua"
    assert.equal(0, status, out)
    assert.truthy(out:find("All is filled in. Next: signoff-offboard doctor", 1, true))
    status, out = operator.run "doctor --config own.lua"
    assert.equal(0, status, out)
    assert.is_nil(out:find("fail", 1, true) or out:find("warn", 1, true), out)
  end)

  it("says which systems there are", function()
    for words, message in pairs { ["cisco_me"] = "did you mean 'cisco_em'?", ["phones"] = "known are agvance, cisco_em,", ["agvance agvance"] = "stands twice" } do
      local status, out, err = operator.run("init " .. words)
      assert.equal(2, status)
      assert.equal("", out)
      assert.truthy(err:find(message, 1, true), err)
    end
  end)
end)

describe("config check", function()
  local start = "local s = require 'signoff' return { systems = { x = { client = s.cisco_em { url = 'https://x.example', "

  it("asks no system", function()
    assert.equal(0, (operator.run "config check"))
    for _, system in ipairs(simulated.systems) do
      assert.equal("", simulated.heard(system))
    end
  end)

  it("does not say what stands where something is to be filled in", function()
    operator.write("own.lua", start .. "app_id = 'a', app_certificate = 'FILL-IN-4711' } } } }")
    local status, out, err = operator.run "config check --config own.lua"
    assert.equal(2, status)
    assert.truthy(out:find("systems.x.app_certificate: is to be filled in", 1, true), out)
    assert.is_nil((out .. err):find("4711", 1, true))
  end)

  it("names every secret that cannot be read, and its line", function()
    operator.write("open", "word")
    os.execute("chmod 644 " .. operator.path "open")
    operator.write("own.lua", ("local s = require 'signoff'\nlocal a = s.secret.file '%s'\nlocal b = s.secret.env 'NOT_THERE'\n"
      .. "return { systems = { x = { client = s.cisco_em { url = 'https://x.example', app_id = 'a', app_certificate = a, headers = { h = b } } } } }")
      :format(operator.path "open"))
    local status, out = operator.run "config check --config own.lua"
    assert.equal(2, status)
    assert.truthy(out:find("own.lua:2: secret.file: ", 1, true) and out:find("own.lua:3: secret.env: ", 1, true), out)
    assert.truthy(out:find("2 left to fill in", 1, true), out)
  end)

  it("leaves the functions of secrets as they were, also where the file fails", function()
    local before = signoff.secret.file
    for _, text in ipairs { start .. "app_id = 'a', app_certificate = 'b' } } } }", "error 'out of order'", "return {" } do
      operator.write("own.lua", text)
      pcall(check.look, operator.path "own.lua")
      assert.equal(before, signoff.secret.file)
    end
  end)

  it("is asked for where another command meets a file that is not filled in; no system is asked", function()
    operator.write("own.lua", (printed "cisco_em"))
    operator.write("cisco_em.password", "em-password")
    for _, words in ipairs { "doctor", "plan leavers.csv", "status leavers.csv" } do
      local status, out, err = operator.run(words .. " --config own.lua")
      assert.equal(2, status)
      assert.equal("", out)
      assert.truthy(err:find("systems.cisco_em.", 1, true) and err:find("config check", 1, true), err)
    end
  end)

  it("ends with 2 and the place where the file is wrong", function()
    for text, message in pairs { ["return {"] = "own.lua:1:", ["return 7"] = "returns a number",
      [start .. "ap_id = 'a' } } } }"] = "ap_id" } do
      operator.write("own.lua", text)
      local status, out, err = operator.run "config check --config own.lua"
      assert.equal(2, status)
      assert.equal("", out)
      assert.truthy(err:find(message, 1, true), err)
    end
  end)
end)

describe("show", function()
  it("shows a saved plan as plan did, without the systems' file", function()
    local _, planned = operator.run "plan leavers.csv --out plan --ticket CHG-1"
    local status, out = operator.run("show plan --config nowhere.lua", "unset SIGNOFF_CONFIG")
    assert.equal(0, status)
    assert.equal(planned, out)
  end)
end)

describe("version", function()
  it("names this module, Lua and the libraries at work", function()
    local status, out = operator.run "version"
    assert.equal(0, status)
    assert.truthy(out:find("signoff%-offboard +" .. core.version:gsub("%p", "%%%0")), out)
    assert.truthy(out:find("libcurl +%d+%.%d+%.%d+") and out:find("libxml2 +%d+%.%d+%.%d+"), out)
    assert.truthy(out:find("libxml2 +" .. peer.output_of("pkg-config --modversion libxml-2.0"):gsub("%p", "%%%0")), out)
  end)
end)
