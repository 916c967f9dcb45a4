-- SPDX-License-Identifier: MIT
-- A journal that somebody else writes: the refusal says who, as far as that is known for certain.

local journal = require "signoff.journal"
local journals = require "spec.support.journals"
local process = require "signoff.offboard.process"

local path
before_each(function()
  path = journals.place()
end)
after_each(journals.clear)

local AT = 1796000000
local ours = process.this "ana"
local NOBODY = 4194305 -- above the highest number that a process of Linux may have

-- The records of the journal; the words about its holder, nil where nothing may be said.
local rows = {
  { "the process that began it", { { event = "start", by = ours, at = AT } },
    ("pid %d on %s, ana, since "):format(ours.pid, ours.host) },
  { "the last one that goes on with it", { { event = "start", by = { host = "far", pid = 1, operator = "ben" }, at = AT }, { event = "resume", by = ours, at = AT } },
    ("pid %d on %s, ana"):format(ours.pid, ours.host) },
  { "one without an operator", { { event = "start", by = { host = ours.host, pid = ours.pid }, at = AT } },
    ("pid %d on %s, since "):format(ours.pid, ours.host) },
  { "one of another machine", { { event = "start", by = { host = "far", pid = NOBODY, operator = "ben" }, at = AT } }, "pid 4194305 on far, ben, since " },
  { "one that is there no more", { { event = "start", by = { host = ours.host, pid = NOBODY, operator = "ben" }, at = AT } } },
  { "nobody that is named", { { event = "start", at = AT } } },
  { "what is no process", { { event = "start", by = { host = 7, pid = "x" }, at = AT } } },
  { "what is no object", { { event = "start", by = "me", at = AT } } },
  { "an empty journal", {} },
  { "an operator with a line break", { { event = "start", by = { host = "far", pid = 1, operator = "a\nb\27[31m" }, at = AT } }, "pid 1 on far, a" },
}

describe("the holder of a journal", function()
  for _, row in ipairs(rows) do
    it("is " .. row[1], function()
      local writer = assert(journal.create(journals.env, path))
      for _, record in ipairs(row[2]) do
        assert(writer:write(record))
      end
      assert(writer:sync())
      local other, message, reason = journal.reopen(journals.env, path)
      assert.is_nil(other)
      assert.equal("locked", reason)
      local told = process.locked(path, message)
      local plain = path .. ": another signoff writes it; wait until that has ended"
      assert.equal(plain, message)
      if not row[3] then
        assert.equal(plain, told)
      else
        assert.truthy(told:find(("another signoff writes it (%s"):format(row[3]), 1, true), told)
        assert.truthy(told:find "since 2026%-11%-%d%dT[%d:]+[Z+-][%d:]*%); wait until that has ended$", told)
        assert.is_nil(told:find "%c")
      end
      writer:close()
    end)
  end
end)
