-- SPDX-License-Identifier: MIT
-- The docket: which events of a person make a run, join one, wait, are held or are cancelled.

local Brake = require "signoff.offboard.watch.brake"
local Docket = require "signoff.offboard.watch.docket"

local MERGE = 30
local count

-- An event; by default it happened when it was received.
local function event(person, at, more)
  count = count + 1
  local made = { id = "e" .. count, person = person, at = at, iss = "https://idp.example" }
  for name, value in pairs(more or {}) do
    made[name] = value
  end
  return made
end

local function enabled(person, at, more)
  return event(person, at, more)
end

local function new(most)
  return Docket.new(Brake.new { count = most or 25, seconds = 3600 }, MERGE)
end

-- The steps that are due: "run ana 2, hold ben 1".
local function due(docket, now)
  local words = {}
  for i, step in ipairs(docket:due(now)) do
    words[i] = ("%s %s %d"):format(step.step, step.person, #step.events)
  end
  return table.concat(words, ", ")
end

-- Begins the run that is due, and gives it.
local function begin(docket, now)
  local steps = docket:due(now)
  assert.equal(1, #steps)
  assert.equal("run", steps[1].step)
  local run = { person = steps[1].person, at = now, events = steps[1].events, joined = {}, begun = true }
  docket:began(run)
  return run
end

local function ids(events)
  local list = {}
  for i, one in ipairs(events) do
    list[i] = one.id
  end
  return table.concat(list, " ")
end

before_each(function()
  count = 0
end)

describe("the first event of a person", function()
  it("begins a run at once", function()
    local docket = new()
    docket:add(event("ana", 100))
    assert.equal("run ana 1", due(docket, 100))
    assert.equal("", due(docket, 100))
  end)

  it("waits for its turn where no more runs may go on at once", function()
    local docket = new()
    for _, person in ipairs { "ana", "ben", "cho" } do
      docket:add(event(person, 100))
    end
    local function some(room)
      local list = {}
      for i, step in ipairs(docket:due(100, room)) do
        list[i] = step.step .. " " .. step.person
      end
      return table.concat(list, ", ")
    end
    assert.equal("", some(0))
    assert.equal("run ana, run ben", some(2))
    assert.equal("", some(-1))
    assert.equal("run cho", some(1))
  end)

  it("begins it with all that came together", function()
    local docket = new()
    docket:add(event("ana", 100))
    docket:add(event("ben", 100))
    docket:add(event("ana", 101))
    assert.equal("run ana 2, run ben 1", due(docket, 101))
  end)
end)

describe("49 later events of a person", function()
  it("49 join the run that goes on: five events, one run", function()
    local docket = new()
    docket:add(event("ana", 100))
    local run = begin(docket, 100)
    for second = 101, 104 do
      docket:add(event("ana", second))
      assert.equal("join ana 1", due(docket, second))
    end
    assert.equal("e1 e2 e3 e4 e5", ids(docket:ended(run, 110)))
    assert.equal("", due(docket, 111))
  end)

  it("49 merge with a run that is over, where its proof is younger than what they tell", function()
    local docket = new()
    docket:add(event("ana", 100, { event_timestamp = 99 }))
    local run = begin(docket, 100)
    docket:ended(run, 110)
    docket:add(event("ana", 120, { event_timestamp = 99 }))
    local steps = docket:due(120)
    assert.equal("merge", steps[1].step)
    assert.equal(run, steps[1].run)
    assert.equal(1, #steps)
  end)

  for at, covered in pairs { [1000] = true, [996] = true, [994] = false, [400] = false } do
    it(("60 join a run that began at 1000, received at %d by the clock: %s"):format(at, covered and "it covers them" or "the clock was set back"), function()
      local docket = new()
      docket:add(event("ana", 1000))
      local run = begin(docket, 1000)
      docket:add(event("ana", at))
      assert.equal("join ana 1", due(docket, at))
      assert.equal(covered and "e1 e2" or "e1", ids(docket:ended(run, 1010)))
      assert.equal(covered and "" or "run ana 1", due(docket, at))
    end)
  end

  it("49 make one more run when the window closes, where they tell of something after the proof", function()
    local docket = new()
    docket:add(event("ana", 100))
    docket:ended(begin(docket, 100), 110)
    for second = 112, 116 do
      docket:add(event("ana", second))
      assert.equal("", due(docket, second))
    end
    assert.equal("", due(docket, 129.9))
    assert.equal("run ana 5", due(docket, 130))
  end)

  it("wait again where they joined a run whose proof was older", function()
    local docket = new()
    docket:add(event("ana", 100))
    local run = begin(docket, 100)
    docket:add(event("ana", 105))
    docket:add(event("ana", 108))
    assert.equal("join ana 2", due(docket, 108))
    assert.equal("e1 e2", ids(docket:ended(run, 106)))
    assert.equal("", due(docket, 109))
    assert.equal("run ana 1", due(docket, 130))
  end)

  it("wait again where the run proved nothing", function()
    local docket = new()
    docket:add(event("ana", 100))
    local run = begin(docket, 100)
    docket:add(event("ana", 101))
    due(docket, 101)
    assert.equal("e1", ids(docket:ended(run, nil)))
    assert.equal("run ana 1", due(docket, 130))
  end)

  it("begin a run at once when the window is closed", function()
    local docket = new()
    docket:add(event("ana", 100))
    docket:ended(begin(docket, 100), 110)
    docket:add(event("ana", 131, { event_timestamp = 99 }))
    assert.equal("run ana 1", due(docket, 131))
  end)

  it("60 do not wait for a clock that was set back", function()
    local docket = new()
    docket:add(event("ana", 5000))
    docket:ended(begin(docket, 5000), 5010)
    docket:add(event("ana", 1400))
    assert.equal("run ana 1", due(docket, 1400))
  end)

  it("happened when they were received, at the latest", function()
    assert.equal(100, Docket.happened { at = 100, event_timestamp = 160 })
    assert.equal(40, Docket.happened { at = 100, event_timestamp = 40 })
    assert.equal(100, Docket.happened { at = 100 })
    assert.equal(0, Docket.happened {})
  end)
end)

describe("48 the brake", function()
  it("48 holds the 26th person, and its later events", function()
    local docket = new()
    for number = 1, 26 do
      docket:add(event("person." .. number, 100))
    end
    local steps = docket:due(100)
    assert.equal(26, #steps)
    for number = 1, 25 do
      assert.equal("run", steps[number].step)
    end
    assert.equal("hold", steps[26].step)
    docket:add(event("person.26", 101))
    assert.equal("hold person.26 1", due(docket, 101))
    assert.same({ waiting = 0, held = 2, running = 0 }, docket:counts())
  end)

  it("48 holds until a person releases, however late it is", function()
    local docket = new(1)
    docket:add(event("ana", 100))
    docket:add(event("ben", 100))
    assert.equal("run ana 1, hold ben 1", due(docket, 100))
    docket:add(event("ben", 101))
    assert.equal("hold ben 1", due(docket, 101))
    assert.equal("", due(docket, 100000))
    docket:release("ben", function() return true end)
    assert.equal("run ben 2", due(docket, 100001))
  end)

  it("48 lets a later event pass when there is room again, and with it what is held of that person", function()
    local docket = new(1)
    for _, person in ipairs { "ana", "ben", "cho" } do
      docket:add(event(person, 100))
    end
    assert.equal("run ana 1, hold ben 1, hold cho 1", due(docket, 100))
    docket:add(event("ben", 100000))
    docket:add(event("cho", 100000))
    local steps = docket:due(100000)
    assert.equal("e4 e2", ids(steps[1].events)) -- the later one first: its run begins now, since it came now
    assert.same({ "run", "ben", "hold", "cho" }, { steps[1].step, steps[1].person, steps[2].step, steps[2].person })
    assert.same({ waiting = 0, held = 2, running = 0 }, docket:counts())
  end)

  it("48 does not ask again about a person who was released, also after a restart", function()
    local docket = new(1)
    docket:add(event("ana", 100))
    docket:add(event("ben", 100, { released = true }))
    assert.equal("run ana 1, run ben 1", due(docket, 100))
    local run = { person = "ben", at = 100, events = {}, joined = {} }
    docket:began(run)
    docket:ended(run, 101)
    docket:add(event("cho", 102))
    assert.equal("hold cho 1", due(docket, 102))
  end)

  it("48 keeps held what was held before a restart", function()
    local docket = new(25)
    docket:add(event("ana", 100, { held = true }))
    assert.equal("", due(docket, 100))
    docket:release("ana", function(one) return one.id == "other" end)
    assert.equal("", due(docket, 100))
    docket:release("ana", function(one) return one.id == "e1" end)
    assert.equal("run ana 1", due(docket, 100))
  end)

  it("48 lets a person pass who is among those of the hour", function()
    local docket = new(1)
    docket:add(event("ana", 100))
    docket:ended(begin(docket, 100), 110)
    docket:add(event("ana", 200))
    assert.equal("run ana 1", due(docket, 200))
  end)
end)

describe("47 an account that is enabled again", function()
  it("47 cancels what waits", function()
    local docket = new()
    docket:add(event("ana", 100))
    docket:add(event("ben", 100))
    assert.equal("e1", ids(docket:cancel(enabled("ana", 101))))
    assert.equal("run ben 1", due(docket, 101))
  end)

  it("47 cancels what is held", function()
    local docket = new()
    docket:add(event("ana", 100, { held = true }))
    assert.equal("e1", ids(docket:cancel(enabled("ana", 101))))
    assert.same({ waiting = 0, held = 0, running = 0 }, docket:counts())
  end)

  it("47 cancels a run that may not act yet", function()
    local docket = new()
    docket:add(event("ana", 100))
    local run = begin(docket, 100)
    run.begun = false
    assert.equal("e1", ids(docket:cancel(enabled("ana", 101))))
    assert.equal(0, #run.events)
    assert.equal("", ids(docket:ended(run)))
  end)

  it("47 undoes nothing of a run that may act", function()
    local docket = new()
    docket:add(event("ana", 100))
    local run = begin(docket, 100)
    assert.equal("", ids(docket:cancel(enabled("ana", 101))))
    assert.equal(1, #run.events)
  end)

  it("47 does not cancel what came after it", function()
    local docket = new()
    docket:cancel(enabled("ana", 99))
    docket:add(event("ana", 100))
    assert.equal("run ana 1", due(docket, 100))
  end)

  local cases = {
    { "47 is of the issuer that disabled it", { iss = "https://other.example" }, {}, "" },
    { "47 came late: it happened before", { event_timestamp = 90 }, { event_timestamp = 95 }, "" },
    { "47 came late, and happened after", { event_timestamp = 96 }, { event_timestamp = 95 }, "e1" },
    { "47 happened in the same second", { event_timestamp = 95 }, { event_timestamp = 95 }, "e1" },
    { "47 has no time: the order of coming counts", {}, { event_timestamp = 95 }, "e1" },
    { "47 came late: its token is older", { iat = 90 }, { iat = 95 }, "" },
    { "47 came late, and its token is younger", { iat = 96 }, { iat = 95 }, "e1" },
    { "47 came late: one has no time, and its token is older", { iat = 90, event_timestamp = 89 }, { iat = 95 }, "" },
    { "47 happened before, and was told later", { iat = 99, event_timestamp = 90 }, { iat = 96, event_timestamp = 95 }, "" },
  }
  for _, case in ipairs(cases) do
    it(case[1], function()
      local docket = new()
      docket:add(event("ana", 100, case[3]))
      assert.equal(case[4], ids(docket:cancel(enabled("ana", 101, case[2]))))
    end)
  end
end)

describe("a docket", function()
  it("112 gives the events of one person in parts, none of which is too long for a record", function()
    local docket = new(1)
    for _ = 1, 25001 do
      docket:add(event("ana", 100))
    end
    docket:add(event("ben", 100, { held = true }))
    for _ = 1, 10001 do
      docket:add(event("ben", 100))
    end
    local steps = docket:due(100)
    assert.same({ "run", 10000, "hold", 10000 }, { steps[1].step, #steps[1].events, steps[2].step, #steps[2].events })
    local run = { person = "ana", at = 100, events = steps[1].events, joined = {}, begun = true }
    docket:began(run)
    assert.equal("join ana 10000, hold ben 1", due(docket, 101))
    assert.equal("join ana 5001", due(docket, 102))
    assert.equal("", due(docket, 103))
    assert.equal(25001, #docket:ended(run, 104))
    assert.same({ waiting = 0, held = 10002, running = 0 }, docket:counts())
  end)

  it("forgets persons of whom nothing is left to know, and no others", function()
    local docket = new()
    docket:add(event("ana", 100))
    docket:ended(begin(docket, 100), 110)
    docket:add(event("ben", 100, { held = true }))
    docket:tidy(120)
    assert.same({ "ana", "ben" }, docket.names)
    docket:tidy(131)
    assert.same({ "ben" }, docket.names)
    docket:add(event("ana", 140))
    assert.equal("run ana 1", due(docket, 140))
  end)

  it("counts", function()
    local docket = new()
    docket:add(event("ana", 100))
    begin(docket, 100)
    docket:add(event("ben", 100))
    docket:add(event("cho", 100, { held = true }))
    assert.same({ waiting = 1, held = 1, running = 1 }, docket:counts())
  end)
end)
