-- SPDX-License-Identifier: MIT

--- What a journal tells: the result of the run that wrote it, finished or not.
-- @module signoff.offboard.history

local journal = require "signoff.journal"
local json = require "signoff.json"

local history = {}

-- A target as a cell of the people's list has it; nil where that is a token.
local function cell(item)
  if item.find then
    return ("user:%s%s"):format(item.find, item.optional and "?" or "")
  elseif item.token then
    return nil
  elseif item.late then
    return "?"
  end
  return item.device and item.user and ("%s=%s"):format(item.device, item.user) or item.target
end

-- What each event of a run does to what is known of it.
local events = {}

function events.start(known, record)
  local result = known.result
  for _, name in ipairs { "plan_digest", "operator", "ticket", "host", "people_path", "people_sha256" } do
    result[name] = record[name]
  end
  result.started = record.started or record.at
  known.begun = true
end

local function add_item(known, item, parent)
  known.items[item.n] = item
  item.cell = parent and parent.cell or cell(item)
  if parent then
    parent.children = parent.children or {}
    table.insert(parent.children, item)
  else
    known.order[#known.order + 1] = item
  end
end

function events.item(known, record)
  add_item(known, record.item)
end

function events.found(known, record)
  for _, item in ipairs(record.items) do
    add_item(known, item, known.items[record.item])
  end
end

function events.verdict(known, record)
  known.rows[record.item] = record.row
end

function events.stop(known, record)
  table.insert(known.result.stops, { system = record.system, code = record.code, why = record.why })
end

-- It goes on: what stopped it does so no more.
function events.resume(known)
  known.result.stops, known.result.ended, known.result.exit = json.list(), nil, nil
end

events["end"] = function(known, record)
  known.result.ended, known.result.exit = record.at, record.exit
end

local function row_of(known, item)
  local row = known.rows[item.n] or {
    person = item.person, system = item.system, action = item.action, target = item.target, verdict = "pending",
  }
  row.item, row.cell = item.n, item.cell
  row.evidence = json.list(row.evidence)
  return row
end

local function add_rows(known, item, rows)
  if not item.children then
    rows[#rows + 1] = row_of(known, item)
    return
  end
  for _, child in ipairs(item.children) do
    add_rows(known, child, rows)
  end
end

local function finish(known, path, read)
  local result = known.result
  if not known.begun then
    return nil, ("%s: is no journal of an offboarding%s"):format(path, read.lines == 0 and ": nothing is in it" or "")
  end
  for _, item in ipairs(known.order) do
    add_rows(known, item, result.results)
  end
  for _, row in ipairs(result.results) do
    result.totals[row.verdict] = (result.totals[row.verdict] or 0) + 1
  end
  result.journal_head = read.head
  return result, read.notice
end

--- Reads it. Every item of the plan has a row; one without a verdict is `pending`.
-- @tparam string path
-- @treturn table result, as `apply` gives it, each row also with `item` (its number in the plan) and `cell` (its target as
-- the people's list had it, none of a token); `ended` and `exit` are missing while it goes on, or after a crash
-- @treturn ?string a notice that its last line was torn; or nil, message with the path and the line
function history.read(path)
  local known = { items = {}, order = {}, rows = {}, result = { results = json.list(), totals = {}, stops = json.list() } }
  local read, message = journal.check(path, function(_, record)
    local event = events[record.event]
    if event then
      event(known, record)
    end
  end)
  if not read then
    return nil, message
  end
  return finish(known, path, read)
end

return history
