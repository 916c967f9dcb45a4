-- SPDX-License-Identifier: MIT
-- The examples, the pieces of Lua in the pages and the lists that they show run against the simulator.

local core = require "signoff.core"
local files = require "spec.support.files"
local page = require "spec.support.page"
local peer = require "spec.support.peer"

-- Whether a command under the simulator's environment ends with status 0, and what it wrote.
local function run(command)
  local pipe = io.popen(('. "$SIGNOFF_SIMULATOR/environment"; { %s; } 2>&1; echo "status $?"'):format(command))
  local output = pipe:read "*a"
  pipe:close()
  return output:match "status (%d+)%s*$" == "0", output
end

describe("the example", function()
  local simulator

  before_each(function()
    if os.getenv "SIGNOFF_SIMULATOR" then
      local path = package.path
      package.path = "examples/simulator/?.lua;" .. path
      simulator = require("control").open()
      package.path = path
      simulator.reset()
    end
  end)

  local function check(name, expected)
    it(name .. " runs, and everybody is out", function()
      if not simulator then
        return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
      end
      local fine, output = run(("%s examples/%s.lua"):format(page.interpreter(), name))
      assert(fine, output)
      for _, words in ipairs(expected) do
        assert(output:find(words), output)
      end
      simulator.reset()
    end)
  end

  local count = 0
  for kind, facts in pairs(core.facts) do
    if files.find(("examples/%s.lua"):format(kind)) then
      count = count + 1
      check(kind, { "verdict: " .. (facts.signs_out == "set_status" and "status_set" or "ended") })
    end
  end

  it("of a program with a loop of its own runs, and all sessions are ended", function()
    if not simulator then
      return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
    end
    local fine, output = run(([[printf '%%s\t%%s\n' "$JDE_AIS_TOKEN" "$JDE_AIS_DEVICE" |
      %s examples/embedding/luasocket.lua]]):format(page.interpreter()))
    assert(fine, output)
    assert.is_nil(output:find("044j5", 1, true)) -- a token
    assert.matches("^sha256:%x+\tended\nstatus", output)
    simulator.reset()
  end)

  it("is there for five systems", function()
    assert.is_true(count >= 5)
  end)
end)

-- How a piece of a page is told of the simulator: whom it talks to and signs out; and it checks again sooner than after 10 s.
local SIMULATED = {
  { "https://[%l.]+example[:%d]*", "HTTPS" },
  { 'signout%(?%s?"SEP003094C25B15"%)?', 'signout("SEP0011223344A1", { settle = 0.2 })' }, { "SEP003094C25B15", "SEP0011223344A1" },
  { "jde, session%)", "jde, session, { settle = 0.2 })" }, { "deadline = 30", "deadline = 30, settle = 0.2" },
  { 'max_fail = "1%%"', 'max_fail = "1%%", settle = 0.2' },
}

-- For each page, for each piece of Lua in it: what it writes.
local PIECES = {
  ["add-a-system"] = { "^$" }, -- spec/integration/systems/added_spec.lua runs it against a server
  README = { "^ended\n", "\nended\tnothing is left to do\n" },
  operations = { "^logged_in\trita%.stone\n" },
  options = { "^secret: %*%*%*\tsha256:%x+\n", "" },
  proof = { "^$" },
  offboarding = { "\nall +8 .*8 targets, %d+ s: %d ended, %d status_set" },
  ["kill-switch"] = { "^$" },
  ["many-at-once"] = { "^rita%.stone\tended\n", "^RITA%-LAPTOP\n", "^true\n" },
  security = { "^$" },
}

local function pieces_of(name)
  local list = {}
  for _, block in ipairs(page.blocks(name == "README" and "README.md" or ("docs/%s.md"):format(name))) do
    list[#list + 1] = block.kind == "lua" and block.text or nil
  end
  return list
end

describe("the pieces of Lua in", function()
  local simulator, directory

  before_each(function()
    simulator = os.getenv "SIGNOFF_SIMULATOR" and require "spec.support.simulated"
    if not simulator then
      return
    end
    simulator.reset()
    directory = peer.directory()
    -- The first three people: who is paced takes a second.
    assert(os.execute(("head -n 4 examples/leavers.csv > %s/leavers.csv && chmod 600 %s/leavers.csv"):format(directory, directory)))
  end)

  after_each(function()
    peer.stop_all()
    if simulator then
      simulator.reset()
    end
  end)

  local function written_by(text)
    for _, row in ipairs(SIMULATED) do
      text = text:gsub(row[1], (row[2]:gsub("HTTPS", simulator.simulator.https)))
    end
    files.write(directory .. "/piece.lua", text)
    local fine, output = run(([[cd %s; %s -e 'require "signoff".defaults { ca_file = os.getenv "SIGNOFF_CA_FILE" }' piece.lua]]):format(
      directory, page.interpreter()))
    assert(fine, output)
    return (output:gsub("status %d+%s*$", ""))
  end

  for name in pairs(page.all()) do
    local pieces, expected = pieces_of(name), PIECES[name] or {}
    if #pieces > 0 or #expected > 0 then
      it(name .. " run", function()
        assert.are.equal(#expected, #pieces)
        if not simulator then
          return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
        end
        for i, text in ipairs(pieces) do
          simulator.reset()
          assert.matches(expected[i], written_by(text))
        end
      end)
    end
  end
end)

describe("the lists that are shown", function()
  it("are taken", function()
    if not os.getenv "SIGNOFF_SIMULATOR" then
      return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
    end
    local offboard = require "signoff.offboard"
    local simulated = require "spec.support.simulated"
    simulated.reset()
    finally(peer.stop_all)
    local systems = {}
    for _, name in ipairs { "cisco_em", "agvance", "jde_ais" } do
      systems[name] = { client = simulated.client(name, "https") }
    end
    local people = {}
    for _, block in ipairs(page.blocks "docs/lists-plans-journals.md") do
      if block.kind == "csv" or block.kind == "json" then
        local path = ("%s/list.%s"):format(peer.directory(), block.kind:gsub("json", "jsonl"))
        files.write(path, block.text)
        assert(os.execute("chmod 600 " .. path))
        people[block.kind] = assert(offboard.plan(systems, path)).people
      end
    end
    assert.are.same({ csv = 3, json = 1 }, people)
  end)
end)
