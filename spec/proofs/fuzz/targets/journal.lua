-- SPDX-License-Identifier: MIT
-- Journals: the first byte says whether the lines that follow are chained, as their writer does it, or are a file as they are.
-- Read alone, or to go on with: what is sound takes another record, and is sound with it.
local core = require "signoff.core"
local file = require "spec.proofs.fuzz.file"
local journal = require "signoff.journal"

local env = { sleep = function() end }

-- Lines without their opening brace; what stands behind the last newline stays as it is.
local function chained(text)
  local head, made = ("0"):rep(64), {}
  for line in text:gmatch "([^\n]*)\n" do
    made[#made + 1] = ('{"prev":"%s",%s'):format(head, line)
    head = core.sha256(made[#made])
  end
  made[#made + 1] = text:match "[^\n]*$"
  return table.concat(made, "\n")
end

local function check_sound(found, count, size)
  assert(found.lines == count, "not every record was given")
  assert(found.size + found.torn == size, "bytes are missing")
  assert((found.torn > 0) == (found.notice ~= nil), "a torn line without a word")
  assert(#found.head == 64 and (found.lines > 0 or found.size == 0), "a head of nothing")
end

-- As a run that goes on does it.
local function go_on(found)
  local writer = assert(journal.reopen(env, file.path))
  assert(writer.lines == found.lines and writer.torn == found.torn and writer:head() == found.head, "reopened as another one")
  assert(writer:write { event = "fuzz" })
  assert(writer:close())
  local after = assert(journal.check(file.path))
  assert(after.lines == found.lines + 1 and after.torn == 0, "what was added is not there")
end

return function(bytes)
  local text = bytes:sub(2)
  if bytes:sub(1, 1) == "c" then
    text = chained(text)
  end
  file.write(text)
  local count = 0
  local found, message = journal.check(file.path, function(number, record)
    count = count + 1
    assert(number == count and type(record) == "table" and record.prev == nil, "a record that is none")
  end)
  if found then
    check_sound(found, count, #text)
    go_on(found)
  else
    file.check_message(message)
    assert(message:find("^:%d+: ", #file.path + 1), "no line is named: " .. message)
  end
end, true
