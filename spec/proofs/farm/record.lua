-- SPDX-License-Identifier: MIT
--- The exported journal of a run, judged by itself.

local journal = require "signoff.journal"

local record = {}

local takes = {}

function takes.item(state, one)
  state.open[one.item.n] = true
end

-- An item that was found takes the place of the one that it was found by.
function takes.found(state, one)
  state.open[one.item] = nil
  for _, item in ipairs(one.items) do
    state.open[item.n] = true
  end
end

function takes.intent(state, one, line)
  for _, n in ipairs(one.items) do
    if state.acknowledged[n] then
      state.problems[#state.problems + 1] = ("line %d: item %d was acknowledged in line %d, and is done again"):format(line, n,
        state.acknowledged[n])
    end
  end
end

function takes.result(state, one, line)
  for _, n in ipairs(one.answer and one.items or {}) do
    state.acknowledged[n] = line
  end
end

function takes.verdict(state, one, line)
  if state.verdicts[one.item] then
    state.problems[#state.problems + 1] = ("line %d: a second verdict of item %d, after that of line %d"):format(line, one.item,
      state.verdicts[one.item])
  end
  state.verdicts[one.item], state.count = line, state.count + 1
end

local function note_missing(state)
  for n in pairs(state.open) do
    if not state.verdicts[n] then
      state.problems[#state.problems + 1] = ("item %d has no verdict"):format(n)
    end
  end
end

--- The faults of a journal.
-- @tparam string path
-- @tparam[opt] boolean partial some items have no verdict
-- @treturn {string,...} problems
-- @treturn number lines
-- @treturn number verdicts
function record.problems(path, partial)
  local state = { open = {}, acknowledged = {}, verdicts = {}, problems = {}, count = 0 }
  local lines = 0
  local reader, message = journal.read(path)
  if not reader then
    return { message }, 0, 0
  end
  for line, one in reader:records() do
    lines = line
    if takes[one.event] then
      takes[one.event](state, one, line)
    end
  end
  local whole, problem = reader:result()
  if not whole then
    state.problems[#state.problems + 1] = problem
  end
  if not partial then
    note_missing(state)
  end
  return state.problems, lines, state.count
end

return record
