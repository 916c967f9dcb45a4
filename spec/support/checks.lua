-- SPDX-License-Identifier: MIT
-- For programs that check something: counts what they find, and ends with the line that tools/sum reads.

local checks = { passed = 0, failed = 0 }

--- Counts a finding, and says it.
function checks.note(fine, what)
  local count = fine and "passed" or "failed"
  checks[count] = checks[count] + 1
  print((fine and "ok - " or "not ok - ") .. what)
end

--- Says whether `f` ran without an error.
function checks.check(what, f)
  local fine, message = xpcall(f, debug.traceback)
  checks.note(fine, what)
  if not fine then
    print("    " .. tostring(message):gsub("\n", "\n    "))
  end
  io.stdout:flush()
end

--- Raises unless `found` is at most `most`; says what it was.
function checks.at_most(what, found, most)
  print(("  %s: %s, at most %s"):format(what, found, most))
  assert(found <= most, what)
end

--- Prints the sum, and ends the program.
function checks.close()
  print(("%d passed, %d failed, 0 skipped"):format(checks.passed, checks.failed))
  os.exit(checks.failed == 0 and 0 or 1)
end

return checks
