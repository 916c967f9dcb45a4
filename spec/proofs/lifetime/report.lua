-- SPDX-License-Identifier: MIT
-- Counts and prints what was tried in children.

local report = {}

local SECONDS = 1200 -- that a child may take
local MOST = 1000 -- allocations in one scenario
local SHOWN = 1500 -- bytes of what it printed

local counts = { passed = 0, failed = 0 }

function report.say(holds, what)
  counts[holds and "passed" or "failed"] = counts[holds and "passed" or "failed"] + 1
  print((holds and "ok - " or "not ok - ") .. what)
end

-- The last thing that a child said it would try, and the report of a sanitizer, or else its last words.
local function gist(output)
  local tried = output:match ".*(trying [^\n]*)" or ""
  local found = output:match "ERROR: (AddressSanitizer[^\n]*)" or output:match "[^\n]*runtime error[^\n]*"
  local rest = output:gsub("trying [^\n]*\n", "")
  if not found then
    return ("%s: %s"):format(tried, rest:sub(-SHOWN))
  end
  local where = output:match "in ([%w_]+ %S*src/binding/%S+)" or output:match "in ([%w_]+ %S*src/%S+)" or ""
  return ("%s: %s %s"):format(tried, found:gsub(" on address.*", ""), where)
end

--- Calls `f` in a child, and says whether that ended well. With VERBOSE in the environment, also all that it printed.
function report.try(name, f, may_leak)
  local fine, output = collector.fork(f, SECONDS, may_leak)
  report.say(fine, fine and name or name .. ": " .. gist(output))
  if not fine and os.getenv "VERBOSE" then
    print(output)
  end
end

--- Calls `f` in a child of this child, and raises what went wrong there.
function report.apart(f)
  local fine, output = collector.fork(f, SECONDS)
  if not fine then
    error(output, 0)
  end
end

--- The numbers from 0 to `count`, or `most` of them by chance; 0: all, where they are not too many, or more than a limit of their own.
function report.sample(count, most, limit)
  local list = {}
  for at = 0, count do
    list[#list + 1] = at
  end
  while #list > math.min(most > 0 and most or MOST, limit or MOST) do
    table.remove(list, math.random(#list))
  end
  return list
end

--- The closing line; whether all held.
function report.close(what, seed)
  print(("    %s: %d collections, each with a finalizer, on %s; seed %d"):format(what, collector.collections(), _VERSION, seed))
  print(("%d passed, %d failed, 0 skipped"):format(counts.passed, counts.failed))
  return counts.failed == 0
end

return report
