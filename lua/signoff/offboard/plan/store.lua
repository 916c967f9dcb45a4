-- SPDX-License-Identifier: MIT

--- Plans as files: JSON lines, the head first, then an item a line; the last line has the digest of the bytes before it.
-- @module signoff.offboard.plan.store

local core = require "signoff.core"
local json = require "signoff.json"
local members = require "signoff.offboard.plan.members"
local Text = require "signoff.text"
local source = require "signoff.offboard.people.file"
local vendor = require "signoff.offboard.vendor"

local store = {}

--- The version of what is written here; another one is not read. A plan from before systems had an identity is read, and
-- a run refuses it.
store.version = 1

local LIMIT = 1024 * 1024 * 1024 -- bytes; 100,000 people on five systems have about 150 MB

local MARK = "signoff"

local head_shape, system_shape, item_shape = members.shape(members.head), members.shape(members.system), members.shape(members.item)

local function copy_of(from, shape)
  local copy = {}
  for _, name in ipairs(shape.names) do
    copy[name] = from[name]
  end
  return copy
end

local function head_of(plan)
  local head = copy_of(plan, head_shape)
  head[MARK], head.version, head.systems = "plan", plan.version, json.list()
  for i, system in ipairs(plan.systems) do
    head.systems[i] = copy_of(system, system_shape)
  end
  return head
end

local LINES = 1000

-- The items, a line each, in texts of so many lines: a text for each line would burden the collector.
local function add_items(texts, items)
  local lines = {}
  for i, item in ipairs(items) do
    lines[#lines + 1] = json.encode_members(item, item_shape.names)
    if #lines == LINES or i == #items then
      texts[#texts + 1] = table.concat(lines, "\n")
      lines = {}
    end
  end
end

--- A plan's bytes, without the last line, and their digest.
-- @treturn string
-- @treturn string `sha256:` and 64 hexadecimal digits
function store.encode(plan)
  local texts = { json.encode(head_of(plan)) }
  add_items(texts, plan.items)
  texts[#texts + 1] = ""
  local bytes = table.concat(texts, "\n")
  return bytes, "sha256:" .. core.sha256(bytes)
end

--- Writes a plan, for its owner alone.
-- @treturn ?boolean true; nil and a message with path and reason
function store.save(plan, path)
  local bytes, digest = store.encode(plan)
  plan.digest = digest
  return core.save(path, bytes .. json.encode { digest = digest } .. "\n")
end

-- As `members.misfit`, of a system: whether this signoff knows its kind as well.
local function system_misfit(system)
  local message = members.misfit(system, system_shape) or vendor.misfit(system.name, system.kind)
  local facts = core.facts[system.kind]
  if not message and facts.signs_out == "set_status" and not (system.status and type(system.status.name) == "string") then
    message = ("names '%s' without its status"):format(Text.short(system.name))
  end
  return message
end

local function read_head(line)
  local head, message = json.decode(line)
  if type(head) ~= "table" or head[MARK] ~= "plan" then
    return nil, "is no plan" .. (message and "; its first line " .. message or "")
  elseif head.version ~= store.version then
    return nil, ("is a plan of version %s, and this signoff reads version %d; plan again"):format(
      Text.short(head.version), store.version)
  end
  head[MARK], head.version = nil, nil
  message = members.misfit(head, head_shape)
  for _, system in ipairs(message and {} or head.systems) do
    message = message or system_misfit(system)
  end
  if message then
    return nil, "the plan's head " .. message
  end
  head.version = store.version
  return head
end

local function read_item(line, number, systems)
  local item, message = json.decode(line)
  if item == nil then
    return nil, message
  end
  message = members.misfit(item, item_shape)
  if message then
    return nil, "the item " .. message
  elseif item.n ~= number then
    return nil, ("the item has number %s, where %d must stand"):format(item.n, number)
  elseif not systems[item.system] then
    return nil, ("the item is for '%s', which the plan's head does not name"):format(Text.short(item.system))
  end
  return item
end

local LAST_LINE = 200 -- bytes, at most

-- How many bytes stand before the last line, and its digest; nil where it is missing or cut.
local function split_digest(bytes)
  local line = bytes:sub(-LAST_LINE):match "([^\n]*)\n$"
  local last = line and json.decode(line)
  if type(last) ~= "table" or type(last.digest) ~= "string" then
    return nil
  end
  return #bytes - #line - 1, last.digest
end

local function line_count(bytes)
  local count = select(2, bytes:gsub("\n", ""))
  return bytes:sub(-1) == "\n" and count or count + 1
end

local function read_items(bytes, plan)
  local systems = {}
  for _, system in ipairs(plan.systems) do
    systems[system.name] = true
  end
  local number = 1
  for line in bytes:gmatch "([^\n]*)\n" do
    if number > 1 then
      local item, message = read_item(line, number - 1, systems)
      if not item then
        return nil, number, message
      end
      plan.items[number - 1] = item
    end
    number = number + 1
  end
  return true
end

-- The plan in some bytes; nil, line (or nil), message.
local function decode(bytes)
  local plan, message = read_head(bytes:match "^[^\n]*")
  if not plan then
    return nil, 1, message
  end
  plan.items = {}
  local size, digest = split_digest(bytes)
  if not size then
    return nil, line_count(bytes), "the plan is cut: its last line, with the digest, is not there; copy it again, or plan again"
  end
  local body = bytes:sub(1, size)
  local whole = "sha256:" .. core.sha256(body) == digest
  local fine, line
  fine, line, message = read_items(body, plan)
  if not fine then
    return nil, line, message .. (whole and "" or "; the plan was changed after it was made, plan again")
  elseif not whole then
    return nil, nil, "the plan was changed after it was made: its digest does not fit; plan again"
  end
  plan.digest = digest
  return plan
end

local function bytes_of(path)
  if path == "-" then
    return source.standard_input(LIMIT)
  end
  return source.trusted(path, LIMIT)
end

--- Reads a plan, which must be trusted.
-- @tparam string path `-` is standard input
-- @treturn ?table its members; nil and a message with path, line where one is wrong, and what to do
function store.read(path)
  local bytes, message = bytes_of(path)
  if not bytes then
    return nil, message
  elseif bytes == "" then
    return nil, path .. ": is empty, and no plan"
  end
  local plan, line
  plan, line, message = decode(bytes)
  if not plan then
    return nil, ("%s%s: %s"):format(path, line and ":" .. line or "", message)
  end
  return plan
end

return store
