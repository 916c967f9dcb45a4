-- SPDX-License-Identifier: MIT
-- Installing and upgrading the schema: each file once, all or nothing, by one at a time.

local farm = require "spec.support.farm"
local installer = require "signoff.farm.installer"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"
local schema = require "signoff.farm.schema"

describe("the schema of a farm", function()
  local server

  setup(function()
    server = postgres.start()
  end)

  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  local made = 0

  local function database()
    made = made + 1
    server:sql("CREATE DATABASE empty_" .. made)
    return "empty_" .. made
  end

  -- As a connection executes statements.
  local function query_in(name)
    return function(text)
      local output, problem = server:try(text, name)
      if not output then
        return nil, problem, problem:match "ERROR:  (%w+)"
      end
      return { { output } }
    end
  end

  local function version(name)
    return server:sql("SELECT farm.schema_version()", name)
  end

  -- The files of the schema, and further ones: texts.
  local function files_with(...)
    local list = {}
    for i, file in ipairs(schema.files) do
      list[i] = file
    end
    for i, text in ipairs { ... } do
      list[#list + 1] = { number = schema.version + i, name = "more.sql", sha256 = ("%064x"):format(i), text = text }
    end
    return list
  end

  it("is installed once", function()
    local name = database()
    assert.equal(#schema.files, installer.apply(query_in(name)))
    assert.equal(tostring(schema.version), version(name))
    assert.equal(0, installer.apply(query_in(name)))
    assert.equal(tostring(#schema.files), server:sql("SELECT count(*) FROM farm.version", name))
    local second = database()
    assert.equal(#schema.files, installer.apply(query_in(second))) -- the roles are there already
  end)

  it("is upgraded by the files that are missing, with runs in it", function()
    local name = farm.new(server)
    server:sql("CREATE TABLE test.w AS SELECT test.join('n1', 'a') AS w; SELECT test.fill(w, 5, 'ag') FROM test.w", name)
    local session = server:session(name)
    assert.equal("{1,2}", session:sql "SELECT test.numbers(test.claim(w, 2, 'ag')) FROM test.w")
    local files = files_with("ALTER TABLE farm.job ADD COLUMN colour text;\n", "CREATE OR REPLACE FUNCTION farm.schema_version() RETURNS int LANGUAGE sql AS 'SELECT 77';\n")
    assert.equal(2, installer.apply(query_in(name), files))
    assert.equal("77", version(name))
    assert.equal("{3,4}", session:sql "SELECT test.numbers(test.claim(w, 2, 'ag')) FROM test.w")
    assert.equal(0, installer.apply(query_in(name), files))
    session:close()
    local count, message, reason = installer.apply(query_in(name)) -- a host that was not upgraded
    assert.is_nil(count)
    assert.equal("newer", reason)
    assert.matches(("the schema there is %d, and this host knows %d"):format(schema.version + 2, schema.version), message)
  end)

  it("is upgraded whole, or not at all", function()
    local name = farm.new(server)
    local files = files_with("CREATE TABLE farm.more (a int);\n", "SELECT 1 / 0;\n")
    local count, message, code = installer.apply(query_in(name), files)
    assert.is_nil(count)
    assert.equal("22012", code)
    assert.matches("division by zero", message)
    assert.equal(tostring(schema.version), version(name))
    assert.equal("", server:sql("SELECT to_regclass('farm.more')", name))
    local empty = database()
    assert.is_nil(installer.apply(query_in(empty), files))
    assert.equal("", server:sql("SELECT to_regnamespace('farm')", empty))
  end)

  it("is not upgraded where a file that is there had another text", function()
    local name = farm.new(server)
    server:sql("UPDATE farm.version SET sha256 = repeat('0', 64) WHERE number = 90", name)
    local count, message, reason = installer.apply(query_in(name))
    assert.is_nil(count)
    assert.equal("changed", reason)
    assert.matches("090_act.sql", message, 1, true)
  end)

  it("is installed by one of two that do it at once", function()
    local name = database()
    local one, other = server:session(name), server:session(name)
    local script = installer.script {}
    one:send(script)
    other:send(script)
    local answers = one:answer() .. other:answer()
    assert.matches("ERROR", answers)
    assert.equal(tostring(#schema.files), server:sql("SELECT count(*) FROM farm.version", name))
    assert.equal(0, installer.apply(query_in(name)))
    one:close()
    other:close()
  end)

  it("is upgraded by one of two that do it at once", function()
    local name = farm.new(server)
    local script = installer.script(installer.read(server:sql(installer.PRESENT, name)), files_with "SELECT pg_sleep(0.5);\nCREATE TABLE farm.more (a int);\n")
    local one, other = server:session(name), server:session(name)
    one:send(script)
    other:send(script)
    local answers = one:answer() .. other:answer()
    assert.matches("ERROR", answers)
    assert.equal(tostring(schema.version + 1), version(name))
    one:close()
    other:close()
  end)

  it("refuses a database that cannot hold every text, and says how to make one", function()
    server:sql "CREATE DATABASE latin ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
    local count, message = installer.apply(query_in "latin")
    assert.is_nil(count)
    assert.matches("the database has the encoding LATIN1; create it with: CREATE DATABASE ... ENCODING 'UTF8'", message, 1, true)
  end)
end)
