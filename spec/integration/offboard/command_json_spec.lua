-- SPDX-License-Identifier: MIT
-- `--json` of every command, good and failing, against the schema of docs/json.md.

local cjson = require "cjson"
local inboxes = require "spec.support.inboxes"
local json_schema = require "spec.support.json_schema"
local operator = require "spec.support.operator"
local page = require "spec.support.page"
local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local rules
for _, block in ipairs(page.blocks "docs/json.md") do
  rules = block.kind == "json" and cjson.decode(block.text) or rules
end

before_each(operator.fresh)
after_each(operator.clean)

local secrets = { "em-password", "manag3rpa55word", "agvance-key", "agvance-database", "session-own", "wrong-4711" }
for token in peer.read_file "examples/leavers.csv":gmatch "[^,@\n]+" do
  secrets[#secrets + 1] = #token > 60 and token or nil
end

-- Steps that a row needs before it.
local steps = {}

function steps.list()
  operator.list("list.csv", "ana.silva", "liam.byrne")
end

function steps.plan()
  steps.list()
  assert(operator.run "plan list.csv --out plan" == 0)
end

function steps.journal()
  steps.plan()
  assert(operator.run "apply plan --people list.csv --journal journal --yes" == 0)
end

function steps.damaged()
  steps.journal()
  operator.write("journal", (operator.read("journal"):gsub("liam", "lian", 1)))
end

function steps.part()
  steps.plan()
  assert(operator.run "apply plan --people list.csv --journal journal --yes --person ana.silva --only cisco_em" == 0)
end

function steps.lying()
  steps.plan()
  simulated.simulator.faults { { system = "cisco_em", operation = "logout", fault = "still_there" } }
end

function steps.blank()
  assert(operator.run("init agvance cisco_em", nil, ">own.lua") == 0)
end

-- A systems' file in which a function of the module raises what no command expects.
local function raising(what)
  return function()
    operator.write("own.lua", 'local made = dofile "systems.lua" require("signoff.offboard").plan = function() error('
      .. what .. ") end return made")
  end
end

-- Events of the same three persons, of whom one is not in the list.
function steps.inbox()
  steps.list()
  peer.output_of(("mkdir -m 700 %s"):format(operator.path "inbox"))
  local inbox = assert(inboxes.open(operator.path "inbox"))
  for number, person in ipairs { "ana.silva", "liam.byrne", "no.body" } do
    assert(inbox:add(inboxes.event(number, { person = person, at = number, event = "urn:ietf:params:scim:event:prov:deactivate" })) == "added")
  end
  inbox:close()
end

function steps.watched()
  steps.inbox()
  assert(operator.run "watch inbox --once --people list.csv --settle 0.2 --brake 1/h" == 5)
end

steps.bug, steps.interrupted = raising '"out of order"', raising '"interrupted!", 0'

local yes = " --people list.csv --journal journal --yes"

-- Exit status, name in the schema, words, step, environment.
local rows = {
  { 0, "init", "init cisco_em isymphony agvance oracle_commerce jde_ais" }, { 2, "exit_error", "init" },
  { 2, "exit_error", "init cisco_me" }, { 2, "exit_error", "init agvance agvance" },
  { 0, "config", "config check" }, { 2, "config", "config check --config own.lua", "blank" },
  { 2, "config", "config check", nil, "unset CISCO_EM_APP_CERTIFICATE" },
  { 2, "exit_error", "config check --config nowhere.lua" }, { 2, "exit_error", "config" }, { 2, "exit_error", "config chekc" },
  { 0, "version", "version" }, { 2, "exit_error", "version --all" },
  { 0, "doctor", "doctor" }, { 4, "doctor", "doctor", nil, "export CISCO_EM_APP_CERTIFICATE=wrong-4711" },
  { 1, "doctor", "doctor", nil, "export JDE_AIS_URL=https://127.0.0.1:1" }, { 1, "doctor", "doctor --inbox nowhere" },
  { 2, "exit_error", "doctor --config own.lua", "blank" }, { 2, "exit_error", "doctor --config nowhere.lua" },
  { 0, "plan", "plan leavers.csv --protect ana.silva" }, { 0, "plan", "plan list.csv --out plan --ticket T --operator me", "list" },
  { 0, "plan", "plan list.csv", "list", "export CISCO_EM_URL=https://127.0.0.1:1/em" },
  { 2, "exit_error", "plan nobody.csv" }, { 2, "exit_error", "plan list.csv --out nowhere/plan", "list" },
  { 4, "exit_error", "plan list.csv", "list", "export CISCO_EM_APP_CERTIFICATE=wrong-4711" },
  { 70, "exit_error", "plan list.csv --config own.lua", "bug" }, { 6, "exit_error", "plan list.csv --config own.lua", "interrupted" },
  { 0, "plan", "show plan", "plan" }, { 2, "exit_error", "show leavers.csv" }, { 2, "exit_error", "show" },
  { 0, "plan", "apply plan", "plan" }, { 0, "plan", "apply plan --person ana.silva --only cisco_em", "plan" },
  { 0, "result", "apply plan" .. yes, "plan" }, { 1, "result", "apply plan --deadline 2" .. yes, "lying" },
  { 0, "result", "apply plan --only cisco_em --only jde_ais" .. yes, "plan" },
  { 4, "result", "apply plan" .. yes, "plan", "export CISCO_EM_APP_CERTIFICATE=wrong-4711" },
  { 2, "exit_error", "apply plan --yes", "plan" }, { 2, "exit_error", "apply plan --max-age 0" .. yes, "plan" },
  { 2, "exit_error", "apply plan --person nobody" .. yes, "plan" }, { 2, "exit_error", "apply list.csv" .. yes, "plan" },
  { 0, "result", "resume journal --people list.csv", "journal" }, { 0, "result", "resume journal --people list.csv --person ana.silva", "journal" },
  { 5, "exit_error", "apply plan --not-before 00:00 --not-after 00:00" .. yes, "plan" },
  { 2, "exit_error", "resume nowhere" }, { 2, "exit_error", "resume journal", "damaged" }, { 2, "exit_error", "report journal --check", "damaged" }, { 2, "exit_error", "resume journal --person nobody", "journal" },
  { 0, "status", "status list.csv", "list" }, { 0, "status", "status list.csv --person ana.silva --only cisco_em", "list" },
  { 3, "status", "status list.csv", "list", "export CISCO_EM_URL=https://127.0.0.1:1/em" },
  { 4, "exit_error", "status list.csv", "list", "export CISCO_EM_APP_CERTIFICATE=wrong-4711" },
  { 2, "exit_error", "status nobody.csv" }, { 2, "exit_error", "status list.csv --only phones", "list" },
  { 0, "report", "report journal --check", "journal" }, { 0, "report", "report journal", "part" },
  { 0, "report", "report journal --person ana.silva", "journal" },
  { 0, "written", "report journal --out report.json", "journal" }, { 0, "written", "report journal --format html --out page.html", "journal" },
  { 2, "exit_error", "report journal --format html --out nowhere/page.html", "journal" },
  { 2, "exit_error", "report nowhere" }, { 2, "exit_error", "report journal --format pdf", "journal" },
  { 2, "exit_error", "report journal --format csv", "journal" }, { 0, "report", "report journal --format json", "journal" },
  { 2, "exit_error", "report journal --only phones", "journal" },
  { 0, "result", "undo journal --journal undone", "journal" }, { 2, "exit_error", "undo plan", "plan" },
  { 3, "watch", "watch inbox --once --people list.csv --settle 0.2", "inbox" },
  { 5, "watch", "watch inbox --once --people list.csv --settle 0.2 --brake 1/h", "inbox" },
  { 4, "watch", "watch inbox --once --people list.csv --settle 0.2", "inbox", "export CISCO_EM_APP_CERTIFICATE=wrong-4711" },
  { 0, "watch_status", "watch inbox --status", "inbox" }, { 0, "watch_status", "watch inbox --status", "watched" },
  { 0, "watch_release", "watch inbox --release all", "watched" }, { 2, "exit_error", "watch inbox --release event-1", "watched" },
  { 2, "exit_error", "watch nowhere --status" }, { 2, "exit_error", "watch inbox --once", "inbox" },
  { 0, "report", "report inbox/run-000001.journal", "watched" },
  { 2, "exit_error", "sing" }, { 2, "exit_error", "" },
}

describe("--json of", function()
  local seen = {}

  for _, row in ipairs(rows) do
    local status, name, words, step, environment = (table.unpack or unpack)(row, 1, 5) -- luacheck: ignore 143
    it(("signoff-offboard %s (%s): %s"):format(words, step or environment or "", name), function()
      if step then
        steps[step]()
      end
      local got, out, err = operator.run(words .. " --json", environment)
      assert(got == status, ("status %s instead of %d:\n%s%s"):format(tostring(got), status, out, err))
      assert.equal(1, select(2, out:gsub("\n", "")), out)
      assert.is_nil(json_schema.check(rules, name, out), out)
      assert.is_nil(json_schema.check(rules, nil, out), out)
      assert.is_nil(simulated.leak(out .. err, secrets), out .. err)
      local document = cjson.decode(out)
      if name == "exit_error" then
        assert.equal(status, document.code)
        assert.truthy(err:find("signoff-offboard: " .. document.message, 1, true), err)
      end
    end)
    local command = words:match "^%a+"
    if command then
      seen[command] = seen[command] or {}
      seen[command][name == "exit_error" and "failing" or "good"] = true
    end
  end

  it("every command has a row, good and failing", function()
    local _, help = operator.run "--help"
    local count = 0
    for command in help:match "\nCommands:\n(.-)\n\n":gmatch "\n?   (%l+) " do
      assert(seen[command] and seen[command].good and seen[command].failing, command)
      count = count + 1
    end
    assert.equal(12, count)
  end)

  for streams, status in pairs { [">/dev/full 2>.err"] = 2, [">&- 2>.err"] = 2 } do
    it(("data that cannot be written ends with 2, and an error then stands on stderr alone: " .. streams), function()
      steps.plan()
      for _, words in ipairs { "version --json", "show plan --json", "show nowhere --json" } do
        local got, _, err = operator.run(words, nil, streams)
        assert.equal(status, got)
        assert.truthy(err:find("signoff-offboard: ", 1, true), err)
      end
    end)

    it("a run whose result cannot be written keeps its exit status: " .. streams, function()
      steps.plan()
      local got, _, err = operator.run("apply plan --json" .. yes, nil, streams)
      assert.equal(0, got)
      assert.truthy(err:find("exit status stays 0", 1, true), err)
      assert.equal(0, (operator.run "report journal --json"))
    end)
  end

  it("progress is text on stderr", function()
    steps.plan()
    local _, out, err = operator.run("apply plan --json" .. yes)
    assert.is_nil(json_schema.check(rules, "result", out))
    assert.truthy(err:find("[7/7]", 1, true), err)
  end)
end)

describe("the checker of the schema finds", function()
  local error_rows = {
    { '{"message_type":"exit_error","code":4}', "lacks message" },
    { '{"message_type":"exit_error","code":4,"message":"m","more":1}', "more is not documented" },
    { '{"message_type":"exit_error","code":3,"message":"m"}', "code is 3" },
    { '{"message_type":"exit_error","code":"4","message":"m"}', "code is 4, which is not listed" },
    { '{"message_type":"error","code":4,"message":"m"}', "message_type is error" },
    { '{"message_type":"exit_error","code":4,"message":["m"]}', "message is array" },
    { "[]", "is array, not object" }, { "{}", "lacks " }, { "", "no JSON" }, { "{} {}", "behind the document" },
    { '{"a":1,"a":2}', "one twice" }, { '{"code":', "no JSON" },
  }
  for _, row in ipairs(error_rows) do
    it(row[1], function()
      local problem = json_schema.check(rules, "exit_error", row[1])
      assert.truthy(problem and problem:find(row[2], 1, true), tostring(problem))
    end)
  end

  it("an object where a list belongs", function()
    assert.is_nil(json_schema.check(rules, "status", "[]"))
    assert.truthy(json_schema.check(rules, "status", "{}"))
    assert.truthy(json_schema.check(rules, "status", '[{"person":"a","system":"s","target":"t","state":"gone"}]'))
  end)
end)
