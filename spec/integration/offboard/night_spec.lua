-- SPDX-License-Identifier: MIT
-- Runs that nobody attends: a plan by standard input, a second night that goes on with the first one's journal, a list that is a
-- credential, counts for Prometheus, and a program at the end.

local core = require "signoff.core"
local json = require "signoff.json"
local metrics = require "signoff.offboard.cli.metrics"
local operator = require "spec.support.operator"
local outcome = require "signoff.offboard.executor.outcome"
local peer = require "spec.support.peer"

local run, simulator = operator.run, operator.simulator

before_each(operator.fresh)
after_each(operator.clean)

local function has(text, ...)
  for _, words in ipairs { ... } do
    assert(text:find(words, 1, true), ("no %q in:\n%s"):format(words, text))
  end
end

local function expect(status, words, more)
  local got, out, err = run(words, more)
  assert(got == status, ("status %s instead of %d for: %s\n%s%s"):format(tostring(got), status, words, out, err))
  return out, err
end

local function planned(...)
  operator.list("list.csv", ...)
  expect(0, "plan list.csv --out plan --ticket CHG-1")
end

-- A script of the folder, which may leave notes there.
local function program(name, body, mode)
  operator.write(name, ("#!/bin/sh\ncd %s || exit\n%s\n"):format(operator.directory, body))
  os.execute(("chmod %s %s"):format(mode or "700", operator.path(name)))
  return operator.path(name)
end

-- Extension Mobility says "success", and leaves everybody as they are.
local function believe_nobody()
  simulator.faults { { system = "cisco_em", operation = "logout", fault = "still_there" } }
end

local NIGHT = "apply plan --people list.csv --journal journal --yes --or-resume"

describe("apply --or-resume", function()
  -- A first night that was stopped.
  local function first_night()
    planned("ana.silva", "ben.okafor", "carla.rossi")
    operator.start(NIGHT .. " --settle 30")
    operator.wait_for("a change", function()
      return operator.changes() > 0
    end)
    operator.signal "TERM"
    assert.equal(6, (operator.finish()))
  end

  it("begins a journal that is not there", function()
    planned "ana.silva"
    expect(0, NIGHT)
    has(expect(0, "report journal --check"), "ana.silva")
  end)

  it("goes on with the one that is there, and does nothing twice", function()
    first_night()
    expect(0, NIGHT)
    local changes = operator.changes()
    local rows = json.decode((expect(0, "report journal --json"))).results
    for _, row in ipairs(rows) do
      assert(row.verdict == "ended" or row.verdict == "status_set" or row.verdict == "already_out", row.verdict)
    end
    local _, err = expect(0, NIGHT)
    has(err, "journal: the run is over, nothing was sent; its exit status is 0")
    assert.equal(changes, operator.changes())
  end)

  it("goes on with a plan that is too old to begin", function()
    first_night()
    expect(0, NIGHT .. " --max-age 0s")
    os.remove(operator.path "journal")
    has(select(2, expect(2, NIGHT .. " --max-age 0s")), "plan: ")
  end)

  it("keeps the status of a run that is over", function()
    planned "keiko.mori"
    believe_nobody()
    expect(1, NIGHT .. " --deadline 1")
    local _, err = expect(1, NIGHT)
    has(err, "the run is over", "its exit status is 1")
  end)

  it("refuses the journal of another plan", function()
    planned "ana.silva"
    expect(0, NIGHT)
    planned "ben.okafor"
    local changes = operator.changes()
    local _, err = expect(2, NIGHT)
    has(err, "journal: is the journal of another plan (sha256:", "name a new journal")
    assert.equal(changes, operator.changes())
  end)

  it("refuses a file that is no journal", function()
    planned "ana.silva"
    operator.write("journal", "a list of names\n")
    expect(2, NIGHT)
    assert.equal("a list of names\n", operator.read "journal")
    assert.equal(0, operator.changes())
  end)

  -- A journal that is not this night's: how it comes to be, the options of the night, words of the refusal.
  local strangers = {
    { "an undo's", function()
      expect(0, "apply plan --people list.csv --journal first --yes")
      expect(0, "undo first --journal journal")
    end, "", "journal: is the journal of an undo; name a new journal" },
    { "that of a part, where all is meant", function() expect(0, NIGHT .. " --only isymphony") end, "",
      "journal: is the journal of a part of this plan (system isymphony), and all of it is asked for" },
    { "that of another part", function() expect(0, NIGHT .. " --only isymphony") end, " --only cisco_em",
      "(system isymphony), and system cisco_em is asked for" },
    { "none yet", function() operator.write("journal", "") end, "", "nothing is in it, so nothing was sent; delete it and apply again" },
    { "one whose first line was torn", function() operator.write("journal", '{"prev":"00') end, "", "delete it and apply again" },
    { "one whose plan was cut", function()
      expect(0, "apply plan --people list.csv --journal first --yes")
      operator.write("journal", operator.read "first":match "^[^\n]*\n[^\n]*\n")
    end, "", "the run did not begin, and nothing was sent; delete it and apply again" },
    { "a pipe", function() os.execute("mkfifo -m 600 " .. operator.path "journal") end, "", "journal: is a pipe" },
  }
  for _, row in ipairs(strangers) do
    it("refuses a journal: " .. row[1], function()
      planned("ana.silva", "keiko.mori")
      row[2]()
      local changes = operator.changes()
      has(select(2, expect(2, NIGHT .. row[3])), row[4])
      assert.equal(changes, operator.changes())
    end)
  end

  it("knows the journal of the same part", function()
    planned("ana.silva", "keiko.mori")
    expect(0, NIGHT .. " --only isymphony")
    has(select(2, expect(0, NIGHT .. " --only isymphony")), "the run is over")
  end)

  it("refuses a journal that another process writes, and names that", function()
    planned("ana.silva", "ben.okafor")
    operator.start(NIGHT .. " --settle 30")
    operator.wait_for("a change", function()
      return operator.changes() > 0
    end)
    has(select(2, expect(2, NIGHT)), ("journal: another signoff writes it (pid %d on "):format(operator.pid))
    operator.signal "TERM"
    assert.equal(6, (operator.finish()))
  end)

  it("sends nothing without --yes, and names the whole command", function()
    planned "ana.silva"
    local _, err = expect(0, (NIGHT:gsub(" %-%-yes", "")))
    has(err, "--journal journal ", " --or-resume --yes")
    assert.equal(0, operator.changes())
  end)

  it("is not assumed", function()
    planned "ana.silva"
    expect(0, NIGHT)
    local _, err = expect(2, (NIGHT:gsub(" %-%-or%-resume", "")))
    has(err, "journal: exists already")
  end)
end)

describe("a plan by standard input", function()
  local function by_input(status, bytes)
    operator.write("piped", bytes)
    local got, out, err = run("apply - --people list.csv --journal journal --yes", nil, "<piped >.out 2>.err")
    assert(got == status, err)
    return out, err
  end

  it("is applied", function()
    planned "ana.silva"
    local out = by_input(0, operator.read "plan")
    has(out, "ended")
  end)

  it("is refused where it is cut, empty or none", function()
    planned "ana.silva"
    local plan = operator.read "plan"
    for _, bytes in ipairs { plan:sub(1, -10), "", "no plan\n", plan:gsub("ana", "ben") } do
      local _, err = by_input(2, bytes)
      has(err, "signoff-offboard: -:")
    end
    local status = run("apply - --people list.csv --journal journal --yes", nil, "<. >.out 2>.err")
    assert.equal(2, status)
    has(operator.read ".err", "standard input: cannot be read: ")
    assert.equal(0, operator.changes())
  end)
end)

describe("a list that is a credential", function()
  -- Mode of the file, the folder that is named, what is refused.
  local rows = {
    { "440", "folder" }, { "400", "folder" }, { "600", "folder" },
    { "444", "folder", "others can read it (mode 0444)" }, { "460", "folder", "others can read it (mode 0460)" },
    { "440", "elsewhere", "others can read it (mode 0440)" }, { "440", "", "others can read it (mode 0440)" },
  }
  for _, row in ipairs(rows) do
    it(("of mode %s, with the folder '%s'"):format(row[1], row[2]), function()
      planned "ana.silva"
      peer.output_of(("mkdir -m 700 %s %s"):format(operator.path "folder", operator.path "elsewhere"))
      operator.write("folder/people", operator.read "list.csv")
      os.execute(("chmod %s %s"):format(row[1], operator.path "folder/people"))
      local words = ("apply plan --journal journal --yes --people %s"):format(operator.path "folder/people")
      local _, err = expect(row[3] and 2 or 0, words, row[2] ~= "" and "export CREDENTIALS_DIRECTORY=" .. operator.path(row[2]) or nil)
      has(err, row[3] or "")
    end)
  end
end)

describe("--metrics", function()
  it("has the counts of the run, by system and verdict, and names nobody", function()
    planned("ana.silva", "keiko.mori")
    believe_nobody()
    expect(1, "apply plan --people list.csv --journal journal --yes --deadline 1 --metrics signoff.prom")
    local text = operator.read "signoff.prom"
    has(text, '\nsignoff_verdicts_total{system="cisco_em",verdict="still_active"} 2\n', '\nsignoff_verdicts_total{system="cisco_em",verdict="failed"} 0\n',
      "\nsignoff_pending 0\n", "\nsignoff_oldest_pending_seconds 0\n", "\nsignoff_run_exit_status 1\n")
    assert.is_nil(text:find("last_success", 1, true))
    assert.is_nil(text:find "ana" or text:find "keiko" or text:find "SEP")
    assert.equal("644", peer.output_of("stat -c %a " .. operator.path "signoff.prom"))
    local result = json.decode((expect(0, "report journal --json --metrics again.prom")))
    assert.equal(text:match "\nsignoff_run_end_timestamp_seconds ([%d.]+)", core.digits(result.ended))
    assert.equal(text:match "^.-# HELP signoff_run_exit_status", operator.read "again.prom":match "^.-# HELP signoff_run_exit_status")
  end)

  it("keeps the time of the last success through a night that fails", function()
    planned "ana.silva"
    expect(0, "apply plan --people list.csv --journal first --yes --metrics signoff.prom")
    local success = operator.read "signoff.prom":match "\nsignoff_run_last_success_timestamp_seconds ([%d.]+)\n"
    planned "keiko.mori"
    believe_nobody()
    expect(1, "apply plan --people list.csv --journal second --yes --deadline 1 --metrics signoff.prom")
    assert.equal(success, operator.read "signoff.prom":match "\nsignoff_run_last_success_timestamp_seconds ([%d.]+)\n")
  end)

  it("takes only a whole plan for a success, and counts the whole run whatever is shown", function()
    planned("ana.silva", "keiko.mori")
    expect(0, "apply plan --people list.csv --journal journal --yes --only isymphony --metrics signoff.prom")
    local text = operator.read "signoff.prom"
    has(text, "\nsignoff_run_exit_status 0\n")
    assert.is_nil(text:find("last_success", 1, true))
    expect(0, "report journal --person keiko.mori --metrics again.prom")
    assert.equal(text, operator.read "again.prom")
  end)

  -- Names of systems as a label has them.
  local labels = {
    { "名前", "名前" }, { 'a "b"', 'a \\"b\\"' }, { "a\\b", "a\\\\b" }, { "a\nb", "a\\\\nb" }, { "a\rb", "a\\\\rb" }, { "a\255b", "a\239\191\189b" },
  }
  for _, row in ipairs(labels) do
    it("has one line of UTF-8 of a system that is called " .. ("%q"):format(row[1]), function()
      local rows = { { person = "ana", system = row[1], verdict = "ended" } }
      local text = metrics.text({ results = rows, totals = outcome.totals(rows) }, { now = 0 })
      has(text, ('\nsignoff_verdicts_total{system="%s",verdict="ended"} 1\n'):format(row[2]))
    end)
  end

  local refusals = {
    { "a folder that is not there", "nowhere/signoff.prom", "there is no such file or folder" }, { "the list", "list.csv", "is read by this command" },
    { "the journal", "journal", "is read by this command" }, { "the plan", "./plan", "is read by this command" },
    { "a link", "link", "symbolic link" }, { "a pipe", "pipe", "" },
  }
  for _, row in ipairs(refusals) do
    it("is refused before anything is sent: " .. row[1], function()
      planned "ana.silva"
      os.execute(("ln -s signoff.prom %s; mkfifo %s"):format(operator.path "link", operator.path "pipe"))
      local _, err = expect(2, "apply plan --people list.csv --journal journal --yes --metrics " .. row[2])
      has(err, row[3])
      assert.equal(0, operator.changes())
      assert.is_nil(operator.read "journal")
    end)
  end
end)

describe("--on-end", function()
  it("gives the program the report, and what it needs to know", function()
    planned "ana.silva"
    local path = program("told", "env > variables; cat > report.json; printf '%s|' \"$@\" > arguments; pwd -P > folder")
    expect(0, ("apply plan --people list.csv --journal journal --yes --on-end '%s one  two'"):format(path))
    local report = json.decode(operator.read "report.json")
    assert.equal(json.encode(json.decode((expect(0, "report journal --json"))).totals), json.encode(report.totals))
    local variables = "\n" .. operator.read "variables"
    has(variables, "\nSIGNOFF_EXIT=0\n", "\nSIGNOFF_COMMAND=apply\n", "\nSIGNOFF_TICKET=CHG-1\n", "\nSIGNOFF_HEAD=" .. report.journal_head .. "\n",
      "\nSIGNOFF_JOURNAL=" .. peer.output_of("realpath " .. operator.path "journal") .. "\n", "\nPATH=/usr/bin:/bin\n")
    assert.is_nil(variables:find("SIGNOFF_SIMULATOR", 1, true))
    assert.equal("one|two|", operator.read "arguments")
  end)

  it("stands in the systems' file as well, with arguments that hold blanks", function()
    planned "ana.silva"
    local path = program("told", "printf '%s|' \"$@\" > arguments")
    local systems = operator.read "systems.lua"
    operator.write("systems.lua", (systems:gsub("max_people = 500", ("on_end = { %q, 'one two' }, %%0"):format(path))))
    expect(0, "apply plan --people list.csv --journal journal --yes")
    assert.equal("one two|", operator.read "arguments")
    for _, value in ipairs { "{}", "{ 'mail' }", "7", "'mail a'" } do
      operator.write("systems.lua", (systems:gsub("max_people = 500", ("on_end = %s, %%0"):format(value))))
      has(select(2, expect(2, "doctor")), "options: 'on_end': ")
    end
  end)

  -- A program, and the words about its failure; the run's exit status stays 0.
  local failures = {
    { "that fails", "echo no >&2; exit 3", "ended with exit status 3; it wrote 3 bytes, which are not shown" },
    { "that is killed", "kill -KILL $$", "was killed by signal 9" },
    { "of no interpreter", nil, "cannot be run" },
  }
  for _, row in ipairs(failures) do
    it("says of a program why it failed, and keeps the run's status: " .. row[1], function()
      planned "ana.silva"
      local path = program("told", row[2] or "")
      if not row[2] then
        operator.write("told", "#!/no/such/interpreter\n")
        os.execute("chmod 700 " .. path)
      end
      local _, err = expect(0, ("apply plan --people list.csv --journal journal --yes --metrics m --on-end %s"):format(path))
      has(err, "on_end: " .. path .. ": " .. row[3], "The run is over, and its exit status stays 0")
      has(operator.read "m", "\nsignoff_on_end_failed 1\n")
    end)
  end

  it("is told which command ended", function()
    planned "keiko.mori"
    local path = program("told", "echo $SIGNOFF_COMMAND $SIGNOFF_EXIT >> ended")
    expect(0, "apply plan --people list.csv --journal journal --yes --on-end " .. path)
    expect(0, "resume journal --people list.csv --on-end " .. path)
    expect(0, "undo journal --journal undone --on-end " .. path)
    assert.equal("apply 0\nresume 0\nundo 0\n", operator.read "ended")
  end)

  -- A program of a shell, and what is said of it after a report of 50 MB, or nil where it is fine.
  local readers = {
    { "reads all of it", "test $(wc -c) -eq 50000000" }, { "reads nothing", "exec 0<&-" }, { "reads a little", "head -c 10 > /dev/null" },
    { "leaves another one behind, which holds its output", "sleep 1000 & exit 0" },
    { "hangs", "cat > /dev/null; sleep 1000", "did not end within 1 s, and was killed" },
    { "cannot be stopped politely", "trap '' TERM INT HUP; while :; do sleep 1000; done", "did not end within 1 s, and was killed" },
    { "says a secret, and fails", "echo hunter2; echo hunter2 >&2; exit 1", "ended with exit status 1; it wrote 16 bytes, which are not shown" },
  }
  for _, row in ipairs(readers) do
    it("takes a program that " .. row[1], function()
      local fine, message = core.command_feed({ "/bin/sh", "-c", row[2] }, { "A=b" }, ("x"):rep(50000000), row[3] and 1 or 60)
      assert(row[3] and not fine or fine, message)
      has(message or "", row[3] or "")
      assert.is_nil((message or ""):find("hunter2", 1, true))
    end)
  end

  it("takes a program that reads nothing and writes a lot", function()
    planned "ana.silva"
    local path = program("told", "head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2")
    expect(0, ("apply plan --people list.csv --journal journal --yes --metrics m --on-end %s"):format(path))
    has(operator.read "m", "\nsignoff_on_end_failed 0\n")
  end)

  local refusals = {
    { "that is not there", "/no/such/program", "there is no such file" }, { "without an absolute path", "mail", "names no program" },
    { "that nobody may run", function() return program("told", "", "600") end, "permission denied" },
    { "that others may write to", function() return program("told", "", "777") end, "may write to it" },
    { "that is a folder", function() return operator.directory end, "is a directory" },
  }
  for _, row in ipairs(refusals) do
    it("is refused before anything is sent, of a program " .. row[1], function()
      planned "ana.silva"
      local path = type(row[2]) == "function" and row[2]() or row[2]
      local _, err = expect(2, ("apply plan --people list.csv --journal journal --yes --on-end %s"):format(path))
      has(err, row[3])
      assert.equal(0, operator.changes())
      assert.is_nil(operator.read "journal")
    end)
  end

  it("is told of a run that was stopped, too", function()
    planned("ana.silva", "ben.okafor")
    local path = program("told", "echo $SIGNOFF_EXIT > status")
    operator.start(("apply plan --people list.csv --journal journal --yes --settle 30 --on-end %s"):format(path))
    operator.wait_for("a change", function()
      return operator.changes() > 0
    end)
    operator.signal "TERM"
    local status, output = operator.finish()
    assert.equal(6, status)
    assert.equal("6\n", operator.read "status")
    has(output, "To go on: signoff-offboard resume journal --people list.csv --settle 30 --on-end " .. path)
  end)
end)
