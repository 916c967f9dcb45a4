-- SPDX-License-Identifier: MIT

--- The verdicts of a process in a farm: each is recorded with its job, unless another process has that by now, or may have come to another
-- verdict.
-- @module signoff.offboard.executor.farm.conclusions

local verdicts = require "signoff.signout.verdict"

local conclusions = {}

local function set_of(list)
  local set = {}
  for _, value in ipairs(list or {}) do
    set[value] = true
  end
  return set
end

-- The jobs of those items, and of them those where nothing is left.
local function jobs_of(over)
  local jobs, done, counted = {}, {}, {}
  for _, item in ipairs(over) do
    local job = item.job
    job.open = job.open - 1
    if not counted[job] then
      counted[job], jobs[#jobs + 1] = true, job
    end
  end
  for _, job in ipairs(jobs) do
    done[#done + 1] = job.open <= 0 and job or nil
  end
  return jobs, done
end

-- The item that each number belongs to: its own, or that of a target where it was found.
local function owners_of(over)
  local owners = {}
  for _, item in ipairs(over) do
    owners[item.plan.n] = item
    for _, place in pairs(item.targets) do
      owners[place.n] = item
    end
  end
  return owners
end

-- Whether this process has the job of an item, and its verdict holds. One without a proof from before the lease ended may come of that.
local function is_kept(coordinator, item, row)
  local job = item.job
  return job and not job.dropped and (verdicts.is_settled(row.verdict, row.code) or not coordinator.lease:has_lapsed(job.since))
end

-- Sorts items and records: those that are sent, and the indices of the records that are not.
local function sort(coordinator, over, records)
  local owners, kept, refused, left = owners_of(over), {}, {}, {}
  for _, record in ipairs(records) do
    local item = owners[record.item]
    left[item] = left[item] or not is_kept(coordinator, item, record.row) or nil
  end
  for i, record in ipairs(records) do
    refused[i] = left[owners[record.item]]
  end
  for _, item in ipairs(over) do
    kept[#kept + 1] = not left[item] and item or nil
  end
  return kept, refused, left, owners
end

-- Gives back the jobs of items that are left.
local function give_back(left)
  for item in pairs(left) do
    if item.job and not item.job.dropped then
      item.job.share:give_back { item }
    end
  end
end

-- Sends the records of items, and notes those that the server refuses, since others have concluded them.
local function send(coordinator, kept, records, refused, owners)
  local jobs, done = jobs_of(kept)
  local texts, numbers = {}, {}
  for i, record in ipairs(records) do
    if not refused[i] then
      texts[#texts + 1], numbers[#numbers + 1] = coordinator:encode(record), i
      record.row.host = coordinator.host
    end
  end
  local answer, message, first = kept[1].job.share:conclude(jobs, done, texts)
  if not answer then
    return nil, message
  end
  local fenced = set_of(answer.fenced)
  for _, seq in ipairs(answer.refused or {}) do
    refused[numbers[seq - first + 1]] = true
  end
  for i, record in ipairs(records) do
    refused[i] = refused[i] or fenced[owners[record.item].job.n]
  end
  return true, refused
end

--- Records the verdicts of items.
-- @tparam table coordinator
-- @tparam {table,...} over the items
-- @tparam {table,...} records
-- @treturn ?boolean true; nil and a message where they were not taken
-- @return with true the set of the indices of those that were not taken: another process has the job, or may have it
function conclusions.record(coordinator, over, records)
  local kept, refused, left, owners = sort(coordinator, over, records)
  give_back(left)
  if #kept == 0 then
    return true, refused
  end
  return send(coordinator, kept, records, refused, owners)
end

return conclusions
