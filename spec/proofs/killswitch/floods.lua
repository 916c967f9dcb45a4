-- SPDX-License-Identifier: MIT
-- Floods: of good messages, and of others beside good ones. The checks hold on a busy machine; the figures are printed, and judged by
-- `make bench-killswitch`. FLOOD: how many good messages; SECONDS: of each other flood.

local cjson = require "cjson".new()
local files = require "spec.support.files"
local killswitch = require "spec.support.killswitch"
local nginx = require "spec.support.kill_switch_nginx"
local peer = require "spec.support.peer"
local transmitter = require "spec.support.transmitter"

local COUNT, SECONDS = tonumber(os.getenv "FLOOD") or 10000, tonumber(os.getenv "SECONDS") or 5
local NODE = assert(os.getenv "KILLSWITCH_NODE", "run make check-killswitch, which brings node and its packages")
local FOLDER = os.getenv "KILLSWITCH_FOLDER"
local AUTHORIZATION = killswitch.issuers.final.ssf.authorization

local function sign_many(one, count, name)
  assert(os.execute(("LD_PRELOAD= %s %s/sign_many.mjs %s/final.json RS256 %d %s > %s/%s"):format(NODE, FOLDER, one.folder, count, name,
    one.folder, name)))
  return one.folder .. "/" .. name
end

-- Good messages at a pace; gives what came of them.
local function send_paced(one, rate, count, path)
  return cjson.decode(peer.output_of(("AUTHORIZATION='%s' LD_PRELOAD= %s %s/client.mjs %s/ssf/events %d %d %s"):format(AUTHORIZATION, NODE,
    FOLDER, one.url, rate, count, path)))
end

-- How often each jti is in the inbox.
local function counts_of(one)
  local counts = {}
  for _, event in ipairs(nginx.events(one)) do
    counts[event.jti] = (counts[event.jti] or 0) + 1
  end
  return counts
end

local function check_all_there(one, result, name)
  local counts, missing, twice = counts_of(one), 0, 0
  for _, line in ipairs(result.taken) do
    local count = counts[("%s-%d"):format(name, line)] or 0
    missing, twice = missing + (count == 0 and 1 or 0), twice + (count > 1 and 1 or 0)
  end
  assert.same({ missing = 0, twice = 0 }, { missing = missing, twice = twice })
end

local function resident(one)
  local kilobytes = 0
  for _, pid in ipairs(peer.children(one.pid)) do
    kilobytes = kilobytes + tonumber((files.find(("/proc/%d/status"):format(pid)) or ""):match "VmRSS:%s*(%d+)" or 0)
  end
  return kilobytes
end

local function lines_of(path)
  return tonumber(peer.output_of(("wc -l < %s"):format(path)))
end

describe("a flood of good messages", function()
  teardown(peer.stop_all)

  it("111 at 500 a second, to two workers: none is lost, none is there twice", function()
    local one = nginx.start { workers = 2, unlimited = true }
    local result = send_paced(one, 500, COUNT, sign_many(one, COUNT, "good"))
    print(("111: %d messages at 500/s, two workers: middle %.1f ms, p99 %.1f ms, longest %.1f ms"):format(COUNT, result.middle, result.p99, result.max))
    assert.same({ ["202"] = COUNT }, result.statuses)
    assert.equal(COUNT, #result.taken)
    check_all_there(one, result, "good")
    nginx.stop(one)
  end)

  it("111 the example's limits: beyond them it is 429 with Retry-After, and what is taken is there", function()
    local one = nginx.start { replace = { ["rate=500r/s"] = "rate=1r/s", ["burst=1000"] = "burst=20" } }
    local path = sign_many(one, 200, "limited")
    local result = send_paced(one, 1000, 200, path)
    assert.equal(200, (result.statuses["202"] or 0) + (result.statuses["429"] or 0))
    assert.is_true((result.statuses["429"] or 0) > 0)
    check_all_there(one, result, "limited")
    local head = peer.output_of(("for i in $(seq 40); do %s -s -o /dev/null -D - -X POST %s/ssf/events; done | grep -iE '429|retry-after' | sort -u"):format(
      peer.CURL, one.url))
    assert.matches("HTTP/1.1 429", head)
    assert.matches("[Rr]etry%-[Aa]fter: 1", head)
    nginx.stop(one)
  end)
end)

-- A token of a case that is refused.
local function spoiled(one, changes)
  for name, value in pairs { kind = "push", issuer = killswitch.issuers.final, title = "", row = 0 } do
    changes[name] = value
  end
  changes.payload = '{"iss":"https://idp.example","jti":"x"}'
  return transmitter.sign(one.folder, { changes })[1]
end

local FLOODS = {
  garbage = function() return "garbage" end,
  ["bad signatures, RS256"] = function(one) return spoiled(one, { header = { alg = "RS256", kid = "rsa", typ = "secevent+jwt" }, mangle = "flip" }) end,
  ["bad signatures, ES256"] = function(one) return spoiled(one, { header = { alg = "ES256", kid = "ec", typ = "secevent+jwt" }, mangle = "flip" }) end,
  ["bad signatures, ES384"] = function(one)
    return spoiled(one, { header = { alg = "ES384", kid = "ec384", typ = "secevent+jwt" }, sign = "by-alg", mangle = "flip" })
  end,
}

describe("beside a flood of", function()
  local one

  setup(function()
    one = nginx.start { unlimited = true }
  end)

  teardown(function()
    if one then nginx.stop(one) end
    peer.stop_all()
  end)

  local number = 0
  -- Good messages while something else goes on; all are answered 202, memory and log do not grow.
  local function check_good_ones(what, body)
    number = number + 1
    local name = "beside" .. number
    local path, before, lines = sign_many(one, 20 * SECONDS, name), resident(one), lines_of(one.log)
    local flood
    if body then
      flood = peer.spawn(("env LD_PRELOAD= AUTHORIZATION='%s' GARBAGE='%s' wrk -t1 -c32 -d%d -s %s/spec/proofs/killswitch/flood.lua %s/ssf/events"):format(
        AUTHORIZATION, body, SECONDS + 1, peer.output_of "pwd", one.url), one.folder)
    end
    local result = send_paced(one, 20, 20 * SECONDS, path)
    local refused = 0
    if flood then
      peer.wait_for("the end of wrk", function() return (files.find(flood.output) or ""):find("p99", 1, true) end)
      refused = tonumber(files.find(flood.output):match "others (%d+)")
      assert.is_true(refused > 0)
      assert.equal("0", files.find(flood.output):match "accepted (%d+)")
    end
    local grown, said = resident(one) - before, lines_of(one.log) - lines
    print(("112: beside %s (%d refused in %d s): good ones p99 %.1f ms; %d KiB more, %d lines of log"):format(what, refused, SECONDS + 1, result.p99,
      grown, said))
    assert.same({ ["202"] = 20 * SECONDS }, result.statuses)
    check_all_there(one, result, name)
    assert.is_true(grown < 16 * 1024, grown .. " KiB more")
    -- Ten a second of refusals; good ones have a line each at most, and there is one at the start of each second.
    assert.is_true(said <= 11 * (SECONDS + 60) + 20 * SECONDS, said .. " lines")
  end

  for what, body in pairs(FLOODS) do
    it("112 " .. what, function()
      check_good_ones(what, body(one))
    end)
  end

  it("112 bodies that come a byte at a time", function()
    local socket, slow = require "socket", {}
    for i = 1, 200 do
      slow[i] = assert(socket.connect("127.0.0.1", one.port))
      assert(slow[i]:send("POST /ssf/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/secevent+jwt\r\nContent-Length: 1000\r\n\r\na"))
    end
    check_good_ones "200 slow bodies"
    for _, each in ipairs(slow) do
      each:close()
    end
  end)
end)
