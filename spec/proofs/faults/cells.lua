-- SPDX-License-Identifier: MIT
-- Cells of the fault matrix: one fault, one system, one operation; what it came to, and whether that is what it must be.

local core = require "signoff.core"
local loop = require "signoff.loop"
local mapped = require "spec.support.mapped"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local cells = { faults = require "spec.proofs.faults.table", systems = require "spec.proofs.faults.systems", operations = { "act", "look" } }

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

local GRACE = 0.25 -- seconds behind its deadline that a cell may take

--- The runtime of the calls: `"call"`, or `"loop"`.
cells.carrier = "call"

--- Seconds that a cell has, where its fault says nothing else.
cells.deadline = 2

-- Answers that would tell a caller that somebody is out, or a status set.
local success = { accepted = true, already_out = true, inactive = true, read = true }

-- The texts that a fault is made of

local function gzip(bytes, padding)
  local directory = peer.directory()
  peer.write_file(directory .. "/plain", bytes)
  os.execute(("cd %s && { cat plain; head -c %d /dev/zero | tr '\\0' ' '; } | gzip -9 >packed"):format(directory, padding or 0))
  return peer.read_file(directory .. "/packed")
end

local made = {}

function made.bomb(texts) return gzip(texts.body, 20 * 1024 * 1024) end
function made.gzip_cut(texts)
  local packed = gzip(texts.body)
  return packed:sub(1, math.floor(#packed / 2))
end

function made.half(texts) return texts.body:sub(1, math.floor(#texts.body / 2)) end
function made.kibibyte() return (" "):rep(1024) end
function made.mebibyte() return ("x"):rep(1024 * 1024) end
function made.ten_thousand_headers() return ("X-Many: 1\r\n"):rep(10000) end
function made.twice(texts) return texts.body .. texts.body end
function made.size(texts) return tostring(#texts.body) end
function made.more(texts) return tostring(#texts.body + 7) end
function made.one_more(texts) return tostring(#texts.body + 1) end
function made.less(texts) return tostring(#texts.body - 3) end
function made.chunk_size(texts) return ("%x"):format(#texts.body) end

-- Its checksum is that of something else.
function made.gzip_wrong(texts)
  return gzip(texts.body):sub(1, -9) .. gzip(texts.body .. " "):sub(-8)
end

function made.gzip_six(texts)
  local packed = texts.body
  for _ = 1, 6 do
    packed = gzip(packed)
  end
  return packed
end

-- `NAME_size` is the length of NAME.
local function make(texts, name)
  local of = name:match "^(.*)_size$"
  local text = made[name] and made[name](texts) or of and tostring(#texts[of]) or nil
  rawset(texts, name, text)
  return text
end

local function expand(steps, texts)
  return mapped(steps, function(step)
    return type(step) == "string" and step:gsub("{([%l_]+)}", texts) or step
  end)
end

-- A system whose good reply has no body gets one where the fault is about bodies.
local function steps_of(fault, system, operation)
  local good = system[operation]
  local says_body = fault[2] ~= "answered"
  local texts = setmetatable({ status = good.status, body = says_body and good.spare or good.body, other = system.other },
    { __index = make })
  return { { loop = expand(fault[3], texts) } }
end

-- One cell

local function wanted(fault, system, operation)
  local but, name = fault.but or {}, system.like or system.name
  local code = but[name .. "." .. operation] or but[operation] or but[name] or fault[2]
  return code == "answered" and system[operation].told or code
end

local function told(answer)
  if answer.answer then
    return answer.answer
  elseif answer.type then
    return "read"
  end
  return answer.active == nil and "silent" or answer.active and "active" or "inactive"
end

local function client_for(fault, system, url)
  local options = { url = url, proxy = fault.where == "proxy" and url or nil }
  if options.proxy then
    options.url = "http://system.example"
  end
  for _, source in ipairs { system.common, system.options } do
    for name, value in pairs(source) do
      options[name] = value
    end
  end
  return (system.new or signoff[system.name])(options)
end

-- The runtimes: the call itself, or the engine of a loop, in which other tasks run as long as it waits.
local carriers = {}

function carriers.call(f)
  return f()
end

function carriers.loop(f)
  local counted, over = 0, false
  local function count_beside(own)
    while not over do
      own:sleep(0.01)
      counted = counted + 1
    end
  end
  local results = loop(function(own)
    own:spawn(count_beside, own)
    local given = { f() }
    over = true
    return given
  end)
  local seconds = results[1]
  assert(counted >= math.floor(seconds * 2), "others had no turn")
  return unpack(results, 1, 3)
end

local function ask(client, system, operation, deadline)
  local arguments = { unpack(system[operation].arguments or system.arguments) }
  arguments[#arguments + 1] = { timeout = deadline, deadline = deadline }
  return carriers[cells.carrier](function()
    local started = core.now()
    local answer, _, code, detail = client[system[operation].method](client, unpack(arguments))
    return core.now() - started, answer and told(answer) or code, detail
  end)
end

-- The members that a failure's detail must have besides. Of replies that are unusable, those that broke off are retriable.
local retriable = { unreachable = true, timeout = true, busy = true, server = true }
local scopes = { denied = "client", rejected = "client" }

local function detail_of(fault, detail)
  local code = detail.code
  return { sent = fault.sent ~= false, scope = scopes[code], retry_after = fault.retry_after,
    retriable = retriable[code] or (code == "unusable" and detail.retriable) }
end

local function check_detail(declared, detail)
  for _, name in ipairs { "sent", "retriable", "scope", "retry_after" } do
    if detail[name] ~= declared[name] then
      return ("'%s' is %s"):format(name, tostring(detail[name]))
    end
  end
end

-- The error of an outcome; nil for none.
local function judge(fault, cell)
  if cell.got ~= cell.wanted then
    return ("%s, and %s was declared"):format(cell.got, cell.wanted)
  elseif cell.seconds > cell.deadline + GRACE then
    return ("took %.2f s of %.2f"):format(cell.seconds, cell.deadline)
  elseif cell.got == "timeout" and cell.seconds < cell.deadline * 0.8 then
    return ("gave up after %.2f s of %.2f"):format(cell.seconds, cell.deadline)
  end
  return cell.detail and check_detail(detail_of(fault, cell.detail), cell.detail)
end

local function run(fault, system, operation, url)
  local cell = { system = system.name, operation = operation, deadline = fault.deadline or cells.deadline }
  cell.wanted = wanted(fault, system, operation)
  local client = client_for(fault, system, url)
  cell.seconds, cell.got, cell.detail = ask(client, system, operation, cell.deadline)
  client:close()
  cell.problem = judge(fault, cell)
  cell.false_success = success[cell.got] and cell.got ~= cell.wanted
  return cell
end

-- Where each cell of a fault asks: a peer of its own, or an address of one that all share.

local function url_of(process, host)
  return ("http://%s:%d"):format(host, process.port)
end

local function addresses_of(fault, pairs_of)
  if fault.where == "nobody" then
    local port = peer.free_port()
    return function() return ("http://%s:%d"):format(fault.host or "127.0.0.1", port) end
  elseif fault.where == "nowhere" then
    local hole = peer.start({ { "stall" } }, { black_hole = true })
    return function() return hole.url end
  elseif fault.host then
    return function(index)
      return url_of(peer.start { steps_of(fault, unpack(pairs_of[index])) }, fault.host)
    end
  end
  local addresses = {}
  for index, pair in ipairs(pairs_of) do
    addresses[index] = steps_of(fault, unpack(pair))
  end
  local process = peer.start({}, { addresses = addresses })
  return function(index) return url_of(process, "127.0.0." .. index) end
end

--- Runs the cells of a fault, one after the other.
-- @tparam table fault a row of the table
-- @tparam table pairs_of `{system, operation}` for each
-- @tparam function on_cell called with each: `system`, `operation`, `wanted`, `got`, `seconds`, `deadline`, `problem` (nil
-- where it is as declared), `false_success`, `repeated` (it was late once: the machine may have been, so it was asked again)
function cells.run(fault, pairs_of, on_cell)
  local place = addresses_of(fault, pairs_of)
  for index, pair in ipairs(pairs_of) do
    local cell = run(fault, pair[1], pair[2], place(index))
    if cell.seconds > cell.deadline + GRACE or (cell.problem and cell.got == "timeout") then
      cell = run(fault, pair[1], pair[2], place(index))
      cell.repeated = true
    end
    on_cell(cell)
  end
end

--- All systems with both operations.
function cells.all_pairs()
  local list = {}
  for _, system in ipairs(cells.systems) do
    for _, operation in ipairs(cells.operations) do
      list[#list + 1] = { system, operation }
    end
  end
  return list
end

return cells
