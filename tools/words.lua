-- SPDX-License-Identifier: MIT
-- Checks the words of the files that are named: lua5.4 tools/words.lua FILE...
-- A retired word is in no file name, no identifier, no comment and no title of a spec; the code in pages counts as well. Other
-- texts between quotes are for users, and exempt. No sentence of a comment begins with What, Who or Whoever.

local files = require "spec.support.files"

-- docs/glossary.md has the words that replace them. A part of an identifier counts.
local RETIRED = [[
  acts agenda bars beat campaign chronicle course depart detours doorbell flight gates guard halt hang_up judgement landed lane launch
  leftover letter looks mailbox nearest occupancy passing patience places plantext promise recall resumption scout shelf sightings
  spares tabular tally tuning turns ]]

-- Phrases that may be used, and why.
local PHRASES = {
  { "in[_ ]flight", "requests that were sent and not answered: the field's word, and public in the progress of a run" },
  { "guard rail", "a limit that stops a run: the glossary's word" },
}

-- Words that are retired as names of modules alone, and the files that keep them.
local MODULES = {
  plain = { ["lua/signoff/offboard/report/plain.lua"] = "the report as plain text, beside csv and html" },
}

local BEGINNINGS = { What = true, Who = true, Whoever = true }

local LUA = { line = "^%-%-", open = "^%-%-%[(=*)%[", text = "^%[(=*)%[", quotes = "^[\"']" }
local C = { line = "^//", block = "^/%*", quotes = "^[\"']" }
local JAVASCRIPT = { line = "^//", block = "^/%*", quotes = "^[\"'`]", comments = true } -- its names are those of the browser's interfaces
local SHELL = { line = "^#", after_blank = true, quotes = "^[\"']" }
local KINDS = { lua = LUA, mjs = JAVASCRIPT, rockspec = LUA, luacheckrc = LUA, busted = LUA, ld = LUA, c = C, h = C }

local retired = {}
for word in RETIRED:gmatch "%S+" do
  retired[word] = true
end

local found = 0

local function say(path, line, text)
  found = found + 1
  io.stderr:write(("%s:%d: %s\n"):format(path, line, text))
end

-- Pieces of a file ----------------------------------------------------------------------------------------------------------

local function kind_of(path, text)
  return KINDS[path:match "%.(%w+)$"] or (text:find "^#![^\n]*lua" and LUA) or SHELL
end

-- Of a page only the code, with its line numbers kept.
local function code_of_page(text)
  local lines, fence = {}, false
  for line in text:gmatch "([^\n]*)\n?" do
    local mark = line:find "^%s*```" ~= nil
    fence = fence ~= mark
    lines[#lines + 1] = fence and not mark and line or ""
  end
  return table.concat(lines, "\n")
end

local function end_of_quote(text, at)
  local quote, from = text:sub(at, at), at
  repeat
    at = text:find("[\\\n" .. quote .. "]", at + 1)
    local byte = at and text:sub(at, at)
    if byte == "\\" then
      at = at + 1
    elseif byte then
      return byte == quote and at or from
    end
  until not at
  return from
end

local function end_of_long(text, at, closing)
  return select(2, text:find(closing, at, true)) or #text
end

-- The kind of what begins there (`"comment"`, `"text"` or `"code"`), and its last byte.
local function piece(text, at, kind)
  local level = kind.open and text:match(kind.open, at)
  if level then
    return "comment", end_of_long(text, at, "]" .. level .. "]")
  elseif kind.block and text:find(kind.block, at) then
    return "comment", end_of_long(text, at + 2, "*/")
  elseif text:find(kind.line, at) and (not kind.after_blank or at == 1 or text:find("^%s", at - 1)) then
    return "comment", (text:find("\n", at, true) or #text + 1) - 1
  end
  level = kind.text and text:match(kind.text, at)
  if level then
    return "text", end_of_long(text, at, "]" .. level .. "]")
  elseif text:find(kind.quotes, at) then
    return "text", end_of_quote(text, at)
  end
  return "code", select(2, text:find("^[%w_ ]+", at)) or at
end

-- The words -----------------------------------------------------------------------------------------------------------------

local function check_words(path, line, text)
  text = text:gsub("(%l)(%u)", "%1_%2"):lower()
  for _, phrase in ipairs(PHRASES) do
    text = text:gsub(phrase[1], "")
  end
  for name in text:gmatch "[%a_]+" do
    for word in (name .. " " .. name:gsub("_", " ")):gmatch "[%a_]+" do
      if retired[word] then
        say(path, line, ("'%s' is retired: docs/glossary.md has a word for it"):format(word))
        break
      end
    end
  end
end

local function check_beginnings(path, line, text)
  text = ". " .. text:gsub("^%s*[-/*#!]*%s*", ""):gsub("`[^`]*`", "``")
  for word, rest in text:gmatch "[.:;!?]%s+(Wh%l+)%f[%A]([^.!?]*[.!?]?)" do
    if BEGINNINGS[word] and not rest:find "%?$" then
      say(path, line, ("a sentence begins with %s: name the thing"):format(word))
    end
  end
end

local function check_comment(path, line, text)
  for part in (text .. "\n"):gmatch "(.-)\n" do
    check_words(path, line, part)
    check_beginnings(path, line, part)
    line = line + 1
  end
end

local function is_title(path, before)
  return path:find "_spec%.lua$" and (before:find "%f[%a]it[ (]*$" or before:find "%f[%a]describe[ (]*$")
end

local function check_text(path, text)
  local kind, at, line, before = kind_of(path, text), 1, 1, ""
  while at <= #text do
    local what, ends = piece(text, at, kind)
    local part = text:sub(at, ends)
    if what == "comment" then
      check_comment(path, line, part)
    elseif what == "code" and not kind.comments or is_title(path, before) then
      check_words(path, line, part)
    end
    before = what == "code" and before:sub(-12) .. part or ""
    line = line + select(2, part:gsub("\n", ""))
    at = ends + 1
  end
end

local function check_name(path)
  check_words(path, 0, path)
  local keep = MODULES[path:match "([^/]*)%.lua$"]
  if keep and not keep[path] then
    say(path, 0, "this name of a module is retired")
  end
end

-- Files whose words are data: only their names are checked.
local function is_data(path)
  return path:find "/corpus/" or path:find "%.http$" or path:find "%.csv$" or path:find "%.json$" or path:find "%.png$"
end

for _, path in ipairs(arg) do
  check_name(path)
  if not is_data(path) then
    local text = files.read(path)
    check_text(path, path:find "%.md$" and code_of_page(text) or text)
  end
end
os.exit(found == 0)
