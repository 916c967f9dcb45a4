-- SPDX-License-Identifier: MIT
-- examples/nginx, as its page says to run it.

if not rawget(_G, "jit") then
  return -- it runs in nginx's own Lua, whichever runs the specs
end

local cjson = require "cjson"
local core = require "signoff.core"
local example = require "spec.support.nginx_example"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

describe("the example for nginx", function()
  local one, url, directory

  setup(function()
    simulated.reset()
    one = example.start()
    url, directory = one.url, one.directory
  end)

  teardown(function()
    example.stop(one)
    peer.stop_all()
    simulated.reset()
  end)

  local function post(body, token)
    peer.write_file(directory .. "/body", body)
    local output = peer.output_of((peer.CURL .. " -s --max-time 30 -w '\\n%%{http_code}' -H 'Authorization: Bearer %s' --data-binary @%s/body %s"):format(
      token or example.TOKEN, directory, url))
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
    assert.equal(401, (post("{}", example.TOKEN .. "0")))
    for _, body in ipairs { "", "{}", "[1]", "nonsense", '{"mail": ["x"]}', '{"jde_ais": "token"}', '{"cisco_em": []}', '{"cisco_em": {}}',
      '{"cisco_em": {"device": "SEP0011223344B2"}}', '{"jde_ais": {"token": "x"}}', '{"cisco_em": ["SEP0011223344B2"], "jde_ais": []}',
      '{"cisco_em": ["SEP0011223344B2"], "cisco_em": ["SEP0011223344B3"]}', '[["SEP0011223344B2"]]', '{"cisco_em": null}', '{"cisco_em": [[]]}x' } do
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
