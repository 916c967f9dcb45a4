-- SPDX-License-Identifier: MIT
-- Journals: every record is on disk, and whole.

local core = require "signoff.core"
local journal = require "signoff.journal"
local json = require "signoff.json"
local signoff = require "signoff"
local child = require "spec.support.child"
local disk = require "spec.support.disk"
local journals = require "spec.support.journals"
local peer = require "spec.support.peer"

local NONE, env, make, record, refused = journals.NONE, journals.env, journals.make, journals.record, journals.refused

local path, folder

before_each(function()
  path, folder = journals.place()
end)

after_each(journals.clear)

local function items()
  local found = {}
  local summary = assert(journal.check(path, function(number, entry)
    assert.are.equal(#found + 1, number)
    found[number] = entry.item
  end))
  return found, summary
end

describe("a journal's file", function()
  it("has the SHA-256 of the line before in each line", function()
    local head = make(path, 3)
    local before = NONE
    for number, line in ipairs(journals.lines(path)) do
      local first = ('{"prev":"%s",'):format(before)
      assert.are.equal(first, line:sub(1, #first)) -- the others in any order
      assert.same({ prev = before, answer = "accepted", event = "result", item = number, person = "person " .. number },
        json.decode(line))
      before = peer.output_of(("sed -n %dp %s | tr -d '\\n' | sha256sum | cut -c 1-64"):format(number, path))
    end
    assert.are.equal(before, head)
  end)

  it("is for its owner only, whatever the umask", function()
    local said = child.run(([[
      local journal = require "signoff.journal"
      print(journal.create({ sleep = function() end }, %q) ~= nil)]]):format(path), "sh -c 'umask 0; exec \"$@\"' sh")
    assert.are.equal("true", said)
    assert.are.equal(384, core.stat(path).mode)
  end)

  it("takes a record without members, and any text", function()
    local writer = assert(journal.create(env, path))
    assert(writer:write {})
    assert(writer:write { text = "a\nb\0\255\"\\" })
    assert(writer:close())
    local found = {}
    assert(journal.check(path, function(_, entry) found[#found + 1] = entry end))
    assert.are.same({ {}, { text = "a\nb\0\239\191\189\"\\" } }, found)
  end)
end)

describe("a writer", function()
  it("refuses what the script got wrong, and takes what comes after", function()
    local writer = assert(journal.create(env, path))
    assert.has_error(function() writer:write { prev = NONE } end)
    assert.has_error(function() writer:write { token = signoff.secret.new "hunter22" } end)
    assert.has_error(function() writer:write { text = ("x"):rep(4 * 1024 * 1024) } end)
    assert(writer:write(record(1)))
    assert(writer:close())
    assert(writer:close())
    assert.has_error(function() writer:write(record(2)) end)
    assert.are.same({ 1 }, (items()))
  end)

  it("takes a line of nearly 4 MiB, which is read again", function()
    local writer = assert(journal.create(env, path))
    local text = ("x"):rep(4 * 1024 * 1024 - 200)
    assert(writer:write { text = text })
    assert(writer:write(record(2)))
    assert(writer:close())
    local lengths = {}
    assert(journal.check(path, function(number, entry) lengths[number] = #(entry.text or "") end))
    assert.are.same({ #text, 0 }, lengths)
  end)

  it("has on disk what sync returned true for, and nothing before", function()
    local writer = assert(journal.create(env, path))
    assert.are.equal(NONE, writer:head())
    writer:write(record(1))
    assert.are.equal(0, core.stat(path).size)
    assert.is_true(writer:sync())
    assert.are.same({ 1 }, (items()))
    assert.is_true(writer:sync())
    writer:write(record(2))
    assert.is_true(writer:close())
    assert.are.same({ 1, 2 }, (items()))
  end)

  it("drops what was never committed when it is collected", function()
    local writer = assert(journal.create(env, path))
    writer:write(record(1))
    writer = nil -- luacheck: ignore 311
    collectgarbage()
    collectgarbage()
    assert.are.equal(0, core.stat(path).size)
    assert(assert(journal.reopen(env, path)):close())
  end)
end)

-- Tasks one after the other; `sleep` lets the others run.
local function run_side_by_side(tasks)
  local left = tasks
  while #left > 0 do
    local still = {}
    for _, task in ipairs(left) do
      assert(coroutine.resume(task))
      if coroutine.status(task) ~= "dead" then
        still[#still + 1] = task
      end
    end
    left = still
  end
end

describe("tasks that wait in one turn", function()
  local writer, commits, results

  local waits = { sleep = function() coroutine.yield() end }

  local function task(number, count)
    return coroutine.create(function()
      for i = 1, count or 1 do
        writer:write(record(number * 100 + i))
        local result = { writer:sync() }
        results[#results + 1] = result
      end
    end)
  end

  before_each(function()
    writer, commits, results = assert(journal.create(waits, path)), 0, {}
    local handle = writer.handle
    writer.handle = {
      append = function(_, text) return handle:append(text) end,
      commit = function() commits = commits + 1 return handle:commit() end,
      head = function() return handle:head() end,
      close = function() return handle:close() end,
    }
  end)

  it("are committed together", function()
    local tasks = {}
    for number = 1, 64 do
      tasks[number] = task(number, 10)
    end
    run_side_by_side(tasks)
    assert.are.equal(640, #results)
    for _, result in ipairs(results) do
      assert.are.same({ true }, result)
    end
    assert(commits >= 10 and commits <= 12, commits)
    assert(writer:close())
    assert.are.equal(640, #items())
  end)

  it("are committed when the first of them never comes back", function()
    local first, second = task(1), task(2)
    coroutine.resume(first)
    run_side_by_side { second }
    assert.are.same({ { true } }, results)
    assert.are.same({ 101, 201 }, (items()))
  end)

  it("all learn that nothing of theirs can be relied on", function()
    os.remove(path)
    run_side_by_side { task(1, 2), task(2), task(3) }
    assert.are.equal(4, #results)
    for _, result in ipairs(results) do
      refused("changed", path .. ": was deleted while it was in use", result[1], result[2], result[3])
    end
    assert.are.equal(NONE, writer:head())
  end)
end)

describe("reading", function()
  it("gives records by line, and ends with the sum", function()
    local head = make(path, 5)
    local reader, found = assert(journal.read(path)), {}
    for number, entry in reader:records() do
      found[number] = entry
    end
    assert.are.same({ record(1), record(2), record(3), record(4), record(5) }, found)
    assert.are.same({ lines = 5, size = core.stat(path).size, head = head, torn = 0 }, reader:result())
  end)

  it("takes an empty file as a journal of which nothing was written", function()
    peer.write_file(path, "")
    assert.are.same({ lines = 0, size = 0, head = NONE, torn = 0 }, journal.check(path))
  end)

  it("reads to where the writer is", function()
    local writer = assert(journal.create(env, path))
    writer:write(record(1))
    writer:sync()
    assert.are.equal(1, assert(journal.check(path)).lines)
    writer:close()
  end)

  it("says of a path what is wrong with it", function()
    os.execute(("mkfifo %s/pipe"):format(folder))
    for name, words in pairs {
      ["none"] = "there is no such file or folder", ["."] = "is a directory; name a file", ["pipe"] = "is a pipe; name a file",
    } do
      local reader, message = journal.read(folder .. "/" .. name)
      assert.is_nil(reader)
      assert.are.equal(("%s/%s: %s"):format(folder, name, words), message)
      assert.are.equal(message, select(2, journal.check(folder .. "/" .. name)))
    end
  end)

  it("needs no memory for what it has read", function()
    local function peak(count)
      os.remove(path)
      return tonumber(child.run(([[
        local journal = require "signoff.journal"
        local writer = assert(journal.create({ sleep = function() end }, %q))
        for i = 1, %d do
          writer:write { item = i, text = ("x"):rep(10000) }
          if i %% 64 == 0 then assert(writer:sync()) end
        end
        assert(writer:close())
        assert(assert(journal.check(%q)).lines == %d)
        print(io.open "/proc/self/status":read "*a":match "VmHWM:%%s+(%%d+)")]]):format(path, count, path, count)))
    end
    local small, large = peak(300), peak(2600)
    assert.is_true(core.stat(path).size > 26e6)
    assert.is_true(large - small < 8 * 1024, ("%d KiB more"):format(large - small))
  end)
end)

describe("continuing", function()
  it("goes on with the chain", function()
    local head = make(path, 2)
    local writer = assert(journal.reopen(env, path))
    assert.are.equal(head, writer:head())
    assert.are.equal(0, writer.torn)
    assert.is_nil(writer.notice)
    writer:write(record(3))
    assert(writer:close())
    assert.are.same({ 1, 2, 3 }, (items()))
  end)

  it("goes on with one that is empty", function()
    peer.write_file(path, "")
    local writer = assert(journal.reopen(env, path))
    writer:write(record(1))
    assert(writer:close())
    assert.are.same({ 1 }, (items()))
  end)

  it("must come after reading, and happens once", function()
    make(path, 1)
    local handle = assert(core.journal(path, "append"))
    for _, wrong in ipairs {
      function() handle:append "{}" end, function() handle:commit() end, function() handle:head() end,
      function() handle:continue(0, "short") end, function() handle:continue(-1, NONE) end, function() handle:append "x" end,
    } do
      assert.has_error(wrong)
    end
    assert(handle:continue(0, NONE))
    assert.has_error(function() handle:continue(0, NONE) end)
    for _, wrong in ipairs { "", "{", "x", "{}x", "[]", "{\n}" } do
      assert.has_error(function() handle:append(wrong) end)
    end
    handle:close()
    handle:close()
    assert.has_error(function() handle:append "{}" end)
    assert.are.equal("signoff.journal: closed", tostring(handle))
  end)

  it("stops where the file became shorter meanwhile", function()
    make(path, 1)
    local handle = assert(core.journal(path, "append"))
    refused("changed", "became shorter while it was read", handle:continue(10000, NONE))
    refused("changed", "became shorter while it was read", handle:append "{}")
  end)
end)

describe("a path", function()
  local function both(name, reason, words)
    refused(reason, folder .. "/" .. name .. ": " .. words, journal.create(env, folder .. "/" .. name))
  end

  it("where something is cannot be a new journal", function()
    make(path, 1)
    os.execute(("mkdir %s/below && ln -s journal %s/link && ln -s nowhere %s/dangling && mkfifo %s/pipe")
      :format(folder, folder, folder, folder))
    for _, name in ipairs { "journal", "below", "link", "dangling", "pipe" } do
      both(name, "exists", "exists already; name another one")
    end
    assert.are.same({ 1 }, (items()))
  end)

  it("that leads nowhere is said", function()
    make(path, 1)
    both("none/journal", "missing", "there is no such file or folder")
    both("journal/journal", "missing", "a part of the path is not a folder")
    refused("denied", "permission denied", journal.create(env, "/sys/signoff-journal"))
    assert.has_error(function() journal.create(env, "") end)
    assert.has_error(function() journal.create(env, path .. "\0") end)
  end)

  it("of a link, folder, pipe or device cannot be continued", function()
    make(path, 1)
    os.execute(("mkdir %s/below && ln -s journal %s/link && mkfifo %s/pipe"):format(folder, folder, folder))
    for name, expected in pairs {
      none = { "missing", "there is no such file or folder" }, below = { "not_file", "is a folder; name a file in it" },
      link = { "not_file", "is a symbolic link; name the file that it leads to" }, pipe = { "not_file", "is no regular file; name one" },
    } do
      refused(expected[1], folder .. "/" .. name .. ": " .. expected[2], journal.reopen(env, folder .. "/" .. name))
    end
    refused("not_file", "/dev/full: is no regular file", journal.reopen(env, "/dev/full"))
  end)

  it("is shown by the journal", function()
    assert.are.equal("signoff.journal: " .. path, tostring(assert(core.journal(path, "create"))))
  end)
end)

describe("two writers", function()
  local function elsewhere(verb)
    return child.run(([[
      local journal = require "signoff.journal"
      local writer, message, reason = journal.%s({ sleep = function() end }, %q)
      print(writer and "open" or message .. " " .. reason)]]):format(verb, path))
  end

  it("are one too many, in one process or two", function()
    local locked = path .. ": another signoff writes it; wait until that has ended"
    local writer = assert(journal.create(env, path))
    refused("locked", locked, journal.reopen(env, path))
    assert.are.equal(locked .. " locked", elsewhere "reopen")
    assert(elsewhere("create"):find("exists already", 1, true))
    assert(writer:close())
    assert.are.equal("open", elsewhere "reopen")
    writer = assert(journal.reopen(env, path))
    assert.are.equal(locked .. " locked", elsewhere "reopen")
    writer:close()
  end)

  it("are not a writer and the programs that it started", function()
    local writer = assert(journal.create(env, path))
    local sleeper = peer.spawn("sleep 20", folder)
    writer:close()
    assert.are.equal("open", elsewhere "reopen")
    sleeper:stop()
  end)

  it("are noticed even if one takes no lock", function()
    local writer = assert(journal.create(env, path))
    writer:write(record(1))
    assert(writer:sync())
    local file = assert(io.open(path, "ab"))
    file:write "somebody's own line\n"
    file:close()
    writer:write(record(2))
    refused("changed", path .. ": was changed by another program while it was in use", writer:sync())
    refused("changed", "was changed by another program", writer:close())
  end)

  it("are none after kill -9, and what was committed is there", function()
    local code = folder .. "/code.lua"
    peer.write_file(code, ([[
      local journal = require "signoff.journal"
      local writer = assert(journal.create({ sleep = function() end }, %q))
      io.stdout:setvbuf "no"
      for i = 3, 300000, 3 do
        for item = i - 2, i do
          writer:write { item = item }
        end
        assert(writer:sync())
        print(i)
      end]]):format(path))
    for _ = 1, 5 do
      os.remove(path)
      local process = peer.spawn(("%s %s"):format(child.interpreter, code), folder)
      local count = peer.wait_for("acknowledgements", function()
        return (peer.read_file(process.output) or ""):match ".*\n(%d+)\n"
      end)
      os.execute(("kill -9 %d"):format(process.pid))
      local writer = peer.wait_for("the lock", function() return (journal.reopen(env, path)) end)
      local last = tonumber(peer.read_file(process.output):match ".*\n(%d+)\n")
      assert(last >= tonumber(count) and writer.lines >= last, last)
      writer:close()
    end
  end)
end)

describe("a disk", function()
  -- Writes records of about 150 bytes, two a commit, until that fails; then what a caller would see.
  local fill = [[
    local journal = require "signoff.journal"
    local writer, problem, why = journal.create({ sleep = function() end }, %q)
    if not writer then return print(problem, why) end
    local count, fine, message, reason = 0
    repeat
      writer:write { item = count + 1, answer = "accepted" }
      writer:write { item = count + 2, answer = "accepted" }
      fine, message, reason = writer:sync()
      count = fine and count + 2 or count
    until not fine or count == 600
    local head = writer:head()
    if not fine then
      assert(select(2, writer:write { item = 0 }) == message and select(2, writer:sync()) == message)
    end
    assert(select(2, writer:close()) == message)
    print(count, message, reason)
    local summary = assert(journal.check(%q))
    assert(summary.lines == count and summary.torn == 0 and summary.head == head)
    print "and nothing is recorded half"]]

  local function filled(count, message, reason)
    return ("%d\t%s: %s\t%s\nand nothing is recorded half"):format(count, path, message, reason)
  end

  local code

  before_each(function()
    code = fill:format(path, path)
  end)

  it("that is slow gets all of it", function()
    assert.are.equal("600\tnil\tnil\nand nothing is recorded half", disk.bad("DISK_SLOW=1", code))
  end)

  it("that is full keeps what was committed, and nothing half", function()
    local line = #('{"prev":"' .. NONE .. '","answer":"accepted","item":1}\n')
    for room = 4 * line - 3, 4 * line + 1 do
      os.remove(path)
      assert.are.equal(filled(room < 4 * line and 2 or 4, "no space is left on the disk; make room", "full"),
        disk.bad("DISK_ROOM=" .. room, code))
    end
    os.remove(path)
    assert.are.equal(filled(0, "no space is left on the disk; make room", "full"), disk.bad("DISK_ROOM=0", code))
  end)

  it("that cannot be synced fails for good", function()
    assert.are.equal(filled(4, "the disk failed (input/output error)", "failed"), disk.bad("DISK_SYNCS=2", code))
  end)

  it("that cannot keep the new name has no journal", function()
    assert.are.equal(path .. ": the disk failed (input/output error)\tfailed", disk.bad("DISK_FOLDERS=fail", code))
    assert.is_nil(core.stat(path))
  end)

  it("of which a process may use only so much does not end it", function()
    local said = disk.limited(16384, code)
    local count = tonumber(said:match "^%d+")
    assert(count > 100 and count < 200, said)
    assert.are.equal(filled(count, "this process may not write a file that large; raise the limit (ulimit -f)", "full"), said)
  end)

  it("that is small, or read-only, says so", function()
    os.execute("mkdir " .. folder .. "/small")
    path = folder .. "/small/journal"
    code = fill:format(path, path)
    local said = disk.small(folder .. "/small", "size=32k", code)
    if not said then
      return pending "no disks of one's own on this machine"
    elseif said:find("through '/', which belongs to user", 1, true) then
      return pending "no disks of one's own where root is root"
    end
    local count = tonumber(said:match "^%d+")
    assert(count and count > 100, said)
    assert.are.equal(filled(count, "no space is left on the disk; make room", "full"), said)
    assert.are.equal(path .. ": the file system is read-only; name a place that can be written\tdenied",
      disk.small(folder .. "/small", "ro", code))
  end)
end)

describe("a record", function()
  it("reads back as it was written", function()
    local writer = assert(journal.create(env, path))
    local given = {
      event = "verdict", at = 1760000000.25, sent = false, evidence = { { at = 1, what = "gone" } }, row = { code = "denied" },
    }
    writer:write(given)
    writer:close()
    local found
    assert(journal.check(path, function(_, entry) found = entry end))
    assert.are.same(given, found)
    assert.are.equal(json.encode(given), json.encode(found))
  end)
end)
