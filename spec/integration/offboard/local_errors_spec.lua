-- SPDX-License-Identifier: MIT
-- An error on this machine never says that nothing was done: a run's exit status is its outcome, and what cannot be
-- written is found out before anything is sent.

local disk = require "spec.support.disk"
local json = require "signoff.json"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = operator.simulator

before_each(operator.fresh)
after_each(operator.clean)

local function has(text, ...)
  for _, words in ipairs { ... } do
    assert(text and text:find(words, 1, true), ("no %q in:\n%s"):format(words, tostring(text)))
  end
end

local function expect(status, words, more, streams)
  local got, out, err = operator.run(words, more, streams)
  assert(got == status, ("status %s instead of %d for: %s %s\n%s%s"):format(tostring(got), status, words, streams or "", tostring(out), tostring(err)))
  return out, err
end

local function planned()
  operator.list("list.csv", "ana.silva", "liam.byrne")
  expect(0, "plan list.csv --out plan")
end

-- A pipe whose reader went away, as descriptor 8 of a shell.
local gone = "pipe=$(mktemp -u); mkfifo $pipe; exec 9<>$pipe; exec 8>$pipe; exec 9<&-; rm $pipe"

-- Shell commands before, where stdout and stderr go, and whether stderr can be read.
local streams = {
  { "stdout is full", nil, ">/dev/full 2>.err", true }, { "stdout is closed", nil, ">&- 2>.err", true },
  { "stdout's reader went away", gone, ">&8 2>.err", true }, { "stdout can only be read", nil, "1</dev/null 2>.err", true },
  { "stderr is full", nil, ">.out 2>/dev/full" }, { "stderr is closed", nil, ">.out 2>&-" },
  { "stderr's reader went away", gone, ">.out 2>&8" },
  { "both are full", nil, ">/dev/full 2>&1" }, { "both are closed", nil, ">&- 2>&-" }, { "all three are closed", nil, "<&- >&- 2>&-" },
  { "both have lost their reader", gone, ">&8 2>&8" },
}

local function lie()
  simulator.faults { { system = "jde_ais", operation = "logout", fault = "still_there" } }
end

local function refuse()
  simulator.faults { { system = "cisco_em", operation = "logout", fault = "code", code = 3 } }
end

local apply = "apply plan --people list.csv --journal journal --yes --deadline 1"

-- The event, its exit status, and the preparation for it.
local runs = {
  { "a run that signs all out", 0, apply },
  { "a run with JSON", 0, apply .. " --json" },
  { "a run that leaves somebody in", 1, apply, lie },
  { "a run whose credentials are refused", 4, apply, refuse },
  { "a run that is taken up", 0, "resume journal", function() expect(0, apply) end },
  { "a run that is undone", 0, "undo journal --journal back", function()
    simulator.add { isymphony = { users = { { user_name = "ana.silva", status = { name = "Away", type = "away", note = "lunch" } } } } }
    expect(0, apply)
  end },
}

-- All of them on one Lua: they are seconds of waiting each.
for i = 1, _VERSION == "Lua 5.4" and #runs or 1 do
  local run = runs[i]
  describe(run[1], function()
    for _, stream in ipairs(streams) do
      it(("ends with %d where %s"):format(run[2], stream[1]), function()
        planned()
        if run[4] then
          run[4]()
        end
        local _, err = expect(run[2], run[3], stream[2], stream[3])
        if stream[4] then
          has(err, "standard output cannot be written: ", ("The run is over, and its exit status stays %d"):format(run[2]), "signoff-offboard report ")
          assert.is_nil(err:find("nothing was sent", 1, true))
        end
        simulator.clear_faults()
        local name = run[3]:match "%-%-journal (%S+)" or "journal"
        expect(0, "report --check " .. name) -- no file took the place of a closed stream
        local result = json.decode((expect(0, "report --json " .. name)))
        assert.equal(run[2], result.exit)
      end)
    end
  end)
end

describe("a command that only reads", function()
  local commands = {
    "plan list.csv", "plan list.csv --json", "status list.csv", "doctor", "report journal", "report journal --json", "report journal --format csv",
    "apply plan --people list.csv --journal other", "--help", "apply --help", "--version",
  }
  for _, words in ipairs(commands) do
    it(("ends with 2 where its words are lost: %s"):format(words), function()
      planned()
      expect(0, apply)
      for _, stream in ipairs { ">/dev/full 2>.err", ">&- 2>.err" } do
        local _, err = expect(2, words, nil, stream)
        has(err, "signoff-offboard: standard output cannot be written: ")
      end
    end)
  end

  it("says what it wrote all the same", function()
    planned()
    os.remove(operator.path "plan")
    local _, err = expect(2, "plan list.csv --out plan", nil, ">/dev/full 2>.err")
    has(err, "Written: plan (sha256:", "standard output cannot be written: ")
    expect(0, apply)
    _, err = expect(2, "report journal --failed left.csv", nil, ">/dev/full 2>.err")
    has(err, "left.csv: nobody is left", "standard output cannot be written: ")
  end)
end)

describe("a place that cannot be written to", function()
  local bad_paths = {
    { "nowhere/left.csv", "no such file or folder" }, { "/proc/left.csv", "" }, { "/sys/left.csv", "" }, { ".", "is a folder" },
    { "/dev/full", "is no regular file" }, { "list.csv/left.csv", "a part of the path is not a folder" }, { "link", "is a symbolic link" },
    { ("x"):rep(300), "" },
  }

  local function refused(words, place)
    local _, err = expect(2, ("%s %s"):format(words, place[1]))
    has(err, "signoff-offboard: " .. place[1] .. ": ", place[2])
  end

  for _, place in ipairs(bad_paths) do
    it(("is found out before anything is sent: %s"):format(place[1]:sub(1, 40)), function()
      planned()
      os.execute(("ln -s target %s"):format(operator.path "link"))
      refused(apply .. " --failed", place)
      refused("plan list.csv --out", place)
      assert.equal(0, operator.changes())
      assert.is_nil(operator.read "journal")
      expect(0, apply)
      local before = operator.changes()
      refused("resume journal --failed", place)
      refused("report journal --failed", place)
      assert.equal(before, operator.changes())
    end)
  end

  it("is a list that cannot be read again: nothing is sent", function()
    planned()
    operator.write("other.csv", "person,nonsense\nana.silva,x\n")
    local _, err = expect(2, apply:gsub("list.csv", "other.csv") .. " --failed left.csv")
    has(err, "other.csv:1: unknown column 'nonsense'")
    assert.equal(0, operator.changes())
  end)

  it("leaves nothing behind where the run is refused", function()
    planned()
    operator.write("journal", "something")
    operator.write("left.csv", "of last night")
    expect(2, apply .. " --failed left.csv")
    assert.equal("of last night", operator.read "left.csv")
    assert.equal("", peer.output_of(("ls %s | grep 'left.csv[.]'"):format(operator.directory)))
  end)
end)

-- A disk of so many bytes: before the journal has begun, in the middle of it, and in its last line.
describe("a disk that is full", function()
  local function full(room)
    return "export " .. disk.environment("DISK_ROOM=" .. room)
  end

  -- The bytes of the journal when all goes well.
  local function needed()
    planned()
    expect(0, apply)
    local size = #operator.read "journal"
    operator.clean()
    operator.fresh()
    return size
  end

  it("ends a run as its journal has it, wherever that stops", function()
    local all = needed()
    local seen = {}
    for _, room in ipairs { 0, 100, 2000, all - 4000, all - 2500, all - 1500, all - 1000, all - 700, all - 400, all - 200, all - 20, all + 2000 } do
      operator.fresh()
      planned()
      local status, out, err = operator.run(apply, full(room))
      seen[status] = true
      local about = ("room %d of %d: status %s\n%s%s"):format(room, all, tostring(status), out, err)
      if status == 2 then
        assert(operator.changes() == 0 and err:find("no space is left", 1, true), about)
      else
        local result = json.decode((expect(0, "report --json journal")))
        local proved = result.totals.ended + result.totals.already_out + result.totals.status_set
        assert(status == 0 and proved == #result.results or status == 5, about)
        assert(status == 0 or err:find("To go on: signoff-offboard resume journal", 1, true), about)
        local taken_up = operator.run "resume journal --people list.csv"
        assert(taken_up == 0 or taken_up == 3, about) -- a token whose answer was lost cannot be proved any more
        for _, entries in pairs(simulated.journal("cisco_em", "logout")) do
          assert.are.equal(1, #entries.targets, about)
        end
      end
      operator.clean()
    end
    assert.is_true(seen[0] and seen[2] and seen[5])
  end)
end)

local slow = "export CISCO_EM_PER_MINUTE=60"

local function logouts(count)
  operator.wait_for("changes on Extension Mobility", function()
    return #simulated.journal("cisco_em", "logout") >= count
  end)
end

describe("while a run goes on", function()
  it("the folder of --failed goes away: what was done counts", function()
    operator.list("list.csv", "ana.silva", "ben.okafor", "david.kim", "elif.demir")
    expect(0, "plan list.csv --out plan")
    os.execute("mkdir " .. operator.path "folder")
    operator.start(apply .. " --failed folder/left.csv", slow)
    logouts(1)
    os.execute("rm -r " .. operator.path "folder")
    local status, output = operator.finish()
    assert.equal(0, status, output)
    has(output, "folder/left.csv: there is no such file or folder", "The run is over, and its exit status stays 0", "4 people, ")
  end)

  it("the list goes away: the tokens that are left are known", function()
    operator.list("list.csv", "ana.silva", "ben.okafor")
    expect(0, "plan list.csv --out plan")
    lie()
    operator.start(apply .. " --failed left.csv", slow)
    logouts(1)
    operator.write("list.csv", "person\n")
    local status, output = operator.finish()
    assert.equal(1, status, output)
    assert.truthy(operator.read "left.csv":find "@ANA%-LAPTOP")
  end)

  -- A shell that is the leader of the terminal's session hands the signal on, and the kernel sends its own.
  it("the terminal goes away: it ends with 6, and is taken up", function()
    expect(0, "plan leavers.csv --out plan")
    operator.write("on_terminal", ([[%s
echo $$ > .leader
env --default-signal=INT,TERM,HUP %s %s/examples/offboard.lua apply plan --people leavers.csv --journal journal --yes &
pid=$!
trap 'kill -HUP $pid; kill -HUP $pid' HUP
while wait $pid; status=$?; [ $status = 129 ]; do :; done # a trap ends a wait, too
echo $status > .status
]]):format('. "$SIGNOFF_SIMULATOR/environment"; export SIGNOFF_CONFIG=systems.lua TZ=UTC TERM=xterm; ' .. slow,
      require("spec.support.child").interpreter, peer.output_of "pwd"))
    local terminal = peer.spawn("script -qec 'sh on_terminal' /dev/null", operator.directory)
    logouts(2)
    os.execute("kill -KILL " .. terminal.pid)
    local status = tonumber(operator.wait_for("the end of the command", function()
      return operator.read ".status"
    end))
    assert.equal(6, status)
    expect(0, "report --check journal")
    assert.equal(6, json.decode((expect(0, "report --json journal"))).exit)
    expect(0, "resume journal --people leavers.csv")
  end)
end)
