-- SPDX-License-Identifier: MIT

--- The records of a process in a farm, by their numbers (seq). Those that the server acknowledged are kept for a while: a standby that took
-- over may not have the last of them, and is given them again.
-- @module signoff.offboard.executor.farm.outbox

local outbox = {}
outbox.__index = outbox

-- Records that are kept: more than a server can lose that was behind by minutes.
local KEPT = 50000

function outbox.new()
  return setmetatable({ last = 0, acknowledged = 0, texts = {}, oldest = 1, done = {} }, outbox)
end

--- Numbers for so many records.
-- @tparam number count
-- @treturn number the first
function outbox:number(count)
  local first = self.last + 1
  self.last = self.last + count
  return first
end

--- Notes that the server has taken records.
-- @tparam number first
-- @tparam {string,...} texts
-- @tparam[opt] {number,...} over the jobs that were done with them
function outbox:acknowledge(first, texts, over)
  for i, text in ipairs(texts) do
    self.texts[first + i - 1] = text
  end
  if over and #over > 0 then
    self.done[first] = over
  end
  self.acknowledged = math.max(self.acknowledged, first + #texts - 1)
  while self.oldest <= self.last - KEPT do
    self.texts[self.oldest], self.done[self.oldest] = nil, nil
    self.oldest = self.oldest + 1
  end
end

--- The acknowledged records behind a number, in runs without gaps.
-- @tparam number have the last that the server has
-- @tparam number most records of a run
-- @treturn {table,...} `seq` of the first, `records`
function outbox:beyond(have, most)
  local runs, current = {}, nil
  for seq = math.max(have + 1, self.oldest), self.last do
    local text = self.texts[seq]
    if not text then
      current = nil
    elseif current and #current.records < most then
      current.records[#current.records + 1] = text
    else
      current = { seq = seq, records = { text } }
      runs[#runs + 1] = current
    end
  end
  return runs
end

--- The jobs that were done by records behind a number.
-- @tparam number have
-- @treturn {table,...} jobs: `n`, `epoch`
function outbox:done_beyond(have)
  local list = {}
  for seq, jobs in pairs(self.done) do
    for _, job in ipairs(seq > have and jobs or {}) do
      list[#list + 1] = job
    end
  end
  return list
end

return outbox
