-- SPDX-License-Identifier: MIT
-- Every reply under spec/replies means what its row says; cut short, none of them means more.

local fixtures = require "spec.support.fixtures"

local function outcome(backend, row, reply)
  local client = fixtures.client(backend, row.options)
  return fixtures.read(client, row.operation, row.arguments or {}, reply)
end

local function check_failure(row, answer, message, code, detail)
  assert.is_nil(answer, "an answer, where a failure was expected")
  assert.are.equal(code, detail.code)
  assert.are.equal(message, detail.message)
  assert(fixtures.contains(detail, row.failure, "detail"))
  return detail
end

local function check_answer(row, answer, message)
  assert(answer, message)
  assert(fixtures.contains(answer, row.answer, "answer"))
  if row.length then
    assert.are.equal(row.length, #answer)
  end
  return answer
end

local function check(backend, row)
  local answer, message, code, detail = outcome(backend, row, fixtures.reply(backend, row.reply))
  local got = row.failure and check_failure(row, answer, message, code, detail) or check_answer(row, answer, message)
  for _, name in ipairs(row.absent or {}) do
    assert.is_nil(got[name], name)
  end
end

-- What would be taken for proof that somebody is out.
local function claims_out(answer)
  return answer ~= nil and (answer.answer == "accepted" or answer.answer == "already_out" or answer.active == false)
end

-- Where a document ends; what follows is blanks and comments, and may be missing.
local function end_of(body)
  local before
  repeat
    before = body
    body = body:gsub("%s+$", ""):gsub("<!%-%-[^<]*%-%->$", "")
  until body == before
  return #body
end

-- A reply that lacks a part of its document proves nothing, whatever the whole one said.
local function check_cuts(backend, row)
  local reply = fixtures.reply(backend, row.reply)
  -- what stands whole before something else is whole where the cut falls between
  local one_document = not (row.reply:find "two%-documents" or row.reply:find "after%-document" or row.reply:find "nul%-then")
  local decided_by_body = one_document and reply.status >= 200 and reply.status <= 299 and reply.status ~= 204
  if not decided_by_body or #reply.body > 4096 then
    return
  end
  for size = 0, end_of(reply.body) - 1, 10 do
    local cut = { status = reply.status, headers = reply.headers, body = reply.body:sub(1, size) }
    assert(not claims_out((outcome(backend, row, cut))), ("%s, cut to %d bytes, claims that somebody is out"):format(row.reply, size))
  end
end

for _, backend in ipairs { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" } do
  describe("replies of " .. backend, function()
    local rows, seen = fixtures.meanings(backend), {}
    for index, row in ipairs(rows) do
      it(("%s as %s (%d)"):format(row.reply, row.operation, index), function()
        check(backend, row)
      end)
    end

    it("are at least 25", function()
      local count = 0
      for _, row in ipairs(rows) do
        count = count + (seen[row.reply] and 0 or 1)
        seen[row.reply] = true
      end
      assert.is_true(count >= 25)
    end)

    it("claim nothing when cut at every tenth byte", function()
      for _, row in ipairs(rows) do
        check_cuts(backend, row)
      end
    end)
  end)
end
