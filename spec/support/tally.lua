-- SPDX-License-Identifier: MIT
-- For programs that check something: counts what they find, and ends with the line that tools/sum reads.

local tally = { passed = 0, failed = 0 }

--- Counts a finding, and says it.
function tally.note(fine, what)
  local count = fine and "passed" or "failed"
  tally[count] = tally[count] + 1
  print((fine and "ok - " or "not ok - ") .. what)
end

--- Says whether `f` ran without an error.
function tally.check(what, f)
  local fine, message = xpcall(f, debug.traceback)
  tally.note(fine, what)
  if not fine then
    print("    " .. tostring(message):gsub("\n", "\n    "))
  end
  io.stdout:flush()
end

--- Raises unless `found` is at most `most`; says what it was.
function tally.at_most(what, found, most)
  print(("  %s: %s, at most %s"):format(what, found, most))
  assert(found <= most, what)
end

--- Prints the sum, and ends the program.
function tally.close()
  print(("%d passed, %d failed, 0 skipped"):format(tally.passed, tally.failed))
  os.exit(tally.failed == 0 and 0 or 1)
end

return tally
