-- SPDX-License-Identifier: MIT
-- How signoff.jose is found, and what it says where it is not; and finalizers that come between.

local child = require "spec.support.child"
local disk = require "spec.support.files"
local jose = require "signoff.jose"
local peer = require "spec.support.peer"
local signer = require "spec.support.signer"

local function module_path()
  for template in package.cpath:gmatch "[^;]+" do
    local path = template:gsub("%?", "signoff/jose")
    if disk.find(path) then
      return path
    end
  end
end

-- The message of a `require` that finds its shared object in this folder alone.
local function message_of(folder)
  return child.run(([[package.cpath = %q
    print(select(2, pcall(require, "signoff.jose")))]]):format(folder .. "/?.so"))
end

describe("signoff.jose", function()
  teardown(peer.stop_all)

  it("names what to build where its shared object is not there", function()
    local message = message_of "/nowhere"
    assert.is_truthy(message:find("/nowhere/signoff/jose.so", 1, true), message)
    assert.is_truthy(message:find("make receiver", 1, true), message)
  end)

  for library, package_name in pairs { ["libcrypto.so.3"] = "libssl3", ["libcjose.so.0"] = "libcjose0" } do
    it(("names the package where %s is needed, and not there"):format(library), function()
      local folder, bytes = peer.directory(), disk.read(module_path())
      local needs_it = bytes:find(library, 1, true) ~= nil
      os.execute("mkdir " .. folder .. "/signoff")
      disk.write(folder .. "/signoff/jose.so", (bytes:gsub(library:gsub("%.", "%%."), (library:gsub("%d$", "9")))))
      local message = message_of(folder)
      assert.are.equal(needs_it, message:find("apt-get install " .. package_name, 1, true) ~= nil, message)
      assert.are.equal(needs_it, message:find(folder .. "/signoff/jose.so cannot be loaded", 1, true) ~= nil, message)
    end)
  end

  it("says so where its shared object is no library", function()
    local folder = peer.directory()
    os.execute("mkdir " .. folder .. "/signoff")
    disk.write(folder .. "/signoff/jose.so", "nothing")
    local message = message_of(folder)
    assert.is_truthy(message:find("make receiver", 1, true), message)
    assert.is_nil(message:find("apt-get", 1, true), message)
  end)

  it("is not loaded by signoff itself", function()
    local code = [[require "signoff" local maps = io.open "/proc/self/maps":read "*a"
      print(not maps:find("/signoff/jose.so", 1, true) and not maps:find("/libcjose.so", 1, true), package.loaded["signoff.jose"] == nil)]]
    assert.are.equal("true\ttrue", (child.run(code):gsub("%s+$", "")))
  end)

  -- An allocation may run a finalizer, which uses the module itself.
  it("gives the right values when finalizers use it, too", function()
    local rsa = signer.key("RSA", 2048)
    local set = assert(jose.key_set(signer.jwks { signer.jwk(rsa, { kid = "one" }) }))
    local tokens = {}
    for i = 1, 2 do
      tokens[i] = signer.token(rsa, "RS256", ('{"alg":"RS256","kid":"one","typ":"%s"}'):format(("t"):rep(i)), ('{"jti":"%s"}'):format(("j"):rep(400 * i)))
    end
    local count = 0
    local function leave_behind()
      local object = newproxy and newproxy(true) or setmetatable({}, { __gc = true })
      getmetatable(object).__gc = function()
        count = count + 1
        jose.parse(tokens[2], { "RS256" })
        set:verify(tokens[2])
      end
      return not newproxy and setmetatable(object, { __gc = getmetatable(object).__gc })
    end
    for _ = 1, 2000 do
      leave_behind()
      local parsed = jose.parse(tokens[1], { "RS256" })
      local payload, kid = set:verify(tokens[1])
      assert(parsed.typ == "t" and parsed.kid == "one" and kid == "one" and payload == parsed.payload and #payload == 410)
    end
    collectgarbage()
    assert.is_true(count > 100)
  end)

  it("frees key sets when they are collected", function()
    local jwks = signer.jwks { signer.jwk(signer.key("RSA", 2048), {}) }
    local process = require "spec.support.process"
    local function make(n)
      for _ = 1, n do
        jose.key_set(jwks)
      end
      collectgarbage()
      return process.resident_kib()
    end
    local before = make(5000) -- memcheck keeps 20 MiB of what was freed
    assert.is_true(make(5000) - before < 8000)
  end)
end)
