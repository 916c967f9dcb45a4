-- SPDX-License-Identifier: MIT
-- The demo of `make demo`: plan, apply and report of leavers.csv, on a simulator in which one person is hard. Runs against the
-- simulator that SIGNOFF_SIMULATOR names, with the files of a directory (the current one), and fails where it does not go as
-- it must.

local ROOT = arg[0]:match "^(.*)/tools/[^/]*$" or "."
package.path = ROOT .. "/examples/simulator/?.lua;" .. package.path
local json = require "signoff.json"
local simulator = require("control").open()

local directory = arg[1] and arg[1] .. "/" or ""
local PERSON, PHONE = "keiko.mori", "SEP00112233440B"

-- The verdict of apply for that person; for everybody else it must be among `fine`.
local expected = {
  cisco_em = "still_active", -- the phone stays as it was
  oracle_commerce = "ended", jde_ais = "ended", -- after waiting, and after trying again
  agvance = "ended", isymphony = "status_set",
}
local fine = { ended = true, already_out = true, status_set = true }

local function say(text)
  io.stdout:write(text, "\n")
  io.stdout:flush()
end

local function quote(word)
  return word:find "^[%w_./:=,-]+$" and word or "'" .. word:gsub("'", "'\\''") .. "'"
end

-- Runs a command of the operator, as docs/command.md has it; gives its exit status.
local function operator(...)
  local words = {}
  for i, word in ipairs { ... } do
    words[i] = quote(word)
  end
  local line = table.concat(words, " ")
  say("\n$ signoff-offboard " .. line)
  local command = ("%s %s/examples/offboard.lua %s"):format(arg[-1] or "lua", quote(ROOT), line)
  local status, _, code = os.execute(command)
  return type(status) == "number" and math.floor(status / 256) or code
end

local function must(holds, what)
  if not holds then
    io.stderr:write("demo: ", what, "\n")
    os.exit(1)
  end
end

-- The token of that person in the list.
local function token_of(system)
  local state = simulator.state(system)
  for _, row in ipairs(state.tokens or state.sessions) do
    if (row.agent or row.user):lower():gsub("%.", "") == PERSON:gsub("%.", "") then
      return row.token
    end
  end
end

local function make_it_hard()
  simulator.faults {
    { system = "cisco_em", operation = "logout", target = PHONE, fault = "still_there" },
    { system = "oracle_commerce", operation = "logout", target = token_of "oracle_commerce", fault = "status", status = 429,
      headers = { ["Retry-After"] = "2" }, times = 1 },
    { system = "jde_ais", operation = "logout", target = token_of "jde_ais", fault = "close", times = 3 },
  }
  say(("One person is hard here, %s: Extension Mobility says \"success\" and leaves the phone as it is, Oracle Commerce"):format(PERSON))
  say "answers 429 first, and JD Edwards is down for three requests."
end

local function report_as_json(journal)
  local pipe = assert(io.popen(("%s %s/examples/offboard.lua report %s --format json"):format(arg[-1] or "lua", quote(ROOT),
    quote(journal))))
  local text = pipe:read "*a"
  pipe:close()
  return assert(json.decode(text))
end

local function check(result)
  local hard = 0
  for _, row in ipairs(result.results) do
    if row.person == PERSON then
      hard = hard + 1
      must(row.verdict == expected[row.system],
        ("%s on %s is %s, and must be %s"):format(PERSON, row.system, row.verdict, expected[row.system]))
    else
      must(fine[row.verdict], ("%s on %s is %s"):format(row.person, row.system, row.verdict))
    end
  end
  must(hard == 5, ("%s has %d targets, and must have 5"):format(PERSON, hard))
  for _, fault in ipairs(simulator.read_faults()) do
    must(fault.fired > 0, ("the fault '%s' of %s was never met"):format(fault.given.fault, fault.given.system))
  end
  local phone
  for _, device in ipairs(simulator.state("cisco_em").devices) do
    phone = device.name == PHONE and device or phone
  end
  must(phone.user == PERSON, "the phone is free, and must not be")
end

local list, plan, journal = directory .. "leavers.csv", directory .. "plan", directory .. "journal"
local failed = directory .. "failed.csv"
make_it_hard()
must(operator("plan", list, "--out", plan, "--ticket", "CHG-4711") == 0, "plan failed")
must(operator("apply", plan, "--people", list, "--journal", journal, "--settle", "0.2", "--deadline", "5", "--failed", failed,
  "--yes") == 1, "apply must end with status 1: one person is left to do by hand")
must(operator("report", journal, "--check") == 0, "report failed")
check(report_as_json(journal))
must(operator("report", journal, "--format", "html", "--out", directory .. "evidence.html") == 0, "the page was not written")
say(("\nAs it must be: all are out but %s at %s, who is left to a person. No \"success\" was believed."):format(PERSON, PHONE))
