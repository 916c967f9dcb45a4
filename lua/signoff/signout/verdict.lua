-- SPDX-License-Identifier: MIT

--- Verdicts: the closed set, and the meaning of each for a reader, for a run's exit status, and for the next run.
--
-- One table decides all of it (rule V6). A verdict may mean something else with a certain code: somebody who is skipped since
-- the plan protects him is left alone on purpose, somebody who is skipped since another person sits there is not out.
-- @module signoff.signout.verdict

local verdict = {}

-- In the order in which an operator wants to read them. `proved`: the verdict says that the person is out (or the status set).
-- `settled`: nothing is left to do. `open`: it is no verdict yet. `exit`: the exit status that it asks for.
-- `by_hand`: somebody must look after it. `spared`: the person is still in, as was wanted. `codes`: what differs with that code.
local rows = {
  { name = "ended", proved = true, settled = true, colour = "good" },
  { name = "already_out", proved = true, settled = true, colour = "good" },
  { name = "status_set", proved = true, settled = true, colour = "good" },
  { name = "skipped", settled = false, exit = 3, colour = "aside", codes = {
    protected = { settled = true, exit = false, spared = true }, optional = { settled = true, exit = false },
    declared = { settled = true, exit = false },
  } },
  { name = "still_active", exit = 1, by_hand = true, colour = "bad" },
  { name = "failed", exit = 1, by_hand = true, colour = "bad" },
  { name = "unverified", exit = 3, by_hand = true, colour = "unsure" },
  { name = "unknown", exit = 3, by_hand = true, colour = "unsure" },
  { name = "no_token", exit = 3, by_hand = true, colour = "unsure" },
  { name = "unsupported", exit = 3, by_hand = true, colour = "unsure" },
  { name = "begun", exit = 5, open = true, colour = "later" },
  { name = "pending", exit = 5, open = true, colour = "later" },
}

--- The names of all verdicts, in the order of a report.
verdict.names = {}

local by_name = {}
for i, row in ipairs(rows) do
  verdict.names[i], by_name[row.name] = row.name, row
end

-- Rule V6: what a verdict with a code means: the member of the code's row, else of the verdict's. A verdict that nobody knows (of
-- another version) proves nothing: it means what `unknown` does.
local function meaning(name, code, member)
  local row = by_name[name] or by_name.unknown
  local special = code and row.codes and row.codes[code]
  if special and special[member] ~= nil then
    return special[member]
  end
  return row[member]
end

--- Whether this is a verdict.
-- @tparam string name
-- @treturn boolean
function verdict.exists(name)
  return by_name[name] ~= nil
end

--- Whether the verdict says that the person is out: `ended`, `already_out`, `status_set`.
-- @tparam string name
-- @treturn boolean
function verdict.is_proved(name)
  return meaning(name, nil, "proved") or false
end

--- Whether nothing is left to do: proved, or left alone on purpose.
-- @tparam string name
-- @tparam[opt] string code of the row
-- @treturn boolean
function verdict.is_settled(name, code)
  return meaning(name, code, "settled") or false
end

--- Whether nothing is left to do although the person is in: a protected one.
-- @tparam string name
-- @tparam[opt] string code of the row
-- @treturn boolean
function verdict.is_spared(name, code)
  return meaning(name, code, "spared") or false
end

--- Whether somebody must look after it by hand.
-- @tparam string name
-- @tparam[opt] string code of the row
-- @treturn boolean
function verdict.is_by_hand(name, code)
  return meaning(name, code, "by_hand") or false
end

--- Whether it is no verdict yet: begun and not proved, or not begun. `resume` takes it up.
-- @tparam string name
-- @treturn boolean
function verdict.is_open(name)
  return meaning(name, nil, "open") or false
end

--- The exit status that a row asks for (rule V6).
-- @tparam string name
-- @tparam[opt] string code of the row
-- @treturn ?number 1, 3 or 5; nil where it is harmless
function verdict.exit(name, code)
  return meaning(name, code, "exit") or nil
end

--- How a verdict is coloured: `"good"`, `"bad"`, `"unsure"`, `"aside"`, `"later"`.
-- @tparam string name
-- @treturn string
function verdict.colour(name)
  return meaning(name, nil, "colour")
end

return verdict
