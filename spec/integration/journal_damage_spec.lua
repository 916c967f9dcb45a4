-- SPDX-License-Identifier: MIT
-- A journal cannot be changed unseen, nor cut anywhere but where a crash tears it.

local core = require "signoff.core"
local journal = require "signoff.journal"
local journals = require "spec.support.journals"
local peer = require "spec.support.peer"

local NONE, env, make, record, refused = journals.NONE, journals.env, journals.make, journals.record, journals.refused

local path

before_each(function()
  path = journals.place()
end)

after_each(journals.clear)

local function write_lines(lines)
  peer.write_file(path, table.concat(lines, "\n") .. "\n")
end

describe("a torn last line", function()
  it("does not count, wherever it was torn", function()
    make(path, 2)
    local bytes = peer.read_file(path)
    local first = #bytes:match "[^\n]*\n"
    for cut = 0, #bytes do
      peer.write_file(path, bytes:sub(1, cut))
      local whole = cut == #bytes and 2 or cut >= first and 1 or 0
      local size = whole == 2 and #bytes or whole == 1 and first or 0
      local summary = assert(journal.check(path))
      assert.are.equal(whole, summary.lines)
      assert.are.equal(size, summary.size)
      assert.are.equal(cut - size, summary.torn)
      assert.are.equal(cut > size, summary.notice ~= nil)
    end
  end)

  it("is cut off when the journal is continued, and said", function()
    make(path, 3)
    local bytes, last = peer.read_file(path), journals.lines(path)[3]
    peer.write_file(path, bytes:sub(1, -8))
    local seen = {}
    local writer = assert(journal.reopen(env, path, function(_, entry) seen[#seen + 1] = entry.item end))
    assert.are.same({ 1, 2 }, seen)
    assert.are.equal(2, writer.lines)
    local torn = #last - 6
    assert.are.equal(torn, writer.torn)
    assert.are.equal(("%s: its last line was torn by a crash: %d bytes without a newline do not count"):format(path, torn), writer.notice)
    writer:write(record(3))
    assert(writer:close())
    assert.are.equal(bytes, peer.read_file(path))
  end)

  it("is also one of NUL bytes, which some file systems leave", function()
    make(path, 2)
    local bytes = peer.read_file(path)
    peer.write_file(path, bytes .. ("\0"):rep(4096))
    assert.are.equal(4096, assert(journal.check(path)).torn)
    assert(assert(journal.reopen(env, path)):close())
    assert.are.equal(bytes, peer.read_file(path))
  end)

  it("is not what is no journal at all", function()
    for _, bytes in ipairs { "x", "notes of a person", '{"event":', "\0\0\0", '{"prev":"1' } do
      peer.write_file(path, bytes)
      refused("damaged", path .. ":1: is no line of a journal", journal.reopen(env, path))
      assert.are.equal(bytes, peer.read_file(path))
    end
  end)
end)

describe("damage", function()
  local lines

  before_each(function()
    make(path, 6)
    lines = journals.lines(path)
  end)

  -- Stops at that line; what stood before it was given, and the file is left as it is.
  local function stops_at(line, words)
    local bytes, count = peer.read_file(path), 0
    local summary, message = journal.check(path, function() count = count + 1 end)
    assert.is_nil(summary)
    assert.are.equal(("%s:%d: %s; the journal is damaged: use a copy of it"):format(path, line, words), message)
    assert(count >= line - 1)
    refused("damaged", message, journal.reopen(env, path))
    assert.are.equal(bytes, peer.read_file(path))
  end

  it("of a changed value stops at its line", function()
    lines[3] = lines[3]:gsub("accepted", "rejected")
    write_lines(lines)
    stops_at(3, "was changed, or lines behind it are missing: line 4 does not follow it")
  end)

  it("of a changed digest stops at its line", function()
    lines[3] = lines[3]:gsub('(":")(.)', function(before, digit) return before .. (digit == "0" and "1" or "0") end, 1)
    write_lines(lines)
    stops_at(3, "was changed, or was put or moved here")
  end)

  it("of a removed line stops at the one before", function()
    table.remove(lines, 4)
    write_lines(lines)
    stops_at(3, "was changed, or lines behind it are missing: line 4 does not follow it")
  end)

  it("of a removed first line stops at what is first now", function()
    table.remove(lines, 1)
    write_lines(lines)
    stops_at(1, "is not the first line of this journal: what was before it is missing")
    write_lines { lines[5] }
    stops_at(1, "is not the first line of this journal: what was before it is missing")
  end)

  it("of the last line but one, removed, names both", function()
    table.remove(lines, 5)
    write_lines(lines)
    stops_at(5, "does not follow line 4: one of them was changed, or lines between them are missing")
  end)

  it("of a doubled line stops at the second", function()
    table.insert(lines, 4, lines[3])
    write_lines(lines)
    stops_at(4, "is line 3 once more")
  end)

  it("of swapped lines stops at the first", function()
    lines[3], lines[4] = lines[4], lines[3]
    write_lines(lines)
    stops_at(3, "was changed, or was put or moved here")
  end)

  it("of a line that is put in stops there", function()
    table.insert(lines, 4, ('{"prev":"%s","event":"result"}'):format(core.sha256(lines[3])))
    write_lines(lines)
    stops_at(4, "was changed, or lines behind it are missing: line 5 does not follow it")
    table.remove(lines, 4)
    table.insert(lines, 4, ('{"prev":"%s","event":"result"}'):format(NONE))
    write_lines(lines)
    stops_at(4, "was changed, or was put or moved here")
  end)

  it("of a line that is no JSON, or no object of ours, stops there", function()
    for _, text in ipairs { "", "not JSON", "{}", "[]", '{"event":"result"}', '{"prev":"abc"}', "\0", "null" } do
      local all = { lines[1], text, lines[2] }
      write_lines(all)
      stops_at(2, "is no line of a journal")
    end
    write_lines { lines[1], lines[2]:sub(1, -2), lines[3] }
    stops_at(2, "is not valid JSON: Expected comma or object end but found T_END at character " .. #lines[2])
    write_lines { lines[1], (lines[2]:gsub("accepted", "acc\255pted")), lines[3] }
    stops_at(2, "is not valid UTF-8")
  end)

  it("of line ends that were converted stops", function()
    peer.write_file(path, table.concat(lines, "\r\n") .. "\r\n")
    stops_at(2, "was changed, or was put or moved here")
  end)

  it("of a newline that is something else now stops", function()
    local bytes = peer.read_file(path)
    peer.write_file(path, bytes:sub(1, -2) .. "x")
    stops_at(6, "has no newline, but something else in its place")
  end)

  it("of a line without an end stops, and is not read into memory", function()
    local file = assert(io.open(path, "ab"))
    for _ = 1, 5 do
      file:write(('{"x":"'):rep(200000))
    end
    file:close()
    stops_at(7, "is longer than 4194304 bytes")
  end)

  it("of any one bit is found, in the last line by the head", function()
    os.remove(path)
    local head = make(path, 2)
    local bytes = peer.read_file(path)
    local last = #bytes:match "[^\n]*\n"
    for at = 1, #bytes do
      for _, change in ipairs { 1, 32, 128 } do
        local byte = bytes:byte(at)
        local other = math.floor(byte / change) % 2 == 1 and byte - change or byte + change
        peer.write_file(path, bytes:sub(1, at - 1) .. string.char(other) .. bytes:sub(at + 1))
        local summary, message = journal.check(path)
        assert((at > last and summary and summary.head ~= head) or message:find(path .. ":%d: "), at)
      end
    end
  end)
end)
