-- SPDX-License-Identifier: MIT
--- Journals of plain records, each in a folder of its own.

local journal = require "signoff.journal"
local peer = require "spec.support.peer"

local journals = {}

--- The text of the first line in place of the digest of the one before.
journals.NONE = ("0"):rep(64)

--- The waits of a journal that nobody shares.
journals.env = { sleep = function() end }

--- Where one may be made, and the folder: for before_each.
function journals.place()
  local folder = peer.directory()
  return folder .. "/journal", folder
end

--- For after_each.
function journals.clear()
  collectgarbage() -- a journal that a failed test left open is locked
  peer.stop_all()
end

function journals.record(number)
  return { event = "result", item = number, answer = "accepted", person = "person " .. number }
end

--- Makes one of so many records, and gives its head.
function journals.make(path, count)
  local writer = assert(journal.create(journals.env, path))
  for number = 1, count do
    assert(writer:write(journals.record(number)))
  end
  local head = writer:head()
  assert(writer:close())
  return head
end

--- Its lines, without their ends.
function journals.lines(path)
  local lines = {}
  for line in peer.read_file(path):gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

--- Raises unless what was returned refuses for that reason, with those words.
function journals.refused(reason, words, fine, message, why)
  assert(fine == nil, "it is not refused")
  assert(why == reason, why)
  assert(message:find(words, 1, true), message)
end

return journals
