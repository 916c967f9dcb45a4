-- SPDX-License-Identifier: MIT
-- Inside nginx, nginx's own light threads do the work of signoff.loop; deadlines and the runtime hold in both.

if not rawget(_G, "jit") then
  return -- nginx has its own Lua, whichever runs the specs: once is enough
end

local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local alive = peer.reply("200 OK", '{"isValidSession":true}')

local function start(url, code)
  return nginx.start {
    files = { ["handler.lua"] = ([[
      local signoff, runtime = require "signoff", require "signoff.async.runtime"
      local client = signoff.jde_ais { url = "%s", token = "044-token", timeout = 5 }
      return function() %s end
    ]]):format(url, code) },
    server = [[ location /it { content_by_lua_block { ngx.say((require "handler")()) } } ]],
  }
end

describe("in nginx", function()
  after_each(function()
    nginx.stop_all()
    peer.stop_all()
  end)

  it("signoff.engine raises, and names ngx.thread", function()
    local server = start("http://127.0.0.1:1", [[ return tostring(select(2, pcall(signoff.engine))) ]])
    assert.matches("signoff.engine: .*ngx.thread", server:get "/it")
  end)

  it("signoff.loop raises, and names ngx.thread", function()
    local server = start("http://127.0.0.1:1", [[ return tostring(select(2, pcall(signoff.loop, print))) ]])
    assert.matches("ngx.thread", server:get "/it")
  end)

  it("signoff.pcall may wait", function()
    local server = start(peer.start({ peer.always(alive) }).url, [[
      local fine, active = signoff.pcall(function() return client:status().active end)
      return tostring(fine and active)
    ]])
    assert.are.equal("true", server:get "/it")
  end)

  it("a coroutine of signoff.wrap may wait, and any other one", function()
    local server = start(peer.start({ peer.always(alive) }).url, [[
      local said = {}
      for _, wrap in ipairs { signoff.wrap, coroutine.wrap } do
        local resume = wrap(function(name)
          for i = 1, 2 do
            local active = client:status().active
            coroutine.yield(name .. i .. tostring(active))
          end
        end)
        said[#said + 1] = resume "a" .. resume()
      end
      local fine, message = pcall(signoff.wrap(function() client:status() error("of the inner one", 0) end))
      return table.concat(said, " ") .. " " .. tostring(fine) .. " " .. message
    ]])
    assert.are.equal("a1truea2true a1truea2true false of the inner one", server:get "/it")
  end)

  it("signoff.deadline bounds its own handler's calls, and no other's", function()
    local server = start(peer.start({ { { loop = { "request", { wait = 0.5 }, { send = alive } } } } }).url, [[
      if ngx.var.arg_bound then
        local _, _, code = signoff.deadline(0.1, client.status, client)
        local _, message = pcall(signoff.deadline, 0.1, error, "an error")
        return code .. " " .. message .. " " .. tostring((client:status()).active)
      end
      return tostring((client:status()).active)
    ]])
    local wait = server:begin("/it", 5)
    assert.are.equal("timeout an error true", server:get "/it?bound=1")
    assert.are.same({ ["true"] = 5 }, wait())
  end)

  it("the environment runs side by side, bounded by the deadline around it, and ends with the last", function()
    local upstream = peer.start { { { loop = { "request", { wait = 1 }, { send = alive } } } } }
    local server = start(upstream.url, [[
      local codes = {}
      local value = runtime.run(function(env)
        for i = 1, 5 do
          env.spawn(function(n)
            env.sleep(0.01 * n)
            local active = client:status().active
            codes[#codes + 1] = tostring(active)
          end, i)
        end
        return "value"
      end)
      local late
      signoff.deadline(0.05, runtime.run, function(env)
        env.spawn(function() late = select(3, client:status()) end)
      end)
      return ("%s %s %s"):format(value, table.concat(codes, ","), late)
    ]])
    assert.are.equal("value true,true,true,true,true timeout", server:get "/it")
    assert.are_not.equal(1, #upstream:connections()) -- one after another, they would take the first one's
  end)

  it("an error of what was spawned reaches its owner, and ends the others", function()
    local server = start("http://127.0.0.1:1", [[
      local ended
      local fine, message = pcall(runtime.run, function(env)
        env.spawn(function() env.sleep(0.5) ended = true end)
        env.spawn(function() env.sleep(0.02) error "of what was spawned" end)
        env.sleep(5)
      end)
      ngx.sleep(0.7)
      return ("%s %s %s"):format(tostring(fine), tostring(message):match "of what was spawned", tostring(ended))
    ]])
    assert.are.equal("false of what was spawned nil", server:get "/it")
  end)

  it("a condition wakes all that wait for it, and says false at the time limit", function()
    local server = start("http://127.0.0.1:1", [[
      local said = {}
      local function note(...)
        said[#said + 1] = table.concat({ ... }, " ")
      end
      runtime.run(function(env)
        local condition, back = env.condition(), env.condition()
        condition:signal() -- nobody waits yet: it is not remembered
        note(tostring(condition:wait(0.01)))
        for i = 1, 3 do
          env.spawn(function() note(i, tostring(condition:wait(i ~= 2 and 60 or nil))) end)
        end
        env.sleep(0.02)
        condition:signal()
        env.sleep(0.02)
        env.spawn(function() note("again", tostring(condition:wait())) back:signal() end)
        env.sleep(0.02)
        condition:signal()
        note("back", tostring(back:wait(10)))
      end)
      local fine, message = pcall(runtime.run, function(env)
        env.spawn(function() env.condition():wait() end) -- for ever: ended with the others
        env.sleep(0.02)
        error "of the first"
      end)
      note(tostring(fine), message:match "of the first")
      return table.concat(said, ", ")
    ]])
    assert.are.equal("false, 1 true, 2 true, 3 true, again true, back true, false of the first", server:get "/it")
  end)
end)
