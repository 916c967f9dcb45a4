-- SPDX-License-Identifier: MIT
-- Every reply under spec/data/replies means what its row says; cut short, none of them means more.

local fixtures = require "spec.support.fixtures"
local shape = require "spec.proofs.fuzz.shape"

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
  local answer, message, code, detail = outcome(backend, row, fixtures.reply_of(backend, row))
  shape.check(fixtures.options[backend], answer, message, code, detail)
  local got = row.failure and check_failure(row, answer, message, code, detail) or check_answer(row, answer, message)
  for _, name in ipairs(row.absent or {}) do
    assert.is_nil(got[name], name)
  end
  for _, name in ipairs(row.row_absent or {}) do
    assert.is_nil(got[1][name], name)
  end
end

-- Answers that would be taken for proof that somebody is out.
local function claims_out(answer)
  if answer == nil then
    return false
  end
  for _, row in ipairs(answer) do
    if row.active == false or row.state == "no_device" or row.state == "no_user" then
      return true
    end
  end
  return answer.answer == "accepted" or answer.answer == "already_out" or answer.active == false or answer.state == "no_device"
end

local OPEN_TAG = "(<%a[^<>]*[^/<>]>)"

-- Each makes a whole reply one that is not; nil where it cannot be done to that body. `status` stands for the other way.
local damages = {
  { "203", status = 203 }, { "206", status = 206 }, { "226", status = 226 },
  { "an error member", function(body)
    return body:match "^%s*{" and body:gsub("{", '{"upstreamError":"x",', 1):gsub(",}", "}", 1)
      or body:gsub(OPEN_TAG, "%1<upstreamError>x</upstreamError>", 1)
  end },
  { "a fault inside", function(body)
    return body:match "^%s*{" and body:gsub("{", '{"x":[{"y":{"FAULT":1}}],', 1):gsub(",}", "}", 1)
      or body:gsub(OPEN_TAG, "%1<x><y><FAULT>1</FAULT></y></x>", 1)
  end },
  { "a member twice", function(body)
    return body:match "^%s*{" and body:gsub("{", '{"zz":1,"zz":1,', 1):gsub(",}", "}", 1)
      or body:gsub(OPEN_TAG, "%1<zz/><zz/>", 1)
  end },
  { "a member twice inside", function(body)
    return body:match "^%s*{" and body:gsub("{", '{"x":[{"y":1,"\\u0079":1}],', 1):gsub(",}", "}", 1)
      or body:gsub(OPEN_TAG, "%1<x><zz/><zz/></x>", 1)
  end },
}

-- A reply that proves absence does so no more when damaged. Gives the number of damaged replies.
local function check_damages(backend, row)
  local reply, done = fixtures.reply_of(backend, row), 0
  local answer = outcome(backend, row, reply)
  local proves = reply.status == 200 and answer and answer.whole and (claims_out(answer) or row.operation == "sessions")
  for _, damage in ipairs(proves and reply.body:find "^%s*[{<]" and damages or {}) do
    local body = damage[2] and damage[2](reply.body) or reply.body
    assert(damage.status or body ~= reply.body, row.reply)
    local hurt = outcome(backend, row, { status = damage.status or 200, headers = {}, body = body })
    -- a refusal says itself that it is one: what stands beside its own form does not make it less
    local refusal = answer.vendor_code == 19 and not damage.status
    assert(refusal or (not claims_out(hurt) and not (hurt and hurt.whole)), ("%s with %s claims absence: %s"):format(row.reply, damage[1], body))
    done = done + 1
  end
  return done
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
  local reply = fixtures.reply_of(backend, row)
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

for _, backend in ipairs(fixtures.kinds()) do
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

    it("claim nothing when damaged", function()
      local done = 0
      for _, row in ipairs(rows) do
        done = done + check_damages(backend, row)
      end
      assert.is_true(done >= (backend == "isymphony" and 0 or 50), ("%d replies were damaged"):format(done))
    end)

    it("claim nothing when cut at every tenth byte", function()
      for _, row in ipairs(rows) do
        check_cuts(backend, row)
      end
    end)
  end)
end
