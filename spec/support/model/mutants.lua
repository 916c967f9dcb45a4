-- SPDX-License-Identifier: MIT
-- The code under test, changed in one place: each rule switched off by hand (`spec.support.model.rules`), and each condition negated
-- and each boundary moved by machine. A model that cannot tell a mutant from the code proves nothing of that place.

local files = require "spec.support.files"

local mutants = {}

local ROOT = "signoff.signout."
-- In the order in which they require each other.
mutants.files = { "verdict", "observation", "proof", "attempts", "occupant", "state_machine" }

local sources = {}

--- The text of one of the files.
function mutants.source(name)
  if not sources[name] then
    sources[name] = files.read(assert(package.searchpath(ROOT .. name, package.path))) -- luacheck: ignore 143
  end
  return sources[name]
end

local function compile(name, text, loaded)
  local env = setmetatable({ require = function(wanted) return loaded[wanted:sub(#ROOT + 1)] or require(wanted) end }, { __index = _G })
  local chunk, message = load(text, "@" .. name .. ".lua", "t", env) -- luacheck: ignore 143
  return chunk and chunk(), message
end

--- Loads the files, some of them with another text.
-- @tparam[opt] table texts by file
-- @treturn ?table modules by file; nil, message when one does not compile
function mutants.load(texts)
  local loaded = {}
  for _, name in ipairs(mutants.files) do
    local made, message = compile(name, texts and texts[name] or mutants.source(name), loaded)
    if not made then
      return nil, message
    end
    loaded[name] = made
  end
  return loaded
end

local function replace(name, text, part, by)
  local first, last = text:find(part, 1, true)
  assert(first, ("%s.lua: '%s' is not there any more"):format(name, part))
  assert(not text:find(part, last, true), ("%s.lua: '%s' is there twice"):format(name, part))
  return text:sub(1, first - 1) .. by .. text:sub(last + 1)
end

--- A source with some parts of it replaced. Each must stand there exactly once.
-- @tparam string name of the file
-- @tparam {table,...} list of pairs: what stands there, and what is to
function mutants.replaced(name, list)
  local text = mutants.source(name)
  for _, change in ipairs(list) do
    text = replace(name, text, change[1], change[2])
  end
  return text
end

-- Texts of a line, and its comment, with something else in their place: what is changed is code.
local function masked(line)
  local code = line:gsub("%b\"\"", function(text) return "\"" .. ("_"):rep(#text - 2) .. "\"" end)
  local comment = code:find("--", 1, true)
  return comment and code:sub(1, comment - 1) or code
end

-- The replacements: boundaries moved by one, comparisons reversed, conditions joined otherwise.
local turned = {
  { " >= ", " > " }, { " > ", " >= " }, { " <= ", " < " }, { " < ", " <= " }, { " == ", " ~= " }, { " ~= ", " == " },
  { " and ", " or " }, { " or ", " and " },
}

-- Each change of a line: its name and the line as it is then.
local function each_change(line, use)
  local code = masked(line)
  local first, last = code:match "^%s*e?l?s?e?if ().+() then"
  if first then
    use("guard negated", line:sub(1, first - 1) .. "not (" .. line:sub(first, last - 1) .. ")" .. line:sub(last))
  end
  for _, pair in ipairs(turned) do
    local at = code:find(pair[1], 1, true)
    while at do
      use(("%d:%sto%s"):format(at, pair[1], pair[2]), line:sub(1, at - 1) .. pair[2] .. line:sub(at + #pair[1]))
      at = code:find(pair[1], at + 1, true)
    end
  end
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local function add_mutants(list, name, lines, n)
  local original = lines[n]
  each_change(original, function(what, changed)
    lines[n] = changed
    list[#list + 1] = {
      file = name, name = ("%s.lua:%d %s"):format(name, n, what), line = original:match "^%s*(.-)$", changed = changed:match "^%s*(.-)$",
      texts = { [name] = table.concat(lines, "\n") .. "\n" },
    }
  end)
  lines[n] = original
end

--- All mutants that are made by machine.
-- @treturn {table,...} `file`, `name`, `line` (the original one), `changed`, `texts` for `load`
function mutants.all()
  local list = {}
  for _, name in ipairs(mutants.files) do
    local lines = lines_of(mutants.source(name))
    for n = 1, #lines do
      add_mutants(list, name, lines, n)
    end
  end
  return list
end

return mutants
