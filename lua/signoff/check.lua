-- SPDX-License-Identifier: MIT

--- Checks what a script gives: tables of options (unknown names, wrong types, numbers that are no seconds), lists of texts, tokens.
-- @module signoff.check

local core = require "signoff.core"
local text = require "signoff.text"

local check = {}

local function one(where, name, value, wanted)
  if not wanted then
    core.raise(("%s: unknown option '%s'"):format(where, tostring(name)))
  elseif type(value) ~= wanted then
    core.raise(("%s: option '%s' must be a %s, not %s"):format(where, name, wanted, type(value)))
  elseif wanted == "number" and not (value >= 0 and value < math.huge) then
    core.raise(("%s: option '%s' is no number of seconds"):format(where, name))
  end
end

local function schedule_of(where, schedule)
  if not schedule then
    return
  end
  for _, seconds in pairs(schedule) do
    one(where, "schedule", seconds, "number")
  end
  if #schedule == 0 or schedule[#schedule] == 0 then
    core.raise(("%s: option 'schedule' must be a list of seconds that does not end with 0"):format(where))
  end
end

--- Raises what is wrong with options.
-- @tparam string where the method, for the message
-- @tparam ?table options
-- @tparam table wanted the type of each option that there is; numbers are seconds
function check.options(where, options, wanted)
  if options ~= nil and type(options) ~= "table" then
    core.raise(("%s: the options must be a table, not %s"):format(where, type(options)))
  end
  for name, value in pairs(options or {}) do
    one(where, name, value, wanted[name])
  end
  schedule_of(where, options and options.schedule)
end

local function is_number(value)
  return type(value) == "number" and value >= 0 and value < math.huge
end

local function number_or(where, name, value, wanted)
  if wanted == nil then
    core.raise(("%s: unknown option '%s'"):format(where, tostring(name)))
  elseif type(wanted) == "string" and type(value) ~= wanted then
    core.raise(("%s: option '%s' must be a %s, not %s"):format(where, name, wanted, type(value)))
  elseif type(wanted) ~= "string" and not is_number(value) then
    core.raise(("%s: option '%s' must be a number, 0 or more"):format(where, name))
  end
end

--- Checks numbers that a caller may set, and adds the others.
-- @tparam string where the function, for the message
-- @tparam ?table given the caller's options
-- @tparam table known by name: the default number; false where there is none; or the name of another type that is wanted
-- @treturn table options
-- @raise for an unknown name, for a value that is no number or below 0, and for a wrong type
function check.numbers(where, given, known)
  if given ~= nil and type(given) ~= "table" then
    core.raise(("%s: a table of options is needed, not %s"):format(where, type(given)))
  end
  local options = {}
  for name, number in pairs(known) do
    options[name] = type(number) == "number" and number or nil
  end
  for name, value in pairs(given or {}) do
    number_or(where, name, value, known[name])
    options[name] = value
  end
  return options
end

--- Checks an option that is a list of texts, or a set of them.
-- @tparam string option its name, as messages have it
-- @tparam[opt] table list `{text, ...}`, or `{[text] = true}`
-- @treturn table set, of the texts without the blanks around them
-- @raise for anything else, for an empty text, and for one with a NUL byte
function check.texts(option, list)
  local set = {}
  if list ~= nil and type(list) ~= "table" then
    core.raise(("%s must be a list of texts, not %s"):format(option, type(list)))
  end
  for key, value in pairs(list or {}) do
    local member = type(key) == "string" and value == true and key or value
    if type(member) ~= "string" or not member:find "[^ \t-\r]" then
      core.raise(("%s must be a list of texts, none of them empty"):format(option))
    end
    if member:find("\0", 1, true) then
      core.raise(("%s holds a text with a NUL byte"):format(option))
    end
    set[text.trim(member)] = true
  end
  return set
end

-- Tokens as people copy them: with a word, a name or quotes around, which no system takes.
local schemes = { bearer = "Bearer", basic = "Basic", digest = "Digest", jwt = "JWT", oauth = "OAuth", negotiate = "Negotiate" }

-- Patterns of the token in small letters, and what is said of it.
local NAME, HEADER = "has the token's name before it; give the token alone", "has a header's name before the token; give the token alone"
local REPLY = "is no token, but what a system sent with it; give the token alone"
local QUOTES = "stands in quotes, which are no part of the token; give it without them"
local around_tokens = {
  { "^\239\187\191", "begins with a byte order mark, which is no part of the token; give it without" },
  { "^access_?token[ \t]*[=:]", NAME }, { "^token[ \t]*[=:]", NAME }, { "^token[ \t]", NAME },
  { "^authorization[ \t]*[=:]", HEADER }, { "^authorization[ \t]", HEADER }, { "^[a-z][a-z-]*[ \t]*:[ \t]", HEADER },
  { "^\\?[\"'`].*[\"'`],?$", QUOTES }, { "^\226\128[\152-\159].*\226\128[\152-\159]$", QUOTES },
  { "^{.*[\"':]", REPLY }, { "^%[[ \t]*[\"'{]", REPLY }, { "^<[a-z?!]", REPLY }, -- but GUIDs may stand in braces
}

-- Around a token stand quotes, brackets, or a word that ends with a blank, '=' or ':'. Most tokens begin with a word that goes on.
local WORD_OF_TOKEN = "^[A-Za-z_-]*[0-9./+~]"

--- Finds text around a token that is no part of it.
-- @tparam string|secret token
-- @treturn ?string the end of a sentence, without the token; nil where nothing does
function check.token(token)
  local bytes = core.bytes(token)
  if bytes:find(WORD_OF_TOKEN) then
    return nil
  end
  local folded = core.lower(bytes)
  local scheme = schemes[folded:match "^([a-z]+)[ \t:]" or folded]
  if scheme then
    return ("has '%s' before the token, which is no part of it; give the token alone"):format(scheme)
  end
  for _, row in ipairs(around_tokens) do
    if folded:find(row[1]) then
      return row[2]
    end
  end
end

return check
