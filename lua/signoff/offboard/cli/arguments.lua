-- SPDX-License-Identifier: MIT

--- The arguments of `signoff-offboard`.
-- @module signoff.offboard.cli.arguments

local argparse = require "argparse"
local core = require "signoff.core"
local output = require "signoff.offboard.cli.output"
local values = require "signoff.offboard.cli.values"

local arguments = {}

local unpack = table.unpack or unpack -- luacheck: ignore 143 (5.1 has the global only)

-- Options by name: flag, and what argparse is to know of it.
local options = {
  people = { "--people", "The list again: tokens stand in it alone.", argname = "FILE" },
  out = { "-o --out", "Where the plan, or the report, is written (0600).", argname = "FILE" },
  no_targets = { "--no-targets", "What to think of people without any target: fine, they are meant to have none.", argname = "fine",
    choices = { "fine" } },
  protect = { "--protect", "Leave this person, target or user alone.", argname = "NAME", count = "*", convert = values.name },
  max_people = { "--max-people", "Refuse a list of more people.", argname = "N", convert = values.count },
  operator = { "--operator", "Who does it; by default who runs this, and how that is known.", argname = "NAME" },
  ticket = { "--ticket", "What asks for it; kept in the plan.", argname = "TEXT" },
  ignore = { "--ignore", "A column of the list that is no system.", argname = "COLUMN", count = "*", convert = values.name },
  delimiter = { "--delimiter", "What stands between cells: a character, or tab (,).", argname = "C", convert = values.delimiter },
  journal = { "-j --journal", "Where every step is written down (0600); a new file.", argname = "FILE" },
  not_before = { "--not-before", "Not before this time of day, by --tz.", argname = "HH:MM", convert = values.time_of_day },
  not_after = { "--not-after", "Not after this time of day, by --tz; the rest is for resume.", argname = "HH:MM",
    convert = values.time_of_day },
  max_age = { "--max-age", "Refuse a plan that is older, such as 24h.", argname = "SPAN", convert = values.span },
  max_fail = { "--max-fail", "Stop after that many failures, or that share of the targets.", argname = "N|P%", convert = values.share },
  settle = { "--settle", "Between the two looks that make \"gone\" count (10).", argname = "SPAN", convert = values.time_between },
  schedule = { "--schedule", "Seconds between looks (1,2,3,5).", argname = "S,S,..", convert = values.schedule },
  deadline = { "--deadline", "How long a target may take from its act on (60).", argname = "SPAN", convert = values.span },
  tz = { "--tz", "The zone of all times, shown and told: UTC, +01:00, Europe/Berlin; by default this machine's.", argname = "ZONE",
    convert = values.zone },
  metrics = { "--metrics", "Write counts for Prometheus there (0644), at the end.", argname = "FILE" },
  on_end = { "--on-end", "Run this program at the end: its absolute path, and arguments behind blanks.", argname = "COMMAND",
    convert = values.program },
  failed = { "--failed", "Write who is not out, as a list that plan takes (0600).", argname = "FILE" },
  release = { "--release", "Let these events be acted upon that are held, or all.", argname = "ID", args = "+", convert = values.name },
  brake = { "--brake", "Hold the events of more persons than that in a minute, an hour or a day (25/h).", argname = "N/UNIT",
    convert = values.brake },
  merge = { "--merge", "Events of a person within that time make one run (30s).", argname = "SPAN", convert = values.span },
  inbox = { "--inbox", "Look at the inbox of a receiver, too.", argname = "INBOX" },
  person = { "--person", "This person alone.", argname = "NAME", count = "*", convert = values.name },
  only = { "--only", "This system alone.", argname = "SYSTEM", count = "*", convert = values.name },
  config = { "-c --config", "The systems: a Lua file ($SIGNOFF_CONFIG, else /etc/signoff/systems.lua).", argname = "FILE" },
  format = { "--format", "text, json, csv or html (a page).", argname = "FORMAT",
    choices = { "text", "json", "csv", "html" } },
}

local flags = {
  yes = { "-y --yes", "Do it. Without it: say what would be done." },
  or_resume = { "--or-resume", "Where the journal is there already, and of this plan, go on with it." },
  check = { "--check", "Verify the journal's chain of checksums, and say its head." },
  json = { "--json", "One JSON document on stdout, errors too (docs/json.md)." },
  quiet = { "-q --quiet", "No progress." },
  once = { "--once", "Act upon what is there, and end." },
  status = { "--status", "Say what waits, what is held and what was done. Changes nothing." },
}

local some = { "person", "only" }
local run = { "protect", "not_before", "not_after", "max_fail", "settle", "schedule", "deadline", "on_end", "quiet" }
local lists = { "ignore", "delimiter" }
local everywhere = { "config", "tz", "json" }

local function with(...)
  local names = {}
  for _, part in ipairs { ... } do
    for _, name in ipairs(type(part) == "table" and part or { part }) do
      names[#names + 1] = name
    end
  end
  return names
end

-- Commands in the order in which a night goes: argument, what it does, options.
local commands = {
  { "init", "SYSTEM", "Print the systems' file of these systems, to be filled in." },
  { "config", "check", "Look whether the systems' file is filled in, and right. Asks nobody." },
  { "doctor", nil, "Ask each system by reading: reachable, TLS, credentials, rights, clock.", { "inbox" } },
  { "plan", "PEOPLE", "Find out what would be done, and write it down. Changes nothing.",
    with("out", "protect", "no_targets", "max_people", "operator", "ticket", lists) },
  { "show", "PLAN", "Show a plan again. Asks nobody." },
  { "apply", "PLAN", "Sign the people of a plan out, and prove it.",
    with("people", "journal", "yes", "or_resume", some, "max_age", "failed", "metrics", lists, run) },
  { "resume", "JOURNAL", "Go on where a run was stopped.", with("people", some, "failed", "metrics", lists, run) },
  { "status", "PEOPLE", "Look who is in. Changes nothing.", with(some, lists) },
  { "report", "JOURNAL", "What came of a run.", with("format", "out", "check", some, "failed", "metrics", "people", lists) },
  { "watch", "INBOX", "Sign people out as the events of an identity provider come in, and prove it.",
    with("once", "status", "release", "people", "protect", "brake", "merge", "settle", "schedule", "deadline", "quiet", lists) },
  { "undo", "JOURNAL", "Put back the statuses that a run replaced.", with("journal", run) },
  { "version", nil, "The versions of this command and of what it runs on." },
}

-- Arguments by their names: the words of the help, and what argparse is to know.
local arguments_shown = {
  PEOPLE = { "The list: CSV or JSON lines." }, PLAN = { "What plan wrote; - is standard input." }, JOURNAL = { "What apply wrote." },
  INBOX = { "The folder of the receiver's inbox." },
  SYSTEM = { "A kind of system.", args = "+" }, check = { "The word check.", choices = { "check" } },
}

-- Keeps the option as it was typed, in the order of the line.
local function keeping(typed, name, flag, convert)
  return function(text)
    typed[#typed + 1] = { name = name, flag = flag, text = text }
    if convert then
      return convert(text)
    end
    return text
  end
end

local function add(parser, typed, name)
  local spec = options[name] or flags[name]
  if flags[name] then
    parser:flag(spec[1], spec[2]):target(name)
    return
  end
  local option = parser:option(spec[1], spec[2]):target(name):argname(spec.argname)
  option:convert(keeping(typed, name, spec[1]:match "%-%-[^ ]+", spec.convert))
  if spec.choices then
    option:choices(spec.choices)
  end
  if spec.count then
    option:count(spec.count)
  end
  if spec.args then
    option:args(spec.args)
  end
end

-- A flag that only shows a text.
local function showing(flags_of, description, text_of)
  return function(parser)
    parser:flag(flags_of, description):action(function()
      output.write_and_exit(text_of(parser) .. "\n")
    end)
  end
end

local add_help = showing("-h --help", "Show this help message and exit.", function(parser)
  return (parser:get_help():gsub("\n*$", ""))
end)

local add_version = showing("-V --version", "The version.", function()
  return "signoff-offboard " .. core.version
end)

local function add_command(parser, typed, name, argument, description, names)
  local command = parser:command(name, description):add_help(false)
  add_help(command)
  if argument then
    local shown = arguments_shown[argument]
    local added = command:argument(core.lower(argument), shown[1]):target "subject":argname(argument):args(shown.args or 1)
    if shown.choices then
      added:choices(shown.choices)
    end
  end
  for _, option in ipairs(names or {}) do
    add(command, typed, option)
  end
  for _, option in ipairs(everywhere) do
    add(command, typed, option)
  end
end

local exits = [[
Exit status: 0 all out; 1 some failed or are still in; 2 usage, configuration or a list that cannot be taken; 3 some
unproven; 4 credentials refused; 5 stopped by a guard rail or a broken system; 6 interrupted; 70 a bug. After 4, 5
and 6 `resume` goes on.]]

local function new_parser(typed)
  local parser = argparse("signoff-offboard", "Signs people out of five systems, and proves it.", exits):add_help(false)
  parser:require_command(true):command_target "command"
  add_help(parser)
  add_version(parser)
  for _, command in ipairs(commands) do
    add_command(parser, typed, unpack(command, 1, 4))
  end
  return parser
end

--- The parser itself, for completion and for the manual.
function arguments.parser()
  return new_parser {}
end

-- `--tz -03:00`: what begins with a minus would be an option.
local function joined(given)
  local words = {}
  for _, word in ipairs(given) do
    if words[#words] == "--tz" then
      words[#words] = "--tz=" .. word
    else
      words[#words + 1] = word
    end
  end
  return words
end

--- Whether JSON is wanted, also where the arguments cannot be read.
-- @tparam {string,...} given
-- @treturn boolean
function arguments.ask_for_json(given)
  for _, word in ipairs(given) do
    if word == "--json" or word == "--" then
      return word == "--json"
    end
  end
  return false
end

--- Reads the arguments.
-- @tparam {string,...} given
-- @treturn table `command`, `subject`, options by name, and `typed`: those with a value as they were written; nil and what is wrong.
-- Help and the version end the process
function arguments.read(given)
  local typed = {}
  local parser = new_parser(typed)
  local fine, result = parser:pparse(joined(given))
  if not fine then
    return nil, result
  end
  result.typed = typed
  return result
end

local function taken_by(name)
  local taken = { config = true, tz = true }
  for _, command in ipairs(commands) do
    for _, option in ipairs(command[1] == name and command[4] or {}) do
      taken[option] = true
    end
  end
  return taken
end

--- The next command to type, with all options of this one that it takes: hours, names that are protected, and others
-- must not be lost on the way.
-- @tparam table given
-- @tparam string command
-- @tparam string subject its argument
-- @tparam[opt] table instead options by name that stand there in place of those that were typed
-- @treturn string
function arguments.next(given, command, subject, instead)
  local taken, words = taken_by(command), { command, subject }
  local function append(flag, text)
    if text:find "^%-" then
      words[#words + 1] = flag .. "=" .. text
    else
      words[#words + 1], words[#words + 2] = flag, text
    end
  end
  for _, name in ipairs { "people", "journal" } do
    if instead and instead[name] then
      append("--" .. name, instead[name])
    end
  end
  for _, option in ipairs(given.typed) do
    if taken[option.name] and not (instead and instead[option.name]) then
      append(option.flag, option.text)
    end
  end
  return output.command(words)
end

return arguments
