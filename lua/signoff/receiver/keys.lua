-- SPDX-License-Identifier: MIT

--- The keys of all issuers: fetched when they are needed, used as long as they may be, fetched again when a token names another one.
--
-- An issuer is asked at most every 30 seconds, by one worker, whatever tokens come. All that wait for that fetch wait for the same one,
-- 2 seconds at most. Keys that were fetched are kept in a file, for a restart without network, and for the other workers.
-- @module signoff.receiver.keys

local core = require "signoff.core"
local context = require "signoff.async.context"
local coroutines = require "signoff.async.coroutine"
local disk = require "signoff.async.disk"
local fetch = require "signoff.receiver.fetch"
local jwks_cache = require "signoff.receiver.jwks_cache"
local key_files = require "signoff.receiver.key_files"
local metadata = require "signoff.receiver.metadata"
local replay = require "signoff.receiver.replay"
local runtime = require "signoff.async.runtime"

local ngx = context.is_nginx and package.loaded.ngx

local keys = {}

local OK = 200
local PAUSE = 30 -- seconds between two fetches
local LONGEST = 2 -- seconds that a token waits for one
local POLL = 0.05 -- seconds after which it is seen whether another worker has fetched
local LARGEST = 256 * 1024 -- bytes of a key set
local DAY, WARN = 86400, 3600 -- seconds: how long an address is kept; how long a fetch may fail before `doctor` says so
local UNAVAILABLE = "The issuer's keys cannot be had now."

local Keys = {}
Keys.__index = Keys

-- Runs a function beside its caller where that can be: in a timer of nginx.
local function run_beside(f)
  if not (ngx and ngx.timer.at(0, function() f() end)) then
    f()
  end
end

local function log_nowhere() end

local function new_entry(self, issuer)
  local entry = {
    issuer = issuer.issuer, jwks_uri = issuer.jwks_uri, file = issuer.keys, ca_file = issuer.ca_file, proxy = issuer.proxy,
    is_transmitter = issuer.ssf ~= nil, cache = jwks_cache.new(), done = runtime.condition(),
  }
  entry.path = self.folder and key_files.path(self.folder, issuer.issuer)
  return entry
end

--- Makes the keys of a receiver, and reads those that are on disk.
-- @tparam table options `issuers`: each with `issuer`, `jwks_uri` or `keys` (a file) or neither, `ssf` (a table where it is a transmitter),
-- `ca_file`, `proxy`; `folder`: where keys are kept (nil: nowhere); `fetch(url, options)`: status, headers, body; `now()`: Unix seconds;
-- `clock()`: seconds that only move forward; `shared`: a dictionary of nginx that all workers have; `log(level, message)`;
-- `longest`: seconds that a token waits for a fetch (2); `key_set(text)`: as `signoff.jose` has it
function keys.new(options)
  local self = setmetatable({
    folder = options.folder, fetch = options.fetch or fetch.get, now = options.now or core.time, clock = options.clock or core.now,
    log = options.log or log_nowhere, disk = options.disk or disk, run_beside = options.run_beside or run_beside,
    longest = options.longest or LONGEST, key_set = options.key_set or require("signoff.jose").key_set, entries = {}, order = {},
  }, Keys)
  self.shared = options.shared or (ngx and ngx.shared.signoff_seen) or replay.dictionary(self.clock)
  for i, issuer in ipairs(options.issuers) do
    local entry = new_entry(self, issuer)
    self.entries[issuer.issuer], self.order[i] = entry, entry
    self:begin(entry)
  end
  return self
end

-- Takes keys from their text. nil, message where there is none that can be used.
local function take(self, entry, text, about)
  if #text > LARGEST then
    return nil, "is longer than 256 KiB"
  end
  local set, refused, more = self.key_set(text)
  for _, key in ipairs(set and refused or more or {}) do
    self.log("warn", ("%s: its key '%s' is not used: %s"):format(entry.issuer, core.shown(tostring(key.kid)), key.reason))
  end
  if not set then
    return nil, "has no key that can be used: " .. tostring(refused)
  end
  entry.cache:put(set, about, self.clock())
  return true
end

-- The mark by which a file that was replaced shows. Its inode alone may be that of an earlier one, which is gone.
local function mark_of(path)
  local about = core.stat(path)
  return about and ("%s %.0f %.0f"):format(about.id, about.size, about.mtime)
end

-- Takes the keys of an issuer that are on disk, where the file is another one than was read or written last.
local function load(self, entry)
  local mark = entry.path and mark_of(entry.path)
  if not mark or mark == entry.file_mark then
    return
  end
  entry.file_mark = mark
  local kept = key_files.read(self.folder, entry.issuer)
  if kept and take(self, entry, kept.jwks, { fetched = math.min(kept.fetched, self.now()), max_age = kept.max_age }) then
    entry.found, entry.found_at, entry.problem, entry.failing = kept.uri, kept.fetched, nil, nil
  end
end

-- Fetching

local function get(self, entry)
  return function(url)
    return self.fetch(url, { timeout = ngx and 10 or LONGEST, ca_file = entry.ca_file, proxy = entry.proxy })
  end
end

-- The address of the keys.
local function address_of(self, entry)
  if entry.jwks_uri then
    return entry.jwks_uri
  elseif entry.found and self.now() - entry.found_at < DAY then
    return entry.found
  end
  local found, message = metadata.find(entry.issuer, entry.is_transmitter, get(self, entry))
  entry.found, entry.found_at = found, self.now()
  return found, message
end

-- The text of the keys, and how long they may be kept; nil, message.
local function fetch_text(self, entry)
  if entry.file then
    return key_files.text(entry.file)
  end
  local url, message = address_of(self, entry)
  if not url then
    return nil, message
  end
  local status, headers, body = get(self, entry)(url)
  if not status then
    return nil, headers
  elseif status ~= OK then
    return nil, ("%s answered HTTP %d"):format(url, status)
  end
  return body, headers.max_age, url
end

local function fetch_keys(self, entry)
  local text, max_age, url = fetch_text(self, entry)
  if not text then
    return nil, max_age
  end
  local about = { issuer = entry.issuer, fetched = self.now(), max_age = max_age, uri = entry.found, jwks = text }
  local fine, problem = take(self, entry, text, about)
  if not fine then
    return nil, ("%s %s"):format(url or entry.file, problem)
  end
  return about
end

-- The name of a fetch in what all workers share, and of the one that may have been before it. A clock that all have, and that nobody sets,
-- tells which it is.
local function names_of(self, entry)
  local number = math.floor(self.clock() / PAUSE)
  return ("k%s %d"):format(entry.issuer, number), ("k%s %d"):format(entry.issuer, number - 1)
end

-- The state of a fetch that began less than a pause ago: `"fetching"`, `"fetched"`; nil: there is none.
local function state_of(self, entry)
  for _, name in ipairs { names_of(self, entry) } do
    local state, at = (self.shared:get(name) or ""):match "^([a-z]+) (.*)$"
    if state and self.clock() - core.number(at) < PAUSE then
      return state
    end
  end
  return entry.began and self.clock() - entry.began < PAUSE and "fetched" or nil
end

-- Takes the turn to fetch; nil and the state of the fetch that others began.
local function take_turn(self, entry)
  local state, turn = state_of(self, entry), names_of(self, entry)
  if state then
    return nil, state
  end
  local fine, problem = self.shared:safe_add(turn, "fetching " .. core.digits(self.clock()), 4 * PAUSE)
  if fine or problem ~= "exists" then -- a dictionary that is full keeps nobody from fetching
    return turn
  end
  return nil, "fetching"
end

-- Tells the other workers that the keys are on disk, or that there are none.
local function end_turn(self, turn)
  local at = (self.shared:get(turn) or ""):match " (.*)$"
  if at then
    self.shared:safe_set(turn, "fetched " .. at, 4 * PAUSE)
  end
end

local function save(self, entry, about, turn)
  if not entry.path or entry.file then
    return end_turn(self, turn)
  end
  self.disk.save(entry.path, key_files.text_of(about), function(fine, problem)
    entry.file_mark = fine and mark_of(entry.path) or nil
    if not fine then
      self.log("warn", problem)
    end
    end_turn(self, turn)
  end)
end

local function note_failure(self, entry, message)
  entry.problem, entry.failing = message, entry.failing or self.now()
  entry.found = nil
  self.log("warn", ("%s: its keys could not be fetched: %s"):format(entry.issuer, message))
end

-- An error is a failure as any other: a file of CAs may be missing for a moment.
local function run_fetch(self, entry, turn)
  local fine, about, message = coroutines.pcall(fetch_keys, self, entry)
  if not fine then
    about, message = nil, tostring(about)
  end
  entry.fetching = false
  entry.done:signal()
  if about then
    entry.problem, entry.failing = nil, nil
    save(self, entry, about, turn)
  else
    note_failure(self, entry, message)
    end_turn(self, turn)
  end
end

-- Begins a fetch, unless one is on its way, or was not long ago. Gives the state of that one.
local function begin_fetch(self, entry)
  if entry.fetching then
    return "here"
  end
  local turn, state = take_turn(self, entry)
  if not turn then
    return state
  end
  entry.fetching, entry.began = true, self.clock()
  self.run_beside(function()
    run_fetch(self, entry, turn)
  end)
  return "here"
end

-- Waits for the fetch of another worker, whose keys come by way of the disk.
local function wait_for_others(self, entry)
  local ends = self.clock() + self.longest
  repeat
    runtime.sleep(POLL)
  until state_of(self, entry) ~= "fetching" or self.clock() >= ends
end

-- Waits until keys were fetched. Gives true where they were asked for after this was called.
local function renew(self, entry)
  local before, state = entry.cache.generation, begin_fetch(self, entry)
  if state == "here" and entry.fetching then
    entry.done:wait(self.longest)
  elseif state == "fetching" then
    wait_for_others(self, entry)
  end
  if state ~= "here" then
    load(self, entry)
  end
  return entry.cache.generation ~= before
end

-- Verifying

-- Whether another key than those that are here may have signed the token.
local function may_be_newer(code, parsed)
  return code == "unknown_kid" or (code == "invalid_key" and not parsed.kid)
end

local function verify_again(self, entry, token, parsed)
  if not renew(self, entry) then
    return nil, "unavailable", UNAVAILABLE
  end
  local fine, kid, sentence = entry.cache.set:signed(token)
  if not fine and kid == "unknown_kid" and parsed.kid then
    entry.cache:note_missing(parsed.kid, self.clock())
  end
  return fine, kid, sentence
end

--- Verifies a token with the keys of its issuer.
-- @tparam string issuer
-- @tparam string token
-- @tparam table parsed of `signoff.jose`: its `kid`
-- @treturn ?boolean true: it is authentic; nil
-- @treturn ?string the kid of the key; or a code: `"unavailable"`: the keys cannot be had now, ask again; `"unknown_kid"`, `"invalid_key"`
-- @treturn ?string a sentence
function Keys:verify(issuer, token, parsed)
  local entry = self.entries[issuer]
  if not entry then
    return nil, "invalid_key", "This issuer is not configured."
  end
  local state = entry.cache:state(self.now(), self.clock())
  if state == "due" then
    begin_fetch(self, entry)
  elseif state == "none" then
    renew(self, entry)
    if entry.cache:state(self.now(), self.clock()) == "none" then
      return nil, "unavailable", UNAVAILABLE
    end
  end
  local fine, kid, sentence = entry.cache.set:signed(token)
  if fine or not may_be_newer(kid, parsed) or (parsed.kid and entry.cache:is_missing(parsed.kid, self.clock())) then
    return fine, kid, sentence
  end
  local again, code, words = verify_again(self, entry, token, parsed)
  if not again and code == "unavailable" and not parsed.kid then
    return nil, kid, sentence
  end
  return again, code, words
end

--- Reads the keys of an issuer that are there already.
-- @local
function Keys:begin(entry)
  load(self, entry)
  if entry.file then
    local about, message = fetch_keys(self, entry)
    if not about then
      note_failure(self, entry, message)
    end
  end
end

--- Fetches what is due, beside the caller: for a timer.
function Keys:refresh()
  for _, entry in ipairs(self.order) do
    if entry.cache:state(self.now(), self.clock()) ~= "fresh" then
      begin_fetch(self, entry)
    end
  end
end

--- The state of each issuer's keys, for `doctor`.
-- @treturn {table,...} `issuer`, `kids`, `age` (seconds; nil: there are no keys), `problem` (why the last fetch failed), `warning`: whether
-- it fails for more than an hour, or there are no keys
function Keys:state()
  local list = {}
  for i, entry in ipairs(self.order) do
    local age = entry.cache:age(self.now(), self.clock())
    list[i] = {
      issuer = entry.issuer, kids = entry.cache.set and entry.cache.set:kids() or {}, age = age < math.huge and age or nil,
      problem = entry.problem, warning = age > DAY or (entry.failing ~= nil and self.now() - entry.failing >= WARN),
    }
  end
  return list
end

return keys
