-- SPDX-License-Identifier: MIT

--- The output of a command: data to stdout, messages to stderr, and files that only their owner may read.
-- @module signoff.offboard.cli.output

local core = require "signoff.core"
local ending = require "signoff.offboard.cli.exit"
local json = require "signoff.json"
local Text = require "signoff.text"

local output = {}

local begun = false -- whether data was written

local function problem_of(text)
  begun = true
  local fine, message = io.stdout:write(text)
  if fine then
    fine, message = io.stdout:flush()
  end
  return not fine and ("standard output cannot be written: %s"):format(tostring(message)) or nil
end

--- Writes data to stdout. A reader that went away, or a full disk, ends the command.
function output.write(text)
  local problem = problem_of(text)
  if problem then
    ending.stop(ending.USAGE, problem)
  end
end

--- Writes data as JSON, on one line.
function output.write_json(value)
  output.write(json.encode(value) .. "\n")
end

--- Writes the error that ends a command as the one document of stdout; nothing where data was written, or cannot be.
function output.write_error(code, message)
  if not begun then
    problem_of(json.encode { message_type = "exit_error", code = code, message = Text.clean_lines(message) } .. "\n")
  end
end

--- Writes a message to the operator, on stderr.
function output.say(format, ...)
  io.stderr:write(Text.clean_lines(select("#", ...) > 0 and format:format(...) or format), "\n")
end

-- `print` of a script: to stderr, since stdout is for data.
local function print_aside(...)
  local words = {}
  for i = 1, select("#", ...) do
    words[i] = tostring((select(i, ...)))
  end
  io.stderr:write(table.concat(words, "\t"), "\n")
end

--- Calls `f` while all that the systems' file prints goes to stderr: `print`, `io.write`.
-- @return what `f` returns, the first two values
function output.aside(f)
  local printing, writing = _G.print, io.output()
  _G.print = print_aside
  io.output(io.stderr)
  local first, second = f()
  _G.print = printing
  io.output(writing)
  return first, second
end

--- Writes data, and ends the process: inside argparse, such as for `--help`, no error that ends a command gets through.
function output.write_and_exit(text)
  local problem = problem_of(text)
  if problem then
    output.say("signoff-offboard: %s", problem)
  end
  os.exit(problem and ending.USAGE or 0)
end

--- Saves a file that only its owner may read, whole or not at all.
function output.save(path, bytes)
  local fine, message = core.save(path, bytes)
  if not fine then
    ending.stop(ending.USAGE, message)
  end
end

--- Makes a temporary file beside a path that is to be saved, and reserves its room.
-- @treturn string its name
function output.begin(path, bytes)
  local made, message = core.save_begin(path, bytes)
  return made or ending.stop(ending.USAGE, message)
end

--- Ends the command where a file could not be saved, before anything else is done.
function output.check(path)
  os.remove(output.begin(path, ""))
end

local function normal(path)
  return (path:gsub("//+", "/"):gsub("/%./", "/"):gsub("^%./", ""))
end

-- Whether two paths lead to one file. Of files that are not there yet the spelling alone tells.
local function are_same(a, b)
  local first, second = core.stat(a), core.stat(b)
  return normal(a) == normal(b) or first and second and first.id == second.id
end

--- Ends the command where a file that is to be written is one that it reads.
-- @tparam ?string path of what is to be written
-- @tparam ?string ... those that are read
function output.spare(path, ...)
  for i = 1, select("#", ...) do
    local other = select(i, ...)
    if path and other and are_same(path, other) then
      ending.stop(ending.USAGE, ("%s: is read by this command, and would be written over; name another file"):format(path))
    end
  end
end

-- Quotes a word for a shell.
local function quoted(word)
  return word:find "^[A-Za-z0-9_./:@%%+=,-]+$" and word or "'" .. word:gsub("'", "'\\''") .. "'"
end

--- A command line as the operator may paste it.
-- @tparam {string,...} words of this command, without its name
-- @treturn string
function output.command(words)
  local parts = { "signoff-offboard" }
  for _, word in ipairs(words) do
    parts[#parts + 1] = quoted(word)
  end
  return table.concat(parts, " ")
end

return output
