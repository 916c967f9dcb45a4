-- SPDX-License-Identifier: MIT
-- Journals whose chain holds and whose records are not what a run writes: each is refused, with its line, by all who read one.

local history = require "signoff.offboard.report.history"
local journal = require "signoff.journal"
local journals = require "spec.support.journals"
local json = require "signoff.json"
local offboard = require "signoff.offboard"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local replay = require "signoff.offboard.executor.replay"

after_each(peer.stop_all)

local function item(n, more)
  local made = {
    n = n, person = "ana", system = "phones", action = "logout", target = "SEP" .. n, device = "SEP" .. n, user = "ana", cell = "SEP" .. n,
    found = { "SEP1" }, seen = true, occupant = "ana",
  }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

-- A run with every kind of record, and with every member that is looked at.
local function sound()
  local function status()
    return { name = "here", type = "Chat", note = "", return_time = 1 }
  end
  return {
    {
      event = "start", at = 1, started = 1, items = 3, plan_digest = "sha256:ab", operator = "night", ticket = "CHG-1", host = "ops1", created = 1,
      people_path = "leavers.csv", people_sha256 = "cd", protect = { "eve" }, ignore = { "note" }, delimiter = ";", undo_of = "old.journal",
      by = { host = "ops1", pid = 1, operator = "ben" }, part = { person = { "ana" }, system = "phones", left_out = { people = 1, targets = 2 } },
      gaps = { { code = "no_targets", person = "cay", declared = true }, { code = "no_column", system = "phones" } },
      options = { settle = 10, schedule = { 1, 2 }, deadline = 60, max_fail = "1%" },
      systems = { {
        name = "phones", kind = "cisco_em", host = "https://phones.example", concurrency = 2, per_minute = 60, after = { "doors" }, late = false,
        changes = 3, seconds = 3, status = { name = "gone", type = "Away" }, identity = { url = "https://phones.example", headers = { a = "b" } },
      } },
    },
    { event = "item", at = 1, item = item(1) },
    { event = "item", at = 1, item = item(2, { status = status(), expected_status = status() }) },
    { event = "item", at = 1, item = item(3, { find = "ana", target = "user:ana" }) },
    { event = "found", at = 1, item = 3, items = { item(4, { parent = 3 }), item(5, { parent = 3 }) } },
    { event = "intent", at = 1, items = { 1, 4 }, act = "logout", attempt = 1, before = { occupant = "ana", alive = true } },
    { event = "result", at = 1, items = { 1 }, answer = "accepted" },
    { event = "result", at = 1, items = { 4 }, code = "busy", message = "full", sent = true, retriable = true, scope = "client", own_words = true },
    { event = "intent", at = 1, items = { 2 }, act = "set_status", attempt = 1, before = { previous = status() } },
    { event = "stop", at = 1, system = "phones", code = "denied", why = "refused" },
    { event = "resume", at = 1, by = { host = "ops1", pid = 2, operator = "ben" }, settle = 5 },
    { event = "verdict", at = 2, item = 1, row = {
      item = 1, person = "ana", system = "phones", action = "logout", target = "SEP1", cell = "SEP1", verdict = "failed", code = "timeout",
      message = "late", protected = false, by_hand = "failed for SEP1: look", act = "sent", evidence = { { at = 1, what = "there" } },
    } },
    { event = "end", at = 3, totals = { failed = 1 }, exit = 1 },
  }
end

local function written(records)
  local path = journals.place()
  local writer = assert(journal.create(journals.env, path))
  for _, record in ipairs(records) do
    assert(writer:write(record))
  end
  assert(writer:close())
  return path
end

-- As `resume` and `undo` read one.
local function replayed(path)
  local found = replay.new()
  local read, message = journal.check(path, function(number, record)
    return found:take(number, record)
  end)
  local whole, problem = found:is_whole(path)
  if not read or not whole then
    return nil, message or problem
  end
  found:forget_found()
  local parts, plan = found:parts(), found:plan()
  return parts and plan and found:in_order()
end

local readers = {
  history = history.read, replay = replayed,
  packed = function(path) return history.read(path, { pack = true }) end,
}
for _, format in ipairs { "text", "json", "csv", "html" } do
  readers[format] = function(path) return offboard.report(path, { format = format }) end
end

-- Each reader gives something, or nil and a message that begins with the path; reports agree, and what they refuse is not gone on with.
local function judged(path)
  local _, message = history.read(path)
  message = message and message:sub(#path + 2)
  for name, read in pairs(readers) do
    local fine, found, problem = pcall(read, path)
    assert(fine, ("%s raised: %s"):format(name, tostring(found)))
    assert(found or problem:sub(1, #path + 1) == path .. ":", problem)
    if name ~= "replay" then -- it knows no kinds of systems
      assert.equal(message == nil, found ~= nil, name)
    end
  end
  return message
end

-- All members of a table, however deep: lists of the names that lead there.
local function paths_of(value, before, list)
  list, before = list or {}, before or {}
  for name, member in pairs(value) do
    local place = { (table.unpack or unpack)(before) } -- luacheck: ignore 143 (by version)
    place[#place + 1] = name
    list[#list + 1] = place
    if type(member) == "table" then
      paths_of(member, place, list)
    end
  end
  return list
end

local function get(record, place)
  for _, name in ipairs(place) do
    record = record[name]
  end
  return record
end

local function put(record, place, value)
  for i = 1, #place - 1 do
    record = record[place[i]]
  end
  record[place[#place]] = value
end

local function shown(place)
  local text = ""
  for _, name in ipairs(place) do
    text = text .. (type(name) == "number" and ("[%d]"):format(name) or (text == "" and "" or ".") .. name)
  end
  return text
end

local values = { text = "x", number = -1.5, list = { 1 }, object = { x = {} }, none = json.null }

describe("the records of a journal", function()
  it("are read where they are as a run writes them", function()
    local path = written(sound())
    assert.is_nil(judged(path))
    assert.equal("failed begun begun pending", table.concat({
      history.read(path).results[1].verdict, history.read(path).results[2].verdict, history.read(path).results[3].verdict,
      history.read(path).results[4].verdict,
    }, " "))
  end)

  for line, record in ipairs(sound()) do
    it(("never raise, whatever a member is: line %d, %s"):format(line, record.event), function()
      for _, place in ipairs(paths_of(record)) do
        for _, value in pairs(values) do
          local records = sound()
          put(records[line], place, value ~= json.null and value or nil)
          judged(written(records))
        end
      end
    end)
  end

  -- The members that are looked at; `!`: it must be there.
  local cases = {
    { 1, "items", "systems!", "plan_digest", "operator", "ticket", "host", "created", "started", "people_path", "people_sha256", "protect",
      "ignore", "delimiter", "undo_of", "part", "gaps", "options", "at", "part.person", "part.system", "part.left_out!",
      "part.left_out.people!", "part.left_out.targets!", "gaps[1].code!", "gaps[1].person", "gaps[2].system", "gaps[1].declared",
      "options.settle", "options.schedule", "options.deadline", "options.max_fail", "systems[1].name!", "systems[1].host",
      "systems[1].identity", "systems[1].status", "systems[1].status.name", "systems[1].identity.headers", "systems[1].after" },
    { 2, "item!", "item.n!", "item.person!", "item.system!", "item.action!", "item.target!", "item.cell", "item.device", "item.user",
      "item.found", "item.seen", "item.occupant", "at" },
    { 3, "item.status", "item.status.name", "item.status.type", "item.expected_status", "item.expected_status.note" },
    { 4, "item.find" },
    { 5, "item!", "items!", "items[1].n!", "items[2].person!", "items[1].parent" },
    { 6, "items!", "act", "attempt", "before", "before.occupant", "before.alive" },
    { 7, "items!", "answer" },
    { 8, "code", "message", "sent", "retriable", "scope", "own_words" },
    { 9, "before.previous", "before.previous.name", "before.previous.type" },
    { 10, "system", "code!", "why" },
    { 11, "settle", "at" },
    { 12, "item!", "row!", "row.item!", "row.person!", "row.system!", "row.action", "row.target!", "row.cell", "row.verdict!", "row.code", "row.message",
      "row.protected", "row.by_hand", "row.act", "row.evidence", "row.evidence[1].at", "row.evidence[1].what" },
    { 13, "exit", "at" },
  }

  local function find(record, wanted)
    for _, place in ipairs(paths_of(record)) do
      if shown(place) == wanted then
        return place
      end
    end
    error("no such member: " .. wanted)
  end

  for _, case in ipairs(cases) do
    local line = case[1]
    for i = 2, #case do
      local name, needed = case[i]:match "^([^!]*)(!?)$"
      it(("are refused with a wrong member: line %d, %s"):format(line, name), function()
        local records = sound()
        local place = find(records[line], name)
        put(records[line], place, type(get(records[line], place)) == "table" and 7 or { x = true })
        local message = judged(written(records)) or "it is read"
        assert.equal(("%d: the record '%s' has '%s' as a %s; the journal is damaged: use a copy of it"):format(line, records[line].event, name,
          type(get(records[line], place))), (message:gsub("number that counts nothing", "number")))
      end)
      if needed == "!" then
        it(("are refused without a member: line %d, %s"):format(line, name), function()
          local records = sound()
          put(records[line], find(records[line], name), nil)
          local message = judged(written(records))
          assert.equal(("%d: the record '%s' lacks '%s'; the journal is damaged: use a copy of it"):format(line, records[line].event, name), message)
        end)
      end
    end
  end

  for _, command in ipairs { "report JOURNAL", "report JOURNAL --format html --out page.html", "resume JOURNAL", "undo JOURNAL" } do
    it("end the command with exit status 2 where one is wrong: " .. command, function()
      operator.fresh()
      local records = sound()
      records[12].row.person = 7
      local path = written(records)
      local status, _, words = operator.run((command:gsub("JOURNAL", path)))
      operator.clean()
      assert.equal(2, status)
      assert(words:find(path .. ":12: the record 'verdict' has 'row.person' as a number; the journal is damaged: use a copy of it", 1, true), words)
    end)
  end
end)
