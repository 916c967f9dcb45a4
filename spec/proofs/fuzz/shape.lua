-- SPDX-License-Identifier: MIT
-- The shape of every outcome of a method, whatever was received.

local shape = {}

local codes, answers, scopes = {}, { accepted = true, already_out = true, undecided = true }, { client = true, target = true }
for code in ("unreachable timeout tls denied rejected not_found busy server unusable unsupported cancelled nomem"):gmatch "%S+" do
  codes[code] = true
end

local function holds(value, secret)
  if type(value) == "table" then
    for name, member in pairs(value) do
      if holds(name, secret) or holds(member, secret) then
        return true
      end
    end
    return false
  end
  return type(value) == "string" and value:find(secret, 1, true) ~= nil
end

local function check_text(text, most)
  assert(type(text) == "string" and #text <= most, "a text is missing or too long")
end

-- Where a doubt is, nobody is said to be out; where none is, the reply was whole.
local function check_whole(answer)
  assert(type(answer.whole) == "boolean", "neither whole nor not")
  assert(answer.whole == (answer.doubt == nil), "whole with a doubt, or not whole without")
  assert(answer.doubt == nil or (type(answer.doubt) == "string" and #answer.doubt < 1024), "a doubt without a text")
  local out = answer.active == false or answer.state == "free" or answer.state == "no_device" or answer.state == "no_user"
  assert(answer.whole or not out, "nobody is there, with a doubt")
  assert(answer.others == nil or #answer.others <= 16, "too many members")
end

local function check_failure(message, code, detail)
  check_text(message, 8192)
  assert(codes[code], "no code")
  assert(detail.code == code and detail.message == message, "the detail says something else")
  assert(type(detail.retriable) == "boolean" and type(detail.sent) == "boolean", "a detail without facts")
  assert(detail.scope == nil or scopes[detail.scope], "no scope")
  assert(type(detail.fields) == "table", "no fields")
  assert(type(detail.own_words) == "boolean", "nobody's words")
  assert(detail.retry_after == nil or detail.retry_after >= 0, "a wait below zero")
  assert(not (code == "denied" or code == "rejected" or code == "not_found") or detail.scope, "a refusal of whom?")
end

local function check_answer(answer)
  assert(type(answer) == "table" and type(answer.fields) == "table" and answer.http_status, "an answer without evidence")
  assert(answer.answer == nil or answers[answer.answer], "no known answer")
  assert(answer.active == nil or type(answer.active) == "boolean", "neither active nor not")
  check_whole(answer)
  for _, row in ipairs(answer) do
    if row.state then
      check_whole(row)
      assert(answer.whole or not row.whole, "a whole row of a reply that is not")
    end
  end
  local decided = answer.answer == "accepted" or answer.answer == "already_out"
  assert(not decided or (answer.whole and answer.own_words), "decided, with a doubt or in nobody's words")
  assert(answer.http_status >= 200 and answer.http_status <= 499, "an answer where the system failed")
end

--- Raises unless those are the values that a method may return; what is masked must hold no secret of `options`.
function shape.check(options, answer, message, code, detail)
  if answer == nil then
    check_failure(message, code, detail)
  else
    check_answer(answer)
  end
  local shown = answer and { answer.fields, answer.vendor_message, answer.vendor_code } or { message, detail }
  for _, name in ipairs { "app_certificate", "password", "session_id", "token" } do
    assert(not (options[name] and holds(shown, options[name])), name .. " is shown")
  end
end

return shape
