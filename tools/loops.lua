-- SPDX-License-Identifier: MIT
-- Finds assignments to the variable that controls a `for`, in the files that are named: Lua 5.5 takes it for a constant, and
-- does not compile such a file. lua5.4 tools/loops.lua FILE...

local files = require "spec.support.files"

local keywords = {}
for word in ("and break do else elseif end false for function goto if in local nil not or repeat return then true until while")
  :gmatch "%a+" do
  keywords[word] = true
end

-- The end of a comment or a text that begins at `at`; nil where none does.
local function passed_by(text, at)
  local level = text:match("^%-%-%[(=*)%[", at) or text:match("^%[(=*)%[", at)
  if level then
    return select(2, text:find("]" .. level .. "]", at, true)) or #text
  elseif text:find("^%-%-", at) then
    return (text:find("\n", at, true) or #text + 1) - 1
  end
  local quote = text:match("^[\"']", at)
  while quote do
    at = text:find("[\\\n" .. quote .. "]", at + 1) or #text
    if text:sub(at, at) ~= "\\" then
      return at
    end
    at = at + 1
  end
end

-- Names, keywords, and marks of one character; "==" and its like are one. A text is the mark "".
local function tokens_of(text)
  local tokens, at, line = {}, 1, 1
  while at <= #text do
    local ends = passed_by(text, at)
    local word = not ends and (text:match("^[%a_][%w_]*", at) or text:match("^[=~<>]=", at) or text:match("^%.%.*", at)
      or text:match("^%d[%w.]*", at) or text:sub(at, at))
    ends = ends or at + #word - 1
    if not (word and word:find "^%s$") then
      tokens[#tokens + 1] = { word = word or "", line = line }
    end
    line = line + select(2, text:sub(at, ends):gsub("\n", ""))
    at = ends + 1
  end
  return tokens
end

local function is_name(token)
  return token and token.word:find "^[%a_]" and not keywords[token.word]
end

local function new_scope(parent, closes)
  return { names = setmetatable({}, { __index = parent and parent.names }), parent = parent, closes = closes }
end

-- Declares the names of a list that begins at `at`; gives where it ends.
local function declare(scope, tokens, at, what)
  local last = at
  while is_name(tokens[at]) do
    scope.names[tokens[at].word] = at == last and what or "local"
    at = at + 1
    if tokens[at] and tokens[at].word == "<" then -- <const>, <close>
      at = at + 3
    end
    if not (tokens[at] and tokens[at].word == ",") then
      break
    end
    at = at + 1
  end
  return at
end

local rules = {}

rules["for"] = function(scope, tokens, at)
  local inner = new_scope(scope, "end")
  declare(inner, tokens, at + 1, "control")
  inner.awaits_do = true
  return inner, at + 2
end

rules["do"] = function(scope, _, at)
  if scope.awaits_do then
    scope.awaits_do = nil
    return scope, at + 1
  end
  return new_scope(scope, "end"), at + 1
end

rules["while"] = function(scope, _, at)
  local inner = new_scope(scope, "end")
  inner.awaits_do = true
  return inner, at + 1
end

rules["if"] = function(scope, _, at)
  return new_scope(scope, "end"), at + 1
end

rules["repeat"] = function(scope, _, at)
  return new_scope(scope, "until"), at + 1
end

rules["function"] = function(scope, tokens, at)
  local inner = new_scope(scope, "end")
  while tokens[at].word ~= "(" do
    at = at + 1
  end
  declare(inner, tokens, at + 1, "local")
  return inner, at + 1
end

rules["local"] = function(scope, tokens, at)
  return scope, tokens[at + 1].word == "function" and at + 1 or declare(scope, tokens, at + 1, "local")
end

local function leave(scope, _, at)
  return scope.parent or scope, at + 1
end
rules["end"], rules["until"] = leave, leave

-- Whether a name begins a statement: what stands before it cannot be followed by a name within one.
local function begins(tokens, at)
  local before = tokens[at - 1] and tokens[at - 1].word or ";"
  return not before:find "^[%.:,=%(%[{+*/%%^#<>~&|-]" and not (keywords[before] and not ({ ["do"] = 1, ["then"] = 1, ["else"] = 1,
    ["end"] = 1, ["repeat"] = 1, ["break"] = 1 })[before])
end

-- The names that an assignment at `at` gives values to, where one stands there.
local function assigned(tokens, at)
  local names = {}
  while is_name(tokens[at]) do
    names[#names + 1] = tokens[at]
    at = at + 1
    if not (tokens[at] and tokens[at].word == ",") then
      break
    end
    at = at + 1
  end
  return tokens[at] and tokens[at].word == "=" and names or {}
end

local found = 0

local function check(path, text)
  local tokens, scope, at, depth = tokens_of(text), new_scope(), 1, 0
  while at <= #tokens do
    local word = tokens[at].word
    depth = depth + (word == "{" and 1 or word == "}" and -1 or 0)
    if is_name(tokens[at]) and begins(tokens, at) and not (tokens[at - 1] and tokens[at - 1].word == "" and depth > 0) then
      for _, token in ipairs(assigned(tokens, at)) do
        if scope.names[token.word] == "control" then
          found = found + 1
          io.stderr:write(("%s:%d: '%s' controls a loop; declare a local variable\n"):format(path, token.line, token.word))
        end
      end
    end
    local rule = rules[word]
    if rule then
      scope, at = rule(scope, tokens, at)
    else
      at = at + 1
    end
  end
end

for _, path in ipairs(arg) do
  check(path, files.read(path))
end
os.exit(found == 0 and 0 or 1)
