-- SPDX-License-Identifier: MIT
-- Files that are there whole or not at all, and what is said of those that cannot be.

local core = require "signoff.core"
local child = require "spec.support.child"
local disk = require "spec.support.disk"
local peer = require "spec.support.peer"

local OWNER_ONLY = 384 -- 0600

local folder, path

before_each(function()
  folder = peer.directory()
  path = folder .. "/plan"
end)

after_each(peer.stop_all)

local function names()
  return peer.output_of("ls -A " .. folder)
end

local function refused(reason, words, at)
  local fine, message, why = core.save(at, "new")
  assert.is_nil(fine)
  assert.are.equal(reason, why)
  assert.are.equal(at .. ": ", message:sub(1, #at + 2))
  assert(message:find(words, 1, true), message)
end

describe("core.sha256", function()
  it("is that of the standard", function()
    assert.are.equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", core.sha256 "")
    assert.are.equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", core.sha256 "abc")
    assert.are.equal("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", core.sha256(("a"):rep(1000000)))
    assert.are.equal("sha256:ba7816bf8f01", core.fingerprint "abc")
  end)
end)

describe("core.save_begin and core.save_end", function()
  it("leave what is there until the end, and nothing else", function()
    assert(core.save(path, "before"))
    local made = core.save_begin(path, ("x"):rep(1000))
    assert.are.equal("before", peer.read_file(path))
    assert.are.equal(("x"):rep(1000), peer.read_file(made))
    assert.is_true(core.save_end(made, path, "after"))
    assert.are.equal("after", peer.read_file(path))
    assert.are.equal(384, core.stat(path).mode)
    assert.is_nil(core.stat(made))
  end)

  it("keep what the first step wrote where the second fails", function()
    local made = core.save_begin(path, "all")
    os.execute("mkdir " .. path)
    local fine, message, why = core.save_end(made, path, "few")
    assert.is_nil(fine)
    assert.are.equal("not_file", why)
    assert.are.equal(path .. ": ", message:sub(1, #path + 2))
    assert.are.equal("few", peer.read_file(made))
  end)

  it("follow no link that took the temporary file's place", function()
    local made = core.save_begin(path, "all")
    os.execute(("rm %s; ln -s %s/target %s"):format(made, folder, made))
    assert.are.equal("not_file", select(3, core.save_end(made, path, "few")))
    assert.is_nil(peer.read_file(folder .. "/target"))
  end)
end)

describe("core.stat", function()
  it("says what a path leads to", function()
    peer.write_file(path, "12345")
    os.execute(("chmod 640 %s && touch -d @1700000000 %s && mkfifo %s/pipe && ln -s plan %s/link"):format(path, path, folder, folder))
    local id = peer.output_of("stat -c %d:%i " .. path):gsub("%s", "")
    assert.are.same({ kind = "file", size = 5, mode = 416, mtime = 1700000000, id = id }, core.stat(path))
    assert.are.same(core.stat(path), core.stat(folder .. "/link"))
    assert.are.equal("directory", core.stat(folder).kind)
    assert.are.equal("pipe", core.stat(folder .. "/pipe").kind)
    assert.are.equal("device", core.stat("/dev/null").kind)
  end)

  it("gives whole numbers", function()
    assert(core.save(path, ("x"):rep(10)))
    local status = core.stat(path)
    assert.are.equal("10 384", status.size .. " " .. status.mode)
  end)

  it("says why not", function()
    local status, message, reason = core.stat(path)
    assert.is_nil(status)
    assert.are.equal("missing", reason)
    assert.are.equal(path .. ": there is no such file or folder", message)
    assert.has_error(function() core.stat "" end)
    assert.has_error(function() core.stat "a\0b" end)
  end)
end)

describe("core.file", function()
  local function read_all(file)
    local pieces, piece = {}, file:read()
    while piece do
      pieces[#pieces + 1] = piece
      piece = file:read()
    end
    return table.concat(pieces), #pieces
  end

  it("gives what a file holds, some at a time, and what it is", function()
    local bytes = ("line\n\0\255"):rep(50000)
    assert(core.save(path, bytes))
    local file = assert(core.file(path))
    assert.are.same(core.stat(path), file:about())
    assert.are.equal("signoff.file: " .. path, tostring(file))
    local found, count = read_all(file)
    assert.are.equal(bytes, found)
    assert(count > 1)
    assert.is_nil(file:read())
    peer.write_file(path, "")
    assert.are.equal("", (read_all(core.file(path))))
  end)

  it("is the one that was opened, wherever the name leads now", function()
    peer.write_file(path, "first")
    peer.write_file(path .. ".other", "other")
    local file = assert(core.file(path))
    assert.is_true(file:trust())
    assert(os.rename(path .. ".other", path))
    local fine, message, reason = file:trust()
    assert.are.same({ path .. ": became another file while it was opened; try again", "changed" }, { message, reason })
    assert.is_nil(fine)
    assert.are.equal("first", (read_all(file)))
    os.remove(path)
    assert.are.equal("missing", select(3, file:trust()))
  end)

  it("opens what is no file, and waits for nothing", function()
    os.execute(("mkfifo %s/pipe"):format(folder))
    for name, kind in pairs { [folder] = "directory", [folder .. "/pipe"] = "pipe", ["/dev/zero"] = "device" } do
      assert.are.equal(kind, assert(core.file(name)):about().kind)
    end
    assert.are.same({ "is a folder; name a file in it", "not_file" }, { select(2, core.file(folder):read()) })
  end)

  it("says why not, and is closed once and for all", function()
    local file, message, reason = core.file(path)
    assert.is_nil(file)
    assert.are.same({ path .. ": there is no such file or folder", "missing" }, { message, reason })
    peer.write_file(path, "1")
    file = assert(core.file(path))
    file:close()
    file:close()
    assert.are.equal("signoff.file: closed", tostring(file))
    for _, method in ipairs { "read", "about", "trust" } do
      local fine, problem = pcall(file[method], file)
      assert(not fine and problem:find("the file was closed", 1, true), problem)
    end
    assert.has_error(function() core.file "" end)
    assert.has_error(function() core.file "a\0b" end)
  end)
end)

describe("core.save", function()
  it("writes any bytes, for the owner only", function()
    local bytes = ("line\n\0\255"):rep(50000)
    assert.is_true(core.save(path, bytes))
    assert.are.equal(bytes, peer.read_file(path))
    assert.are.equal(OWNER_ONLY, core.stat(path).mode)
    assert.are.equal("plan", names())
    local open_to_all = "sh -c 'umask 0; exec \"$@\"' sh"
    assert.are.equal("true", child.run(([[print(require("signoff.core").save(%q, ""))]]):format(path), open_to_all))
    assert.are.equal(OWNER_ONLY, core.stat(path).mode)
    assert.are.equal("", peer.read_file(path))
  end)

  it("writes into the folder where it runs", function()
    local said = child.run([[print(require("signoff.core").save("here", "1"))]], "-C " .. folder .. " LUA_INIT=")
    assert.are.equal("true", said)
    assert.are.equal("1", peer.read_file(folder .. "/here"))
  end)

  it("replaces what is there, also if others could read that", function()
    peer.write_file(path, "old")
    os.execute("chmod 644 " .. path)
    assert(core.save(path, "new"))
    assert.are.equal("new", peer.read_file(path))
    assert.are.equal(OWNER_ONLY, core.stat(path).mode)
  end)

  it("does not follow links, nor replace what is no file", function()
    peer.write_file(path, "old")
    os.execute(("ln -s %s %s/link && mkdir %s/below && mkfifo %s/pipe"):format(path, folder, folder, folder))
    refused("not_file", "is a symbolic link; name the file that it leads to", folder .. "/link")
    refused("not_file", "is a folder; name a file in it", folder .. "/below")
    refused("not_file", "is no regular file; name one", folder .. "/pipe")
    refused("not_file", "is no regular file; name one", "/dev/full")
    assert.are.equal("old", peer.read_file(path))
  end)

  it("says where it cannot write", function()
    peer.write_file(path, "old")
    refused("missing", "there is no such file or folder", folder .. "/none/plan")
    refused("missing", "a part of the path is not a folder", path .. "/plan")
    refused("denied", "permission denied", "/sys/signoff-plan")
    refused("failed", "File name too long", folder .. "/" .. ("x"):rep(300))
  end)

  local save = "print(require('signoff.core').save(%q, ('x'):rep(100000)))"

  local function keeps_the_old(said, words)
    assert.are.equal("old", peer.read_file(path))
    assert.are.equal("plan", names())
    assert(said:find(words, 1, true), said)
  end

  it("survives interruptions and short writes", function()
    assert.are.equal("true", disk.bad("DISK_SLOW=1", save:format(path)))
    assert.are.equal(("x"):rep(100000), peer.read_file(path))
  end)

  it("leaves the old file where the disk is full, or fails", function()
    peer.write_file(path, "old")
    keeps_the_old(disk.bad("DISK_ROOM=99999", save:format(path)), path .. ": no space is left on the disk; make room\tfull")
    keeps_the_old(disk.bad("DISK_SYNCS=0", save:format(path)), path .. ": the disk failed (input/output error)\tfailed")
    keeps_the_old(disk.limited(4096, save:format(path)), path .. ": this process may not write a file that large; raise the limit")
  end)

  it("leaves the signal of such a limit to the program", function()
    local said = disk.limited(4096, save:format(path) .. ([[
      io.stdout:setvbuf "no"
      print "goes on"
      io.open(%q, "w"):write(("x"):rep(9999)):flush()
      print "not reached"]]):format(folder .. "/its own"))
    assert(said:find("full\ngoes on", 1, true), said)
    assert.is_nil(said:find("not reached", 1, true))
  end)

  it("says so on a small disk, and on one that is read-only", function()
    local there = folder .. "/small"
    os.execute("mkdir " .. there)
    local said = disk.small(there, "size=64k", save:format(there .. "/plan"))
    if not said then
      return pending "no disks of one's own on this machine"
    end
    assert.are.equal(("nil\t%s/plan: no space is left on the disk; make room\tfull"):format(there), said)
    assert.are.equal(("nil\t%s/plan: the file system is read-only; name a place that can be written\tdenied"):format(there),
      disk.small(there, "ro", save:format(there .. "/plan")))
  end)
end)

describe("core.saving", function()
  local function begun(pieces)
    local saving = assert(core.saving(path))
    for _, piece in ipairs(pieces) do
      assert.is_true(saving:write(piece))
    end
    return saving
  end

  it("is whole under its name, for the owner only, and says the SHA-256", function()
    assert(core.save(path, "before"))
    os.execute("chmod 644 " .. path)
    local pieces = { "line\n\0\255", "", ("x"):rep(100000) }
    local saving = begun(pieces)
    assert.are.equal("before", peer.read_file(path))
    assert.are.equal(core.sha256(table.concat(pieces)), saving:complete())
    assert.are.equal("before", peer.read_file(path))
    assert.is_true(saving:rename())
    saving:close()
    assert.are.equal(table.concat(pieces), peer.read_file(path))
    assert.are.equal(OWNER_ONLY, core.stat(path).mode)
    assert.are.equal("plan", names())
    assert.are.equal("signoff.saving: " .. path, tostring(saving))
  end)

  it("leaves nothing where it was not renamed: closed, or collected", function()
    begun({ "half" }):close()
    local complete = begun { "whole" }
    assert(complete:complete())
    complete:close()
    complete:close()
    begun { "forgotten" }
    collectgarbage()
    collectgarbage()
    assert.are.equal("", names())
  end)

  it("does one thing after the other", function()
    local saving = begun { "bytes" }
    assert.has_error(function() saving:rename() end)
    assert(saving:complete())
    assert.has_error(function() saving:write "more" end)
    assert.has_error(function() saving:complete() end)
    assert(saving:rename())
    for _, method in ipairs { "write", "complete", "rename" } do
      local fine, problem = pcall(saving[method], saving, "more")
      assert(not fine and problem:find("the file was closed", 1, true), problem)
    end
    assert.are.equal("bytes", peer.read_file(path))
  end)

  it("does not follow links, nor replace what is no file", function()
    peer.write_file(path, "old")
    os.execute(("ln -s %s %s/link && mkdir %s/below"):format(path, folder, folder))
    for name, reason in pairs { link = "not_file", below = "not_file", ["none/plan"] = "missing" } do
      local at = folder .. "/" .. name
      local fine, message, why = core.saving(at)
      assert.is_nil(fine)
      assert.are.same({ at .. ": ", reason }, { message:sub(1, #at + 2), why })
    end
    local saving = begun { "new" }
    assert(saving:complete())
    os.execute(("rm %s; mkdir %s"):format(path, path))
    assert.are.equal("not_file", select(3, saving:rename()))
    saving:close()
    assert.are.equal("below link plan", (names():gsub("%s+", " ")))
  end)

  local code = [[
    local saving = assert(require("signoff.core").saving(%q))
    local fine, message, why = saving:write(("x"):rep(60000))
    if fine then
      fine, message, why = saving:write(("x"):rep(60000))
    end
    if fine then
      fine, message, why = saving:complete()
    end
    saving:close()
    print(fine and #fine, message, why)]]

  it("says why a disk did not take it, and leaves what was there", function()
    peer.write_file(path, "old")
    for words, said in pairs {
      ["no space is left on the disk; make room\tfull"] = disk.bad("DISK_ROOM=99999", code:format(path)),
      ["the disk failed (input/output error)\tfailed"] = disk.bad("DISK_SYNCS=0", code:format(path)),
      ["this process may not write a file that large; raise the limit"] = disk.limited(65536, code:format(path)),
    } do
      assert(said:find(path .. ": " .. words, 1, true), said)
      assert.are.equal("old", peer.read_file(path))
      assert.are.equal("plan", names())
    end
    assert.are.equal("64\tnil\tnil", disk.bad("DISK_SLOW=1", code:format(path)))
  end)
end)
