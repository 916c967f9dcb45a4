-- SPDX-License-Identifier: MIT
-- Every method of connections and their queries, while a finalizer closes, frees and replaces what it works with: lifetime.lua URI, run by
-- spec/proofs/lifetime/host.c, at every allocation. A method gives what it gives undisturbed, or a clear error. Prints rows as specs do.

local uri = ...
local core = require "signoff.core"
local farm = require "signoff.farm"
local connection = require "signoff.farm.connection"

local function open()
  return { own = farm.connection(uri) }
end

local function asked()
  local made = open()
  made.query = assert(made.own:submit(nil, 5, "SELECT g, 'text ' || g FROM generate_series(1, 20) AS g", {}))
  made.query:wait()
  return made
end

local function refused()
  local made = open()
  made.query = assert(made.own:submit(nil, 5, "SELECT farm.nothing()", {}))
  made.query:wait()
  return made
end

local scenarios = {
  ["farm.connection"] = { open, function() return (tostring(farm.connection(uri))) end },
  ["farm.connection, a wrong URI"] = { open, function() return select(2, farm.connection "postgresql://[") end },
  ["connection:name"] = { open, function(o) return o.own:name() end },
  ["connection:submit"] = { open, function(o)
    local query = o.own:submit(nil, 5, "SELECT $1, $2, $3", { ("a"):rep(100), 12345, true })
    query:wait()
    return (query:value())
  end },
  ["connection:submit, on a port"] = { function()
    local made = open()
    made.port = core.engine(1)
    return made
  end, function(o)
    local query, number = o.own:submit(o.port, 5, "SELECT 1", {})
    return type(query), number
  end },
  ["connection:expect"] = { open, function(o) return type(o.own:expect(nil, 0.001)) end },
  ["connection:heard"] = { asked, function(o) return o.own:heard(o.query) end },
  ["query:rows"] = { asked, function(o)
    local rows = o.query:rows()
    return #rows, rows[20][2]
  end },
  ["query:rows, refused"] = { refused, function(o) return o.query:rows() end },
  ["query:value"] = { asked, function(o) return o.query:value() end },
  ["query:age"] = { asked, function(o) return type(o.query:age()) end },
  ["query:wait"] = { asked, function(o) return o.query:wait() end },
  ["connection:query"] = { function() return { c = connection.open(nil, uri) } end, function(o)
    local rows, message = o.c:query("SELECT 1", { }, 5)
    return rows and rows[1][1] or message
  end },
}

local actions = {
  close = function(o)
    for _, object in pairs(o) do
      local method = type(object) == "userdata" and (object.close or object.free)
      if method then method(object) end
      if object.own then object:close() end
    end
  end,
  drop = function(o)
    for name in pairs(o) do o[name] = nil end
    collectgarbage()
  end,
}

local clear = { "closed", "was read", "nil value", "no value", "connection expected", "query expected" }

local function words(...)
  local list = {}
  for i = 1, select("#", ...) do
    list[i] = tostring((select(i, ...)))
  end
  return table.concat(list, ", ")
end

local function is_clear(text)
  for _, word in ipairs(clear) do
    if text:find(word, 1, true) then
      return true
    end
  end
end

local passed, failed = 0, 0

local function try(name, scenario, action_name, action)
  local function run(at)
    local objects = scenario[1]()
    local function keep(asked_for, fine, ...)
      return asked_for, fine, words(...)
    end
    return keep(collector.call(at, false, function() return action and action(objects) end, scenario[2], objects))
  end
  local count, _, good = run(-1)
  local problem
  for at = 0, count do
    local _, fine, text = run(at)
    if text ~= good and not is_clear(text) then
      problem = ("at allocation %d: %s (%s), not %s"):format(at, text, tostring(fine), good)
    end
  end
  passed, failed = passed + (problem and 0 or 1), failed + (problem and 1 or 0)
  print(("%sok - %s while a finalizer would %s, at %d allocations%s"):format(problem and "not " or "", name, action_name, count,
    problem and ": " .. problem or ""))
end

for name, scenario in pairs(scenarios) do
  for action_name, action in pairs(actions) do
    try(name, scenario, action_name, action)
  end
end
print(("%d passed, %d failed, 0 skipped"):format(passed, failed))
os.exit(failed == 0 and 0 or 1, true)
