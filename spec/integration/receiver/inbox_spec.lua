-- SPDX-License-Identifier: MIT
-- The inbox on disk: each event once, whatever happens, and nothing that was changed.

local core = require "signoff.core"
local disk = require "spec.support.disk"
local retention = require "signoff.receiver.retention"
local backlog = require "signoff.receiver.backlog"
local inboxes = require "spec.support.inboxes"
local ledger = require "signoff.offboard.watch.ledger"
local peer = require "spec.support.peer"

local folder

before_each(function()
  folder = inboxes.folder()
end)

after_each(function()
  collectgarbage()
  peer.stop_all()
end)

local function add(box, ...)
  return box:add(inboxes.event(...))
end

describe("an inbox", function()
  it("has an event on disk, in a file for its owner only, when add returns", function()
    local box = assert(inboxes.open(folder))
    assert.are.equal("added", add(box, 1))
    local lines = inboxes.lines(folder)
    assert.are.equal(1, #lines)
    assert.matches('"jti":"1"', lines[1])
    assert.are.equal(384, core.stat(inboxes.segments(folder)[1]).mode)
    box:close()
  end)

  it("50 keeps an event that comes 100 times once", function()
    local box = assert(inboxes.open(folder))
    assert.are.equal("added", add(box, 1))
    for _ = 1, 100 do
      assert.are.equal("same", add(box, 1))
    end
    assert.are.equal(1, #inboxes.lines(folder))
    box:close()
  end)

  it("51 knows its events when it is opened again", function()
    local box = assert(inboxes.open(folder))
    add(box, 1)
    box:close()
    box = assert(inboxes.open(folder))
    assert.are.equal("same", add(box, 1))
    assert.are.equal("added", add(box, 2))
    assert.are.equal(2, #inboxes.lines(folder))
    box:close()
  end)

  it("52 refuses another token with the same jti, also after a restart", function()
    local box = assert(inboxes.open(folder))
    add(box, 1)
    assert.are.equal("other", add(box, 1, { token = "forged" }))
    box:close()
    box = assert(inboxes.open(folder))
    assert.are.equal("other", add(box, 1, { token = "forged" }))
    assert.are.equal(1, #inboxes.lines(folder))
    box:close()
  end)

  it("53 takes the same jti of two issuers, and of two kinds", function()
    local box = assert(inboxes.open(folder))
    assert.are.equal("added", add(box, 1))
    assert.are.equal("added", add(box, 1, { iss = "https://other.example" }))
    assert.are.equal("added", add(box, 1, { kind = "logout" }))
    assert.are.equal(3, #inboxes.lines(folder))
    box:close()
  end)

  it("forgets what is past its retention", function()
    local time = core.time()
    local box = assert(inboxes.open(folder, { now = function() return time end }))
    local event, about = inboxes.event(1)
    assert.are.equal("added", box:add(event, about))
    time = about.keep_until + 1
    assert.are.equal("added", box:add(event, about))
    box:close()
  end)

  it("begins another segment where one is large or old", function()
    local time = core.time()
    local box = assert(inboxes.open(folder, { now = function() return time end, largest = 1000 }))
    for number = 1, 9 do
      assert.are.equal("added", add(box, number))
    end
    local before = #inboxes.segments(folder)
    assert.is_true(before >= 3)
    box:close()
    box = assert(inboxes.open(folder, { now = function() return time end }))
    add(box, 10)
    time = time + 86401
    add(box, 11)
    assert.are.equal(before + 2, #inboxes.segments(folder))
    assert.are.equal(11, #assert(backlog.open(folder)):pending())
    box:close()
  end)

  it("16 takes what is nested as deeply as its lines are read, and nothing more", function()
    local box = assert(inboxes.open(folder))
    local deep = 1
    for depth = 1, 40 do
      deep = { deep }
      local state, message = add(box, depth, { subject = deep })
      assert.are.equal(depth <= 30 and "added" or nil, state)
      assert.is_truthy(state or message:find("nested too deeply", 1, true), message)
    end
    box:close()
    assert.are.equal(30, #assert(backlog.open(folder)):pending())
  end)

  it("leaves no empty file behind", function()
    assert(inboxes.open(folder)):close()
    assert.are.same({}, inboxes.segments(folder))
  end)

  for name, row in pairs {
    ["that others may read"] = { "chmod 750 %s", "chmod 700" },
    ["that is not there"] = { "rmdir %s", "install %-d %-m 700" },
    ["that is a file"] = { "rmdir %s; touch %s", "name the folder" },
  } do
    it("refuses a folder " .. name, function()
      os.execute((row[1]:gsub("%%s", folder)))
      local box, message = inboxes.open(folder)
      assert.is_nil(box)
      assert.matches(row[2], message)
    end)
  end
end)

describe("an inbox that was changed", function()
  local rows = {
    ["has a line changed"] = { "sed -i '3s/someone/anyone/' %s", 3 },
    ["lacks a line"] = { "sed -i 3d %s", 2 },
    ["lacks its first line"] = { "sed -i 1d %s", 1 },
    ["has two lines in another order"] = { "sed -i '3{h;d};4G' %s", 3 },
    ["has a line twice"] = { "sed -i 3p %s", 4 },
    ["has a line that is none"] = { "sed -i '3s/.*/{}/' %s", 3 },
  }
  for name, row in pairs(rows) do
    it("58 is not opened where it " .. name .. "; file and line are named", function()
      local box = assert(inboxes.open(folder))
      for number = 1, 5 do
        add(box, number)
      end
      box:close()
      local path = inboxes.segments(folder)[1]
      os.execute(row[1]:format(path))
      local message
      box, message = inboxes.open(folder)
      assert.is_nil(box)
      assert.are.equal(("%s:%d: "):format(path, row[2]), message:sub(1, #path + 4))
      local opened, problem, segment, line = backlog.open(folder)
      assert.is_nil(opened)
      assert.are.equal(message, problem)
      assert.are.same({ path:match "[^/]+$", row[2] }, { segment, line })
    end)
  end

  it("58 is told from one whose last line was torn by a crash, which is cut off", function()
    local box = assert(inboxes.open(folder))
    add(box, 1)
    box:close()
    local path = inboxes.segments(folder)[1]
    local whole = peer.read_file(path)
    peer.write_file(path, whole .. '{"prev":"12')
    box = assert(inboxes.open(folder))
    assert.are.equal(whole, peer.read_file(path))
    assert.are.equal("added", add(box, 2))
    box:close()
  end)
end)

describe("a disk that works badly", function()
  -- Adds events until one cannot be added; then the disk is cured. Prints how many were added, why that one was not, what became of it
  -- then, and the number of lines.
  local code = [[
    package.path = "./?.lua;" .. package.path
    local inboxes = require "spec.support.inboxes"
    local box = assert(inboxes.open("%s"))
    local count, state, message = 0, nil, nil
    repeat
      state, message = box:add(inboxes.event(count + 1))
      count = count + (state == "added" and 1 or 0)
    until state ~= "added" or count == 100
    local again = box:add(inboxes.event(count + 1))
    local trouble = box:trouble()
    os.execute "%s"
    local cured = box:add(inboxes.event(count + 1))
    print(count, state, again, trouble ~= nil, cured, box:add(inboxes.event(count + 1)), box:trouble(), #inboxes.lines("%s"), message)
  ]]

  local function check(output, words)
    local count, rest = output:match "^(%d+)\t(.*)$"
    assert.is_truthy(count, output)
    assert.are.equal(("nil\tnil\ttrue\tadded\tsame\tnil\t%d\t"):format(count + 1), rest:match "^.*\t%d+\t")
    assert.matches(words, rest)
  end

  for name, row in pairs {
    ["is full"] = { "DISK_ROOM=2000", "no space is left" },
    ["has a quota that is used up"] = { "DISK_ROOM=2000 DISK_ERROR=122", "quota is used up" },
    ["became read-only"] = { "DISK_ROOM=2000 DISK_ERROR=30", "read%-only" },
    ["fails when it is written"] = { "DISK_ROOM=2000 DISK_ERROR=5", "the disk failed" },
    ["fails when it is synced"] = { "DISK_SYNCS=4", "the disk failed" },
  } do
    it("55 says so where it " .. name .. ", has nothing of it, and takes it when that is cured", function()
      local cure = folder .. "/cured"
      check(disk.bad(row[1] .. " DISK_CURED=" .. cure, code:format(folder, "touch " .. cure, folder)), row[2])
    end)
  end

  it("55 is no folder any more: the inbox says so, and goes on when it is there again", function()
    local box = assert(inboxes.open(folder))
    assert.are.equal("added", add(box, 1))
    os.execute(("mv %s %s.away"):format(folder, folder))
    assert.are.equal("added", add(box, 2)) -- its segment is still its own
    os.execute(("rm -rf %s.away"):format(folder))
    local state, message = add(box, 3)
    assert.is_nil(state)
    assert.matches("deleted while it was in use", message)
    state, message = add(box, 3)
    assert.is_nil(state)
    assert.matches("no such file or folder", message)
    os.execute("install -d -m 700 " .. folder)
    assert.are.equal("added", add(box, 3))
    assert.are.equal(1, #inboxes.lines(folder))
    box:close()
  end)
end)

describe("the backlog", function()
  local box, waiting

  before_each(function()
    box = assert(inboxes.open(folder))
    waiting = assert(backlog.open(folder))
  end)

  after_each(function()
    waiting:close()
    box:close()
  end)

  local function ids(events)
    local list = {}
    for i, event in ipairs(events) do
      list[i] = event.id
    end
    return table.concat(list, " ")
  end

  it("has the events that are to be acted upon, oldest first, as they come", function()
    add(box, 1, { at = 3 })
    add(box, 2, { at = 2 })
    add(box, 3, { at = 1, disposition = "record" })
    assert.are.equal("", ids(waiting:pending()))
    assert(waiting:refresh())
    assert.are.equal("event-2 event-1", ids(waiting:pending()))
    add(box, 4, { at = 4 })
    assert(waiting:refresh())
    assert.are.equal("event-2 event-1 event-4", ids(waiting:pending()))
  end)

  it("47 has an account that was enabled again, and none of a device or of nobody", function()
    local uri = "https://schemas.openid.net/secevent/risc/event-type/account-enabled"
    for number, more in ipairs { { person = "ana" }, { person = "ana", narrowed = "device" }, {} } do
      more.event, more.disposition = uri, "record"
      add(box, number, more)
    end
    assert(waiting:refresh())
    assert.are.equal("event-1", ids(waiting:pending()))
  end)

  it("gives each event once, and again after a restart, until it is finished", function()
    for number = 1, 3 do
      add(box, number)
    end
    assert(waiting:refresh())
    assert.are.equal("event-1 event-2", ids(waiting:take(2)))
    assert.are.equal("event-3", ids(waiting:take(2)))
    assert.are.equal("", ids(waiting:take(2)))
    assert.is_true(waiting:finish("event-2", { verdict = "ended" }))
    assert.are.equal("event-1 event-3", ids(waiting:pending()))
    waiting:close()
    waiting = assert(backlog.open(folder))
    assert.are.equal("event-1 event-3", ids(waiting:take()))
  end)

  it("48 gives held events when a person released them, in another process too; a restart keeps them held", function()
    add(box, 1, { disposition = "held" })
    add(box, 2)
    assert(waiting:refresh())
    assert.are.equal("event-2", ids(waiting:take()))
    assert.is_true(waiting:hold { "event-2" })
    assert.are.equal("", ids(waiting:take()))
    waiting:close()
    waiting = assert(backlog.open(folder))
    assert.are.equal("", ids(waiting:take()))
    assert.are.equal("event-1 event-2", ids(waiting:pending()))
    local person = assert(backlog.open(folder, { worker = "person" }))
    assert.are.same({ "event-1" }, person:release { "event-1", "event-9" })
    person:close()
    assert(waiting:refresh())
    assert.are.equal("event-1", ids(waiting:take()))
    assert.are.same({ "event-2" }, waiting:release "all")
    assert.are.equal("event-2", ids(waiting:take()))
    assert.are.same({}, waiting:release "all")
  end)

  it("112 releases as many events as there are", function()
    for number = 1, 120000 do
      local id = ("%032d"):format(number)
      waiting.open[id], waiting.held[id] = { id = id, at = 1 }, true
    end
    assert.are.equal(120000, #assert(waiting:release "all"))
    assert.are.equal(12, #inboxes.lines(folder))
    assert.is_nil(next(waiting.held))
    assert.is_true(waiting:check())
  end)

  it("112 has a run of as many events as there are in its ledger", function()
    local events = {}
    for number = 1, 120000 do
      events[number] = { id = ("%032d"):format(number) }
    end
    local book = assert(ledger.open({ sleep = core.sleep }, folder, "test"))
    local run = assert(book:begin("ana", { events[1] }))
    assert.is_true(book:over(run, events, { exit = 0 }))
    assert.is_true(book:over(assert(book:begin("ben", { events[1] })), {}, { cancelled = true }))
    book:close()
    local read = assert(ledger.read(folder))
    assert.are.same({ 120000, 0, 0 }, { #read.runs[1].over.ids, read.runs[1].over.exit, #read.runs[2].over.ids })
    assert.is_true(read.finished[events[120000].id] == read.runs[1] and read.runs[2].over.cancelled)
  end)

  it("has an event once that was written twice", function()
    add(box, 1)
    box:close()
    os.execute(("cp %s %s/20990101T000000Z-copy-1.jsonl"):format(inboxes.segments(folder)[1], folder))
    assert(waiting:refresh())
    assert.are.equal("event-1", ids(waiting:take()))
  end)

  it("lists all events since a time, with what became of them", function()
    add(box, 1, { at = 10 })
    add(box, 2, { at = 20, disposition = "record" })
    add(box, 3, { at = 30 })
    assert(waiting:refresh())
    waiting:finish("event-3", { verdict = "ended" })
    local events = assert(waiting:events { since = 15 })
    assert.are.equal("event-2 event-3", ids(events))
    assert.are.same({ verdict = "ended" }, events[2].result)
    assert.is_number(events[2].finished_at)
    assert.is_true(waiting:check())
  end)

  it("58 says where a segment was changed while it was read", function()
    for number = 1, 4 do
      add(box, number)
    end
    assert(waiting:refresh())
    local path = inboxes.segments(folder)[1]
    os.execute(("sed -i 2s/someone/anyone/ %s"):format(path))
    local fine, segment, line, message = waiting:check()
    assert.is_nil(fine)
    assert.are.same({ path:match "[^/]+$", 2 }, { segment, line })
    assert.matches(":2: ", message)
  end)
end)

describe("retention", function()
  local DAY = 86400
  local LATER = 32 * DAY

  -- An inbox and its backlog, closed, with these events; those in `finished` are.
  local function make(events, finished)
    local box = assert(inboxes.open(folder))
    for number, disposition in ipairs(events) do
      add(box, number, { disposition = disposition })
    end
    box:close()
    local waiting = assert(backlog.open(folder))
    for _, id in ipairs(finished) do
      assert(waiting:finish(id))
    end
    waiting:close()
  end

  local function prune(seconds)
    return #assert(retention.prune(folder, core.time() + seconds))
  end

  it("removes a segment when all of its events are finished and past their time, and then the one that says so", function()
    make({ "act", "record", "held" }, { "event-1", "event-3" })
    assert.are.equal(0, prune(0))
    assert.are.equal(1, prune(LATER))
    assert.are.same({}, assert(backlog.open(folder)):pending())
    assert.are.equal(1, prune(LATER))
    assert.are.equal(0, prune(LATER))
    assert.are.same({}, inboxes.segments(folder))
  end)

  for _, row in ipairs {
    { "keeps all for 31 days", 1, 30, 0 }, { "removes what is older", 1, 32, 1 }, { "keeps what is older, as long as it knows its tokens", 61, 60, 0 },
    { "removes it then", 61, 62, 1 },
  } do
    it(row[1], function()
      local box = assert(inboxes.open(folder))
      local event, about = inboxes.event(1, { disposition = "record" })
      about.keep_until = core.time() + row[2] * DAY
      assert.are.equal("added", box:add(event, about))
      box:close()
      assert.are.equal(row[4], prune(row[3] * DAY))
    end)
  end

  it("is done once a day, also where the clock is set", function()
    local daily, now = retention.daily(folder), core.time() + LATER
    for _, row in ipairs { { 0, 1 }, { 60, 0 }, { DAY - 61, 0 }, { 1, 1 }, { -60, 0 }, { -DAY, 1 } } do
      now = now + row[1]
      make({ "record" }, {})
      assert.are.equal(row[2], math.min(#assert(daily(now)), 1))
    end
  end)

  it("lets others run meanwhile", function()
    local list = {}
    for number = 1, 1000 do
      list[number] = "record"
    end
    make(list, {})
    local pauses = 0
    assert.are.equal(1, #assert(retention.prune(folder, core.time() + LATER, function() pauses = pauses + 1 end)))
    assert.are.equal(2, pauses)
  end)

  it("reads nothing where no segment is old enough", function()
    make({ "record", "record", "record" }, {})
    os.execute("sed -i 2s/someone/anyone/ " .. inboxes.segments(folder)[1])
    assert.are.equal(0, prune(30 * DAY))
    assert.is_nil((retention.prune(folder, core.time() + LATER)))
  end)

  it("keeps a segment with an event that is not finished, however old", function()
    make({ "act", "held" }, { "event-1" })
    assert.are.equal(0, prune(LATER))
    assert.are.equal("event-2", assert(backlog.open(folder)):pending()[1].id)
  end)

  it("keeps a segment whose writer is at work", function()
    local box = assert(inboxes.open(folder))
    add(box, 1, { disposition = "record" })
    assert.are.equal(0, prune(LATER))
    box:close()
    assert.are.equal(1, prune(LATER))
  end)

  it("removes nothing from an inbox that is damaged", function()
    make({ "record", "record", "record", "record" }, {})
    local path = inboxes.segments(folder)[1]
    os.execute("sed -i 2s/someone/anyone/ " .. path)
    local removed, message = retention.prune(folder, core.time() + LATER)
    assert.is_nil(removed)
    assert.matches(":2: ", message)
  end)
end)

describe("an inbox and the clock", function()
  it("60 knows its events whatever the clock says within their time", function()
    local time = core.time()
    local box = assert(inboxes.open(folder, { now = function() return time end }))
    add(box, 1)
    for _, step in ipairs { -3600, 3600, 3600, 1, -7201 } do
      time = time + step
      assert.are.equal("same", add(box, 1))
      assert.are.equal("other", add(box, 1, { token = "forged" }))
    end
    box:close()
    time = time - 3600
    box = assert(inboxes.open(folder, { now = function() return time end }))
    assert.are.equal("same", add(box, 1))
    assert.are.equal(1, #inboxes.lines(folder))
    box:close()
  end)
end)
