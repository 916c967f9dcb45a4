-- SPDX-License-Identifier: MIT

--- The docket: what is to be done about the events of each person. One person has one run at a time.
--
--     waiting -> run -> finished          the first event of a person begins a run at once
--        |        ^
--        |        +-- later events of that person join it
--        +-> held -> (released) -> run    where the brake does not allow one more person; a later event that it allows
--        |                                takes them along
--        +-> cancelled                    the account was enabled again before the run began
--
-- An event is finished with a run whose proof is younger than it. One that comes later, within `merge` seconds of the run's beginning,
-- waits until these are over: then all that came make one run.
-- @module signoff.offboard.watch.docket

local docket = {}
docket.__index = docket

local SLACK = 5 -- seconds that an event may be on its way to a run that began meanwhile
local AT_ONCE = 10000 -- events of a step: all stand in one record of a journal

--- @tparam table brake see `signoff.offboard.watch.brake`
-- @tparam number merge seconds
function docket.new(brake, merge)
  return setmetatable({ brake = brake, merge = merge, persons = {}, names = {} }, docket)
end

local function person_of(self, name)
  local person = self.persons[name]
  if not person then
    person = { name = name, waiting = {}, held = {} }
    self.persons[name], self.names[#self.names + 1] = person, name
  end
  return person
end

--- When an event happened, as far as one can know: no clock of an issuer makes it happen after it was received.
-- @tparam table event
-- @treturn number
function docket.happened(event)
  local received = event.at or 0
  return math.min(event.event_timestamp or received, received)
end

--- Adds an event that asks for a run.
-- @tparam table event `held`: until a person releases it; `released`: that was done
function docket:add(event)
  local person = person_of(self, event.person)
  person.released = person.released or event.released
  table.insert(event.held and person.held or person.waiting, event)
end

local function take(list, fits)
  local taken, left = {}, {}
  for _, event in ipairs(list) do
    table.insert(fits(event) and taken or left, event)
  end
  return taken, left
end

local function append(list, more)
  for _, event in ipairs(more) do
    list[#list + 1] = event
  end
end

--- Takes a person's events that were held and are released.
-- @tparam string name
-- @tparam function is_released `is_released(event)`
function docket:release(name, is_released)
  local person = person_of(self, name)
  local freed, held = take(person.held, is_released)
  person.held = held
  append(person.waiting, freed)
  person.released = person.released or #freed > 0
end

-- Whether an event happened after another one of the same issuer. Two times of one kind tell: those at which they happened, else those at
-- which their tokens were issued; else the order in which they came.
local function is_later(event, other)
  for _, name in ipairs { "event_timestamp", "iat" } do
    if event[name] and other[name] then
      return event[name] > other[name]
    end
  end
  return false
end

-- Whether an account that was enabled makes an earlier event of the same issuer void.
local function makes_void(enabled, event)
  return event.iss == enabled.iss and not is_later(event, enabled)
end

--- Cancels what has not begun of a person, since the account was enabled again.
-- @tparam table enabled the event
-- @treturn {table,...} the events that are cancelled
function docket:cancel(enabled)
  local person = person_of(self, enabled.person)
  local function is_void(event)
    return makes_void(enabled, event)
  end
  local cancelled, more
  cancelled, person.waiting = take(person.waiting, is_void)
  more, person.held = take(person.held, is_void)
  append(cancelled, more)
  if person.run and not person.run.begun then
    more, person.run.events = take(person.run.events, is_void)
    append(cancelled, more)
  end
  return cancelled
end

-- Whether later events still count as those that began the last run.
local function is_open(self, person, now)
  return person.opened ~= nil and now >= person.opened and now < person.opened + self.merge
end

-- The step that a person's events ask for; nil: none now.
local function step_of(self, person, now)
  if #person.waiting == 0 then
    return nil
  elseif person.run then
    return "join"
  elseif is_open(self, person, now) then
    return nil
  end
  return (person.released or self.brake:allows(person.name, now)) and "run" or "hold"
end

-- Takes those of a person's events that fit, as many as one step may have. The others wait for the next one.
local function take_waiting(person, fits)
  local count, taken = 0
  taken, person.waiting = take(person.waiting, function(event)
    local is_taken = count < AT_ONCE and (not fits or fits(event))
    count = count + (is_taken and 1 or 0)
    return is_taken
  end)
  return taken
end

-- The events that the proof of the last run is younger than.
local function take_covered(person)
  return take_waiting(person, function(event)
    return docket.happened(event) <= person.proved
  end)
end

-- The events that were held: a run that begins does what they ask for.
local function take_held(person)
  local held = person.held
  person.held = {}
  return held
end

local steps = {}

function steps.join(person, events)
  append(person.run.events, events)
  for _, event in ipairs(events) do
    person.run.joined[event.id] = true
  end
end

function steps.hold(person, events)
  append(person.held, events)
end

function steps.run() end

--- The steps that are due: the caller must do them. A run must be told to `began` at once.
-- @tparam number now
-- @tparam[opt] number room how many runs may begin; the persons of the others wait, in their order
-- @treturn {table,...} each `step`, `person` (a name), `events`, and `run`: `"merge"` (finish them with that run, which is over), `"join"`
-- (the run goes on), `"hold"`, `"run"` (begin one)
function docket:due(now, room)
  local list = {}
  room = room or math.huge
  for _, name in ipairs(self.names) do
    local person = self.persons[name]
    local covered = person.proved and is_open(self, person, now) and take_covered(person) or {}
    list[#list + 1] = #covered > 0 and { step = "merge", person = name, events = covered, run = person.last } or nil
    local step = step_of(self, person, now)
    step = (step ~= "run" or room > 0) and step or nil
    if step == "run" then
      append(person.waiting, take_held(person))
    end
    if step then
      local events = take_waiting(person)
      list[#list + 1] = { step = step, person = name, events = events, run = person.run }
      steps[step](person, events)
    end
    if step == "run" then
      self.brake:note(name, now)
      room = room - 1
    end
  end
  return list
end

--- Notes a run that begins, or goes on after a restart.
-- @tparam table run `person`, `at` (since when), `events`, `joined` (the ids of those that came later); `begun` is true from the moment
-- on from which it may act
function docket:began(run)
  local person = person_of(self, run.person)
  person.run, person.opened, person.released, person.proved = run, run.at, nil, nil
  self.brake:note(run.person, run.at)
end

-- Whether a run proves what an event asks for: it began with that event, or saw the person signed out later than that happened. One that
-- joined, and was received long before the run began, came after the clock was set back: its times say nothing.
local function is_proved(run, event, proved)
  if not run.joined[event.id] then
    return true
  end
  return proved ~= nil and docket.happened(event) <= proved and (event.at or 0) >= run.at - SLACK
end

--- Notes the end of a run. Events that joined it later than its proof wait again.
-- @tparam table run
-- @tparam ?number proved since when all that it says is true; nil: it proved nothing
-- @treturn {table,...} the events that are finished with it
function docket:ended(run, proved)
  local person, finished = person_of(self, run.person), {}
  person.run, person.last, person.proved = nil, run, proved
  for _, event in ipairs(run.events) do
    table.insert(is_proved(run, event, proved) and finished or person.waiting, event)
  end
  return finished
end

--- The events that wait, those that are held, and the runs that go on.
-- @treturn table `waiting`, `held`, `running`: counts
function docket:counts()
  local counts = { waiting = 0, held = 0, running = 0 }
  for _, person in pairs(self.persons) do
    counts.waiting, counts.held = counts.waiting + #person.waiting, counts.held + #person.held
    counts.running = counts.running + (person.run and 1 or 0)
  end
  return counts
end

--- Forgets persons of whom nothing is left to know.
-- @tparam number now
function docket:tidy(now)
  local names = {}
  for _, name in ipairs(self.names) do
    local person = self.persons[name]
    if person.run or is_open(self, person, now) or #person.waiting > 0 or #person.held > 0 then
      names[#names + 1] = name
    else
      self.persons[name] = nil
    end
  end
  self.names = names
end

return docket
