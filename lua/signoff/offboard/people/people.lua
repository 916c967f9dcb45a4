-- SPDX-License-Identifier: MIT

--- The people who leave, and their targets: from a CSV file, a file of JSON lines, or a list.
-- @module signoff.offboard.people.people

local cells = require "signoff.offboard.people.cells"
local core = require "signoff.core"
local csv = require "signoff.offboard.people.csv"
local suggest = require "signoff.offboard.people.suggest"
local Text = require "signoff.text"
local readers = require "signoff.offboard.people.reader"
local source = require "signoff.offboard.people.file"
local spreadsheet = require "signoff.offboard.people.spreadsheet"
local targets = require "signoff.offboard.people.target"
local check = require "signoff.check"
local wording = require "signoff.offboard.people.wording"

-- The problems of a list, gathered: its author wants to hear of more than the first one.
local problems = {}
problems.__index = problems

local SHOWN = 10

-- Makes the problems of a list in which nothing is wrong yet.
function problems.new()
  return setmetatable({ count = 0, texts = {} }, problems)
end

-- Adds a problem: a place (`leavers.csv:7`) and what is wrong there.
function problems:add(place, ...)
  self.count = self.count + 1
  if self.count <= SHOWN then
    self.texts[self.count] = place .. ": " .. string.format(...)
  end
end

-- All problems as one message, a line each; nil where nothing is wrong.
function problems:message()
  if self.count == 0 then
    return nil
  end
  local text = table.concat(self.texts, "\n")
  if self.count > SHOWN then
    text = ("%s\nand %d more lines like these"):format(text, self.count - SHOWN)
  end
  return text
end

local people = {}

local reading = {} -- methods of what one reading keeps
reading.__index = reading

local function keys(set)
  local list = {}
  for key in pairs(set) do
    list[#list + 1] = key
  end
  return list
end

local function check_delimiter(delimiter)
  local found = type(delimiter) == "string" and csv.delimiter(delimiter)
  if delimiter ~= nil and not found then
    core.raise "people: option 'delimiter' must be one character such as ',' or ';', and neither letter, digit nor quote"
  end
  return found or nil
end

function reading:place(line)
  return self.path and ("%s:%d"):format(self.path, line) or ("people[%d]"):format(line)
end

-- Columns that nobody knows; each is said once.
function reading:check_columns(names, line)
  for _, name in ipairs(names) do
    if type(name) ~= "string" then
      self.problems:add(self:place(line), "a member has no name but a %s", type(name))
    elseif not self.known[name] then
      self.known[name] = "refused"
      self.problems:add(self:place(line), "unknown column '%s'%s, or name it %s", Text.short(name),
        suggest.hint(name, self.nameable), wording.ignore(Text.short(name)))
    end
  end
end

-- The meaning of each column, and the names worth proposing.
local function known_columns(systems, ignored)
  local known, nameable = { person = "person" }, { "person" }
  for _, system in ipairs(systems) do
    if not known[system.column] then
      known[system.column] = "system"
      nameable[#nameable + 1] = system.column
    end
  end
  core.sort(nameable)
  for name in pairs(ignored) do
    known[name] = "ignored"
  end
  return known, nameable
end

-- How a text may be named in a message: never a token.
local function quoted(kind, text, number)
  if targets.are_secret(kind) or type(text) ~= "string" then
    return ("target %d"):format(number)
  end
  return ("'%s'"):format(Text.short(text, 60))
end

-- The other person who has this target on that system.
function reading:check_twice(system, target, line)
  local identity = targets.identity(system.kind, target)
  if not identity then
    return nil
  end
  local taken = self.taken[system.name]
  local other = taken[identity]
  if other then
    local hint = targets.duplicate_advice(system.kind, target)
    local where = other == line and "twice here" or "also at " .. self:place(other)
    return ("stands %s%s"):format(where, hint and "; " .. hint or "")
  end
  taken[identity] = line
end

function reading:check_target(system, text, number, line)
  local target, message = targets.understand(system.kind, system.client, text)
  if target then
    message = self:check_twice(system, target, line)
  end
  if message then
    self.problems:add(self:place(line), "column '%s', %s: %s", system.column, quoted(system.kind, text, number), message)
  elseif target.token then
    self.holds_tokens = true
  end
end

-- One cell as it stands: its targets are understood once, so that what is wrong is said now and not in the night. They are
-- not kept: of 100,000 people these would be more than the list itself.
function reading:read_cell(system, value, line)
  local pieces, message = cells.split(value)
  if not pieces then
    self.problems:add(self:place(line), "column '%s' %s", system.column, message)
    return nil
  end
  for number, text in ipairs(pieces) do
    self:check_target(system, text, number, line)
  end
  if #pieces == 0 then
    return nil
  end
  return type(value) == "table" and pieces or value -- a table may change in its owner's hands
end

-- The reason why a text is nobody's name.
local function name_problem(name)
  if core.printable(name) then
    return spreadsheet.damage(name)
  elseif name:find("\0", 1, true) then
    return "holds a NUL byte"
  elseif core.utf8(name) ~= name then
    return "is not UTF-8"
  elseif targets.has_controls(name) then
    return "holds a line break or a control character"
  end
  return targets.odd_ends(name) or spreadsheet.damage(name)
end

function reading:check_person(name, line)
  name = type(name) == "string" and Text.trim(name) or ""
  if name == "" then
    self.problems:add(self:place(line), "names nobody in the column 'person'")
    return nil
  end
  local problem = name_problem(name)
  if problem then
    self.problems:add(self:place(line), "'%s' %s", Text.short(name), problem)
    return nil
  end
  local folded = core.lower(name)
  if self.persons[folded] then
    self.problems:add(self:place(line), "'%s' stands also at %s; one person has one line", Text.short(name),
      self:place(self.persons[folded]))
    return nil
  end
  self.persons[folded] = line
  return name
end

function reading:read_person(values, line)
  if not self.head then
    self:check_columns(keys(values), line)
  end
  local person = { person = self:check_person(values.person, line), line = line, cells = {} }
  for _, system in ipairs(self.systems) do
    local value = values[system.column]
    if value ~= nil and self.known[system.column] == "system" then
      self.columns[system.column] = true
      person.cells[system.name] = self:read_cell(system, value, line)
    end
  end
  return person
end

-- A file of tokens: nobody else may read it, nor have put it there.
function reading:check_safe()
  if not self.private and self.fixed then
    self.problems:add(self.path, "holds tokens, others can read it (mode %04o), and its mount is read-only; mount it with mode 0400 "
      .. "(Docker: mode=0400, Kubernetes: defaultMode: 0400)", self.mode)
  elseif not self.private then
    self.problems:add(self.path, "holds tokens, and others can read it (mode %04o); run: chmod 600 %s", self.mode, self.path)
  elseif self.distrust then
    self.problems:add(self.path, "holds tokens, and %s", (self.distrust:sub(#self.path + 3)))
  end
end

-- The errors that only the whole list shows.
function reading:check_all(list)
  local any = false
  for _, system in ipairs(self.systems) do
    any = any or self.columns[system.column] or system.targets
  end
  if self.problems.count > 0 then
    return
  elseif #list == 0 then
    self.problems:add(self.path or "people", "%s", self.head and "has a head, but nobody below it" or "names nobody")
  elseif not any then
    self.problems:add(self.path or "people", "has no column of a system; known are %s", table.concat(self.nameable, ", "))
  elseif self.holds_tokens and self.path then
    self:check_safe()
  end
end

function reading:read_rows(reader)
  local list = {}
  for values, line, message in reader.next do
    if message then
      self.problems:add(self:place(line), "%s", message)
    else
      list[#list + 1] = self:read_person(values, line)
    end
  end
  return list
end

-- A first line without `person` may be no head at all: then its cells are not for showing.
function reading:check_head(names, line)
  for _, name in ipairs(names) do
    self.columns[name] = true
  end
  if self.columns.person then
    return self:check_columns(names, line)
  end
  local hint = ""
  for _, name in ipairs(names) do
    if suggest.distance(core.lower(name), "person") <= 2 then
      hint = ("; did you mean '%s' to be it?"):format(Text.short(name))
    end
  end
  self.problems:add(self:place(line), "the first line must name the columns, and none is called 'person'%s", hint)
end

function reading:read_all(reader)
  self.head = reader.columns ~= nil
  if self.head then
    self:check_head(reader.columns, reader.head_line)
  end
  if self.problems.count > 0 then
    return nil
  end
  local list = self:read_rows(reader)
  self:check_all(list)
  return list
end

local function new_reading(systems, options)
  local known, nameable = known_columns(systems, check.texts("people: option 'ignore'", options.ignore))
  if known.person ~= "person" then
    core.raise "people: option 'ignore' cannot name 'person'"
  end
  local new = {
    systems = systems, known = known, nameable = nameable, problems = problems.new(), columns = {}, persons = {}, taken = {},
  }
  for _, system in ipairs(systems) do
    new.taken[system.name] = {}
  end
  return setmetatable(new, reading)
end

local function open_file(self, path, delimiter)
  self.path = path
  local file, message = source.read(path)
  if not file then
    return nil, message
  end
  self.mode, self.private, self.distrust, self.sha256 = file.mode, file.private, file.distrust, core.sha256(file.bytes)
  self.fixed = file.fixed
  local reader, line
  reader, line, message = readers.of_text(file.text, delimiter)
  if not reader then
    return nil, ("%s: %s"):format(self:place(line), message)
  end
  return reader
end

--- Reads the people of a list.
--
-- A list of tokens must belong to its owner alone, and be trusted (see `file.trusted`). Errors are said of up to ten
-- lines at once. Nothing is asked of any system.
-- @param from the path of a CSV file or of one of JSON lines; or a list of `{person =, [column] = cell}`, where a cell is
-- a text, a secret, `{token =, device =}`, or a list of these
-- @tparam table systems as `systems.check` returns them
-- @tparam[opt] table options `ignore` (columns that are of no interest), `delimiter` (of CSV: `,`, or what a
-- first line `sep=;` says; also `tab`)
-- @treturn ?{table,...} `{person =, line =, cells = {[system's name] = cell}}`, of cells that hold a target, each for
-- `cells.split`; the list also has `path`, `sha256` (of the file), `private`, `columns` (a set); nil and a message with file
-- and line
-- @raise for options of a wrong type
function people.read(from, systems, options)
  options = options or {}
  local delimiter = check_delimiter(options.delimiter)
  local self = new_reading(systems, options)
  local reader, message
  if type(from) == "string" then
    reader, message = open_file(self, from, delimiter)
  elseif type(from) == "table" then
    reader, message = readers.of_list(from)
  else
    core.raise(("people: a path or a list is needed, not %s"):format(type(from)))
  end
  if not reader then
    return nil, message
  end
  local list = self:read_all(reader)
  message = self.problems:message()
  if message then
    return nil, message
  end
  list.path, list.sha256, list.private, list.columns = self.path, self.sha256, self.private, self.columns
  return list
end

return people
