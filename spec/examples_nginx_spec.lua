-- SPDX-License-Identifier: MIT
-- examples/nginx, as its page says to run it.

if not rawget(_G, "jit") then
  return -- it runs in nginx's own Lua, whichever runs the specs
end

local cjson = require "cjson"
local core = require "signoff.core"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local TOKEN = "0123456789abcdef"

describe("the example for nginx", function()
  local process, url, directory

  setup(function()
    simulated.reset()
    directory = peer.directory()
    os.execute(("chmod 755 %s; mkdir %s/nginx; cp examples/nginx/* %s/nginx; cp examples/systems.lua %s; chmod -R a+rX %s"):format(
      directory, directory, directory, directory, directory))
    local port = peer.free_port()
    local text = peer.read_file(directory .. "/nginx/nginx.conf"):gsub("127.0.0.1:8088", "127.0.0.1:" .. port)
    if peer.output_of "id -u" == "0" then
      text = "user root;\n" .. text -- the simulator's certificates are its user's alone
    end
    peer.write_file(directory .. "/nginx/nginx.conf", text)
    process = peer.spawn(("env PATH=$PATH:/usr/sbin SIGNOUT_TOKEN=%s nginx -e error.log -p %s/nginx/ -c nginx.conf -g 'daemon off;'"):format(
      TOKEN, directory), directory)
    url = ("http://127.0.0.1:%d/signout"):format(port)
    peer.wait_for("nginx", function()
      return peer.output_of(("curl -s --max-time 1 -o /dev/null -w '%%{http_code}' %s"):format(url)) == "405"
    end)
  end)

  teardown(function()
    os.execute(("kill -QUIT %d"):format(process.pid))
    peer.wait_for("the end of nginx", function()
      local state = peer.read_file(("/proc/%d/stat"):format(process.pid))
      return not state or state:match "^%d+ %b() Z"
    end)
    peer.stop_all()
    simulated.reset()
  end)

  local function post(body, token)
    peer.write_file(directory .. "/body", body)
    local output = peer.output_of(("curl -s --max-time 30 -w '\\n%%{http_code}' -H 'Authorization: Bearer %s' --data-binary @%s/body %s"):format(
      token or TOKEN, directory, url))
    local text, status = output:match "^(.*)\n(%d+)$"
    return tonumber(status), cjson.decode(text)
  end

  it("signs a person out of all systems at once", function()
    local started = core.now()
    local status, found = post(cjson.encode {
      cisco_em = { os.getenv "CISCO_EM_DEVICE" }, isymphony = { os.getenv "ISYMPHONY_USER" },
      oracle_commerce = { os.getenv "ORACLE_COMMERCE_TOKEN" },
      jde_ais = { { token = os.getenv "JDE_AIS_TOKEN", device = os.getenv "JDE_AIS_DEVICE" } },
    })
    assert.equal(200, status)
    local verdicts = {}
    for _, row in ipairs(found.results) do
      verdicts[row.system] = row.verdict
    end
    assert.same({ cisco_em = "ended", isymphony = "status_set", oracle_commerce = "ended", jde_ais = "ended" }, verdicts)
    assert.is_true(found.all_out)
    assert.is_nil(simulated.leak(found, { os.getenv "ORACLE_COMMERCE_TOKEN", os.getenv "JDE_AIS_TOKEN" }))
    assert.is_true(core.now() - started < 5)
    local log = peer.read_file(directory .. "/nginx/error.log")
    assert.is_nil(log:find("[error]", 1, true), log)
    assert.is_nil(simulated.leak(log, { os.getenv "ORACLE_COMMERCE_TOKEN", os.getenv "JDE_AIS_TOKEN" }))
  end)

  it("asks who is calling, and what for", function()
    assert.equal(401, (post("{}", "guess")))
    assert.equal(401, (post("{}", TOKEN .. "0")))
    for _, body in ipairs { "", "{}", "[1]", "nonsense", '{"mail": ["x"]}', '{"jde_ais": "token"}', '{"cisco_em": []}', '{"cisco_em": {}}',
      '{"cisco_em": {"device": "SEP0011223344B2"}}', '{"jde_ais": {"token": "x"}}', '{"cisco_em": ["SEP0011223344B2"], "jde_ais": []}' } do
      assert.equal(400, (post(body)), body)
    end
  end)

  it("never takes a missing token for its own", function()
    for _, body in ipairs { '{"jde_ais": [{}]}', '{"jde_ais": [{"device": "x"}]}', '{"oracle_commerce": [{}]}', '{"jde_ais": [null]}', '{"jde_ais": [""]}' } do
      local status, found = post(body)
      assert.same({ 200, false, "failed" }, { status, found.all_out, found.results[1].verdict })
    end
  end)

  it("reports a target that the module refuses, and goes on with the others", function()
    local status, found = post '{"cisco_em": ["SEP0011223344B2", {"not": "a device"}]}'
    assert.equal(200, status)
    assert.is_false(found.all_out)
    assert.equal("failed", found.results[2].verdict)
    assert.matches("argument 'device' must be a string", found.results[2].message)
    assert.is_nil((found.results[1].message or ""):find("must be a string", 1, true))
  end)
end)
