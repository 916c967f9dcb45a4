-- SPDX-License-Identifier: MIT

--- The index of all events that were received: which are being written, and which are on disk, each with the SHA-256 of its token.
--
-- It stands in a shared dictionary of nginx, which never drops an entry to make room, or in a table. A worker claims an event
-- before it writes it; a claim counts as long as that worker lives. 128 bytes an event.
-- @module signoff.receiver.replay

local core = require "signoff.core"

local replay = {}

local KEY = 24 -- bytes of a digest that tell events apart
local DIGITS, SECONDS = 64, 12 -- of a token's SHA-256, and of a time
local LATEST = 10 ^ SECONDS - 1

--- The length of an entry.
replay.LENGTH = 2 * KEY + DIGITS + SECONDS

local CLAIMING = 10 -- seconds after which somebody else may take over from a worker that is gone
local WRITING, WRITTEN = "w", "d"
local FREED, PAUSE = 1000, 1 -- entries that are freed at once; seconds after which that is tried again where there was none

-- A table with the functions of a shared dictionary.
local Store = {}
Store.__index = Store

local function entry_of(self, key)
  local entry = self.entries[key]
  if entry and entry.ends and entry.ends <= self.now() then
    self.entries[key], entry = nil, nil
  end
  return entry
end

function Store:get(key)
  local entry = entry_of(self, key)
  return entry and entry.value
end

function Store:safe_set(key, value, seconds)
  self.entries[key] = { value = value, ends = seconds and seconds > 0 and self.now() + seconds or nil }
  return true
end

function Store:safe_add(key, value, seconds)
  if entry_of(self, key) then
    return false, "exists"
  end
  self.added = self.added + 1
  if self.added % FREED == 0 then
    self:flush_expired()
  end
  return self:safe_set(key, value, seconds)
end

function Store:delete(key)
  self.entries[key] = nil
end

function Store:flush_expired()
  local count = 0
  for key in pairs(self.entries) do
    count = count + (entry_of(self, key) and 0 or 1)
  end
  return count
end

function Store:incr(key, by, first)
  local value = (self:get(key) or first) + by
  self:safe_set(key, value)
  return value
end

--- A table with the functions of a shared dictionary that are used here, for a process that has none.
-- @tparam function now seconds
function replay.dictionary(now)
  return setmetatable({ entries = {}, now = now, added = 0 }, Store)
end

local Replay = {}
Replay.__index = Replay

-- A number as the three bytes of a value.
local function bytes_of(number)
  return string.char(number % 256, math.floor(number / 256) % 256, math.floor(number / 65536) % 256)
end

--- Makes the index of a worker.
-- @tparam table options `shared`: a dictionary of nginx (nil: a table); `now()`: Unix seconds; `look(segment)`: called where a worker that
-- claimed an event may be gone: gives true if it lives; else enters what it wrote, and gives false
function replay.new(options)
  local store = options.shared or replay.dictionary(options.now)
  local number = store:incr("writers", 1, 0)
  return setmetatable({ store = store, now = options.now, look = options.look, shared = options.shared ~= nil,
    writer = bytes_of(number) }, Replay)
end

--- Where an event stands in the index, as it is written with the event: the digits of its key, of its token, and of the second until which
-- it is kept. All of one length, so that the index is rebuilt without a look at the rest of the line.
-- @tparam table about `kind`, `iss`, `jti`, `sha256` (of the token), `keep_until` (Unix seconds)
-- @treturn string
function replay.entry(about)
  local key = core.sha256(#about.kind .. ":" .. about.kind .. #about.iss .. ":" .. about.iss .. about.jti)
  return ("%s%s%012.0f"):format(key:sub(1, 2 * KEY), about.sha256, math.min(about.keep_until, LATEST))
end

local function parts_of(entry)
  local token, time = 2 * KEY + 1, 2 * KEY + DIGITS + 1
  return core.unhex(entry, 1, token - 1), core.unhex(entry, token, time - 1), core.number(entry:sub(time))
end

--- Whether a text may be an entry.
-- @tparam string text
-- @treturn boolean
function replay.is_entry(text)
  return #text == replay.LENGTH and text:find("^[0-9a-f]+$") ~= nil
end

--- The time until which an event is kept; nil for a text that is no entry.
-- @tparam string entry
-- @treturn ?number Unix seconds
function replay.keep_until(entry)
  return replay.is_entry(entry) and select(3, parts_of(entry)) or nil
end

--- Tells others by which segment they see that this worker lives.
function Replay:begin(segment)
  self.store:safe_set("n" .. self.writer, segment)
  self.store:safe_set("f" .. segment, WRITING)
end

--- Whether a segment needs no reading: it was entered, or its worker enters what it writes.
-- @treturn ?string `"d"`: it was entered; `"w"`: its worker entered it as long as it lived
function Replay:entered(segment)
  return self.store:get("f" .. segment)
end

--- Notes that a segment was entered.
function Replay:note_entered(segment)
  return self.store:safe_set("f" .. segment, WRITTEN)
end

local function full(problem)
  return nil, ("the replay index is full (%s): give lua_shared_dict more room, 1 MiB for each 8,000 events"):format(tostring(problem))
end

-- Frees entries that are over. nginx does so by itself only as far as the entry that was used longest ago is over, and there are some
-- that never are. False: there was none, or there was none not long ago, since all must be looked at.
local function make_room(self)
  local now = self.now()
  if self.none_at and now >= self.none_at and now < self.none_at + PAUSE then
    return false
  end
  local freed = self.store:flush_expired(FREED) > 0
  self.none_at = not freed and now or nil
  return freed
end

-- The state of an event by its entry.
local function judge(value, digest)
  local kind, other, writer = value:sub(1, 1), value:sub(2, 33), value:sub(34)
  if other ~= digest then
    return "other"
  end
  return kind == WRITTEN and "same" or "writing", writer
end

-- Drops the claim of a worker that is gone. False: it lives, or somebody else does this.
local function drop_claim(self, key, value, writer)
  local store, claim = self.store, "c" .. key
  if not store:safe_add(claim, "", CLAIMING) then
    return false
  end
  local segment = store:get("n" .. writer)
  local lives = writer == self.writer or (segment and self.look(segment))
  if not lives and store:get(key) == value then
    store:delete(key)
  end
  store:delete(claim)
  return not lives
end

--- Claims an event.
-- @tparam string entry of `replay.entry`
-- @treturn string `"claimed"`: the caller writes it, then calls `keep` or `release`; `"same"`: it is on disk; `"other"`: another token had
-- this key; `"writing"`: it is being written; or nil, message
function Replay:claim(entry)
  local key, digest = parts_of(entry)
  for _ = 1, 3 do
    local fine, problem = self.store:safe_add(key, WRITING .. digest .. self.writer)
    if fine then
      return "claimed"
    elseif problem ~= "exists" and not make_room(self) then
      return full(problem)
    end
    local value = self.store:get(key)
    local state, writer = judge(value or "", digest)
    if value and (state ~= "writing" or not drop_claim(self, key, value, writer)) then
      return state
    end
  end
  return "writing"
end

--- Notes that an event is on disk.
-- @tparam string entry
-- @treturn true; or nil, message
function Replay:keep(entry)
  local key, digest, keep_until = parts_of(entry)
  local left = keep_until - self.now()
  if left <= 0 then
    self.store:delete(key)
    return true
  end
  local fine, problem = self.store:safe_set(key, WRITTEN .. digest .. self.writer, left)
  if not fine then
    return full(problem)
  end
  return true
end

--- Takes a claim back: the event is not on disk.
function Replay:release(entry)
  self.store:delete(core.unhex(entry, 1, 2 * KEY))
end

return replay
