-- SPDX-License-Identifier: MIT
-- Runs the pgTAP tests of this folder, each in a database of its own, and prints what they say and their sum: run.lua [NAME...]

local files = require "spec.support.files"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local FOLDER = "spec/proofs/farm/sql"

local TESTS = { is = true, isnt = true, ok = true, alike = true, throws_ok = true, lives_ok = true }

local counts = { ok = 0, ["not ok"] = 0, skipped = 0 }

local function names()
  local list = {}
  for _, name in ipairs(arg) do
    list[#list + 1] = name
  end
  if #list == 0 then
    for path in peer.output_of("LC_ALL=C ls " .. FOLDER .. "/*.sql"):gmatch "[^\n]+" do
      local name = path:match "([^/]*)%.sql$"
      list[#list + 1] = name ~= "helpers" and name or nil
    end
  end
  return list
end

local function fail(what, output)
  counts["not ok"] = counts["not ok"] + 1
  print(("not ok - %s\n%s"):format(what, output))
end

-- Every test must have been run, and each once: each is a statement that gives one row.
local function count(name, text, output)
  local seen, planned, from = 0, 0, ""
  for word in text:gmatch "\nSELECT ([%l_]+)%(" do
    planned = planned + (TESTS[word] and 1 or 0)
  end
  for line in output:gmatch "[^\n]+" do
    local result, what = line:match "^(ok) %d+ %- (.*)"
    if not result then
      result, what = line:match "^(not ok) %d+ %- (.*)"
    end
    if result then
      seen, from = seen + 1, result
      counts[result] = counts[result] + 1
      print(("%s - %s: %s"):format(result, name, what))
    elseif from == "not ok" and line:find "^#" then
      print("    " .. line)
    end
  end
  if planned ~= seen then
    fail(("%s ran %d of %d tests"):format(name, seen, planned), output)
  end
end

local function all()
  local server = postgres.start()
  server:farm "template_of_farms"
  server:sql("CREATE EXTENSION pgtap;" .. files.read(FOLDER .. "/helpers.sql"), "template_of_farms")
  for _, name in ipairs(names()) do
    server:sql(("CREATE DATABASE tests_of_%s TEMPLATE template_of_farms"):format(name))
    local text = files.read(("%s/%s.sql"):format(FOLDER, name))
    local output, problem = server:try(text, "tests_of_" .. name)
    count(name, text, output or problem)
  end
end

local fine, problem = xpcall(all, debug.traceback)
postgres.stop_all()
peer.stop_all()
if not fine then
  fail("the tests in SQL", problem)
end
print(("%d passed, %d failed, %d skipped"):format(counts.ok, counts["not ok"], counts.skipped))
os.exit(counts["not ok"] == 0)
