-- SPDX-License-Identifier: MIT
-- The command's part of a farm as far as it goes without a server, and without signoff/farm.so: which arguments go together, whose word
-- names the farm, what is said where libpq's part is not there. The rows with a server: spec/proofs/farm/command.lua.

local operator = require "spec.support.operator"
local peer = require "spec.support.peer"

before_each(operator.fresh)
after_each(operator.clean)

local FARM = "--farm 'host=/nowhere dbname=farm'"
local DO = " --people list.csv --yes"

-- An installation without signoff/farm.so: a folder with core.so alone.
local function without_farm()
  local core = os.getenv "LUA_CPATH":match "[^;]+":gsub("%?", "signoff/core")
  peer.output_of(("mkdir -p %s/signoff && ln -sf %s %s/signoff/core.so"):format(operator.path "only", core, operator.path "only"))
  return ("export LUA_CPATH='%s/?.so;;'"):format(operator.path "only")
end

local function plan()
  operator.list("list.csv", "ana.silva", "liam.byrne")
  assert(operator.run "plan list.csv --out plan" == 0)
end

-- A systems' file with one more option.
local function with_option(text)
  operator.write("systems.lua", (operator.read("systems.lua"):gsub("options = {", "options = { " .. text .. ",", 1)))
end

local rows = {
  { "farm needs", "farm status", "farm status needs --farm URI" }, { "a run needs a farm", "report --run night", "--run needs --farm URI" },
  { "a farm needs a run", "report " .. FARM, "--farm needs --run NAME" },
  { "a journal or a run", "resume journal --run night " .. FARM, "resume takes a journal or --run NAME, not both" },
  { "neither", "report", "report needs the path of a journal, or --farm URI and --run NAME" },
  { "both, of apply", "apply plan --journal journal --run night " .. FARM .. DO, "name one of them" },
  { "both, of undo", "undo --journal journal --run night " .. FARM, "name one of them" },
  { "a part of a plan", "apply plan --person ana.silva --run night " .. FARM .. DO, "is of the whole plan" },
  { "a part of a run", "resume --only agvance --people list.csv --run night " .. FARM, "all is gone on with" },
  { "nothing to write to", "apply plan" .. DO, "or --farm URI and --run NAME" },
  { "drain, and no host", "farm drain " .. FARM, "farm drain needs the name of a host" },
  { "admit, and no system", "farm admit " .. FARM, "farm admit needs the name of a system" },
  { "abandon, and no run", "farm abandon " .. FARM, "farm abandon needs the name of a run" },
  { "status, and a name", "farm status night " .. FARM, "farm status takes no name" },
  { "--check of another action", "farm init --check " .. FARM, "farm init takes no --check" },
  { "an action that is none", "farm stop " .. FARM, "must be one of" }, { "a journal's other verb", "journal import x", "must be one of 'export'" },
  { "export as JSON", "journal export night --json " .. FARM, "needs --out FILE" },
  { "a password in a URI", "farm status --farm postgresql://w:hush-4711@db/farm", "there is a password in it" },
  { "one behind a keyword", "farm status --farm 'host=db password = hush-4711'", "there is a password in it" },
  { "one in the query", "farm status --farm 'postgresql://db/farm?user=w&pass%77ord=hush-4711'", "there is a password in it" },
}

describe("arguments of a farm are refused with what to do:", function()
  for _, row in ipairs(rows) do
    it(row[1], function()
      plan()
      local before = operator.changes()
      local status, out, err = operator.run(row[2])
      assert.equal(2, status, out .. err)
      assert(err:find(row[3], 1, true), err)
      assert.is_nil((out .. err):find("hush-4711", 1, true), out .. err)
      assert.equal(before, operator.changes())
    end)
  end
end)

describe("without signoff/farm.so", function()
  for _, words in ipairs {
    "farm init " .. FARM, "farm status " .. FARM, "farm status --json " .. FARM, "farm drain host " .. FARM, "journal export night " .. FARM,
    "report --run night " .. FARM, "resume --run night --people list.csv " .. FARM, "undo --run night " .. FARM,
    "apply plan --run night " .. FARM .. DO,
  } do
    it(("the package is named: %s"):format(words), function()
      plan()
      local status, out, err = operator.run(words, without_farm())
      assert.equal(2, status, out .. err)
      assert(err:find("lua-signoff-farm", 1, true), err)
      assert(err:find("make farm", 1, true), err)
      assert.equal(0, operator.changes())
    end)
  end

  it("everything else goes on as ever, also where the site names a farm", function()
    plan()
    with_option 'farm = "service=signoff"'
    local status, _, err = operator.run("apply plan --people list.csv --journal journal --yes", without_farm())
    assert.equal(0, status, err)
    assert.equal(0, (operator.run("report journal --check", without_farm())))
  end)
end)

describe("the farm is that of", function()
  -- Without the shared object the message tells nothing of the farm: the command for later does.
  local function told(words, more)
    plan()
    local status, out, err = operator.run(words, more)
    assert.equal(0, status, out .. err)
    return err
  end

  it("the command line, and stands in the next command with its run", function()
    local err = told("apply plan --people list.csv --run 'night 1' --spool /var/spool/signoff " .. FARM)
    assert(err:find("To do it: signoff-offboard apply plan --people list.csv --run 'night 1' --spool /var/spool/signoff "
      .. "--farm 'host=/nowhere dbname=farm' --settle 0.2 --yes", 1, true), err)
  end)

  it("the environment: what is next is a run, and a password is not shown", function()
    local err = told("plan list.csv --out other", "export SIGNOFF_FARM='host=db password=hush-4711'")
    assert(err:find("Next: signoff-offboard apply other --people list.csv --run NAME --yes", 1, true), err)
    assert.is_nil(err:find("hush-4711", 1, true), err)
  end)

  it("the systems' file", function()
    with_option 'farm = "postgresql://db/farm", spool = "/var/spool/signoff"'
    local err = told("plan list.csv --out other")
    assert(err:find("--run NAME --yes", 1, true), err)
    assert.equal(0, (operator.run "config check"))
  end)

  it("nobody: a journal is next", function()
    local err = told("plan list.csv --out other")
    assert(err:find("Next: signoff-offboard apply other --people list.csv --journal JOURNAL --yes", 1, true), err)
  end)

  it("nobody, where the systems' file has something else there", function()
    with_option "farm = 5"
    local status, _, err = operator.run "config check"
    assert.equal(2, status)
    assert(err:find("'farm'", 1, true), err)
  end)
end)
