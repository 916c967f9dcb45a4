-- SPDX-License-Identifier: MIT
-- The batcher on a clock of our own: which jobs it adds, and when.

local Batcher = require "signoff.offboard.executor.batcher"

-- Plays steps: { time, method, arguments... }. Gives the jobs that look, as "time: items", and the times of the flushes that are due.
local function play(size, max_wait, steps)
  local time, reads, flushes = 0, {}, {}
  local jobs = {}
  function jobs.add(_, job)
    if job.kind == "flush" then
      flushes[#flushes + 1] = ("%g"):format(job.due)
      return
    end
    local names = {}
    for i, item in ipairs(job.target) do
      names[i] = item.name
    end
    reads[#reads + 1] = ("%g%s: %s"):format(math.max(time, job.due or 0), job.rank and " later" or "", table.concat(names, " "))
  end
  local batcher = Batcher.new(jobs, function() return time end, { size = size }, max_wait)
  for _, step in ipairs(steps) do
    time = step[1]
    batcher[step[2]](batcher, step[3], step[4])
  end
  return reads, flushes
end

local function item(name)
  return { name = name }
end

local function first(name)
  return { name = name, fresh = true }
end

describe("batcher", function()
  local rows = {
    { "one a request: each look is a job, when it is due", 1, {
      { 0, "after", 0, item "a" }, { 0, "after", 2.345, item "b" }, { 0, "flush", true } }, { "0: a", "2.345: b" }, {} },
    { "first looks are as few as it takes, behind others", 2, {
      { 0, "at_once", { first "a", first "b", first "c" } }, { 0, "flush", true } }, { "0 later: a b", "0 later: c" }, {} },
    { "a system that lists all: one for all", math.huge, {
      { 0, "at_once", { first "a", first "b", first "c" } } }, { "0 later: a b c" }, {} },
    { "a full batch is due", 2, {
      { 0, "after", 1, item "a" }, { 0, "after", 1, item "b" }, { 0, "after", 1, item "c" }, { 1, "flush", false } },
      { "1: a b" }, { "1", "61" } },
    { "one that is not full waits for others", 3, {
      { 0, "after", 1, item "a" }, { 1, "flush", false }, { 30, "after", 0, item "b" }, { 30, "flush", false },
      { 60.9, "flush", false }, { 61, "flush", false } }, { "61: a b" }, { "1", "61", "30" } },
    { "where nothing comes that would fill it, it is due", 3, {
      { 0, "after", 1, item "a" }, { 1, "flush", true } }, { "1: a" }, { "1" } },
    { "but those that are due in a moment are waited for", 3, {
      { 0, "after", 1, item "a" }, { 0, "after", 6, item "b" }, { 1, "flush", true }, { 6, "flush", true } },
      { "6: a b" }, { "1", "6", "61" } },
    { "later ones are not", 3, {
      { 0, "after", 1, item "a" }, { 0, "after", 8, item "b" }, { 1, "flush", true }, { 8, "flush", true } },
      { "1: a", "8: b" }, { "1", "8" } },
    { "nothing is looked at before it is due", 2, {
      { 0, "after", 1, item "a" }, { 0.5, "flush", true } }, {}, { "1" } },
    { "those of one hundredth of a second are due together", 9, {
      { 0, "after", 1.001, item "a" }, { 0, "after", 1.009, item "b" }, { 1.01, "flush", true } }, { "1.01: a b" }, { "1.01" } },
    { "a first look that is made again waits for no others, and goes with those of its time", 3, {
      { 0, "after", 1, first "a" }, { 0, "after", 1, first "b" }, { 0, "after", 1, item "c" }, { 1, "flush", false } },
      { "1: a b" }, { "1", "1", "61" } },
  }
  for _, row in ipairs(rows) do
    it(row[1], function()
      local reads, flushes = play(row[2], 60, row[3])
      assert.are.same(row[4], reads)
      assert.are.same(row[5], flushes)
    end)
  end
end)
