-- SPDX-License-Identifier: MIT
-- The connection of a farm in handlers of nginx: nothing stops the worker, calls of one turn go together, and nothing stays.

local core = require "signoff.core"
local farm_server = require "spec.support.farm_server"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local server, proxy

local CODE = [[
local connection = require "signoff.farm.connection"
local farm = {}
local c
function farm.get()
  c = c or assert(connection.open(nil, "%s application_name=nginx"))
  c:work_as(5)
  return c
end
function farm.forget() c = nil end
return farm
]]

local SERVER = [[
location = /query { content_by_lua_block {
  local rows, message, code = require "farm".get():query("SELECT $1::int + 1", { 41 })
  ngx.print(rows and rows[1][1] or code .. ": " .. message, "\n")
} }
location = /slow { content_by_lua_block {
  local rows, _, code = require "farm".get():query("SELECT pg_sleep(0.3)", nil, 20)
  ngx.print(rows and "slept" or code, "\n")
} }
location = /late { content_by_lua_block {
  local rows, _, code = require "farm".get():query("SELECT pg_sleep(9)", nil, 0.3)
  ngx.print(rows and "slept" or code, "\n")
} }
location = /calls { content_by_lua_block {
  local most, threads = 0, {}
  for i = 1, 8 do
    threads[i] = ngx.thread.spawn(function()
      local answer = assert(require "farm".get():call("begin_act", { number = i }))
      assert(answer.number == i and answer.worker == 5)
      most = math.max(most, answer.together)
    end)
  end
  for i = 1, 8 do assert(ngx.thread.wait(threads[i])) end
  ngx.print(most >= 8 and "together" or most, "\n")
} }
location = /one { content_by_lua_block {
  local answer, message = require "farm".get():call("begin_act", { number = 1 }, 20)
  ngx.print(answer and answer.f or message, "\n")
} }
location = /notified { content_by_lua_block {
  local c = require "farm".get()
  while c:notified(0.2) do end
  ngx.print(tostring(c:notified(10)), "\n")
} }
location = /log {
  content_by_lua_block { ngx.print "logged\n" }
  log_by_lua_block {
    local fine, message = pcall(function() return require "farm".get():query "SELECT 1" end)
    ngx.log(ngx.NOTICE, "in log: ", fine, " ", message)
  }
}
location = /close { content_by_lua_block {
  require "farm".get():close()
  require "farm".forget()
  ngx.print "closed\n"
} }
]]

describe("the connection of a farm in nginx", function()
  setup(function()
    server = farm_server.start { port = true } -- workers are nobody's: by TCP
    proxy = nginx.start { server = SERVER, files = { ["farm.lua"] = CODE:format(server:uri("postgres", "signoff", nil, true)) } }
  end)
  teardown(function()
    nginx.stop_all()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("answers", function()
    assert.equal("42", proxy:get "/query")
    assert.same({ ["42"] = 200 }, (proxy:get_many("/query", 200)))
  end)

  it("does not stop the worker", function()
    local answers = proxy:begin("/slow", 3)
    core.sleep(0.1)
    local began = core.now()
    assert.equal("", proxy:get "/")
    assert.is_true(core.now() - began < 0.5)
    assert.same({ slept = 3 }, answers())
  end)

  it("ends in its time", function()
    local began = core.now()
    assert.equal("away", proxy:get "/late")
    assert.is_true(core.now() - began < 1.5)
    assert.equal("42", proxy:get "/query")
  end)

  it("calls of one turn go together", function()
    assert.equal("together", proxy:get "/calls")
    assert.same({ begin_act = 500 }, (proxy:get_many("/one", 500)))
  end)

  it("hears of notifications", function()
    local answers = proxy:begin("/notified", 1)
    core.sleep(1.5)
    server:sql "NOTIFY farm, '1'"
    assert.same({ ["true"] = 1 }, answers())
  end)

  it("says in which phases it cannot wait", function()
    assert.equal("logged", proxy:get "/log")
    peer.wait_for("a log", function()
      return proxy:log():find("in log: false .*cannot wait in nginx's phase 'log'")
    end)
  end)

  it("a reload while it is in use leaves one connection, and loses no answer", function()
    for _ = 1, 3 do
      local answers = proxy:begin("/slow", 2)
      core.sleep(0.1)
      proxy:reload()
      assert.same({ slept = 2 }, answers())
      assert.equal("42", proxy:get "/query")
    end
    peer.wait_for("one connection", function()
      return server:sql "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'nginx'" == "1"
    end)
  end)

  it("the server comes back", function()
    server:stop "kill"
    assert.matches("^away: the farm %(host 127.0.0.1, ", proxy:get "/query")
    server:begin()
    peer.wait_for("an answer", function()
      return proxy:get "/query" == "42"
    end)
  end)

  it("nothing stays of a connection that is closed", function()
    assert.equal("42", proxy:get "/query")
    assert.equal("closed", proxy:get "/close")
    local first = proxy:holdings()
    for _ = 1, 10 do
      assert.equal("42", proxy:get "/query")
      assert.equal("closed", proxy:get "/close")
    end
    assert.equal(first, (proxy:holdings()))
  end)
end)
