-- SPDX-License-Identifier: MIT
-- Signs the people of a list out of five systems, one after another, and proves it:
--
--   lua5.4 demo.lua leavers.csv
--
-- The list is CSV: a column `person`, and a column a system; demo/targets.lua says what its cells may hold. Where the
-- systems are and who asks comes from the environment: demo/site.lua. Progress goes to stderr, the table to stdout.
-- Exit status: 0 when everybody is out (or was left alone on purpose), 1 when something is left to do by hand, 2 when the
-- list or the environment is wrong.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local csv = require "demo.csv"
local report = require "demo.report"

local function stop(...)
  io.stderr:write("demo: ", string.format(...), "\n")
  os.exit(2)
end

local function read_file(path)
  local file, message = io.open(path, "rb")
  if not file then
    stop("%s", message)
  end
  local text = file:read "*a"
  file:close()
  return text
end

-- The list holds tokens, and a token is as good as a password.
local function warn_if_open(path)
  local quoted = "'" .. path:gsub("'", "'\\''") .. "'"
  local status = os.execute(("test -z \"$(find -L %s -maxdepth 0 -perm /077 2>/dev/null)\""):format(quoted))
  if not (status == true or status == 0) then
    io.stderr:write(("demo: warning: others may read %s, and it may hold tokens; run: chmod 600 %s\n"):format(path, quoted))
  end
end

-- The head of the list: where `person` stands, and which system each other column is.
local function read_head(path, head, site)
  local systems, person_at, seen = {}, nil, {}
  for i, name in ipairs(head) do
    if seen[name] then
      stop("%s: two columns are called '%s'", path, name)
    elseif name ~= "person" and not site.has(name) then
      stop("%s: there is no system '%s'", path, name)
    elseif name == "person" then
      person_at = i
    else
      systems[#systems + 1] = name
    end
    seen[name] = true
  end
  return systems, person_at or stop("%s: there is no column 'person'", path)
end

local function read_people(path, site)
  local rows, message = csv.read(read_file(path))
  if not rows or #rows == 0 then
    stop("%s: %s", path, message or "is empty")
  end
  local head = table.remove(rows, 1)
  local systems, person_at = read_head(path, head, site)
  local people = {}
  for i, row in ipairs(rows) do
    if #row ~= #head then
      stop("%s: line %d has %d cells, where the head has %d", path, row.line, #row, #head)
    elseif row[person_at] == "" then
      stop("%s: line %d names nobody", path, row.line)
    end
    local person = { name = row[person_at], cells = {}, steps = {} }
    for column, name in ipairs(head) do
      person.cells[name] = row[column]
    end
    people[i] = person
  end
  return people, systems
end

-- One target: what is decided already stays so. A target that the module refuses raises; the others must not wait for it.
local function sign_out(site, system, target)
  if target.verdict then
    return target
  end
  local client = site.client(system)
  local fine, result = pcall(client.signout, client, target.target, {
    settle = site.settle,
    user = target.user,
    status = system == "isymphony" and site.status or nil,
  })
  if fine then
    return result
  elseif tostring(result):find("interrupted!", 1, true) then -- Ctrl-C
    error(result, 0)
  end
  return { verdict = "failed", message = result, by_hand = ("failed for %s: %s"):format(target.shown, result) }
end

local function walk(site, targets, people, systems)
  local widths = report.widths(people, systems)
  for number, person in ipairs(people) do
    for _, system in ipairs(systems) do
      local steps = {}
      for i, target in ipairs(targets.of(site, system, person.cells[system])) do
        report.begin(number, #people, person.name, widths, system, target.shown)
        steps[i] = sign_out(site, system, target)
        report.finish(steps[i].verdict, steps[i].message)
      end
      person.steps[system] = steps
    end
  end
end

local function main(path)
  if not path then
    stop("usage: demo.lua LEAVERS.csv")
  end
  local site, targets = require "demo.site", require "demo.targets"
  warn_if_open(path)
  local people, systems = read_people(path, site)
  for _, system in ipairs(systems) do
    local made, message = pcall(site.client, system) -- raises what is missing in the environment, before anybody is touched
    if not made then
      stop("%s", tostring(message))
    end
  end
  local began = os.time()
  walk(site, targets, people, systems)
  io.stderr:write "\n"
  report.write_table(people, systems)
  os.exit(report.write_totals(people, systems, os.time() - began) and 0 or 1)
end

main(arg[1])
