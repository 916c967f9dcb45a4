-- SPDX-License-Identifier: MIT
-- The keys of issuers in nginx: fetched over TLS by the module's own carrier, by one worker for all, and no worker waits.

if not rawget(_G, "jit") and not os.getenv "KILLSWITCH_FOLDER" then
  return -- nginx has its own Lua, whichever runs the specs: once is enough
end

local inboxes = require "spec.support.inboxes"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local folder, certificates, port

before_each(function()
  folder, certificates, port = inboxes.folder(), peer.directory(), peer.free_port()
  os.execute(("chown nobody %s 2>/dev/null; chmod 755 %s"):format(folder, certificates))
  tls.authority(certificates, "ca")
  tls.certificate(certificates, "ca", "issuer", "DNS:localhost")
  tls.certificate(certificates, "ca", "stranger", "DNS:elsewhere.example")
end)

after_each(function()
  nginx.stop_all()
  peer.stop_all()
end)

-- A token is good where the key set's text names its kid.
local site = [[
  local keys = require "signoff.receiver.keys"
  local function key_set(text)
    if not text:find "k%%d" then return nil, "there is none" end
    return { kids = function() return { text } end, signed = function(_, token)
      if text:find(token, 1, true) then return true, token end
      return nil, "unknown_kid"
    end }, {}
  end
  local site = {}
  function site.verify(kid)
    site.keys = site.keys or keys.new { folder = "%s", key_set = key_set, shared = ngx.shared.seen, longest = 20, issuers = { {
      issuer = "https://localhost", jwks_uri = "%s", ca_file = "%s/ca.pem" } } }
    local fine, code = site.keys:verify("https://localhost", kid, { kid = kid })
    return fine and "good" or code .. " " .. (site.keys:state()[1].problem or "")
  end
  return site]]

-- nginx is the receiver, and the issuer on another port.
local function start(options)
  local url = ("https://localhost:%d/%s"):format(port, options.path or "keys")
  return nginx.start {
    processes = options.processes,
    files = { ["site.lua"] = site:format(folder, options.url or url, certificates) },
    http = ([[
      lua_shared_dict seen 1m; lua_shared_dict asked 1m;
      server {
        listen 127.0.0.1:%d ssl backlog=4096; ssl_certificate %s.pem; ssl_certificate_key %s.key;
        location = /keys { content_by_lua_block {
          ngx.shared.asked:incr("count", 1, 0)
          ngx.sleep(%s)
          ngx.header["Cache-Control"] = "public, max-age=600"
          ngx.say(ngx.shared.asked:get("keys") or "k1") } }
        location = /moved { return 302 /keys; }
        location = /long { content_by_lua_block { ngx.print("k1", (" "):rep(300 * 1024)) } }
      }]]):format(port, certificates .. "/" .. (options.certificate or "issuer"), certificates .. "/" .. (options.certificate or "issuer"),
        options.delay or 0),
    server = [[
      location = /verify { content_by_lua_block { ngx.say(require("site").verify(ngx.var.arg_kid)) } }
      location = /set { content_by_lua_block { ngx.shared.asked:set("keys", ngx.var.arg_keys) } }
      location = /asked { content_by_lua_block { ngx.say(ngx.shared.asked:get "count") } }
    ]],
  }
end

describe("in nginx, the keys of an issuer", function()
  it("88 are fetched once for 500 requests that wait for them in 2 workers", function()
    local server = start { delay = 1, processes = 2 }
    assert.are.same({ good = 500 }, server:begin("/verify?kid=k1&n=", 500)())
    assert.are.equal("1", server:get "/asked")
  end)

  it("83 are fetched once in 30 s whatever kids come to 4 workers, and good tokens are good meanwhile", function()
    local server = start { processes = 4 }
    assert.are.equal("good", server:get "/verify?kid=k1")
    local wait = server:begin("/verify?n=1&kid=x", 400)
    for _ = 1, 20 do
      assert.are.equal("good", server:get "/verify?kid=k1")
    end
    for answer in pairs(wait()) do
      assert.matches("^unavailable", answer)
    end
    assert.are.equal("1", server:get "/asked")
  end)

  it("84 are there after a restart without the issuer", function()
    local server = start {}
    assert.are.equal("good", server:get "/verify?kid=k1")
    peer.wait_for("the keys on disk", function()
      return peer.output_of(("ls %s/keys-*.json 2>/dev/null"):format(folder)) ~= "" -- under its own name, so whole
    end)
    server:stop()
    port = peer.free_port()
    server = start { url = "https://localhost:1/keys" }
    assert.are.equal("good", server:get "/verify?kid=k1")
  end)

  for name, row in pairs {
    ["a redirect"] = { { path = "moved" }, "answered HTTP 302" }, ["300 KiB"] = { { path = "long" }, "larger than 'max_reply'" },
    ["nothing at http"] = { { url = "http://localhost/keys" }, "is no https address" },
    ["another host's certificate"] = { { certificate = "stranger" }, "another host's" },
    ["nothing"] = { { url = "https://localhost:1/keys" }, "Failed to connect" },
  } do
    it("86 are not taken where there is " .. name, function()
      local server = start(row[1])
      local answer = server:get "/verify?kid=k1"
      assert.matches("^unavailable ", answer)
      assert.matches(row[2], answer)
    end)
  end
end)
