-- SPDX-License-Identifier: MIT
-- Nothing of the current folder is run, whatever somebody planted there: not by the installed command, nor by the examples.
-- tools/rock has LuaRocks' command.

local child = require "spec.support.child"
local example = require "spec.support.nginx_example"
local peer = require "spec.support.peer"
local planted = require "spec.support.planted"

local ROOT = peer.output_of "pwd"
local VERSION = _VERSION:match "%d%.%d"
local SUFFIX = VERSION ~= "5.1" and "_" .. VERSION:gsub("%.", "_") or nil
local LIMIT = "timeout 60"

local folder

-- In the folder with the planted modules: what a command prints. Fails if any of them ran.
local function output_there(command)
  local output = peer.output_of(("cd %s && %s 2>&1"):format(folder, command))
  assert.are.equal("", (planted.ran(folder) or ""):sub(1, 300), command)
  return output
end

-- The same, with paths that lead there before the checkout, which must be found nevertheless: the output has those words.
local function in_all_environments(command, words)
  for _, environment in ipairs(planted.environments(os.getenv "LUA_PATH", os.getenv "LUA_CPATH", SUFFIX)) do
    local output = output_there(("env %s %s %s"):format(environment, LIMIT, command))
    assert(output:find(words, 1, true), environment .. ": " .. output)
  end
end

describe("in a folder with planted modules", function()
  setup(function()
    folder = peer.directory()
    planted.plant(folder)
  end)

  teardown(peer.stop_all)

  it("a plain Lua runs them", function()
    for _, environment in ipairs(planted.environments(";;", ";;", SUFFIX)) do
      peer.output_of(("cd %s && env %s %s -e 'pcall(require, \"mine\") pcall(require, \"loadall.none\")' 2>&1"):format(
        folder, environment, child.interpreter))
      assert.is_string(planted.ran(folder))
    end
  end)

  describe("the installed command", function()
    local command

    setup(function()
      local prefix = folder .. "-installed"
      local problem = peer.output_of(("make -s install LUA_VERSION=%s LUA=%s PREFIX=%s 2>&1 >/dev/null"):format(
        VERSION, child.interpreter, prefix))
      assert.are.equal("", problem)
      command = prefix .. "/bin/signoff-offboard"
    end)

    teardown(function()
      os.execute(("rm -rf %s-installed"):format(folder))
    end)

    it("finds its own", function()
      for _, environment in ipairs(planted.environments(";;", ";;", SUFFIX)) do
        assert.matches("^signoff%-offboard %d", output_there(("env %s %s %s --version"):format(environment, LIMIT, command)))
      end
      assert.matches("^signoff%-offboard %d", output_there(("env -u LUA_PATH -u LUA_CPATH %s %s --version"):format(LIMIT, command)))
    end)

    it("is run by its path, by PATH, and by a link", function()
      for _, how in ipairs {
        ("PATH=%s:$PATH signoff-offboard"):format(command:match "^(.*)/"), ("sh %s"):format(command),
        ("ln -sf %s .link && ./.link"):format(command),
      } do
        assert.matches("^signoff%-offboard %d", output_there(("unset LUA_PATH LUA_CPATH; %s --version"):format(how)))
      end
    end)

    it("runs nothing that the environment wants run first", function()
      for _, first in ipairs(planted.first) do
        assert.matches("^signoff%-offboard %d", output_there(("env -u LUA_PATH -u LUA_CPATH %s %s %s --version"):format(first, LIMIT, command)))
      end
    end)

    it("runs the systems' file that was named, and what that asks for only from where it was installed", function()
      assert.matches("systems.lua: there is no such file", output_there(("env -u SIGNOFF_CONFIG %s %s doctor"):format(LIMIT, command)))
      local site = folder .. "-installed/site.lua"
      peer.write_file(site, "error(tostring(pcall(require, 'mine')) .. tostring(pcall(require, 'lib.mine')) .. ' it asked')")
      assert.matches("falsefalse it asked", output_there(("env LUA_PATH='./?.lua;;' %s %s doctor --config %s"):format(LIMIT, command, site)))
    end)
  end)

  it("the command of the checkout finds its own", function()
    in_all_environments(("%s %s/examples/offboard.lua --version"):format(child.interpreter, ROOT), "signoff-offboard 0")
  end)

  for name, words in pairs {
    agvance = "AGVANCE_SESSION_ID", cisco_em = "CISCO_EM_APP_CERTIFICATE", isymphony = "ISYMPHONY_PASSWORD",
    jde_ais = "option 'url' is missing", oracle_commerce = "option 'url' is missing",
  } do
    it(("examples/%s.lua finds its own"):format(name), function()
      in_all_environments(("env -u AGVANCE_SESSION_ID -u CISCO_EM_APP_CERTIFICATE -u ISYMPHONY_PASSWORD -u JDE_AIS_URL -u ORACLE_COMMERCE_URL %s %s/examples/%s.lua"):format(
        child.interpreter, ROOT, name), words)
    end)
  end

  -- Their hosts, as far as they say anything of modules: a script in their process, and what it may call.
  local hosts = {
    freeswitch = [[
      local function nothing() end
      session = { answer = nothing, streamFile = nothing, ready = nothing, hangup = nothing, setVariable = nothing,
        getVariable = nothing, consoleLog = function(_, _, text) print(text) end }
      package.path = package.path .. ";ROOT/examples/telephony/?.lua" -- script-directory
      dofile "ROOT/examples/freeswitch/signoff_logout.lua"]],
    asterisk = [[
      app = setmetatable({ verbose = function(_, text) print(text) end }, { __index = function() return function() end end })
      channel = setmetatable({}, { __index = function() return { get = function() return "" end } end })
      autoservice_start, autoservice_stop = function() end, function() end
      package.path = package.path .. ";ROOT/examples/telephony/?.lua"
      local real = dofile
      dofile = function(path) return real(path == "/etc/asterisk/signoff_site.lua" and "ROOT/examples/telephony/signoff_site.lua" or path) end
      real "ROOT/examples/asterisk/extensions.lua"
      extensions.signoff["*56"]()]],
  }

  for name, code in pairs(hosts) do
    it(("the example for %s finds its own"):format(name), function()
      local script = peer.directory() .. "/host.lua"
      peer.write_file(script, (code:gsub("ROOT", (ROOT:gsub("%%", "%%%%")))))
      in_all_environments(("%s %s"):format(child.interpreter, script), "secret.file: /etc/signoff/em-password: there is no such file")
    end)
  end

  if rawget(_G, "jit") then -- nginx has a Lua of its own
    it("the simulator finds its own", function()
      in_all_environments(("%s/examples/simulator/simulator with echo it is up"):format(ROOT), "it is up")
    end)

    it("the example for nginx finds its own", function()
      for _, environment in ipairs(planted.environments(os.getenv "LUA_PATH", os.getenv "LUA_CPATH")) do
        local one = example.start(("-C %s %s"):format(folder, environment))
        example.stop(one)
        assert.are.equal("", planted.ran(folder) or "", environment)
      end
    end)
  end
end)
