--- The moves of people, which they make by themselves: they log in, leave, move, or renew their tokens, at a moment or around a request.
local aim = require "aim"
local check = require "check"
local clock = require "clock"
local state = require "state"
local truth = require "truth"

local moves = {}

local list = {}
local last = 0

local columns = setmetatable({
  at = "number", when = { "before", "after" }, people = "table", requires = "table",
}, { __index = aim.columns })

local function check_requires(requires)
  check.members(requires, { system = "string", list = "string", key = "string" }, "move.requires")
  local held = state.of(requires.system or "")
  if not (held and held[requires.list or ""] and requires.key) then
    error({ message = "move.requires: must name a system, one of its lists, and a key" }, 0)
  end
end

local function check_move(move)
  check.members(move, columns, "move")
  check.required(move, "people", "move")
  if move.requires then check_requires(move.requires) end
  aim.check(move, "move")
  state.check(move.people)
end

local function make(entry)
  if entry.done then return end -- forgotten meanwhile, or made
  entry.done = true
  local requires = entry.given.requires
  if requires and not state.of(requires.system)[requires.list]:get(requires.key) then return end
  state.load(entry.given.people, false)
  truth.look "move"
end

--- Adds moves, or with `replace` makes them the list: one object or a list of them. All or none.
function moves.add(given, replace)
  check.object(given, "moves")
  local items = given.people and { given } or given
  for _, move in ipairs(items) do check_move(move) end
  if replace then moves.clear() end
  for _, move in ipairs(items) do
    last = last + 1
    local entry = { number = last, given = move, seen = 0, done = false }
    list[#list + 1] = entry
    if move.at then clock.later(move.at, "simulated", function() make(entry) end) end
  end
end

function moves.clear()
  for _, entry in ipairs(list) do entry.done = true end
  list = {}
end

function moves.list()
  return list
end

--- Makes the moves that are due around this request: "before" its answer is worked out, or "after".
function moves.around(request, when)
  for _, entry in ipairs(list) do
    local move = entry.given
    if not move.at and (move.when or "after") == when and aim.matches(move, request) then
      entry.seen = entry.seen + 1
      if entry.seen > (move.after or 0) then make(entry) end
    end
  end
end

return moves
