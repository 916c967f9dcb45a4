-- SPDX-License-Identifier: MIT

--- The journal of a run: each intent, act and finding is on disk before the next step.
--
-- One JSON object a line. Its first member, `prev`, is the SHA-256 of the line before (64 hexadecimal digits; zeros in the
-- first line), so that a line that was changed, removed, doubled or moved shows. The last line is vouched for by the
-- SHA-256 of it that `head` gives: keep it elsewhere. A last line without a newline was torn by a crash: it was never
-- committed, nothing was done on its strength, and it is cut off.
-- @module signoff.journal

local core = require "signoff.core"
local json = require "signoff.json"

local journal = {}

local LONGEST = 4 * 1024 * 1024 -- bytes of a line, as src/core/journal.h has it
local NONE = ("0"):rep(64) -- `prev` of the first line
local OPENING = '{"prev":"' -- of every line; its digits and a quotation mark follow

-- The lines of a file, one at a time: the memory depends on the longest line, not on the file.
local lines = {}
lines.__index = lines

--- Reads a file line by line.
-- @tparam table file `read()` gives the next bytes, nil at the end, or nil and a message; `close()`
-- @tparam number longest bytes that a line may have
function journal.lines(file, longest)
  return setmetatable({ file = file, longest = longest, text = "", from = 1 }, lines)
end

-- Reads more bytes behind the text that is left; false at the end.
local function fill(self)
  local rest = self.text:sub(self.from)
  if #rest > self.longest then
    self.problem = ("is longer than %d bytes"):format(self.longest)
    return false
  end
  local chunk, problem = self.file:read()
  self.text, self.from = rest .. (chunk or ""), 1
  self.problem = not chunk and problem and "cannot be read: " .. problem or nil
  return chunk ~= nil
end

--- The next line without its newline; nil at the end. Then `rest` is what stood behind the last newline, and `problem`,
-- where there is one, why the end was not reached: the end of a sentence about the line that would have come.
-- @function lines:next
function lines:next()
  while self.file do
    local ending = self.text:find("\n", self.from, true)
    if ending then
      local line = self.text:sub(self.from, ending - 1)
      self.from = ending + 1
      return line
    elseif not fill(self) then
      self:close()
    end
  end
end

--- Ends the reading early. Doing it again is harmless.
-- @function lines:close
function lines:close()
  if self.file then
    self.file:close()
    self.file, self.rest = nil, self.text:sub(self.from)
  end
end

-- Writing

local writer = {}
writer.__index = writer

local function new_writer(env, handle)
  return setmetatable({ env = env, handle = handle, written = 0, committed = 0, torn = 0 }, writer)
end

--- Makes a journal, which only its owner may read. It is locked until it is closed: nobody else can write to it.
-- @tparam table env `sleep`: what its owner waits by
-- @tparam string path where nothing is yet
-- @return a writer; or nil, message, reason: `"exists"`, `"denied"`, `"full"`, `"missing"`, `"failed"`
function journal.create(env, path)
  local handle, message, reason = core.journal(path, "create")
  if not handle then
    return nil, message, reason
  end
  return new_writer(env, handle)
end

--- Opens a journal to continue it. It must be trusted; it is locked, read and checked; a torn last line is cut off, and
-- `torn` has its bytes and `notice` says so.
-- @tparam table env as `create` takes it
-- @tparam string path
-- @tparam[opt] function each as `check` takes it
-- @tparam[opt] boolean as_texts as `read` takes it
-- @return a writer, with `lines`, `torn` and `notice`; or nil, message, reason: those of `create`, `"locked"`, `"not_file"`,
-- `"untrusted"`, or `"damaged"` with the number of the line. A damaged journal is left as it is.
function journal.reopen(env, path, each, as_texts)
  local handle, message, reason = core.journal(path, "append")
  if not handle then
    return nil, message, reason
  end
  local found, damage = journal.check(path, each, { read = function() return handle:read() end, close = function() end }, as_texts)
  if not found then
    handle:close()
    return nil, damage, "damaged"
  end
  local fine
  fine, message, reason = handle:continue(found.size, found.head)
  if not fine then
    handle:close()
    return nil, message, reason
  end
  local made = new_writer(env, handle)
  made.lines, made.torn, made.notice = found.lines, found.torn, found.notice
  return made
end

--- Adds a record. It is on disk when `sync` has returned true.
-- @function writer:write
-- @tparam table record anything that JSON can say, but no member `prev`
-- @return true; or nil, message, reason when an earlier record could not be written
function writer:write(record)
  if record.prev ~= nil then
    error("journal: a record must have no member 'prev'", 2)
  end
  local fine, message, reason = self.handle:append(json.encode_unsorted(record))
  self.written = self.written + 1
  return fine, message, reason
end

--- Waits until all that was written before is on disk. Of all tasks that wait so in one turn of the loop, the first one
-- that runs again writes for all of them.
-- @function writer:sync
-- @return true; or nil, message, reason (`"full"`, `"failed"`, `"changed"`): then none of it is in the journal, none will be,
-- and nothing more is taken. So what was to happen on its strength must not happen.
function writer:sync()
  local mine = self.written
  if self.committed < mine then
    self.env.sleep(0)
  end
  if self.committed < mine then
    local fine, message, reason = self.handle:commit()
    if not fine then
      return nil, message, reason
    end
    self.committed = self.written
  end
  return true
end

--- SHA-256 of the last line, 64 hexadecimal digits.
-- @function writer:head
function writer:head()
  return self.handle:head()
end

--- Writes what is still to be written, and closes. Closing twice is harmless.
-- @function writer:close
-- @return true; or nil, message, reason
function writer:close()
  local handle = self.handle
  if self.closed then
    return true
  end
  self.closed = true
  local fine, message, reason = handle:commit()
  handle:close()
  return fine, message, reason
end

-- Reading

local reader = {}
reader.__index = reader

local function open(path)
  local file, message = core.file(path)
  local kind = file and file:about().kind
  if file and kind ~= "file" then
    file:close()
    return nil, ("%s: is a %s; name a file"):format(path, kind)
  end
  return file, message
end

--- Opens a journal that is acted upon: nobody but root and the user who runs this can have put it there.
-- @tparam string path
-- @return what `read` and `check` take as `file`; or nil, message
function journal.trusted(path)
  local file, message = open(path)
  if not file then
    return nil, message
  end
  local fine
  fine, message = file:trust()
  if not fine then
    file:close()
    return nil, message
  end
  return file
end

--- Opens a journal to be read. It may be in use: then it ends where its writer is, perhaps within a line.
-- @tparam string path
-- @tparam[opt] table file of that path, open already: `read()`, `close()`
-- @tparam[opt] table from a reader that has reached the end of the file, which has grown since: reading goes on there
-- @tparam[opt] boolean as_texts the chain is checked, and lines are given as they are: much faster
-- @return a reader; or nil, message
function journal.read(path, file, from, as_texts)
  local message
  if not file then
    file, message = open(path)
  end
  if not file then
    return nil, message
  end
  local self = { path = path, source = journal.lines(file, LONGEST), lines = 0, size = 0, head = NONE, torn = 0, as_texts = as_texts }
  if from then
    file:seek(from.size)
    self.lines, self.size, self.head, self.last = from.lines, from.size, from.head, from.last
  end
  return setmetatable(self, reader)
end

-- The digits that a line begins with; nil where it begins with anything else.
local function prev_of(line)
  local ends = #OPENING + #NONE
  local framed = line:sub(1, #OPENING) == OPENING and line:sub(ends + 1, ends + 1) == '"'
  return framed and line:sub(#OPENING + 1, ends) or nil
end

-- Which of two lines is wrong, where the second does not carry the SHA-256 of the first. If the line after both carries that of the
-- second, the second is as it was written.
local function blame(self, line, following)
  local number = self.lines + 1
  local sound = following and prev_of(following) == core.sha256(line)
  if line == self.last then
    return number, ("is line %d once more"):format(number - 1)
  elseif following and not sound then
    return number, "was changed, or was put or moved here"
  elseif number == 1 then
    return number, "is not the first line of this journal: what was before it is missing"
  elseif not sound then
    return number, ("does not follow line %d: one of them was changed, or lines between them are missing"):format(number - 1)
  end
  return number - 1, ("was changed, or lines behind it are missing: line %d does not follow it"):format(number)
end

-- The record of a line; or nil, the number of a line and what is wrong with that.
local function record_of(self, line)
  local prev = prev_of(line)
  if not prev then
    return nil, self.lines + 1, "is no line of a journal"
  elseif prev ~= self.head then
    return nil, blame(self, line, self.source:next())
  end
  if self.as_texts then
    return line
  end
  local record, problem = json.decode(line)
  if not record then
    return nil, self.lines + 1, problem
  end
  record.prev = nil
  return record
end

local function fail(self, number, problem)
  self.source:close()
  self.damaged = number
  self.problem = ("%s:%d: %s; the journal is damaged: use a copy of it"):format(self.path, number, problem)
end

-- The bytes behind the last newline were torn off by a crash, if they can be the beginning of a line.
local function judge_rest(self, rest)
  local opening = OPENING .. self.head .. '"'
  if self.lines == 0 and rest:sub(1, #opening) ~= opening:sub(1, #rest) then
    return "is no line of a journal"
  elseif rest ~= "" and json.decode(rest:sub(1, -2)) then
    return "has no newline, but something else in its place"
  end
  self.torn = #rest
  if self.torn > 0 then
    self.notice = ("%s: its last line was torn by a crash: %d bytes without a newline do not count"):format(self.path, #rest)
  end
end

local function finish(self)
  self.done = true
  local problem = self.source.problem or judge_rest(self, self.source.rest)
  if problem then
    fail(self, self.lines + 1, problem)
  end
end

--- The next record and its line's number, in that file; nil at the end and at damage, which `result` tells apart.
-- @function reader:next
function reader:next()
  if self.done then
    return nil
  end
  local line = self.source:next()
  if not line then
    return finish(self)
  end
  local record, place, problem = record_of(self, line)
  if not record then
    self.done = true
    return fail(self, place, problem)
  end
  self.lines, self.size, self.head, self.last = self.lines + 1, self.size + #line + 1, core.sha256(line), line
  return self.lines, record
end

--- For a loop: `for number, record in reader:records() do`. Ask for `result` after it.
-- @function reader:records
function reader:records()
  return reader.next, self
end

--- The result of reading, once all is read.
-- @function reader:result
-- @treturn table `lines`, `size` (their bytes), `head` (SHA-256 of the last one), `torn` (bytes behind it that do not count)
-- and, if there are any, `notice`, which says so; or nil, message: `"PATH:LINE: ..."`, the number of the line
function reader:result()
  while not self.done do
    self:next()
  end
  if self.problem then
    return nil, self.problem, self.damaged
  end
  return { lines = self.lines, size = self.size, head = self.head, torn = self.torn, notice = self.notice }
end

--- Reads a journal from end to end and checks the chain.
-- @tparam string path
-- @tparam[opt] function each called with the number and the record of every line, as far as they are sound; may return what is wrong with
-- one, the end of a sentence: then the journal is damaged
-- @tparam[opt] table file as `read` takes it
-- @tparam[opt] boolean as_texts as `read` takes it
-- @treturn table as `reader:result` gives it; or nil, message
function journal.check(path, each, file, as_texts)
  local reading, message = journal.read(path, file, nil, as_texts)
  if not reading then
    return nil, message
  end
  for number, record in reading:records() do
    local problem = each and each(number, record)
    if problem then
      reading.done = true
      fail(reading, number, problem)
    end
  end
  return reading:result()
end

return journal
