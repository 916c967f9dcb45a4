-- SPDX-License-Identifier: MIT
-- A second and a third opinion: jose (npm) and jwcrypto judge the same mutated tokens. We accept none that they refuse, and refuse none
-- that they accept, but for the kinds of token that are listed here.

local cjson = require "cjson".new()
local files = require "spec.support.files"
local peer = require "spec.support.peer"

local COUNT, SEED = tonumber(os.getenv "MUTANTS") or 10000, tonumber(os.getenv "SEED") or os.time()
local NODE = assert(os.getenv "KILLSWITCH_NODE", "run make check-killswitch, which brings node and its packages")
local FOLDER = "spec/proofs/killswitch/"

local VALUES = {}
for i = 1, 64 do
  VALUES[("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"):sub(i, i)] = i - 1
end

-- The bytes of a part, and whether no other text stands for the same bytes.
local function decode(part)
  local bytes, bits, held, canonical = {}, 0, 0, true
  for digit in part:gsub("+", "-"):gsub("/", "_"):gmatch "." do
    local value = VALUES[digit]
    if value then
      held, bits = held * 64 + value, bits + 6
      if bits >= 8 then
        bits = bits - 8
        bytes[#bytes + 1] = string.char(math.floor(held / 2 ^ bits) % 256)
        held = held % 2 ^ bits
      end
    else
      canonical = false
    end
  end
  return table.concat(bytes), canonical and held == 0 and bits < 6 and not part:find "[+/]"
end

local function parts_of(token)
  local header, payload, signature = token:match "^([^.]*)%.([^.]*)%.([^.]*)$"
  if not header then
    return {}
  end
  local one = { text = decode(header), canonical = true }
  for _, part in ipairs { header, payload, signature } do
    one.canonical = one.canonical and select(2, decode(part))
  end
  local fine, members = pcall(cjson.decode, one.text)
  one.members = fine and type(members) == "table" and members or {}
  return one
end

local function printable(text, most)
  return type(text) == "string" and #text >= 1 and #text <= most and not text:find "[^\32-\126]"
end

local function has_a_member_twice(one)
  local count, names = 0, 0
  for _ in one.text:gmatch '"[^"]*"%s*:' do
    count = count + 1
  end
  for _ in pairs(one.members) do
    names = names + 1
  end
  return count > names
end

-- The leniencies of others: what is in such a token, and who accepts it.
local LENIENT = {
  { "another spelling of Base64url (RFC 7515 allows one)", { jose = true, jwcrypto = true }, function(one) return not one.canonical end },
  { "a member of the header twice (RFC 7515: refuse, or take the last)", { jose = true, jwcrypto = true }, has_a_member_twice },
  { "a byte order mark before the header", { jose = true }, function(one) return one.text:find "^\239\187\191" end },
  { "crit with an extension that is a registered claim", { jwcrypto = true }, function(one) return one.members.crit ~= nil end },
  { "b64, which makes two texts of one payload", { jose = true, jwcrypto = true }, function(one) return one.members.b64 ~= nil end },
  { "zip or enc, which are of encrypted tokens", { jose = true, jwcrypto = true },
    function(one) return one.members.zip ~= nil or one.members.enc ~= nil end },
  { "a header of more than 2 KiB", { jose = true, jwcrypto = true }, function(one) return #one.text > 2048 end },
  { "a kid that is no text of 1 to 256 printable letters", { jose = true, jwcrypto = true },
    function(one) return one.members.kid ~= nil and not printable(one.members.kid, 256) end },
  { "a typ that is no text", { jose = true, jwcrypto = true }, function(one) return one.members.typ ~= nil and not printable(one.members.typ, 128) end },
  { "ES256 by a P-384 key (RFC 7518 ties the curve to the algorithm)", { jwcrypto = true },
    function(one) return one.members.alg == "ES256" and one.members.kid == "ec384" end },
  { "no kid, and several keys: each that fits is tried", { ours = true }, function(one) return one.members.kid == nil end },
}

local function lines_of(path)
  local list = {}
  for line in io.lines(path) do
    list[#list + 1] = line
  end
  return list
end

local function opinion(folder, name, command)
  assert(os.execute(("%s %s/keys.json < %s/tokens > %s/%s"):format(command, folder, folder, folder, name)))
  return lines_of(folder .. "/" .. name)
end

-- The name of the leniency that explains why some accept a token and others refuse it.
local function explained(token, says)
  local one = parts_of(token)
  for _, lenient in ipairs(LENIENT) do
    local accept_or_refuse = one.text and lenient[3](one)
    for judge, opinion_of in pairs(says) do
      if opinion_of == "yes" and not lenient[2][judge] then
        accept_or_refuse = false
      end
    end
    if accept_or_refuse then
      return lenient[1]
    end
  end
end

describe("mutated tokens", function()
  local folder, tokens, judges

  setup(function()
    folder = peer.directory()
    assert(os.execute(("LD_PRELOAD= /usr/bin/python3 %smutants.py %s/keys %d %d > %s/tokens"):format(FOLDER, folder, COUNT, SEED, folder)))
    files.write(folder .. "/keys.json", peer.output_of(("LD_PRELOAD= examples/simulator/transmitter/transmitter jwks %s/keys final"):format(folder)))
    tokens = lines_of(folder .. "/tokens")
    judges = {
      ours = opinion(folder, "ours", "lua5.4 " .. FOLDER .. "judge.lua"),
      jose = opinion(folder, "jose", "LD_PRELOAD= " .. NODE .. " " .. os.getenv "KILLSWITCH_FOLDER" .. "/judge.mjs"),
      jwcrypto = opinion(folder, "jwcrypto", "LD_PRELOAD= /usr/bin/python3 " .. FOLDER .. "judge.py"),
    }
  end)

  teardown(peer.stop_all)

  it("19 are accepted by us, by jose and by jwcrypto alike, but for the listed leniencies", function()
    local accepted, differ, met = 0, {}, {}
    for i, line in ipairs(tokens) do
      local says = { ours = judges.ours[i], jose = judges.jose[i], jwcrypto = judges.jwcrypto[i] }
      local yes = (says.ours == "yes" and 1 or 0) + (says.jose == "yes" and 1 or 0) + (says.jwcrypto == "yes" and 1 or 0)
      if yes == 3 then
        accepted = accepted + 1
      elseif yes > 0 then
        local why = explained(cjson.decode("[" .. line .. "]")[1], says)
        met[why or ""] = (met[why or ""] or 0) + 1
        differ[#differ + 1] = not why and ("seed %d, line %d: ours %s, jose %s, jwcrypto %s: %s"):format(SEED, i, says.ours, says.jose,
          says.jwcrypto, line:sub(1, 300)) or nil
      end
    end
    print(("19: %d tokens, accepted by all %d, refused by all but for these (seed %d):"):format(#tokens, accepted, SEED))
    for why, count in pairs(met) do
      print(("    %5d  %s"):format(count, why))
    end
    assert.equal(COUNT, #tokens)
    assert.same({ COUNT, COUNT, COUNT }, { #judges.ours, #judges.jose, #judges.jwcrypto })
    assert.is_true(accepted > COUNT / 20, "too few are accepted for the comparison to say anything")
    assert.same({}, differ)
  end)
end)
