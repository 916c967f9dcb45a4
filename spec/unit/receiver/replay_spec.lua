-- SPDX-License-Identifier: MIT
-- The replay index: who may write an event, and what is known of it. No disk: the workers are those of the test.

local core = require "signoff.core"
local covered = require "spec.support.covered"

local replay, counted, reaches_every_line = covered "signoff.receiver.replay"

describe("the replay index", function()
  local time, store, living, looked

  before_each(counted(function()
    time, living, looked = 1000, {}, {}
    store = replay.dictionary(function() return time end)
  end))

  local function entry(jti, more)
    local about = { kind = "push", iss = "https://idp.example", jti = jti, sha256 = core.sha256 "token", keep_until = 2000 }
    for name, value in pairs(more or {}) do
      about[name] = value
    end
    return replay.entry(about)
  end

  -- The index of a worker; those that live are in `living` by their segment.
  local function make(segment, look)
    local made = replay.new {
      shared = store, now = function() return time end,
      look = look or function(name)
        looked[#looked + 1] = name
        return living[name]
      end,
    }
    if segment then
      made:begin(segment)
      living[segment] = true
    end
    return made
  end

  local function it_counts(title, f)
    it(title, counted(f))
  end

  it_counts("tells events apart by kind, issuer and jti, whatever stands in them", function()
    local seen = {}
    for _, more in ipairs { {}, { kind = "logout" }, { iss = "https://idp.example/" }, { jti = "b" }, { kind = "pus", iss = "hhttps://idp.example" },
      { iss = "https://idp.examplea", jti = "" }, { jti = "a\0b" } } do
      local key = entry("a", more):sub(1, 48)
      assert.is_nil(seen[key])
      seen[key] = true
    end
    assert.are.equal(entry "a":sub(1, 48), entry("a", { sha256 = core.sha256 "other" }):sub(1, 48))
  end)

  it_counts("has entries of one length, which are told from other texts", function()
    for _, keep_until in ipairs { 0, 1, 1e9, 1e11, 1e300 } do
      assert.is_true(replay.is_entry(entry("a", { keep_until = keep_until })))
    end
    assert.are.equal(2000, replay.keep_until(entry "a"))
    assert.is_nil(replay.keep_until "")
    for _, text in ipairs { "", entry "a":sub(2), entry "a" .. "0", "X" .. entry "a":sub(2) } do
      assert.is_false(replay.is_entry(text))
    end
  end)

  it_counts("lets one worker write an event; then all know it", function()
    local first, second = make "s1", make "s2"
    assert.are.equal("claimed", first:claim(entry "a"))
    assert.are.equal("writing", first:claim(entry "a"))
    assert.are.equal("writing", second:claim(entry "a"))
    assert.is_true(first:keep(entry "a"))
    assert.are.equal("same", second:claim(entry "a"))
    assert.are.equal("claimed", second:claim(entry "b"))
  end)

  it_counts("52 knows another token with the same jti, while the first one is written and afterwards", function()
    local first, second = make "s1", make "s2"
    local forged = entry("a", { sha256 = core.sha256 "forged" })
    first:claim(entry "a")
    assert.are.equal("other", second:claim(forged))
    first:keep(entry "a")
    assert.are.equal("other", second:claim(forged))
  end)

  it_counts("gives an event back that could not be written", function()
    local first, second = make "s1", make "s2"
    first:claim(entry "a")
    first:release(entry "a")
    assert.are.equal("claimed", second:claim(entry "a"))
  end)

  it_counts("51 takes over from a worker that is gone: what it wrote is known, the rest may be written", function()
    local first, second
    first = make "s1"
    second = make("s2", function(name)
      looked[#looked + 1] = name
      if not living[name] then
        second:keep(entry "written")
      end
      return living[name]
    end)
    first:claim(entry "written")
    first:claim(entry "lost")
    assert.are.equal("writing", second:claim(entry "lost"))
    living.s1 = false
    assert.are.equal("same", second:claim(entry "written"))
    assert.are.equal("claimed", second:claim(entry "lost"))
    assert.are.same({ "s1", "s1", "s1" }, looked)
  end)

  it_counts("51 leaves that to one worker at a time", function()
    local first, second, third = make "s1", make "s2", make "s3"
    first:claim(entry "a")
    living.s1 = false
    local said
    second.look = function()
      said = third:claim(entry "a")
      return false
    end
    assert.are.equal("claimed", second:claim(entry "a"))
    assert.are.equal("writing", said)
  end)

  it_counts("takes a worker for gone that never had a segment", function()
    local first, second = make(), make "s2"
    first:claim(entry "a")
    assert.are.equal("claimed", second:claim(entry "a"))
  end)

  it_counts("forgets an event when its time is over, and keeps none whose time is over", function()
    local first = make "s1"
    first:claim(entry "a")
    first:keep(entry "a")
    time = 1999
    assert.are.equal("same", first:claim(entry "a"))
    time = 2000
    assert.are.equal("claimed", first:claim(entry "a"))
    assert.is_true(first:keep(entry "a"))
    assert.are.equal("claimed", first:claim(entry "a"))
  end)

  it_counts("56 takes nothing where the dictionary is full, and says what to do", function()
    local first = make "s1"
    for _, name in ipairs { "safe_add", "safe_set" } do
      store[name] = function() return false, "no memory" end
    end
    local state, message = first:claim(entry "a")
    assert.is_nil(state)
    assert.matches("full.*lua_shared_dict", message)
    state, message = first:keep(entry "a")
    assert.is_nil(state)
    assert.matches("full.*lua_shared_dict", message)
  end)

  -- A dictionary as nginx has it: entries that are over take room until they are freed.
  local function bound(room)
    local add, free, asked = store.safe_add, store.flush_expired, { count = 0 }
    function store:safe_add(key, ...)
      local count = 0
      for name in pairs(self.entries) do
        count = count + (#name >= 24 and 1 or 0)
      end
      if count >= room and not self.entries[key] then
        return false, "no memory"
      end
      return add(self, key, ...)
    end
    function store:flush_expired(most)
      asked.count, asked.most = asked.count + 1, most
      return free(self)
    end
    return asked
  end

  it_counts("56 makes room where entries are over, so that a dictionary does not stay full", function()
    local first = make "s1"
    local asked = bound(2)
    for round = 1, 5 do
      for number = 1, 2 do
        local one = entry(("%d %d"):format(round, number), { keep_until = time + 60 })
        assert.are.equal("claimed", first:claim(one))
        assert.is_true(first:keep(one))
      end
      time = time + 61
    end
    assert.are.equal(4, asked.count)
    assert.are.equal(1000, asked.most)
  end)

  it_counts("112 does not grow for ever where it is a table", function()
    local first = make "s1"
    for number = 1, 5000 do
      local one = entry(tostring(number), { keep_until = time + 60 })
      first:claim(one)
      first:keep(one)
      time = time + 1
    end
    local count = 0
    for _ in pairs(store.entries) do
      count = count + 1
    end
    assert.is_true(count <= 1100, tostring(count))
  end)

  it_counts("56 looks for entries that are over every second where there are none, also where the clock is set back", function()
    local first = make "s1"
    local asked = bound(1)
    assert.are.equal("claimed", first:claim(entry "a"))
    for _, row in ipairs { { 0, 1 }, { 0.9, 1 }, { 0.2, 2 }, { 0.5, 2 }, { -60, 3 }, { 0.5, 3 } } do
      time = time + row[1]
      assert.is_nil((first:claim(entry "b")))
      assert.are.equal(row[2], asked.count)
    end
  end)

  it_counts("is asked again where an entry went away meanwhile, not for ever", function()
    local first = make "s1"
    store.safe_add = function() return false, "exists" end
    assert.are.equal("writing", first:claim(entry "a"))
  end)

  it_counts("knows which segments are entered", function()
    local first = make "s1"
    assert.are.equal("w", first:entered "s1")
    assert.is_nil(first:entered "s0")
    first:note_entered "s0"
    assert.are.equal("d", first:entered "s0")
  end)

  it_counts("takes at most 128 bytes of a shared dictionary for an event, of which nginx has 68", function()
    make "s1":claim(entry "a")
    for key, kept in pairs(store.entries) do
      assert.is_true(#key < 24 or 68 + #key + #kept.value <= 128)
    end
  end)

  reaches_every_line(it)
end)
