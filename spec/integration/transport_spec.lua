-- SPDX-License-Identifier: MIT
-- The bytes of a call, and its outcome when the network or the other side misbehaves.

local core = require "signoff.core"
local signoff = require "signoff"
local child = require "spec.support.child"
local files = require "spec.support.files"
local peer = require "spec.support.peer"

local alive = peer.reply("200 OK", '{"isValidSession":true}', { ["Content-Type"] = "application/json" })
local out = peer.reply("200 OK", '{"result":true}')

local function jde(url, options)
  return peer.client("jde_ais", url, options)
end

local function oracle(url, options)
  return peer.client("oracle_commerce", url, options)
end

local function agvance(url, options)
  return peer.client("agvance", url, options)
end

-- Seconds that `f` took, then what it gave.
local function timed(f, ...)
  local started = core.now()
  local answer, message, code, detail = f(...)
  return core.now() - started, answer, message, code, detail
end

local function assert_failed(wanted, answer, message, code, detail)
  assert.is_nil(answer, "an answer, where a failure was expected")
  assert.are.equal(message, detail.message)
  assert.are.equal(code, detail.code)
  for name, value in pairs(wanted) do
    assert.are.equal(value, detail[name], name .. " of: " .. message)
  end
  return message, detail
end

describe("what a method returns", function()
  local function count(...)
    return select("#", ...)
  end

  it("is one value, the answer; or nil, message, code, detail", function()
    local server = peer.start { peer.always(alive) }
    assert.are.equal(1, count(jde(server.url):status()))
    assert.are.equal(4, count(jde("http://127.0.0.1:1"):status()))
  end)
end)

describe("detail.sent", function()
  after_each(peer.stop_all)

  it("is true for every HTTP reply that is a failure", function()
    for status, code in pairs { ["503 Busy"] = "busy", ["500 Bug"] = "server", ["403 No"] = "denied" } do
      local server = peer.start { peer.replies(peer.reply(status)) }
      assert_failed({ code = code, sent = true, http_status = tonumber(status:match "%d+") }, oracle(server.url):logout())
    end
  end)

  it("is false when the port refuses", function()
    local url = "http://127.0.0.1:" .. peer.free_port()
    local message = assert_failed({ code = "unreachable", sent = false, retriable = true }, oracle(url):logout())
    assert.is_truthy(message:find(url, 1, true), message)
  end)

  it("is false when nobody answers the connection", function()
    local server = peer.start({ { "stall" } }, { black_hole = true })
    local seconds, answer, message, code, detail = timed(function()
      return oracle(server.url, { connect_timeout = 0.3 }):logout()
    end)
    assert_failed({ code = "timeout", sent = false, retriable = true }, answer, message, code, detail)
    assert.is_true(seconds > 0.2 and seconds < 1.5, "took " .. seconds)
  end)

  it("is false when a name does not exist", function()
    local message = assert_failed({ code = "unreachable", sent = false }, oracle("http://no-such-name.invalid"):logout())
    assert.is_truthy(message:find("no-such-name.invalid", 1, true), message)
  end)
end)

describe("a call is sent once", function()
  after_each(peer.stop_all)

  -- Two calls: the first is answered; of the second the caller learns that it was sent and failed, and nothing is sent
  -- in its place.
  local function check(ending, make)
    local server = peer.start { { "request", { send = alive }, ending.steps[1], ending.steps[2] }, peer.always(alive) }
    assert(make(server.url):status())
    assert_failed({ code = "unreachable", sent = true, retriable = true }, make(server.url):logout())
    local _, count = table.concat(server:connections()):gsub("[GP][EO]S?T /", "")
    assert.are.equal(ending.seen, count)
  end

  -- `seen`: what the peer has read of the two
  local endings = {
    ["read and then closed"] = { steps = { "request", "close" }, seen = 2 },
    ["read and then reset"] = { steps = { "request", "reset" }, seen = 2 },
    ["closed as it arrives"] = { steps = { "arrival", "close" }, seen = 1 },
    ["reset as it arrives"] = { steps = { "arrival", "reset" }, seen = 1 },
  }
  local clients = { POST = oracle, GET = jde }
  for what, ending in pairs(endings) do
    for method, make in pairs(clients) do
      it(("on a kept-alive connection: %s %s"):format(method, what), function()
        check(ending, make)
      end)
    end
  end

  it("however often connections died under the same handle", function()
    local dying = {}
    for i = 1, 8 do
      dying[i] = { "request", { send = alive }, "request", "close" }
    end
    local server = peer.start(dying)
    for _ = 1, #dying do
      assert(oracle(server.url):status())
      local message = assert_failed({ code = "unreachable", sent = true, retriable = true }, oracle(server.url):logout())
      assert.is_truthy(message:find("the connection was closed as the request was sent, and it is not sent twice", 1, true), message)
    end
    assert.are.equal(2 * #dying, #server:requests())
  end)

  it("on a connection that was closed while it was idle: quietly on a fresh one", function()
    local server = peer.start { { "request", { send = alive }, "close" }, peer.always(out) }
    assert(oracle(server.url):status())
    core.sleep(0.05)
    assert(oracle(server.url):logout())
    assert.are.equal(2, #server:requests())
    assert.are.equal(2, #server:connections())
  end)

  it("whatever the method", function()
    local server = peer.start { peer.always(alive) }
    for _ = 1, 5 do
      assert(oracle(server.url):status())
      assert(oracle(server.url):logout())
    end
    assert.are.equal(10, #server:requests())
    assert.are.equal(1, #server:connections())
  end)
end)

describe("a proxy", function()
  after_each(peer.stop_all)

  local program = [[
    local signoff = require "signoff"
    local client = signoff.jde_ais { url = %q, token = "044-token", proxy = %s, no_proxy = %s, timeout = 5 }
    local answer, message = client:status()
    print(answer and "alive" or message)
  ]]

  local function run(url, proxy, no_proxy, environment)
    local function quoted(value)
      return value and ("%q"):format(value) or "nil"
    end
    return child.run(program:format(url, quoted(proxy), quoted(no_proxy)), environment)
  end

  it("of the environment is not used", function()
    local proxy, server = peer.start { peer.always(out) }, peer.start { peer.always(alive) }
    local environment = ("http_proxy=%s HTTP_PROXY=%s all_proxy=%s ALL_PROXY=%s"):gsub("%%s", proxy.url)
    assert.are.equal("alive", run(server.url, nil, nil, environment))
    assert.are.equal(0, #proxy:connections())
    assert.are.equal(1, #server:requests())
  end)

  it("of the environment is used when that is asked for", function()
    local proxy = peer.start { peer.always(alive) }
    assert.are.equal("alive", run("http://ais.example", "environment", nil, "http_proxy=" .. proxy.url))
    assert.are.equal("http://ais.example/jderest/v2/orchestrator/jde-validate-session", proxy:requests()[1].target)
  end)

  it("of the environment has the environment's exceptions, and the client's own", function()
    local proxy, server = peer.start { peer.always(out) }, peer.start { peer.always(alive) }
    assert.are.equal("alive", run(server.url, "environment", nil, "no_proxy=127.0.0.1 http_proxy=" .. proxy.url))
    assert.are.equal("alive", run(server.url, "environment", "127.0.0.1", "http_proxy=" .. proxy.url))
    assert.are.equal(0, #proxy:connections())
  end)

  it("given explicitly is used", function()
    local proxy = peer.start { peer.always(alive) }
    assert(jde("http://ais.example:8080", { proxy = proxy.url }):status())
    local request = proxy:requests()[1]
    assert.are.equal("http://ais.example:8080/jderest/v2/orchestrator/jde-validate-session", request.target)
    assert.are.equal("ais.example:8080", request.headers.host)
  end)

  it("given explicitly has no exceptions from the environment", function()
    local proxy, server = peer.start { peer.always(alive) }, peer.start { peer.always(out) }
    assert.are.equal("alive", run(server.url, proxy.url, nil, "no_proxy='*'"))
    assert.are.equal(1, #proxy:requests())
    assert.are.equal(0, #server:connections())
  end)

  it("is passed by for the hosts of no_proxy", function()
    local proxy, server = peer.start { peer.always(out) }, peer.start { peer.always(alive) }
    assert(jde(server.url, { proxy = proxy.url, no_proxy = "ais.example,127.0.0.1" }):status())
    assert.are.equal(0, #proxy:connections())
  end)

  it("takes its credentials from its URL, and keeps them from the server's own headers", function()
    local proxy = peer.start { peer.always(alive) }
    local url = proxy.url:gsub("//", "//proxyuser:proxypass@")
    assert(jde("http://ais.example", { proxy = url }):status())
    assert.are.equal("Basic cHJveHl1c2VyOnByb3h5cGFzcw==", proxy:requests()[1].headers["proxy-authorization"])
  end)

  it("that is not there counts as nothing sent", function()
    local url = "http://127.0.0.1:" .. peer.free_port()
    assert_failed({ code = "unreachable", sent = false }, jde("http://ais.example", { proxy = url }):logout())
  end)

  it("that refuses the tunnel counts as nothing sent", function()
    local proxy = peer.start { peer.always(peer.reply("502 Bad Gateway")) }
    assert_failed({ sent = false }, jde("https://ais.example", { proxy = proxy.url }):logout())
    assert.are.equal("CONNECT", proxy:requests()[1].method)
    assert.is_nil(proxy:requests()[1].headers["jde-ais-auth"])
  end)
end)

describe("only http and https", function()
  for _, url in ipairs { "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/", "dict://127.0.0.1/",
    "ldap://127.0.0.1", "ws://127.0.0.1", "smb://127.0.0.1/x", "127.0.0.1", "//127.0.0.1", "" } do
    it(("are taken: not '%s'"):format(url), function()
      local fine, problem = pcall(signoff.jde_ais, { url = url, token = "044-token" })
      assert.is_false(fine)
      assert.is_truthy(tostring(problem):find("'url'", 1, true), problem)
    end)
  end
end)

describe("a reply's limits", function()
  after_each(peer.stop_all)

  local KIB = 1024
  local function header_of(size)
    return "X-Long: " .. ("a"):rep(size - #"X-Long: \r\n")
  end

  local function with_headers(lines)
    return ("HTTP/1.1 200 OK\r\n%s\r\nContent-Length: 23\r\n\r\n{\"isValidSession\":true}"):format(
      table.concat(lines, "\r\n"))
  end

  local function ask(reply)
    local server = peer.start { peer.replies(reply) }
    return jde(server.url):status()
  end

  it("let a header line of 16 KiB pass, and none that is longer", function()
    assert(ask(with_headers { header_of(16 * KIB) }))
    assert_failed({ code = "unusable", sent = true, retriable = false }, ask(with_headers { header_of(16 * KIB + 1) }))
  end)

  it("let 60 KiB of headers pass, and not 65", function()
    local line = header_of(5 * KIB)
    local lines = {}
    for i = 1, 12 do
      lines[i] = line
    end
    assert(ask(with_headers(lines)))
    lines[13] = line
    assert_failed({ code = "unusable", sent = true }, ask(with_headers(lines)))
  end)

  it("make no repeating of what is beyond libcurl's own", function()
    assert_failed({ code = "unusable", sent = true, retriable = false }, ask(with_headers { header_of(200 * KIB) }))
  end)

  it("are those of 'max_reply', to the byte, of the client and of one call", function()
    local body = '{"isValidSession":true}'
    local server = peer.start { peer.always(peer.reply("200 OK", body)) }
    assert(jde(server.url, { max_reply = #body }):status())
    local message = assert_failed({ code = "unusable", sent = true }, jde(server.url, { max_reply = #body - 1 }):status())
    assert.is_truthy(message:find("max_reply", 1, true), message)
    assert_failed({ code = "unusable" }, jde(server.url):status(nil, { own = true, max_reply = #body - 1 }))
    assert(jde(server.url, { max_reply = 1 }):status(nil, { own = true, max_reply = #body }))
  end)

  it("are 1 MiB by default, and more for lists", function()
    local pad = (" "):rep(1024 * KIB)
    local server = peer.start { peer.always(peer.reply("200 OK", '{"isValidSession":true}' .. pad)) }
    assert_failed({ code = "unusable" }, jde(server.url):status())
    local lister = peer.start { peer.always(peer.reply("200 OK", '{"Status":"0","Count":"0","APIUsers":[]}' .. pad)) }
    assert.are.same(0, #assert(agvance(lister.url):sessions()))
  end)
end)

describe("a compressed list", function()
  after_each(peer.stop_all)

  local list = '{"Status":"0","Count":"1","APIUsers":[{"UseriD":"ann","SessionLogKey":"K1"}]}'

  local function gzip(text, padding)
    local directory = peer.directory()
    peer.write_file(directory .. "/plain", text)
    os.execute(("cd %s && { cat plain; head -c %d /dev/zero | tr '\\0' ' '; } | gzip >packed"):format(directory, padding))
    return peer.read_file(directory .. "/packed")
  end

  local function serve(packed)
    return peer.start { peer.always(peer.reply("200 OK", packed, { ["Content-Encoding"] = "gzip" })) }
  end

  it("is asked for and unpacked", function()
    local server = serve(gzip(list, 0))
    local sessions = assert(agvance(server.url):sessions())
    assert.are.equal("K1", sessions[1].session_log_key)
    assert.is_truthy(server:requests()[1].headers["accept-encoding"]:find("gzip", 1, true))
  end)

  it("counts as its unpacked bytes: a bomb is stopped", function()
    local packed = gzip(list, 20 * 1024 * 1024)
    assert.is_true(#packed < 64 * 1024)
    local server = serve(packed)
    local message = assert_failed({ code = "unusable", sent = true },
      agvance(server.url, { max_reply = 64 * 1024 }):sessions())
    assert.is_truthy(message:find("max_reply", 1, true), message)
    assert(agvance(server.url, { max_reply = 30 * 1024 * 1024 }):sessions())
  end)

  it("is not asked for where no list is expected", function()
    local server = peer.start { peer.always(alive) }
    assert(jde(server.url):status())
    assert.is_nil(server:requests()[1].headers["accept-encoding"])
  end)
end)

describe("HTTP's oddities:", function()
  after_each(peer.stop_all)

  local function ask(...)
    local server = peer.start { { "request", ... } }
    return jde(server.url):status()
  end

  local function chunked(...)
    local parts = { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" }
    for _, chunk in ipairs { ... } do
      parts[#parts + 1] = ("%x\r\n%s\r\n"):format(#chunk, chunk)
    end
    return table.concat(parts)
  end

  it("a reply in chunks", function()
    assert.is_true(assert(ask { send = chunked('{"isValid', 'Session":', "true}", "") }).active)
  end)

  it("a reply in single bytes", function()
    assert.is_true(assert(ask { drip = alive, every = 0 }).active)
  end)

  it("a header that goes on in the next line, but not one that nothing stands before", function()
    local function folded(first)
      return ('HTTP/1.1 200 OK\r\n%s\r\n and: more\r\nContent-Length: 23\r\n\r\n{"isValidSession":true}'):format(first)
    end
    local blank = (folded(""):gsub("\r\n\r\n and", "\r\n and"))
    local server = peer.start { peer.replies(alive, folded "X-Long: one", blank) }
    local client = jde(server.url)
    assert(client:status())
    assert(client:status())
    local message = assert_failed({ code = "unusable", sent = true, retriable = false }, client:status())
    assert.is_truthy(message:find("begins with a blank", 1, true), message)
  end)

  it("a reply that ends with the connection", function()
    assert.is_true(assert(ask({ send = 'HTTP/1.1 200 OK\r\n\r\n{"isValidSession":true}' }, "close")).active)
    assert.is_true(assert(ask({ send = 'HTTP/1.0 200 OK\r\n\r\n{"isValidSession":true}' }, "close")).active)
  end)

  it("a reply that breaks off may be whole the next time", function()
    assert_failed({ code = "unusable", sent = true, retriable = true },
      ask({ send = 'HTTP/1.1 200 OK\r\nContent-Length: 30\r\n\r\n{"isValid' }, "close"))
  end)

  it("a 100 and a 103 before the reply", function()
    local early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
    assert.is_true(assert(ask { send = early .. alive }).active)
  end)

  local ends = {
    ["a 204"] = "HTTP/1.1 204 No Content\r\n\r\n",
    ["a reply that says its length"] = peer.reply("200 OK", "{}"),
    ["a reply in chunks"] = chunked("{}", ""),
  }
  for what, first in pairs(ends) do
    for when, pause in pairs { ["at once"] = false, ["later"] = { wait = 0.03 } } do
      it(("what follows %s %s is not taken for the next reply"):format(what, when), function()
        local busy = peer.reply("503 Busy")
        local steps = { "request", { send = first .. (pause and "" or out) }, "request", { send = busy } }
        if pause then
          table.insert(steps, 3, pause)
          table.insert(steps, 4, { send = out })
          table.insert(steps, 5, { note = "sent" })
        end
        local server = peer.start { steps, peer.always(busy) }
        assert.are.equal("undecided", assert(oracle(server.url):logout()).answer)
        if pause then
          peer.wait_for("what follows", function()
            return files.find(server.directory .. "/sent")
          end)
        end
        assert_failed({ code = "busy" }, oracle(server.url):logout())
      end)
    end
  end
end)

describe("a timeout", function()
  after_each(peer.stop_all)

  it("is the client's, or the one of this call", function()
    local server = peer.start { { "stall" } }
    local lasting = { { {}, { timeout = 0.2 } }, { { timeout = 0.2 }, {} }, { { timeout = 3 }, { timeout = 0.2 } } }
    for _, case in ipairs(lasting) do
      local seconds, answer, message, code, detail = timed(function()
        return jde(server.url, case[1]):status("044-token", case[2])
      end)
      assert_failed({ code = "timeout" }, answer, message, code, detail)
      assert.is_true(seconds > 0.15 and seconds < 0.9, "took " .. seconds)
    end
  end)

  it("of one call does not stay", function()
    local server = peer.start { { "stall" }, { "request", { wait = 0.4 }, { send = alive } } }
    local client = jde(server.url)
    assert_failed({ code = "timeout" }, client:status(nil, { own = true, timeout = 0.1 }))
    assert(client:status())
  end)

  it("holds while a name is being resolved", function()
    local directory = peer.directory()
    peer.write_file(directory .. "/slow.c", [[
      #include <netdb.h>
      #include <unistd.h>
      int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **out)
      {
          (void)node, (void)service, (void)hints, (void)out;
          sleep(6);
          return EAI_AGAIN;
      }
    ]])
    local compiled = peer.output_of(("cc -shared -fPIC -o %s/slow.so %s/slow.c 2>&1"):format(directory, directory))
    assert.are.equal("", compiled)
    local seconds, output = timed(child.run, [[
      local client = require "signoff".jde_ais { url = "http://ais.example", token = "044-token" }
      local core = require "signoff.core"
      for _ = 1, 2 do
        local started = core.now()
        local _, _, code, detail = client:status(nil, { own = true, timeout = 0.3 })
        print(code, detail.sent, core.now() - started < 1)
      end
    ]], ('LD_PRELOAD="${LD_PRELOAD:+$LD_PRELOAD:}%s/slow.so"'):format(directory))
    assert.are.equal("timeout\tfalse\ttrue\ntimeout\tfalse\ttrue", output)
    assert.is_true(seconds < 3, "took " .. seconds)
  end)
end)

describe("Retry-After", function()
  after_each(peer.stop_all)

  local function ask(status, value)
    local server = peer.start { peer.always(peer.reply(status, nil, { ["Retry-After"] = value })) }
    return select(4, jde(server.url):status())
  end

  it("in seconds", function()
    assert.are.equal(17, ask("503 Busy", "17").retry_after)
    assert.are.equal(120, ask("429 Too Many", "120").retry_after)
  end)

  it("as a date", function()
    local at = os.date("!%a, %d %b %Y %H:%M:%S GMT", os.time() + 60)
    local seconds = ask("503 Busy", at).retry_after
    assert.is_true(seconds > 50 and seconds <= 60, tostring(seconds))
  end)

  it("that is past, or none, is not there", function()
    assert.is_nil(ask("503 Busy", "Fri, 31 Dec 1999 23:59:59 GMT").retry_after)
    assert.is_nil(ask("503 Busy", "soon").retry_after)
    assert.is_nil(ask("503 Busy", nil).retry_after)
  end)
end)

describe("a request", function()
  after_each(peer.stop_all)

  local function sent(call, reply)
    local server = peer.start { peer.always(reply or alive) }
    assert(call(server.url))
    return server:requests()[1]
  end

  it("says who sends it", function()
    local function status(options)
      return sent(function(url)
        return jde(url, options):status()
      end)
    end
    assert.are.equal("signoff/0.1.0", status().headers["user-agent"])
    assert.are.equal("night shift/2", status({ user_agent = "night shift/2" }).headers["user-agent"])
  end)

  it("with a long body has no Expect header, and travels whole", function()
    local keys = {}
    for i = 1, 400 do
      keys[i] = ("key-%d-%s"):format(i, ("x"):rep(500))
    end
    local request = sent(function(url)
      return agvance(url, { chunk = 500 }):logout(keys)
    end, peer.reply("200 OK", '{"Status":"0","Count":"400"}'))
    assert.is_nil(request.headers.expect)
    assert.is_true(#request.body > 200000)
    assert.is_truthy(request.body:find(keys[400], 1, true))
  end)

  it("carries no cookie that came with a reply before", function()
    local cookie = { ["Set-Cookie"] = "JSESSIONID=abc123; Path=/" }
    local server = peer.start { peer.always(peer.reply("200 OK", '{"isValidSession":true}', cookie)) }
    local client = jde(server.url)
    for _ = 1, 3 do
      assert(client:status())
    end
    for _, request in ipairs(server:requests()) do
      assert.is_nil(request.headers.cookie)
    end
  end)

  it("ignores a .netrc", function()
    local home = peer.directory()
    peer.write_file(home .. "/.netrc", "machine 127.0.0.1 login ann password netrc-password\n")
    local server = peer.start { peer.always(alive) }
    child.run(([[require "signoff".jde_ais { url = %q, token = "044-token" }:status()]]):format(server.url), "HOME=" .. home)
    assert.is_nil(server:requests()[1].headers.authorization)
  end)
end)

describe("a connection", function()
  after_each(peer.stop_all)

  it("serves one call after the other, and the next client", function()
    local server = peer.start { peer.always(alive) }
    for _ = 1, 3 do
      local client = jde(server.url)
      assert(client:status())
      assert(client:status())
      client:close()
    end
    assert.are.equal(6, #server:requests())
    assert.are.equal(1, #server:connections())
  end)

  it("does not carry one client's headers into another's requests", function()
    local server = peer.start { peer.always(alive) }
    assert(jde(server.url, { headers = { ["X-Key"] = "key-4711" } }):status())
    local panel = signoff.isymphony { url = server.url, username = "manager", password = "password-4711" }
    panel:status "ann"
    assert(jde(server.url):status())
    local requests = server:requests()
    assert.are.equal("key-4711", requests[1].headers["x-key"])
    assert.is_nil(requests[2].headers["x-key"])
    assert.is_truthy(requests[2].headers.authorization)
    assert.is_nil(requests[3].headers["x-key"])
    assert.is_nil(requests[3].headers.authorization)
  end)

  it("to a proxy is not taken for one to the server", function()
    local proxy, server = peer.start { peer.always(alive) }, peer.start { peer.always(alive) }
    assert(jde(server.url, { proxy = proxy.url }):status())
    assert(jde(server.url):status())
    assert(jde(server.url, { proxy = proxy.url }):status())
    assert.are.equal(1, #server:requests())
    assert.are.equal(2, #proxy:requests())
  end)

  it("is shared by clients of other names, each of which says its own", function()
    local server = peer.start { peer.always(alive) }
    for _, name in ipairs { "a/1", "b/1", "a/1" } do
      local client = jde(server.url, { user_agent = name })
      assert(client:status())
      client:close()
    end
    local said = {}
    for i, request in ipairs(server:requests()) do
      said[i] = request.headers["user-agent"]
    end
    assert.are.same({ "a/1", "b/1", "a/1" }, said)
  end)

  if rawget(_G, "jit") then -- the only one of the three that can fork without another library
    it("is not shared with a process that was forked off", function()
      local server = peer.start { peer.always(alive) }
      local output = child.run(([[
        local ffi = require "ffi"
        ffi.cdef "int fork(void); int waitpid(int, int *, int); void _exit(int);"
        local client = require "signoff".jde_ais { url = %q, token = "044-token" }
        assert(client:status())
        local pid = ffi.C.fork()
        if pid == 0 then
          ffi.C._exit(client:status() and 0 or 1)
        end
        local status = ffi.new "int[1]"
        ffi.C.waitpid(pid, status, 0)
        print(status[0], client:status() and "alive")
      ]]):format(server.url))
      assert.are.equal("0\talive", output)
      assert.are.equal(2, #server:connections())
      assert.are.equal(3, #server:requests())
    end)
  end
end)
