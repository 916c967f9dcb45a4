-- SPDX-License-Identifier: MIT
-- The answers of the three endpoints, outcome by outcome.

local covered = require "spec.support.covered"
local json = require "signoff.json"

describe("receiver.answers", function()
  local answers, counted, reaches_every_line = covered "signoff.receiver.answers"
  local make = counted(function(...) return answers.make(...) end)

  -- Outcome, and the statuses of push, backchannel and revocation.
  local rows = {
    { "accepted", 202, 200, 204 }, { "unknown_person", 202, 200, 404 }, { "invalid_request", 400, 400, 400 }, { "invalid_key", 400, 400 },
    { "invalid_issuer", 400, 400 }, { "invalid_audience", 400, 400 }, { "access_denied", 400, 400, 403 }, { "invalid_state", 400 },
    { "authentication_failed", 401, nil, 401 }, { "replayed", 400, 400, 401 }, { "wrong_method", 405, 405, 405 }, { "too_large", 413, 413, 413 },
    { "unsupported_type", 415, 415, 415 }, { "busy", 503, 503, 503 }, { "unavailable", 503, 503, 503 },
  }
  local kinds = { "push", "backchannel", "revocation" }

  for _, row in ipairs(rows) do
    for i, kind in ipairs(kinds) do
      local wanted = row[i + 1]
      it(("%s of %s is %s"):format(row[1], kind, wanted or "never there"), function()
        if not wanted then
          assert.is_false((pcall(answers.make, kind, row[1])))
          return
        end
        local status, headers, body = make(kind, row[1])
        assert.are.equal(wanted, status)
        assert.are.equal("no-store", headers["Cache-Control"])
        assert.are.equal(status < 300, body == "")
        assert.are.equal(status == 503, headers["Retry-After"] ~= nil)
        assert.are.equal(status == 401 and "Bearer" or nil, headers["WWW-Authenticate"])
        assert.are.equal(status == 405 and "POST" or nil, headers.Allow)
        assert.are.equal(status >= 300 and "en" or nil, headers["Content-Language"])
      end)
    end
  end

  local IANA = {
    invalid_request = true, invalid_key = true, invalid_issuer = true, invalid_audience = true, authentication_failed = true, access_denied = true,
    invalid_state = true,
  }
  it("gives a pushed token's sender a code that is registered", function()
    for _, row in ipairs(rows) do
      local status, _, body = make("push", row[1], "A sentence.")
      local about = status >= 300 and json.decode(body)
      assert.is_true(status < 300 or IANA[about.err])
      assert.is_true(status < 300 or about.description == "A sentence.")
    end
  end)

  it("gives a logout's sender the two members that the text has", function()
    local _, _, body = make("backchannel", "invalid_key", "A sentence.")
    assert.are.same({ error = "invalid_request", error_description = "A sentence." }, json.decode(body))
    _, _, body = make("revocation", "authentication_failed")
    assert.are.equal("invalid_token", json.decode(body).error)
  end)

  it("knows a refusal", function()
    local refuses = counted(function(...) return answers.refuses(...) end)
    assert.are.same({ false, false, true, true },
      { refuses("push", "accepted"), refuses("revocation", "unknown_person"), refuses("push", "busy"), refuses("backchannel", "replayed") })
  end)

  reaches_every_line(it)
end)
