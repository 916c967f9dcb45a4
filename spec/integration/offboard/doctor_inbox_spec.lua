-- SPDX-License-Identifier: MIT
-- `doctor --inbox`: one inbox a case, and the rows that it changes. All others stay as those of a sound inbox.

local core = require "signoff.core"
local files = require "spec.support.files"
local inboxes = require "spec.support.inboxes"
local key_files = require "signoff.receiver.key_files"
local ledger = require "signoff.offboard.watch.ledger"
local look = require "signoff.offboard.cli.doctor_inbox"
local peer = require "spec.support.peer"

local ISSUER = "https://idp.example"
local LIMIT = { count = 2, seconds = 3600 }

local folder, closing

local function receive(jti, more)
  local inbox = assert(inboxes.open(folder))
  assert.equal("added", inbox:add(inboxes.event(jti, more)))
  inbox:close()
end

-- An actor that is at work, and has such runs.
local function begin_actor(persons)
  local book = assert(ledger.open({ sleep = core.sleep }, folder))
  closing = book
  for i, person in ipairs(persons) do
    assert(book:over(assert(book:begin(person, { { id = tostring(i) } })), {}, { exit = 0, totals = {} }))
  end
end

local function keep_keys(age, max_age)
  local text = key_files.text_of { issuer = ISSUER, fetched = core.time() - age, max_age = max_age, jwks = "{}" }
  assert(core.save(key_files.path(folder, ISSUER), text))
end

local function damage()
  local inbox = assert(inboxes.open(folder))
  for number = 1, 2 do
    assert.equal("added", inbox:add(inboxes.event(number)))
  end
  inbox:close()
  local path = inboxes.segments(folder)[1]
  files.write(path, (files.read(path):gsub("someone@", "nobody1@", 1)))
end

local SOUND = { folder = "ok", contents = "ok", events = "ok", actor = "warn", brake = "ok" }

-- Title, what is done, states that differ ("" is no row), and words of a message of each.
local cases = {
  { "that is new", function() end, {}, { events = "none came yet", actor = "none is at work", brake = "0 of 2 persons" } },
  { "with an event that waits", function() receive("1", { at = 1000 }) end, { actor = "fail" }, { events = "the last one came at 1970-01-01T",
    actor = "1 events wait" } },
  { "with one that was only recorded", function() receive("1", { disposition = "record", at = 1000 }) end, {}, { events = "1970-01-01T" } },
  { "with one that is held", function() receive("1", { disposition = "held" }) end, { events = "warn" }, { events = "1 held: signoff-offboard watch" } },
  { "whose actor is at work", function() begin_actor { "ana" } end, { actor = "ok" }, { brake = "1 of 2 persons within 3600 s" } },
  { "whose brake is full", function() begin_actor { "ana", "ben" } end, { actor = "ok", brake = "warn" }, { brake = "2 of 2 persons" } },
  { "whose brake met one person twice", function() begin_actor { "ana", "ana" } end, { actor = "ok" }, { brake = "1 of 2 persons" } },
  { "with fresh keys", function() keep_keys(200, 300) end, { keys = "ok" }, { keys = ISSUER .. ": fetched at " } },
  { "with keys that are late", function() keep_keys(400, 300) end, { keys = "warn" }, { keys = "cannot be fetched any more" } },
  { "with keys that are too old", function() keep_keys(86500, 86400) end, { keys = "fail" }, { keys = "cannot be fetched any more" } },
  { "with a file that is none of keys", function() files.write(folder .. "/keys-00.json", "{}") end, {}, {} },
  { "that others may use", function() os.execute("chmod 755 " .. folder) end, { folder = "fail", contents = "fail", events = "", actor = "" },
    { folder = "chmod 700", contents = "chmod 700" } },
  { "that is not there", function() folder = folder .. "/nowhere" end, { folder = "fail", contents = "fail", events = "", actor = "" },
    { folder = "install -d -m 700" } },
  { "that cannot be written", function() os.execute(("mkdir %s/doctor"):format(folder)) end, { folder = "fail" }, { folder = "/doctor" } },
  { "that was damaged", damage, { contents = "fail", events = "", actor = "" }, { contents = ".jsonl:" } },
  { "whose ledger was damaged", function() files.write(folder .. "/watch.journal", "nothing\n") end, { brake = "fail" }, { brake = "watch.journal" } },
}

describe("doctor, of an inbox", function()
  before_each(function()
    folder, closing = inboxes.folder(), nil
  end)

  after_each(function()
    if closing then closing:close() end
    peer.stop_all()
  end)

  for _, case in ipairs(cases) do
    it(case[1], function()
      case[2]()
      local states, messages = {}, {}
      for _, row in ipairs(look(folder, LIMIT)) do
        assert.equal("inbox", row.system)
        states[row.check], messages[row.check] = row.state, row.message
      end
      local wanted = {}
      for check, state in pairs(SOUND) do wanted[check] = state end
      for check, state in pairs(case[3]) do wanted[check] = state ~= "" and state or nil end
      assert.same(wanted, states)
      for check, words in pairs(case[4]) do
        assert.is_truthy(messages[check]:find(words, 1, true), messages[check])
      end
      assert.is_nil(files.find(folder .. "/doctor"))
    end)
  end
end)
