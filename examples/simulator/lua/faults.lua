--- Faults: which one happens, when, and how often.
local systems = require "systems"
local aim = require "aim"
local check = require "check"
local spelling = require "spelling"
local spoil = require "spoil"

local faults = {}

local list = {}
local last = 0

-- Of any fault, besides which requests it is meant for.
local COMMON = setmetatable({ times = "number", fault = "string" }, { __index = aim.columns })

-- The faults of the exchange: what else each may be told, and whether the system does its work all the same (`applies`).
local KINDS = {
  status = {
    applies = false, columns = { status = "number", headers = "table", type = "string", body = "string", body_base64 = "string" },
  },
  gateway = { applies = false, columns = { status = "number", form = { "text", "json", "empty", "page" } } },
  slow = { applies = true, columns = { seconds = "number", when = { "before", "after" } } },
  stall = { applies = false, columns = { seconds = "number" } },
  reset_before_headers = { applies = false, columns = {} },
  reset_inside_headers = { applies = true, columns = { at = "number" } },
  reset_inside_body = { applies = true, columns = { at = "number" } },
  cut_headers = { applies = true, columns = { at = "number" } },
  cut = { applies = true, columns = { at = "number" } },
  close = { applies = false, columns = {} },
  close_next = { applies = true, columns = { how = { "close", "reset" } } },
  close_after = { applies = true, columns = { seconds = "number" } },
  drip = { applies = true, columns = { seconds = "number", pieces = "number" } },
  chunked = { applies = true, columns = { pieces = "number" } },
  raw = { applies = false, columns = { bytes = "string", base64 = "string", hold = "number" } },
}

-- The faults of meaning; which of them a system knows stands in its file.
local LIES = {
  still_there = {}, status_ignored = {}, result_false = {}, wrong_device = {},
  reborn = { seconds = "number", clock = { "simulated", "real" } },
  taken = { user = "string", when = { "before", "after" }, seconds = "number", clock = { "simulated", "real" } },
  count_short = { by = "number" },
  code = { code = "any", message = "string", status = "number" },
  spelled = { how = spelling.names },
  spoiled = { how = "string", was = "table", seconds = "number", row = "string", user = "string" },
}

local function knows_lie(name, lie)
  for _, system in ipairs(systems) do
    if system.lies[lie] and (name == nil or system.name == name) then return true end
  end
  return false
end

local function check_fault(fault)
  local kind, lie = KINDS[fault.fault], LIES[fault.fault]
  if not kind and not lie then error({ message = ("fault: none is called %q"):format(tostring(fault.fault)) }, 0) end
  local columns = setmetatable({ act = kind and "boolean" }, { __index = function(_, name)
    return COMMON[name] or (kind and kind.columns or lie)[name]
  end })
  check.members(fault, columns, "fault " .. fault.fault)
  aim.check(fault, "fault")
  if lie and not knows_lie(fault.system, fault.fault) then
    error({ message = ("fault: %s has no %q"):format(fault.system or "no system", fault.fault) }, 0)
  end
  if fault.fault == "spoiled" then spoil.check(fault) end
end

--- Adds faults to the list, or with `replace` makes them the list: one object or a list of them. All or none.
function faults.add(given, replace)
  check.object(given, "faults")
  local items = given.fault and { given } or given
  for _, fault in ipairs(items) do
    check.required(fault, "fault", "fault")
    check_fault(fault)
  end
  if replace then faults.clear() end
  for _, fault in ipairs(items) do
    last = last + 1
    list[#list + 1] = { number = last, given = fault, seen = 0, fired = 0 }
  end
end

function faults.clear()
  list = {}
end

function faults.list()
  return list
end

local function matches(fault, request)
  return aim.matches(fault, request) and (KINDS[fault.fault] ~= nil or request.system.lies[fault.fault] ~= nil)
end

local function ready(entry)
  local given = entry.given
  return entry.seen > (given.after or 0) and (given.times == nil or entry.fired < given.times)
end

--- The faults of this request: the first fault of the exchange that is ready, and the first of meaning.
--- Every fault that matches counts the request, whether it fires or not.
function faults.pick(request)
  local exchange, meaning
  for _, entry in ipairs(list) do
    local given = entry.given
    if matches(given, request) then
      entry.seen = entry.seen + 1
      if ready(entry) then
        if KINDS[given.fault] then
          if not exchange then exchange, entry.fired = given, entry.fired + 1 end
        elseif not meaning then
          meaning, entry.fired = given, entry.fired + 1
        end
      end
    end
  end
  return exchange, meaning
end

--- Whether the system does its work although the exchange breaks.
function faults.applies(fault)
  if fault.act ~= nil then return fault.act end
  return KINDS[fault.fault].applies
end

return faults
