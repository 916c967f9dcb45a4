-- SPDX-License-Identifier: MIT
-- Every transition of the state machine of one target, and every condition, each as a row.

local people = require "spec.support.model.worlds.people"
local play = require "spec.unit.rows.play"

local ANA, RITA, TWIN = people.ana, people.rita, people.twin
local act, call, look, may, other, remember = play.act, play.call, play.look, play.may, play.other, play.remember
local elsewhere, record = play.elsewhere, play.record

-- Observations

local function with(seen, changes)
  local made = {}
  for name, value in pairs(seen) do
    made[name] = value
  end
  for name, value in pairs(changes) do
    made[name] = value
  end
  return made
end

local here = { present = true, whole = true, known = true, occupant = ANA, targets = { "P" }, what = "logged_in as ana.silva" }
local gone = { present = false, whole = true, known = true, what = "free" }
local unknown_gone = { present = false, whole = true, what = "not in the list" }
local unreadable = { what = "the reply is cut" }
local alive = { present = true, whole = true, targets = { "P" }, what = "alive" }
local refused = { present = false, whole = true, what = "refused" }
local open = { present = true, whole = true, targets = { "P" }, status = { name = "In", type = "x" }, what = "status 'In' (x)" }
local set = { present = false, whole = true, status = { name = "Gone", type = "x" }, what = "status 'Gone' (x)" }
local two = with(here, { occupant = false, targets = { "P", "Q" } })

local function failed(code, delay)
  return { code = code, message = "it failed", what = "it failed", retriable = delay ~= nil, delay = delay, final = delay == nil }
end

-- Outcomes

local accepted, undecided, was_out = { answer = "accepted" }, { answer = "undecided" }, { answer = "already_out" }
local lost = { code = "timeout", message = "no answer", retriable = true, sent = true, delay = 4 }
local lost_for_good = with(lost, { delay = false })
local never_sent = { code = "unreachable", message = "nobody there", retriable = true, sent = false, delay = 4 }
local not_sent = { code = "unreachable", message = "nobody there", retriable = false, sent = false }
local denied = { code = "rejected", message = "no", retriable = false, sent = true, own_words = true }
local foreign = { code = "denied", message = "no", retriable = false, sent = true, own_words = false }
local busy = { code = "busy", message = "503", retriable = true, sent = true, delay = 4 }
local server = { code = "server", message = "500", retriable = true, sent = true, delay = 4 }

local token, setting, key = { evidence = "token" }, { evidence = "setting", target = { status = { name = "Gone", type = "x" } } }, { evidence = "session" }
local named = { target = { id = ANA, by_name = true } }
local watched = { watches = true, target = { person = false } }
local nobody = { target = { person = false } }

local function as(base, changes)
  local made = with(base, changes)
  made.target = with(base.target or {}, changes.target or {})
  return made
end

local function phase(wanted)
  return call(function(self) return self.state.phase end, wanted)
end

local first_look = look(0, here, "act P")

return { check = play.check, rows = {
  -- Seen gone twice
  { "seen, signed out, gone twice", {}, { first_look, may(0, "P", "act P"), act(1, "P", accepted, "look 0"), look(1, gone, "look 10"), look(11, gone, "over ended") } },
  { "free twice", {}, { look(0, gone, "look 10"), look(10, gone, "over already_out") } },
  { "the second look comes too early", {}, { look(0, gone, "look 10"), look(9, gone, "look 1"), look(10, gone, "over already_out") } },
  { "a clock that is a moment early", {}, { look(0, gone, "look 10"), look(9.9995, gone, "over already_out") } },
  { "settle runs from the first reply to the second request", {}, { look(3, with(gone, { asked = 0, replied = 3 }), "look 10"),
    look(14, with(gone, { asked = 12.9, replied = 14 }), "look 0"), look(13, gone, "over already_out") } },
  { "a clock that is just early enough", { limits = { settle = 1 } }, { look(0, gone, "look 1"), look(0.999, gone, "over already_out") } },
  { "settle 0", { limits = { settle = 0 } }, { look(0, gone, "look 0"), look(0, gone, "over already_out") } },
  { "there again between the looks", {}, { look(0, gone, "look 10"), look(10, here, "act P"), act(11, "P", accepted, "look 0"),
    look(11, gone, "look 10"), look(12, here, "look 1"), look(13, gone, "look 10"), look(23, gone, "over ended") } },
  { "unreadable between the looks", {}, { first_look, act(1, "P", accepted, "look 0"), look(1, gone, "look 10"), look(2, unreadable, "look 1"),
    look(11, gone, "look 10"), look(21, gone, "over ended") } },
  { "a look that fails between them unsays nothing", {}, { look(0, gone, "look 10"), look(5, failed("timeout", 3), "look 3"), look(10, gone, "over already_out") } },
  { "no time is left for the second look", { limits = { ends = 10 } }, { look(0, gone, "over unknown") } },
  { "just enough is left", { limits = { ends = 10.001 } }, { look(0, gone, "look 10") } },
  { "no time is left after an act that was accepted", { limits = { ends = 11 } }, { first_look, act(1, "P", accepted, "look 0"), look(1, gone, "over unverified") } },
  -- Rule L4
  { "the second reply has the first one's date", {}, { first_look, act(1, "P", accepted, "look 0"), look(1, with(gone, { date = 100 }), "look 10"),
    look(11, with(gone, { date = 100 }), "look 1"), look(12, with(gone, { date = 111 }), "look 10"), look(22, with(gone, { date = 121 }), "over ended") } },
  { "the second reply is older than the first", { limits = { deadline = 3 } }, { look(0, with(gone, { date = 100 }), "look 10"), look(14, with(gone, { date = 99, asked = 10 }), "over unknown",
    "the reply is no newer than the one before") } },
  { "the first reply has no date", {}, { look(0, gone, "look 10"), look(10, with(gone, { date = 100 }), "over already_out") } },
  { "the second reply has no date", {}, { look(0, with(gone, { date = 100 }), "look 10"), look(10, gone, "over already_out") } },
  { "one date in one second", { limits = { settle = 0.5 } }, { look(0, with(gone, { date = 100 }), "look 0.5"), look(0.5, with(gone, { date = 100 }), "over already_out") } },
  { "one date a second later", { limits = { settle = 0.5 } }, { look(0, with(gone, { date = 100 }), "look 0.5"), look(1, with(gone, { date = 100 }), "look 1") } },
  -- Rule A1
  { "somebody else sits there", {}, { look(0, with(here, { occupant = "bob" }), "over skipped other_person", "bob sits there, not ana.silva") } },
  { "a session of somebody else", key, { look(0, with(here, { occupant = "bob" }), "over skipped other_person", "it is a session of bob, not of ana.silva") } },
  { "nearly her", {}, { look(0, with(here, { occupant = TWIN }), "over unknown nearly", "'" .. TWIN .. "' is there, which is nearly 'ana.silva', and not the same") } },
  { "nearly her, in the approved spelling", { target = { spelling = TWIN } }, { look(0, with(here, { occupant = TWIN }), "act P") } },
  { "nearly her, in another spelling than the approved one", { target = { spelling = "ana.silva@x" } }, { look(0, with(here, { occupant = TWIN }), "over unknown nearly") } },
  { "an approved spelling of somebody else", { target = { spelling = "bob" } }, { look(0, with(here, { occupant = "bob" }), "over skipped other_person") } },
  { "nobody is named", {}, { look(0, with(here, { occupant = false }), "over unknown unreadable", "who is there is not known: logged_in as ana.silva") } },
  { "the list's user goes before the plan's", { target = { user = "bob", occupant = ANA } }, { look(0, with(here, { occupant = "bob" }), "act P") } },
  { "the plan's occupant goes before the person", { target = { person = "Ana Silva", occupant = ANA } }, { first_look } },
  { "the first whole look approves", nobody, { look(0, with(here, { occupant = "bob" }), "act P"), act(1, "P", never_sent, "look 4"), look(5, here, "look 10"), look(15, here, "over already_out") } },
  { "a look that is not whole approves nobody", nobody, { look(0, with(here, { whole = false }), "over unknown nearly", "'ana.silva' is there, which is nearly somebody known, and not the same") } },
  { "who sits down after a first look that is too old to act on", nobody, { other("P", { open = 1 }), look(0, here, "look 1"),
    other("P", { open = 0, ended = 1 }), look(2, with(here, { occupant = "bob" }), "over skipped other_person", "bob sits there, not ana.silva") } },
  { "who sits down after an old first look that found nobody", nobody, { other("P", { open = 1 }), look(0, gone, "look 1"),
    other("P", { open = 0, ended = 1 }), look(2, here, "over skipped other_person", "ana.silva is there; nobody was at the first look") } },
  { "an old first look approves nobody but the person", {}, { other("P", { open = 1 }), look(0, with(here, { occupant = "bob" }), "look 1"),
    other("P", { open = 0, ended = 1 }), look(2, here, "act P") } },
  { "a look that is not whole approves nobody", nobody, { other("P", { open = 1 }), look(0, with(here, { occupant = "bob", whole = false }), "look 1"),
    other("P", { open = 0, ended = 1 }), look(2, here, "act P") } },
  { "who sits down after a first look that found nobody", nobody, { look(0, gone, "look 10"), look(10, here, "over skipped other_person", "ana.silva is there; nobody was at the first look") } },
  { "five seconds are fresh", {}, { first_look, may(5, "P", "act P"), may(5.001, "P", "look 0") } },
  { "the wall clock counts as well", {}, { look(0, with(here, { asked_wall = 100 }), "act P"), may(0, "P", "act P", 105), may(0, "P", "look 0", 105.5) } },
  { "the larger age counts", {}, { look(0, with(here, { asked_wall = 100 }), "act P"), may(6, "P", "look 0", 100) } },
  { "a token needs no fresh look", token, { look(0, alive, "act P"), may(100, "P", "act P") } },
  { "an old look begins a new deadline", { limits = { deadline = 7 } }, { first_look, may(6, "P", "look 0"), look(6, here, "act P"), act(7, "P", accepted, "look 0"), look(12, here, "look 1") } },
  { "a system that is always too slow", {}, { look(6, with(here, { asked = 0 }), "act P"), look(12, with(here, { asked = 6 }), "act P"),
    look(18, with(here, { asked = 12 }), "over unknown stale") } },
  { "just not too slow", {}, { look(5, with(here, { asked = 0 }), "act P"), look(10, with(here, { asked = 5 }), "act P"), look(15, with(here, { asked = 10 }), "act P") } },
  { "a slow token is acted on", token, { look(60, with(alive, { asked = 0 }), "act P"), look(120, with(alive, { asked = 60 }), "act P"), look(180, with(alive, { asked = 120 }), "act P") } },
  { "slow once more after an act", {}, { look(6, with(here, { asked = 0 }), "act P"), look(12, with(here, { asked = 6 }), "act P"), act(13, "P", accepted, "look 0"),
    look(19, with(here, { asked = 13 }), "look 1") } },
  -- Rule A2
  { "the occupant is protected", { target = { user = RITA } }, { look(0, with(here, { occupant = RITA }), "over skipped protected", "rita.stone is protected") } },
  { "nearly the occupant is protected", { target = { user = RITA } }, { look(0, with(here, { occupant = "RITA.STONE@corp" }), "over skipped protected", "RITA.STONE@corp is protected") } },
  { "the target is protected", { target = { id = "rita.stone" } }, { look(0, here, "over skipped protected") } },
  { "the list's user is protected", as(token, { target = { user = RITA } }), { look(0, alive, "over skipped protected") } },
  { "the person is protected", as(token, { target = { person = RITA } }), { look(0, alive, "over skipped protected") } },
  { "protected since the look", as(token, { protects = function(name) return name == "late" end }), { look(0, alive, "act P"),
    call(function(self) self.context.target.person = "late" end), may(0, "P", "over skipped protected") } },
  { "a protected place of a name", named, { look(0, with(two, { targets = { RITA, "Q" } }), "act Q"), act(1, "Q", accepted, "look 0"),
    look(1, with(two, { targets = { RITA } }), "look 1") } },
  { "all targets of a name are protected", named, { look(0, with(two, { targets = { RITA } }), "over skipped protected", "rita.stone is protected") } },
  { "a place is asked for once more right before its act", as(named, { protects = function(name) return name == "Q" end }), { look(0, with(two, { targets = { "P" } }), "act P"), may(0, "Q", "over skipped protected") } },
  { "our own session", key, { look(0, with(here, { own = true }), "over skipped own") } },
  -- Rule A3
  { "an act of another row is under way", {}, { other("P", { open = 1 }), look(0, here, "look 1") } },
  { "a look from before an act's end", {}, { other("P", { ended = 2 }), look(3, with(here, { asked = 1 }), "look 1"), look(4, here, "act P") } },
  { "a look from its very end", {}, { other("P", { ended = 2 }), look(3, with(here, { asked = 2 }), "act P") } },
  { "another row acts while this one waits for its turn", {}, { first_look, other("P", { ended = 1 }), may(2, "P", "look 0") } },
  { "another row's act is under way while this one waits", {}, { first_look, other("P", { open = 1 }), may(2, "P", "look 0") } },
  { "another row's act between the two absences", {}, { look(0, gone, "look 10"), other("P", { ended = 5, accepted = true }), look(10, gone, "look 10"), look(20, gone, "over ended") } },
  { "an old look makes the first absence worth nothing", {}, { look(0, gone, "look 10"), other("P", { ended = 5 }), look(10, with(gone, { asked = 4 }), "look 1"), look(11, gone, "look 10") } },
  { "a place that the look shows was acted on", named, { other("Q", { ended = 2 }), look(3, with(two, { asked = 1 }), "look 1") } },
  { "a place of a name was acted on since the first absence", named, { look(0, two, "act P"), act(1, "P", accepted, "act Q"), act(2, "Q", accepted, "look 0"),
    look(2, gone, "look 10"), other("Q", { ended = 4 }), look(12, gone, "look 10"), look(22, gone, "over ended") } },
  { "whom a name means was acted on elsewhere since the first absence", named, { look(0, gone, "look 10"), elsewhere(ANA, { ended = 4 }), look(10, gone, "look 10"),
    look(20, gone, "over already_out") } },
  { "whom a name means is acted on elsewhere while it is looked for", named, { elsewhere(ANA, { open = 1 }), look(0, gone, "look 1"), elsewhere(ANA, { open = 0, ended = 1 }),
    look(1.5, with(gone, { asked = 0.5 }), "look 1"), look(3, gone, "look 10") } },
  { "another name was acted on", named, { look(0, gone, "look 10"), elsewhere(TWIN, { ended = 4 }), look(10, gone, "over already_out") } },
  { "a phone's row heeds acts on the phone alone", {}, { look(0, gone, "look 10"), elsewhere(ANA, { ended = 4 }), look(10, gone, "over already_out") } },
  { "an act on a phone is one on who sits there", {}, { first_look, act(1, "P", accepted, "look 0"), record(ANA, "0, 1") } },
  { "an act on a name's phone is one on that name", named, { look(0, two, "act P"), act(1, "P", accepted, "act Q"), record(ANA, "0, 1") } },
  { "an act that was not made is over, too", {}, { first_look, call(function(self)
    self.machine.acting(self.state, "P", self.context)
    self.machine.released(self.state, "P", self.context, 3, true)
  end), record(ANA, "0, 3") } },
  { "stale looks do not use up the deadline", { limits = { deadline = 3 } }, { other("P", { open = 1 }), look(0, here, "look 1"), look(1, here, "look 1"), look(9, here, "look 1"),
    other("P", { open = 0, ended = 10 }), look(11, here, "act P") } },
  { "a stale look that took the whole deadline", { limits = { deadline = 3 } }, { other("P", { open = 1 }), look(3, with(here, { asked = 0 }), "over unknown") } },
  { "what began makes it under way, what ended does not", {}, { first_look, call(function(self)
    local place, real = self.machine.acting(self.state, "P", self.context), self.context.real "P"
    local begun = ("%d tries, %d open"):format(place.tries, real.open)
    self.machine.released(self.state, "P", self.context, 3)
    return ("%s; %d open, ended %g, uncertain %s"):format(begun, real.open, real.ended, tostring(real.uncertain))
  end, "1 tries, 1 open; 0 open, ended 3, uncertain false") } },
  { "what was released under way may have acted", {}, { first_look, call(function(self)
    self.machine.acting(self.state, "P", self.context)
    self.machine.released(self.state, "P", self.context, 3, true)
    return tostring(self.context.real("P").uncertain)
  end, "true") } },
  { "what was uncertain stays so", {}, { other("P", { uncertain = true }), call(function(self)
    self.machine.acting(self.state, "P", self.context)
    self.machine.released(self.state, "P", self.context, 3)
    return tostring(self.context.real("P").uncertain)
  end, "true") } },
  -- Rule A4
  { "lost, and still there", {}, { first_look, act(1, "P", lost, "look 4"), look(5, here, "act P"), act(6, "P", accepted, "look 0") } },
  { "lost twice: no third time", {}, { first_look, act(1, "P", lost, "look 4"), look(5, here, "act P"), act(6, "P", lost, "look 0"), look(6, here, "look 1") } },
  { "busy: tried five times, each after a look", {}, { first_look, act(1, "P", busy, "look 4"), look(5, here, "act P"), act(6, "P", busy, "look 4"), look(10, here, "act P"),
    act(11, "P", busy, "look 4"), look(15, here, "act P"), act(16, "P", busy, "look 4"), look(20, here, "act P"), act(21, "P", busy, "look 0"), look(21, here, "look 1") } },
  { "busy, where it is never repeated", { retry = "no" }, { first_look, act(1, "P", busy, "look 0"), look(1, here, "look 1") } },
  { "a safe operation is tried five times", token, { look(0, alive, "act P"), act(1, "P", lost, "look 4"), look(5, alive, "act P"), act(6, "P", lost, "look 4"), look(10, alive, "act P"),
    act(11, "P", lost, "look 4"), look(15, alive, "act P"), act(16, "P", lost, "look 4"), look(20, alive, "act P"), act(21, "P", lost, "look 0"), look(21, alive, "look 1") } },
  { "where it is never repeated", { retry = "no" }, { first_look, act(1, "P", lost, "look 0"), look(1, here, "look 1") } },
  { "lost, and the look is not whole", {}, { first_look, act(1, "P", lost, "look 4"), look(5, with(here, { whole = false }), "look 1"), look(6, here, "act P") } },
  { "lost, and the look fails", {}, { first_look, act(1, "P", lost, "look 4"), look(5, failed("timeout", 2), "look 2"), look(7, failed "timeout", "over unknown timeout") } },
  { "lost, and gone", {}, { first_look, act(1, "P", lost, "look 4"), look(5, gone, "look 10"), look(15, gone, "over ended") } },
  { "the budget for repeating is spent", {}, { first_look, act(1, "P", lost_for_good, "look 0"), look(1, here, "look 1") } },
  { "never sent: tried again", {}, { first_look, act(1, "P", never_sent, "look 4"), look(5, here, "act P") } },
  { "never sent, and never will be", {}, { first_look, act(1, "P", not_sent, "over failed unreachable") } },
  { "never sent, after something that may have acted", {}, { first_look, act(1, "P", lost, "look 4"), look(5, here, "act P"), act(6, "P", not_sent, "over failed unreachable") } },
  { "never sent, where another row's act was accepted", {}, { other("P", { accepted = true }), first_look, act(1, "P", not_sent, "look 0"), look(1, here, "look 1") } },
  { "refused, and still there", {}, { first_look, act(1, "P", denied, "look 0"), look(1, here, "over failed rejected") } },
  { "refused, and gone", {}, { first_look, act(1, "P", denied, "look 0"), look(1, gone, "look 10"), look(11, gone, "over already_out") } },
  { "refused in foreign words, and gone", {}, { first_look, act(1, "P", foreign, "look 0"), look(1, gone, "look 10"), look(11, gone, "over ended") } },
  { "refused in foreign words, and still there", {}, { first_look, act(1, "P", foreign, "look 0"), look(1, here, "over failed denied") } },
  { "500 twice is no slip", token, { look(0, alive, "act P"), act(1, "P", server, "look 4"), look(5, alive, "act P"), act(6, "P", server, "look 4"), look(10, alive, "look 1") } },
  { "another row's act was lost, and the look is not whole", {}, { other("P", { uncertain = true }), look(0, with(here, { whole = false }), "look 1"), look(1, here, "act P") } },
  { "another row's act was accepted, and the look is not whole", {}, { other("P", { accepted = true }), look(0, with(here, { whole = false }), "look 1"), look(1, here, "act P") } },
  { "the answer says neither", {}, { first_look, act(1, "P", undecided, "look 0"), look(1, here, "look 1"), look(2, gone, "look 10"), look(12, gone, "over ended") } },
  { "it says that nobody was there", {}, { first_look, act(1, "P", was_out, "look 0"), look(1, gone, "look 10"), look(11, gone, "over already_out") } },
  { "it says that nobody was there, and somebody is", {}, { first_look, act(1, "P", was_out, "look 0"), look(1, here, "look 1"), look(60, here, "over still_active") } },
  -- Reads without end
  { "still there until the deadline", { limits = { deadline = 8 } }, { first_look, act(1, "P", accepted, "look 0"), look(1, here, "look 1"), look(2, here, "look 2"), look(4, here, "look 3"),
    look(7, here, "over still_active") } },
  { "the call's own end comes first", { limits = { ends = 4 } }, { first_look, act(1, "P", accepted, "look 0"), look(1, here, "look 1"), look(2, here, "over still_active") } },
  { "unreadable before anything was done", {}, { look(0, unreadable, "over unknown") } },
  { "unreadable after an act", {}, { first_look, act(1, "P", accepted, "look 0"), look(1, unreadable, "look 1") } },
  { "unreadable for good after an act", {}, { first_look, act(1, "P", accepted, "look 0"), look(1, with(unreadable, { final = true }), "over unknown") } },
  { "unreadable after an act that was refused", {}, { first_look, act(1, "P", denied, "look 0"), look(1, unreadable, "over failed rejected") } },
  { "unknown to the system", {}, { look(0, { missing = true, message = "no such device", what = "no_device" }, "over failed not_found", "no such device") } },
  { "optional, and unknown to the system", { target = { optional = true } }, { look(0, { missing = true, message = "no such device", what = "no_device" }, "over skipped optional", "no such device") } },
  { "unknown to the system after an act", { target = { optional = true } }, { first_look, act(1, "P", accepted, "look 0"), look(1, { missing = true, message = "gone", what = "no_device" }, "over unknown not_found") } },
  { "the first look fails once", {}, { look(0, failed("timeout", 3), "look 3"), first_look } },
  { "the first look fails for good", {}, { look(0, failed "denied", "over failed denied") } },
  { "it may be asked again, but the budget is spent", {}, { look(0, with(failed("busy", 1), { delay = false }), "over failed busy") } },
  { "what is asked again is not always what may be", {}, { look(0, with(failed("busy", 1), { retriable = false }), "over failed busy") } },
  { "there is no such question, for a phone", {}, { look(0, failed "unsupported", "over failed unsupported") } },
  { "there is no such question, for a status", setting, { look(0, failed "unsupported", "over failed unsupported") } },
  { "there is no look at all", { evidence = false }, { look(0, failed "unsupported", "act P"), may(9, "P", "act P"), act(10, "P", accepted, "look 0"), look(10, failed "unsupported", "over unverified unsupported") } },
  { "there is no look at all, and nothing was accepted", { evidence = false }, { look(0, failed "unsupported", "act P"), act(1, "P", undecided, "look 0"), look(2, failed "unsupported", "over unknown unsupported") } },
  { "a look that there should be fails where there is none", { evidence = false }, { look(0, failed "server", "over failed server") } },
  { "there is no such question, for a token", token, { look(0, failed "unsupported", "act P"), may(9, "P", "act P"), act(10, "P", accepted, "look 0"), look(10, failed "unsupported", "over unverified unsupported") } },
  -- Rule V1: taken over
  { "a stranger takes over after the act", {}, { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = "bob" }), "look 10"), look(11, with(here, { occupant = "bob" }), "over ended") } },
  { "a stranger in a reply that is not whole", {}, { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = "bob", whole = false }), "look 1") } },
  { "somebody nearly the same takes over", { limits = { deadline = 2 } }, { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = TWIN }), "look 1"),
    look(3, with(here, { occupant = TWIN }), "over unknown nearly", "'" .. TWIN .. "' is there, who may be ana.silva") } },
  { "nobody is named any more", { limits = { deadline = 1 } }, { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = false }), "over unknown") } },
  { "who takes over is the person by another name", { target = { user = "asilva" } }, { look(0, with(here, { occupant = "asilva" }), "act P"), act(1, "P", accepted, "look 0"),
    look(1, here, "look 1") } },
  { "who takes over is the list's user", { target = { user = "asilva", occupant = ANA, person = "Ana" } }, { look(0, with(here, { occupant = "asilva" }), "act P"), act(1, "P", accepted, "look 0"),
    look(1, with(here, { occupant = "ASILVA@x" }), "look 1") } },
  { "watched: who takes over is the list's user", { watches = true, target = { user = ANA, person = false } }, { look(0, with(here, { occupant = "bob" }), "look 1"), look(1, here, "look 2") } },
  { "nobody is named in words", as(nobody, { limits = { deadline = 1 } }), { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = TWIN }), "over unknown nearly",
    "'" .. TWIN .. "' is there, who may be ana.silva") } },
  { "a key that is somebody else's now", as(key, { limits = { deadline = 1 } }), { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = "bob" }), "over unknown nearly", "it is a session of bob now") } },
  { "a key that is somebody else's before anything was done", key, { first_look, may(6, "P", "look 0"), look(6, with(here, { occupant = "bob" }), "over skipped other_person") } },
  { "a key of nobody now", as(key, { limits = { deadline = 1 } }), { first_look, act(1, "P", accepted, "look 0"), look(1, with(here, { occupant = false }), "over unknown nearly", "it is a session of somebody now") } },
  { "a key that is still hers", key, { first_look, act(1, "P", accepted, "look 0"), look(1, here, "look 1") } },
  -- Tokens
  { "alive, logged out, refused twice", token, { look(0, alive, "act P"), act(1, "P", accepted, "look 0"), look(1, refused, "look 10"), look(11, refused, "over ended") } },
  { "never seen alive", token, { look(0, refused, "over unknown never_seen") } },
  { "seen alive by the plan", as(token, { target = { seen = true } }), { look(0, refused, "over unknown moved") } },
  { "asked for elsewhere", as(token, { limits = { nodes = 2 } }), { look(0, refused, "look 0"), look(0, refused, "look 0"), look(0, refused, "over unknown never_seen") } },
  { "found elsewhere", as(token, { limits = { nodes = 2 } }), { look(0, refused, "look 0"), look(0, alive, "act P"), act(1, "P", accepted, "look 0"), look(1, refused, "look 10") } },
  { "not asked for elsewhere after an act", as(token, { limits = { nodes = 2 } }), { look(0, failed "unsupported", "act P"), act(1, "P", accepted, "look 0"), look(1, refused, "over unknown never_seen") } },
  { "what is no token is not asked for elsewhere", { limits = { nodes = 2 } }, { look(0, gone, "look 10") } },
  { "its logout's reply was lost", token, { look(0, alive, "act P"), act(1, "P", lost, "look 4"), look(5, refused, "over unknown moved") } },
  { "lost, at one node", token, { look(0, alive, "act P"), call(function(self) self.state.node = "n" end), act(1, "P", lost, "look 4"), look(5, refused, "look 10"), look(15, refused, "over ended") } },
  { "it lives on after its logout was accepted", token, { look(0, alive, "act P"), act(1, "P", accepted, "look 0"), look(1, alive, "look 1"), look(2, refused, "over unknown moved") } },
  { "it lives on, and is refused at its node", token, { look(0, alive, "act P"), call(function(self) self.state.node = "n" end), act(1, "P", accepted, "look 0"), look(1, alive, "look 1"),
    look(2, refused, "look 10"), look(12, refused, "over ended") } },
  { "a refusal that fits a wrong device as well", token, { look(0, { what = "nothing", final = true, unprovable = true, targets = { "P" } }, "act P"), act(1, "P", accepted, "look 0"),
    look(1, { what = "nothing", final = true, unprovable = true, targets = { "P" } }, "over unverified") } },
  { "a phone that cannot be proved is not acted on", {}, { look(0, with(unreadable, { unprovable = true }), "over unknown") } },
  { "an unknown token is not acted on", token, { look(0, unreadable, "over unknown") } },
  -- Settings
  { "set, and read twice", setting, { look(0, open, "act P"), act(1, "P", accepted, "look 0"), look(1, set, "look 10"), look(11, set, "over status_set") } },
  { "it already was", setting, { look(0, set, "look 10"), look(10, set, "over status_set") } },
  { "it stays as it was", as(setting, { limits = { deadline = 1 } }), { look(0, open, "act P"), act(1, "P", accepted, "look 0"), look(1, open, "over failed server", "asked for status 'Gone' (x), found status 'In' (x)") } },
  { "undone: somebody changed it since", as(setting, { target = { expected_status = { name = "Lunch", type = "x" } } }), { look(0, open, "over skipped changed", "somebody changed it since: status 'In' (x), not status 'Lunch' (x)") } },
  { "undone: it is as we set it", as(setting, { target = { expected_status = { name = "In", type = "x" } } }), { look(0, open, "act P") } },
  { "undone: what it is now is not read", as(setting, { target = { expected_status = { name = "In", type = "x" } } }), { look(0, with(open, { status = false }), "act P") } },
  -- Names (rule V2)
  { "two targets, one after the other", named, { look(0, two, "act P"), act(1, "P", accepted, "act Q"), act(2, "Q", accepted, "look 0"), look(2, gone, "look 10"), look(12, gone, "over ended") } },
  { "the first fails, and is tried again at the end", named, { look(0, two, "act P"), act(1, "P", lost, "act Q"), act(2, "Q", accepted, "look 0"), look(2, with(two, { targets = { "P" } }), "act P") } },
  { "the first fails for good", named, { look(0, two, "act P"), act(1, "P", lost_for_good, "act Q"), act(2, "Q", accepted, "look 0"), look(2, with(two, { targets = { "P" } }), "look 1") } },
  { "the last one fails", named, { look(0, two, "act P"), act(1, "P", accepted, "act Q"), act(2, "Q", lost, "look 4"), look(6, gone, "look 10") } },
  { "a new place is found", named, { look(0, with(two, { targets = { "P" } }), "act P"), act(1, "P", accepted, "look 0"), look(1, with(two, { targets = { "Q" } }), "act Q") } },
  { "more targets than there may be", named, { look(0, with(two, { targets = { "P", "Q", "R" } }), "act P"), act(1, "P", accepted, "act Q"), act(2, "Q", accepted, "look 0"), look(2, with(two, { targets = { "R" } }), "look 1") } },
  { "logged in, and nobody says where", named, { look(0, { present = true, whole = false, targets = {}, what = "somewhere" }, "over still_active", "still there: somewhere") } },
  { "no occupant is named where a name is asked for", named, { look(0, with(two, { occupant = "bob" }), "act P") } },
  { "all targets that are due, for one request", named, { look(0, two, "act P"), call(function(self) return table.concat(self.machine.due_targets(self.state, self.context), " ") end, "P Q") } },
  { "what of a name is left when it ends", named, { look(0, with(two, { targets = { "P", "Q" } }), "act P"), act(1, "P", accepted, "act Q"), act(2, "Q", denied, "look 0"), call(function(self)
    local list = {}
    for i, verdict in ipairs { "ended", "already_out", "unknown", "failed", "still_active" } do
      list[i] = self.machine.verdict_of_place(self.state, "P", verdict, nil, self.context) .. "/" .. self.machine.verdict_of_place(self.state, "Q", verdict, {}, self.context)
    end
    return table.concat(list, " ")
  end, "ended/already_out already_out/already_out unknown/unknown still_active/failed still_active/failed") } },
  { "a protected place of a name has its own verdict", named, { look(0, with(two, { targets = { "P", RITA } }), "act P"), act(1, "P", accepted, "look 0"), call(function(self)
    local verdict, why = self.machine.verdict_of_place(self.state, RITA, "ended", nil, self.context)
    return verdict .. " " .. why.reason .. " " .. tostring(why.protected)
  end, "skipped protected true") } },
  { "a place that another row's act may have ended", named, { look(0, two, "act P"), other("Q", { uncertain = true }), call(function(self)
    return self.machine.verdict_of_place(self.state, "Q", "ended", nil, self.context)
  end, "ended") } },
  { "a place of a name that nothing was done at", named, { look(0, two, "act P"), act(1, "P", accepted, "act Q"), call(function(self)
    return self.machine.verdict_of_place(self.state, "Q", "still_active", nil, self.context)
  end, "still_active") } },
  { "a place of a name that lives on says so", named, { look(0, two, "act P"), act(1, "P", accepted, "act Q"), call(function(self)
    local _, why = self.machine.verdict_of_place(self.state, "P", "still_active", { message = "there" }, self.context)
    return why.message
  end, "there") } },
  -- verify
  { "watched: there, and gone twice", watched, { look(0, here, "look 1"), look(1, gone, "look 10"), look(11, gone, "over ended") } },
  { "watched: somebody else now", watched, { look(0, here, "look 1"), look(1, with(here, { occupant = "bob" }), "look 10"), look(11, with(here, { occupant = "bob" }), "over ended") } },
  { "watched: until the deadline", as(watched, { limits = { deadline = 2 } }), { look(0, here, "look 1"), look(1, here, "over still_active") } },
  { "watched: a token that was never seen is asked for elsewhere", { evidence = "token", watches = true, limits = { nodes = 1 } }, { look(0, refused, "look 0"), look(0, refused, "over unknown never_seen") } },
  { "watched: a token that was seen is, too", { evidence = "token", watches = true, target = { seen = true }, limits = { nodes = 1 } }, { look(0, refused, "look 0"), look(0, refused, "look 10"),
    look(10, refused, "over ended") } },
  { "watched: a token whose node is known is not", { evidence = "token", watches = true, limits = { nodes = 1 } }, { look(0, alive, "look 1"), call(function(self) self.state.node = "n" end),
    look(1, refused, "look 10"), look(11, refused, "over ended") } },
  { "watched: unreadable", watched, { look(0, unreadable, "look 1"), look(1, with(unreadable, { final = true }), "over unknown") } },
  -- Keys (rule V3)
  { "a key and its user are gone twice", key, { look(0, with(unknown_gone, { cleared = true }), "look 10"), look(10, with(unknown_gone, { cleared = true }), "over already_out") } },
  { "the user was there at the first look", key, { look(0, with(unknown_gone, { cleared = false }), "look 10"), look(10, with(unknown_gone, { cleared = true }), "over unknown never_seen") } },
  { "the user is there at the second look", key, { look(0, with(unknown_gone, { cleared = true }), "look 10"), look(10, with(unknown_gone, { cleared = false }), "over unknown never_seen") } },
  -- Phases
  { "what never left changes no phase", {}, { first_look, act(1, "P", never_sent, "look 4"), phase "checking", look(5, here, "act P"), act(6, "P", accepted, "look 0"), phase "confirming" } },
  { "what was lost is looked at before it is repeated", {}, { first_look, act(1, "P", lost, "look 4"), phase "rechecking", look(5, gone, "look 10"), look(15, gone, "over ended"), phase "over" } },
  -- Earlier runs
  { "an act of an earlier run was answered", {}, { remember("P", { tries = 1, answer = "accepted" }), look(0, gone, "look 10"), look(10, gone, "over ended") } },
  { "an act of an earlier run was refused", {}, { remember("P", { tries = 1, failure = denied }), look(0, gone, "look 10"), look(10, gone, "over already_out") } },
  { "an act of an earlier run was lost, and is repeated", {}, { remember("P", { tries = 1, failure = lost }), look(0, here, "act P"), act(1, "P", lost, "look 0") } },
  { "an act of an earlier run was tried often enough", {}, { remember("P", { tries = 2, failure = lost }), look(0, here, "look 1") } },
} }
