-- SPDX-License-Identifier: MIT
-- The command on a farm, as operators run it: processes, a real PostgreSQL, the simulator. The set-up is that of docs/farm.md, word by word.

local cjson = require "cjson"
local core = require "signoff.core"
local journal = require "signoff.journal"
local json_schema = require "spec.support.json_schema"
local operator = require "spec.support.operator"
local page = require "spec.support.page"
local peer = require "spec.support.peer"
local pgbouncer = require "spec.support.pgbouncer"
local postgres = require "spec.support.postgres"
local simulated = require "spec.support.simulated"

local rules
for _, block in ipairs(page.blocks "docs/json.md") do
  rules = block.kind == "json" and cjson.decode(block.text) or rules
end

local server

-- The environment of a host whose service file has these settings.
local function service(user, uri)
  local settings = (uri or server:uri("signoff", user)):gsub(" ", "\n")
  operator.write("service-" .. user, "[signoff]\n" .. settings .. "\n")
  return ("export PGSERVICEFILE=%s SIGNOFF_FARM=service=signoff"):format(operator.path("service-" .. user))
end

local function run(words, more)
  return operator.run(words, more or service "night1")
end

-- Runs it, and expects that status; gives what it printed.
local function expect(status, words, more)
  local got, out, err = run(words, more)
  assert(got == status, ("%s: status %s instead of %d:\n%s%s"):format(words, tostring(got), status, out, err))
  return out, err
end

-- As the page says: the statements of the superuser, then `farm init` by the owner, then the accounts.
local function set_up()
  local blocks = page.blocks "docs/farm.md"
  assert.equal("sql", blocks[1].kind)
  for statement in blocks[1].text:gmatch "[^\n]+" do
    server:sql(statement)
  end
  local init, account = blocks[3].text:match "signoff%-offboard ([^\n]+)\n(psql [^\n]+)\n"
  expect(0, init, service "signoff_owner")
  peer.output_of(("%s; %s 2>&1"):format(service "signoff_owner", account))
  server:sql "CREATE ROLE ana LOGIN IN ROLE signoff_operator; CREATE ROLE reader LOGIN IN ROLE signoff_reader; CREATE ROLE nobody LOGIN"
end

local function start(options)
  server = postgres.start(options)
  set_up()
end

local function plan(...)
  operator.list("list.csv", "ana.silva", "liam.byrne", ...)
  expect(0, "plan list.csv --out plan")
end

local DO = " --people list.csv --yes"

local function check_json(name, status, words, more)
  local out = expect(status, words .. " --json", more)
  assert.is_nil(json_schema.check(rules, name, out), out)
  assert.is_nil(json_schema.check(rules, nil, out), out)
  return cjson.decode(out)
end

before_each(operator.fresh)

after_each(function()
  postgres.stop_all()
  operator.clean()
end)

describe("a farm that is set up as docs/farm.md says", function()
  before_each(function()
    start { durable = true }
  end)

  it("has a run that is created, reported, exported byte for byte, checked, and over", function()
    plan()
    local _, err = expect(0, "apply plan --run night" .. DO)
    assert(err:find("[7/7]", 1, true), err)
    local shown, chain = expect(0, "report --run night --check")
    assert(shown:find("\nhost ", 1, true), shown)
    local head = chain:match "head: (%x+)"
    expect(0, "journal export night --out journal")
    assert.equal("600", peer.output_of("stat -c %a " .. operator.path "journal"))
    assert.equal(operator.read "journal", (expect(0, "journal export night")))
    assert.equal(head, journal.check(operator.path "journal").head)
    assert.equal(expect(0, "report --run night --json"), expect(0, "report journal --json"))
    assert.equal(head, server:sql("SELECT head FROM farm.run", "signoff"))
    local changes = operator.changes()
    for _, words in ipairs { "apply plan --run night" .. DO, "resume --run night --people list.csv" } do
      local _, said = expect(0, words)
      assert(said:find("the run is over, nothing was sent; its exit status is 0", 1, true), said)
    end
    assert.equal(changes, operator.changes())
  end)

  it("forgets old runs by the statements of the page, and no others", function()
    plan()
    expect(0, "apply plan --run old" .. DO)
    server:sql("UPDATE farm.run SET ended = ended - interval '2 years'", "signoff")
    simulated.reset()
    expect(0, "apply plan --run night" .. DO)
    local statements
    for _, block in ipairs(page.blocks "docs/farm.md") do
      statements = block.kind == "sql" and block.text or statements
    end
    server:sql(statements, "signoff")
    assert.equal("night", server:sql("SELECT string_agg(name, ' ') FROM farm.run", "signoff"))
    expect(2, "report --run old")
    expect(0, "report --run night --check")
  end)

  it("has the same rows as a journal of one host", function()
    plan()
    expect(0, "apply plan --run night" .. DO)
    simulated.reset()
    expect(0, "apply plan --journal journal" .. DO)
    local farm, own = cjson.decode((expect(0, "report --run night --json"))), cjson.decode((expect(0, "report journal --json")))
    assert.equal(#own.results, #farm.results)
    for i, row in ipairs(own.results) do
      local other = farm.results[i]
      assert.same({ row.item, row.person, row.system, row.target, row.verdict }, { other.item, other.person, other.system, other.target, other.verdict })
      assert.is_string(other.host)
      assert.is_nil(row.host)
    end
  end)

  it("refuses another plan under the name of a run, with both digests, and sends nothing", function()
    plan()
    local first = cjson.decode((expect(0, "show plan --json"))).digest
    expect(0, "apply plan --run night" .. DO)
    plan "keiko.mori"
    local second = cjson.decode((expect(0, "show plan --json"))).digest
    local changes = operator.changes()
    local _, err = expect(2, "apply plan --run night" .. DO)
    assert(err:find(first, 1, true) and err:find(second, 1, true), err)
    assert.equal(changes, operator.changes())
  end)

  it("shares a run between two processes, and each ends with the exit status of all of it", function()
    operator.write("list.csv", peer.read_file "examples/leavers.csv")
    expect(0, "plan list.csv --out plan")
    local paced = service "night1" .. "; export CISCO_EM_PER_MINUTE=120"
    operator.start("apply plan --run night" .. DO, paced)
    local out = expect(0, "apply plan --run night" .. DO, paced)
    local status, other = operator.finish()
    assert.equal(0, status, other)
    assert(other:find("42 targets", 1, true) and out:find("42 targets", 1, true), other)
    local jobs = server:sql("SELECT count(DISTINCT worker) FROM farm.line WHERE body LIKE '%\"event\":\"verdict\"%'", "signoff")
    assert.equal("2", jobs)
  end)

  it("is undone by a run of the farm, which resume and report know", function()
    plan()
    expect(0, "apply plan --run night" .. DO)
    expect(0, "undo --run night")
    local report = cjson.decode((expect(0, "report --run night-undo --json")))
    assert.is_string(report.undo_of)
    local _, said = expect(0, "undo --run night")
    assert(said:find("run night-undo of the farm", 1, true), said)
  end)

  it("goes on after a stop by the command that was printed, which names the run", function()
    plan()
    local _, _, err = run("apply plan --run night" .. DO, service "night1" .. "; export CISCO_EM_APP_CERTIFICATE=wrong-4711")
    local words = err:match "To go on: signoff%-offboard ([^\n]*)"
    assert(words and words:find("resume --run night --people list.csv", 1, true), err)
    local document = check_json("farm_status", 1, "farm status --check")
    assert(table.concat(document.attention, "\n"):find("farm admit 'cisco_em ", 1, true), table.concat(document.attention, "\n"))
    assert(expect(1, "farm status --check"):find("stopped: denied", 1, true))
    expect(4, "farm admit cisco_em")
    check_json("farm_admit", 0, "farm admit cisco_em", service "ana")
    expect(0, words .. " --settle 0.2")
    check_json("farm_status", 0, "farm status --check")
  end)

  it("prints JSON as docs/json.md says, good and failing", function()
    plan()
    local made = check_json("farm_init", 0, "farm init", service "signoff_owner")
    assert.equal(0, made.applied)
    check_json("farm_status", 0, "farm status")
    check_json("result", 0, "apply plan --run night" .. DO)
    check_json("farm_status", 0, "farm status --check", service "reader")
    check_json("written", 0, "journal export night --out journal", service "reader")
    check_json("report", 0, "report --run night --check", service "reader")
    check_json("doctor", 0, "doctor")
    check_json("exit_error", 2, "report --run nothing")
    check_json("exit_error", 2, "journal export nothing --out journal")
    check_json("exit_error", 2, "farm drain nobody", service "ana")
    check_json("exit_error", 2, "farm abandon nothing", service "ana")
    check_json("exit_error", 4, "farm abandon night")
    check_json("exit_error", 4, "farm status", service "nobody")
    check_json("exit_error", 5, "farm status", service("away", "host=/nowhere dbname=signoff"))
  end)

  it("lets a host be drained, and another one end the run; a run may be abandoned", function()
    operator.write("list.csv", peer.read_file "examples/leavers.csv")
    expect(0, "plan list.csv --out plan")
    local slow = service "night1" .. "; export CISCO_EM_PER_MINUTE=60"
    operator.start("apply plan --run night" .. DO, slow)
    operator.wait_for("a process at work", function()
      return server:sql("SELECT count(*) FROM farm.act", "signoff") ~= "0"
    end)
    local host = server:sql("SELECT host FROM farm.worker", "signoff")
    assert.equal(1, check_json("farm_drain", 0, "farm drain " .. host, service "ana").processes)
    local status, words = operator.finish()
    assert(status == 5, ("status %s: %s"):format(tostring(status), words))
    assert(words:find("To go on: signoff-offboard resume --run night", 1, true), words)
    check_json("farm_abandon", 0, "farm abandon night", service "ana")
    local _, err = expect(2, "resume --run night --people list.csv", slow)
    assert(err:find("abandoned", 1, true), err)
    expect(0, "report --run night --check")
  end)

  it("shows no password of the environment, and no secret, in anything", function()
    plan()
    local uri = ("postgresql://night1:hush-4711@/signoff?host=%s&port=%d"):format(server.directory, server.port)
    local more = ("export SIGNOFF_FARM='%s'"):format(uri)
    local texts = {}
    for _, words in ipairs { "apply plan --run night" .. DO, "farm status", "report --run night --check", "journal export night", "doctor",
      "report --run nothing", "farm drain x", "apply plan --run night" .. DO } do
      local _, out, err = run(words, more)
      texts[#texts + 1] = out .. err
    end
    local text = table.concat(texts)
    assert.is_nil(text:find("hush-4711", 1, true))
    assert(text:find("the farm of $SIGNOFF_FARM", 1, true), text)
    assert.is_nil(simulated.leak(text, { "em-password", "manag3rpa55word", "agvance-key" }))
  end)
end)

-- The row of a check of doctor's.
local function row_of(document, check)
  for _, row in ipairs(document) do
    if row.system == "farm" and row.check == check then
      return row
    end
  end
end

describe("doctor says", function()
  local function rows(more)
    local _, out = run("doctor --json", more)
    assert.is_nil(json_schema.check(rules, "doctor", out), out)
    return cjson.decode(out)
  end

  it("that all is well, and that no standby is there", function()
    start { durable = true }
    local found = rows()
    for check, state in pairs { reachable = "ok", TLS = "ok", durability = "ok", clock = "ok", schema = "ok", rights = "ok", wakes = "ok", replication = "warn" } do
      assert.equal(state, row_of(found, check).state, check .. ": " .. row_of(found, check).message)
    end
  end)

  it("that a server does not keep what it acknowledges", function()
    start()
    assert.equal("fail", row_of(rows(), "durability").state)
    assert.equal(1, (run "doctor"))
  end)

  it("which account may do too much, too little, or is not known", function()
    start()
    for user, message in pairs { postgres = "may write the farm's tables", signoff_owner = "may write the farm's tables", reader = "may not execute" } do
      local row = row_of(rows(service(user)), "rights")
      assert.equal("fail", row.state, user)
      assert(row.message:find(message, 1, true), row.message)
    end
    assert.equal(4, (run("doctor", service "nobody")))
    assert.equal(4, (run("doctor", service "stranger")))
    assert.equal(1, (run("doctor", service("away", "host=/nowhere dbname=signoff"))))
  end)

  it("that the schema is another one, or not there", function()
    start()
    server:sql("INSERT INTO farm.version VALUES (999, 'later.sql', 'x')", "signoff")
    assert(row_of(rows(), "schema").message:find("upgrade signoff on this machine", 1, true))
    plan()
    expect(2, "apply plan --run night" .. DO)
    server:sql("DELETE FROM farm.version WHERE number IN (999, (SELECT max(number) FROM farm.version WHERE number < 999))", "signoff")
    assert(row_of(rows(), "schema").message:find("farm init", 1, true))
    expect(2, "apply plan --run night" .. DO)
    assert.equal(0, operator.changes())
  end)

  it("whether a standby may lack the last lines", function()
    start { durable = true }
    local standby = postgres.standby(server, { name = "second" })
    local row = operator.wait_for("the standby", function()
      local found = row_of(rows(), "replication")
      return not found.message:find("no standby", 1, true) and found
    end)
    assert.equal("warn", row.state)
    assert(row.message:find("may lack the last lines", 1, true), row.message)
    server:sql "ALTER SYSTEM SET synchronous_standby_names = 'second'"
    server:sql "SELECT pg_reload_conf()"
    row = operator.wait_for("the setting", function()
      local found = row_of(rows(), "replication")
      return found.state == "ok" and found
    end)
    assert(row.message:find("synchronous", 1, true), row.message)
    local other = row_of(rows(service("night1", standby:uri("signoff", "night1"))), "reachable")
    assert.equal("fail", other.state)
    assert(other.message:find("target_session_attrs=read-write", 1, true), other.message)
  end)

  it("that a pool in transaction mode lets no notification through, and all else is well", function()
    start { durable = true }
    local pool = pgbouncer.start(server)
    local more = service("postgres", pool.uri("signoff", "postgres"))
    assert.equal("warn", row_of(rows(more), "wakes").state)
    assert.equal("ok", row_of(rows(more), "schema").state)
    plan()
    expect(0, "apply plan --run night" .. DO, more)
  end)
end)

describe("without its server", function()
  it("nothing is sent, and the exit status is 5; a host goes on when it is back", function()
    start { durable = true }
    plan()
    server:stop()
    local changes = operator.changes()
    for _, words in ipairs { "apply plan --run night" .. DO, "resume --run night --people list.csv", "report --run night", "farm status" } do
      local _, err = expect(5, words)
      assert(err:find("is the server up", 1, true) or err:find("the farm", 1, true), err)
    end
    assert.equal(changes, operator.changes())
    server:begin()
    expect(0, "apply plan --run night" .. DO)
    assert.is_true(core.now() > 0)
  end)
end)
