-- SPDX-License-Identifier: MIT
-- Finalizers of the script run wherever Lua allocates, also inside of the module: they may close what is in use there, and come
-- after everything else when a state ends. spec/proofs/lifetime has every function and every allocation.

local core = require "signoff.core"
local signoff = require "signoff"
local child = require "spec.support.child"
local new_jde = require "spec.support.jde_in_lua"
local peer = require "spec.support.peer"

local collectgarbage, pcall = collectgarbage, pcall -- busted's environment allocates when a global is read

-- Calls `f(object)` with a collection at its first allocation, whose finalizer calls `act(object)`.
local function collecting(object, act, f)
  local ran = false
  local function finalize()
    ran = true
    act(object)
  end
  collectgarbage()
  collectgarbage()
  collectgarbage "stop"
  local pause, step = collectgarbage("setpause", 1000), collectgarbage("setstepmul", 0)
  if newproxy then
    getmetatable(newproxy(true)).__gc = finalize
  else
    collectgarbage("incremental", 1000, 1000, 100) -- all of a collection in one step
    setmetatable({}, { __gc = finalize })
  end
  collectgarbage "restart"
  local _, result = pcall(f, object)
  collectgarbage("setpause", pause)
  collectgarbage("setstepmul", step)
  if not newproxy then
    collectgarbage("incremental", 0, 0, 13)
  end
  assert.is_true(ran)
  return result
end

describe("a finalizer of the script", function()
  local token = "044-token" .. ("x"):rep(3000)
  local path = os.tmpname()

  local function client()
    return signoff.jde_ais { url = "https://ais.example", token = token, device = "PC-1" }
  end

  local function described()
    return new_jde { url = "https://ais.example", token = token, device = "PC-1" }
  end

  local function described_reply()
    return core.reply(core.build(described(), "logout"), 200, '{"status":"Success"}')
  end

  local function answered()
    return core.reply(core.build(client(), "logout"), 200, '{"status":"Success"}')
  end

  local function journal()
    os.remove(path)
    return assert(core.journal(path, "create"))
  end

  local function close(object)
    object:close()
  end

  after_each(function()
    os.remove(path)
  end)

  local cases = {
    { "a client for which a call is built", client, close, function(object) return core.request((core.build(object, "logout"))).headers["jde-AIS-Auth"] end, token },
    { "a client of a system in Lua for which a call is built", described, close,
      function(object) return core.request((core.build(object, "logout"))).headers["jde-AIS-Auth"] end, token },
    { "a client of a system in Lua that is shown", described, close, tostring, "signoff.client: jde_in_lua https://ais.example" },
    { "a call of a system in Lua that is read, by reading it", described_reply, core.read, function(object) return core.read(object).status end,
      "Success" },
    { "a client for which arguments are checked", client, close, function(object) return core.refusal(object, "logout", "a\nb") or "nothing" end,
      "jde_ais.logout: argument 'token' holds a line break" },
    { "a client that masks", client, close, function(object) return core.mask(object, token .. " " .. token) end, "*** ***" },
    { "a client that masks a number", client, close, function(object) return core.mask(object, 12.5) end, "12.5" },
    { "a client that is shown", client, close, tostring, "signoff.client: jde_ais https://ais.example" },
    { "a secret whose bytes are taken", function() return (signoff.secret.new(token)) end, close, core.bytes, token },
    { "a journal that is shown", journal, close, tostring, "signoff.journal: " .. path },
    { "a journal whose head is taken", journal, close, function(object) return object:head() end, ("0"):rep(64) },
    { "a call that is read, by reading it", answered, core.read, function(object) return core.read(object).status end, "Success" },
    { "a call that is shown, by reading it", answered, core.read, function(object) return core.request(object).method end, "GET" },
    { "a call of a failed look, by reading it", answered, core.read, function(object) return next(core.inspected(object)) or "nothing" end, "nothing" },
  }
  local clear = { "the client is closed", "the secret was closed", "the journal was closed", "the call was read already", "(closed)", "journal: closed" }

  for _, case in ipairs(cases) do
    local what, make, act, f, whole = (table.unpack or unpack)(case) -- luacheck: ignore 143
    it("may close " .. what, function()
      local result = collecting(make(), function(object)
        pcall(act, object)
      end, f)
      local as_expected = tostring(result):find(whole, 1, true)
      for _, text in ipairs(clear) do
        as_expected = as_expected or tostring(result):find(text, 1, true)
      end
      assert.is_truthy(as_expected, tostring(result))
    end)
  end
end)

-- At the end of a state, its finalizer comes last: what the module made is closed by then, and on Lua 5.1 so are C modules.
local last = [[
  if jit then jit.off() end -- code that LuaJIT has compiled does not run while it closes a state
  local signoff, core, kept
  local function finish()
    for _, use in ipairs {
      function() core.build(kept.client, "logout") end, function() core.bytes(kept.secret) end, function() kept.engine:step(0) end,
      function() kept.channel:finished() end, function() core.read(kept.call) end,
    } do
      local fine, message = pcall(use)
      assert(not fine and message:find "closed" or message:find "read already", message)
    end
    local client = signoff.isymphony { url = "http://127.0.0.1:1", username = "a", password = signoff.secret.new "abcdefgh" }
    local call = core.build(client, "set_status", "rita", { name = ("n"):rep(3000), type = "away" })
    local described = core.build(kept.describe { url = "http://127.0.0.1:1" }, "kick", "T1")
    assert(core.read(core.reply(described, 200, '{"done":true}')).answer == "accepted")
    assert(not pcall(core.build, kept.described, "kick", "T1") and tostring(kept.described):find "^signoff.client: site")
    assert(pcall(core.read, kept.described_call) == false)
    io.stderr:write(core.read(core.reply(call, 204, "")).answer, require "signoff.json".encode { ("\255\1"):rep(2000) }:sub(1, 11))
  end
  if newproxy then
    first = newproxy(true)
    getmetatable(first).__gc = finish
  else
    first = setmetatable({}, { __gc = finish })
  end
  signoff, core = require "signoff", require "signoff.core"
  require "signoff.json"
  local client = signoff.jde_ais { url = "http://127.0.0.1:1", token = "044-token" }
  kept = { client = client, secret = signoff.secret.new "abcdefgh", engine = core.engine(2), channel = core.channel(), call = core.build(client, "logout") }
  kept.describe = signoff.system {
    name = "site", title = "A site's own", by_hand = "end it there", target = "text", doctor = { operation = "me", shows = "it works" },
    operations = {
      kick = { build = function(_, target) return { path = { target } } end,
        read = function(reply) return { answer = reply.body.done and "accepted" or nil } end, changes = true },
      me = { build = function() return {} end, read = function() return {} end, target = false },
    },
  }
  kept.described = kept.describe { url = "http://127.0.0.1:1" }
  kept.described_call = core.build(kept.described, "kick", "T1")
  kept.channel:submit(core.build(kept.described, "kick", "T2"))
  kept.engine:submit(core.build(client, "logout"))
  kept.channel:submit(core.build(client, "logout"))
]]

describe("the last finalizer of a state", function()
  it("may use what is closed, and make anew", function()
    finally(peer.stop_all)
    assert.are.equal('accepted["\239\191\189\\u0001', child.run(last))
  end)
end)
