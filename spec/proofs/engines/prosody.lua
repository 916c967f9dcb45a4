-- SPDX-License-Identifier: MIT
-- examples/embedding/mod_signoff.lua in a real Prosody, in a directory of its own, against the simulator.

local core = require "signoff.core"
local child = require "spec.support.child"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

local COUNT, SETTLE, KEY = 20, 2, "key-of-callers"

local configuration = [[
  run_as_root = true
  pidfile = "@dir@/prosody.pid"
  data_path = "@dir@"
  certificates = "@dir@"
  plugin_paths = { "@modules@" }
  network_backend = "@backend@"
  modules_disabled = { "s2s", "c2s", "admin_shell" }
  interfaces = { "127.0.0.1" }
  http_interfaces = { "127.0.0.1" }
  http_ports = { @port@ }
  https_ports = {}
  c2s_ports = {}
  s2s_ports = {}
  http_default_host = "localhost"
  log = { debug = "*console" }
  VirtualHost "localhost"
    modules_enabled = { "signoff" }
    signoff_url = "@url@"
    signoff_app_id = "offboarding"
    signoff_app_certificate_file = "@dir@/certificate"
    signoff_key_file = "@dir@/key"
    signoff_settle = @settle@
]]

local function write_secret(path, text)
  peer.write_file(path, text)
  os.execute("chmod 600 " .. path)
end

local function is_running(pid)
  local state = peer.read_file(("/proc/%d/stat"):format(pid))
  return state ~= nil and not state:match "^%d+ %b() Z"
end

local function ask(url, more)
  return ("env %s -s --noproxy '*' --max-time 30 -w '%%{http_code}' %s %s"):format(peer.CURL, more or "", url)
end

-- Starts it, and waits until it answers. It ends by itself after two minutes.
local function start(backend)
  local directory = peer.directory()
  local port = peer.free_port()
  local values = {
    dir = directory, modules = peer.output_of "pwd" .. "/examples/embedding", backend = backend, port = port, settle = SETTLE,
    url = simulated.url "cisco_em",
  }
  peer.write_file(directory .. "/prosody.cfg.lua", (configuration:gsub("@(%w+)@", values)))
  write_secret(directory .. "/certificate", "em-password\n")
  write_secret(directory .. "/key", KEY .. "\n")
  local server = peer.spawn(("timeout --kill-after=5 120 prosody -F --config %s/prosody.cfg.lua"):format(directory), directory)
  server.url = ("http://127.0.0.1:%d/signoff/"):format(port)
  local fine, why = pcall(peer.wait_for, "Prosody", function()
    return not is_running(server.pid) or peer.output_of(ask(server.url, "-X POST")) :find "401$"
  end)
  assert(fine and is_running(server.pid), tostring(why) .. "\n" .. peer.read_file(server.output))
  return server
end

local function device(number)
  return ("SEP000000%06d"):format(number)
end

local function load_people()
  local devices = {}
  for i = 1, COUNT do
    devices[i] = { name = device(i), user = ("user.%06d"):format(i) }
  end
  simulator.reset()
  simulator.people { cisco_em = { devices = devices } }
  simulator.settings("cisco_em", { max_concurrent = 1000 })
end

local function occupied()
  local count = 0
  for _, one in ipairs(simulator.state().cisco_em.devices) do
    count = count + ((one.user or "") ~= "" and 1 or 0)
  end
  return count
end

local function sign_out_all(server)
  local asked = {}
  for i = 1, COUNT do
    asked[i] = peer.spawn(ask(server.url .. device(i), ("-X POST -H 'Authorization: Bearer %s'"):format(KEY)), peer.directory())
  end
  return asked
end

local function texts_of(asked)
  local list = {}
  for i, one in ipairs(asked) do
    list[i] = peer.read_file(one.output)
  end
  return table.concat(list)
end

local function stop(server)
  os.execute(("kill -TERM %d"):format(server.pid))
  peer.wait_for("the end of Prosody", function() return not is_running(server.pid) end)
end

if child.interpreter ~= "lua5.4" then
  return -- Prosody runs on Lua 5.4
end

describe("the module of Prosody", function()
  after_each(peer.stop_all)

  for _, backend in ipairs { "epoll", "select" } do
    it("signs people out while the server goes on, with " .. backend, function()
      load_people()
      local server = start(backend)
      local began = core.now()
      local asked = sign_out_all(server)
      peer.wait_for("the first look", function() return #simulated.journal("cisco_em") > 0 end)
      assert.matches("401$", peer.output_of(ask(server.url .. device(1), "-X POST"))) -- it answers others meanwhile
      peer.wait_for("all answers", function() return #texts_of(asked) >= COUNT * #"ended\n200" end)
      local seconds = core.now() - began
      assert.are.equal(("ended\n200"):rep(COUNT), texts_of(asked))
      assert.are.equal(0, occupied())
      assert.is_true(seconds < COUNT * SETTLE, seconds) -- one after the other it would take that long at least
      local log = peer.read_file(server.output)
      assert.is_nil(log:match "[^\n]*\terror\t[^\n]*", log:match "[^\n]*\terror\t[^\n]*")
      assert.is_nil(log:find(KEY, 1, true) or log:find("em-password", 1, true))
      stop(server)
      assert.is_nil(peer.read_file(server.output):match "[^\n]*\terror\t[^\n]*")
    end)
  end

  it("ends with sign-outs on their way, and answers them", function()
    load_people()
    simulator.faults { { system = "cisco_em", fault = "stall", seconds = 20 } }
    local server = start "epoll"
    local asked = sign_out_all(server)
    peer.wait_for("the first look", function() return #simulated.journal("cisco_em") > 0 end)
    stop(server)
    assert.is_nil(texts_of(asked):find("ended", 1, true))
    simulator.reset()
  end)
end)
