-- SPDX-License-Identifier: MIT
-- Work for a disk that a channel hands to a thread apart: journals that are made and written, files that are saved and removed.

local child = require "spec.support.child"
local core = require "signoff.core"
local disk = require "spec.support.disk"
local journal = require "signoff.journal"
local peer = require "spec.support.peer"

local folder, channel

before_each(function()
  folder, channel = peer.directory(), core.channel()
end)

after_each(function()
  channel:close()
  peer.stop_all()
end)

-- Waits for a task; gives its outcome.
local function wait(number)
  local outcome = peer.wait_for("a task", function()
    local found, fine, message, reason = channel:worked()
    return found and { found, fine, message, reason }
  end)
  assert.are.equal(number, outcome[1])
  return outcome[2], outcome[3], outcome[4]
end

local function make(name)
  local number, made = channel:create(folder .. "/" .. name)
  assert.is_true(wait(number))
  return made
end

describe("a channel's work for a disk", function()
  it("makes a journal, and writes what was appended, in order", function()
    local made = make "journal"
    for item = 1, 3 do
      made:append(('{"item":%d}'):format(item))
      assert.is_true(wait(channel:commit(made)))
    end
    assert.is_true(wait(channel:commit(made))) -- nothing
    made:close()
    local items = {}
    assert(journal.check(folder .. "/journal", function(_, record) items[#items + 1] = record.item end))
    assert.are.same({ 1, 2, 3 }, items)
  end)

  it("takes lines that are appended while others are written; no other commit", function()
    local made = make "journal"
    made:append '{"item":1}'
    local number = channel:commit(made)
    made:append '{"item":2}'
    assert.has_error(function() made:commit() end)
    assert.has_error(function() channel:commit(made) end)
    assert.is_true(wait(number))
    assert.is_true(made:commit())
    made:close()
    assert.are.equal(2, assert(journal.check(folder .. "/journal")).lines)
  end)

  it("saves a file for its owner alone, and removes one", function()
    assert.is_true(wait(channel:save(folder .. "/file", "text")))
    assert.are.equal("text", peer.read_file(folder .. "/file"))
    assert.are.equal(384, core.stat(folder .. "/file").mode)
    assert.is_true(wait(channel:remove(folder .. "/file")))
    assert.is_nil(core.stat(folder .. "/file"))
  end)

  it("says what is wrong, with the path", function()
    make("journal"):close()
    for _, row in ipairs {
      { "create", "exists", folder .. "/journal" }, { "create", "missing", folder .. "/none/journal" },
      { "save", "missing", folder .. "/none/file", "text" }, { "remove", "missing", folder .. "/none" },
    } do
      local fine, message, reason = wait((channel[row[1]](channel, row[3], row[4])))
      assert.is_nil(fine)
      assert.are.equal(row[3], message:sub(1, #row[3]))
      assert.are.equal(row[2], reason)
    end
  end)

  it("leaves a journal that could not be written as it was on disk, for good", function()
    local made = make "journal"
    made:append '{"item":1}'
    assert.is_true(wait(channel:commit(made)))
    os.remove(folder .. "/journal")
    made:append '{"item":2}'
    local number = channel:commit(made)
    made:append '{"item":3}'
    local fine, _, reason = wait(number)
    assert.is_nil(fine)
    assert.are.equal("changed", reason)
    assert.is_nil((made:append '{"item":4}'))
    assert.is_true(wait(channel:commit(make "other")))
  end)

  it("keeps a journal locked until it is written, though it was closed, and lets it go then", function()
    local made = make "journal"
    made:append '{"item":1}'
    local number = channel:commit(made)
    made:close()
    assert.is_true(wait(number))
    local again = assert(core.journal(folder .. "/journal", "append"))
    again:close()
    assert.are.equal(1, assert(journal.check(folder .. "/journal")).lines)
  end)

  it("ends well with a journal that is collected, a channel that is closed, and a process that ends meanwhile", function()
    local said = disk.bad("DISK_WAIT=50", ([[
      local core = require "signoff.core"
      for round = 1, 5 do
        local channel = core.channel()
        for number = 1, 5 do
          local path = ("%s/%%d-%%d"):format(round, number)
          local made = core.journal(path, "create")
          made:append '{"item":1}'
          channel:commit(made)
          channel:create(path .. "-more")
          channel:save(path .. "-file", "text")
          made = nil
          collectgarbage()
        end
        if round %% 2 == 0 then channel:close() end
        channel = nil
        collectgarbage()
      end
      print "end"
    ]]):format(folder))
    assert.are.equal("end", said)
  end)

  it("hands nothing over in a child of the process that has the channel; the child may have its own", function()
    if not rawget(_G, "jit") then
      return -- the only one of the three that can fork without another library
    end
    local said = child.run(([[
      local core = require "signoff.core"
      local channel = core.channel()
      local number = channel:save("%s/file", "text")
      while channel:worked() ~= number do core.sleep(0.001) end
      require "ffi".cdef "int fork(void); int waitpid(int, int *, int); void _exit(int);"
      local ffi = require "ffi"
      local pid = ffi.C.fork()
      if pid == 0 then
        io.write(tostring((channel:save("%s/other", "text"))), " ", tostring((select("#", channel:worked()))), " ")
        local own = core.channel()
        local task = own:save("%s/other", "text")
        while own:worked() ~= task do core.sleep(0.001) end
        io.write "saved"
        io.flush()
        ffi.C._exit(0)
      end
      ffi.C.waitpid(pid, nil, 0)
    ]]):format(folder, folder, folder))
    assert.are.equal("nil 0 saved", said)
  end)
end)
