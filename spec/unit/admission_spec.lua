-- SPDX-License-Identifier: MIT
-- Admission control on a clock of our own: whether a request may be made, after the outcomes of those before it.

local Admission = require "signoff.offboard.executor.admission"
local rate_limit = require "signoff.policy.rate_limit"
local signoff = require "signoff"

local client = signoff.jde_ais { url = "https://ais.example", token = "t" }

local outcomes = {
  fine = false,
  down = { code = "unreachable", message = "is down", retriable = true },
  busy = { code = "http", message = "busy", retriable = true, retry_after = 20 },
  forever = { code = "http", message = "busy", retriable = true, retry_after = 1e6 },
  wrong = { code = "rejected", message = "no such target" },
  ended = { code = "cancelled", message = "it was ended", retriable = true },
  refused = { code = "denied", message = "wrong password", scope = "client" },
  other = { code = "denied", message = "not yours", scope = "target" },
}

-- Steps: outcomes, or numbers of seconds that pass. Gives what `allow` says in the end, how long an act must wait, and what the
-- last outcome came to.
local function play(entry, steps)
  local time = 1000
  local some = Admission.new({ now = function() return time end }, { client = client, breaker = entry.breaker, per_second = entry.per_second })
  local came
  for _, step in ipairs(steps) do
    if type(step) == "number" then
      time = time + step
    elseif step == "act" then
      some:start_act()
    else
      some:allow()
      came = some:heard(outcomes[step] or nil)
    end
  end
  local seconds = some:until_act()
  local allowed, left = some:allow()
  return { allowed == nil and "never" or allowed, left }, seconds, came
end

describe("admission", function()
  local few = { breaker = { failures = 2, pause = 30, probes = 2 } }
  local rows = {
    { "a system that answers", few, { "fine", "wrong" }, { true } },
    { "failures, fewer than open the breaker", few, { "down", "fine", "down" }, { true } },
    { "failures in a row open it", few, { "down", "down" }, { false, 30 } },
    { "one probe may be made after the pause", few, { "down", "down", 30 }, { true } },
    { "a probe that is answered closes it", few, { "down", "down", 30, "wrong", "down" }, { true } },
    { "a probe that fails opens it again", few, { "down", "down", 30, "down" }, { false, 30 } },
    { "failed probes stop it for good", few, { "down", "down", 30, "down", 30, "down" },
      { "never", "the system kept failing, and is left alone: is down" } },
    { "our account is refused: a failure of the system, and its end", few, { "refused", "refused" }, { false, 30 }, 0, "denied" },
    { "a target is refused: none", few, { "other", "other" }, { true } },
    { "calls that were ended: none", few, { "ended", "ended" }, { true }, 0, "cancelled" },
    { "Retry-After holds all requests, and changes as long", few, { "busy" }, { false, 20 }, 20 },
    { "until its time is over", few, { "busy", 20 }, { true }, 0 },
    { "no longer than is heeded", few, { "forever" }, { false, 300 }, 300 },
    { "a rate holds changes alone", { per_second = 0.5 }, { "act", 1 }, { true }, 1.02 },
  }
  for _, row in ipairs(rows) do
    it(row[1], function()
      local allowed, seconds, came = play(row[2], row[3])
      assert.are.same(row[4], allowed)
      assert.is_near(row[5] or 0, seconds, 1e-6)
      assert.are.equal(row[6], came)
    end)
  end

  local tokens = {
    { "five refusals and no acceptance", { "already_out", "already_out", "already_out", "already_out", "already_out" }, true },
    { "four", { "already_out", "already_out", "already_out", "already_out" }, false },
    { "one accepted among them", { "already_out", "already_out", "accepted", "already_out", "already_out", "already_out" }, false },
  }
  for _, row in ipairs(tokens) do
    it("tokens that were alive a moment ago (rule L2): " .. row[1], function()
      local some = Admission.new({ now = function() return 0 end }, { client = client })
      local why
      for _, answer in ipairs(row[2]) do
        why = some:count_token(answer)
      end
      assert.are.equal(row[3], why ~= nil)
    end)
  end

  it("shares a rate limit with other runs, where the entry has one; Retry-After holds them all", function()
    local time = 1000
    local env = { now = function() return time end }
    local entry = { client = client, per_second = 0.5, pacing = rate_limit.new(env, { per_second = 0.5 }) }
    local first, second = Admission.new(env, entry), Admission.new(env, entry)
    first:start_act()
    assert.near(2.02, second:until_act(), 1e-6)
    time = time + 2.02
    second:allow()
    second:heard(outcomes.busy)
    assert.equal(20, first:until_act())
    assert.is_true((first:allow()))
  end)
end)
