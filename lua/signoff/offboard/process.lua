-- SPDX-License-Identifier: MIT

--- This process, as a journal names it: host, number, operator, and since when it writes; and the process that holds a journal.
-- @module signoff.offboard.process

local core = require "signoff.core"
local journal = require "signoff.journal"
local Text = require "signoff.text"
local time = require "signoff.offboard.time"

local process = {}

local function first_line(path)
  local file = io.open(path)
  local line = file and file:read "*l"
  if file then
    file:close()
  end
  return line ~= "" and line or nil
end

--- The name of this machine; nil where it has none to read.
function process.host()
  return first_line "/proc/sys/kernel/hostname" or first_line "/etc/hostname" or os.getenv "HOSTNAME"
end

local function number()
  return core.number((first_line "/proc/self/stat" or ""):match "^%d+" or "")
end

--- The member `by` of a record that begins a run, or goes on with one.
-- @tparam ?string operator who runs this
-- @treturn table `host`, `pid`, `operator`, as far as they are known
function process.this(operator)
  return { host = process.host(), pid = number(), operator = operator }
end

-- Whether a process may still be there. One of another machine cannot be seen from here.
local function may_live(by)
  return by.host ~= process.host() or first_line(("/proc/%.0f/stat"):format(by.pid)) ~= nil
end

local function words(by, since)
  local parts = { ("pid %.0f on %s"):format(by.pid, Text.short(by.host)) }
  if type(by.operator) == "string" then
    parts[2] = Text.short(by.operator)
  end
  parts[#parts + 1] = "since " .. time.shown(since)
  return table.concat(parts, ", ")
end

--- The process that began to write a journal last, and may still do so.
-- @tparam string path
-- @treturn ?string `pid 4711 on night-1, ana, since 2026-11-29T20:00:00+01:00`; nil where nothing tells
function process.holder(path)
  local by, since
  journal.check(path, function(_, record)
    if record.event == "start" or record.event == "resume" then
      by, since = record.by, record.at
    end
  end)
  local known = type(by) == "table" and type(by.host) == "string" and type(by.pid) == "number" and type(since) == "number"
  return known and may_live(by) and words(by, since) or nil
end

--- The refusal of a journal that is locked, with who holds it.
-- @tparam string path
-- @tparam string message of the refusal
-- @treturn string
function process.locked(path, message)
  local holder = process.holder(path)
  return holder and (message:gsub("another signoff writes it", function(text)
    return ("%s (%s)"):format(text, holder)
  end)) or message
end

return process
