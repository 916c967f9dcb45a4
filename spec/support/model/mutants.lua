-- SPDX-License-Identifier: MIT
-- The code under test, changed in one place: each rule switched off by hand (`spec.support.model.rules`), and each guard negated
-- and each boundary moved by machine. A model that cannot tell a mutant from the code proves nothing of that place.

local mutants = {}

local ROOT = "signoff.signout."
-- In the order in which they require each other.
mutants.files = { "verdict", "observation", "proof", "state_machine" }

local sources = {}

--- The text of one of the files.
function mutants.source(name)
  if not sources[name] then
    local file = assert(io.open(assert(package.searchpath(ROOT .. name, package.path)))) -- luacheck: ignore 143
    sources[name] = file:read "*a"
    file:close()
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

--- A source with one part of it replaced. The part must stand there exactly once.
function mutants.replaced(name, part, by)
  local text = mutants.source(name)
  local first, last = text:find(part, 1, true)
  assert(first, ("%s.lua: '%s' is not there any more"):format(name, part))
  assert(not text:find(part, last, true), ("%s.lua: '%s' is there twice"):format(name, part))
  return text:sub(1, first - 1) .. by .. text:sub(last + 1)
end

-- Changes of one line: the pattern's first capture stays before, the last one behind.
local changes = {
  { "guard negated", "^(%s*e?l?s?e?if )(.+)( then.*)$", function(before, guard, behind) return before .. "not (" .. guard .. ")" .. behind end },
}
for from, to in pairs { [" >= "] = " > ", [" > "] = " >= ", [" <= "] = " < ", [" < "] = " <= " } do
  changes[#changes + 1] = { "boundary" .. from .. "to" .. to, "^(.-)(" .. from .. ")(.*)$", function(before, _, behind) return before .. to .. behind end }
end
for from, to in pairs { [" == "] = " ~= ", [" ~= "] = " == " } do
  changes[#changes + 1] = { "comparison" .. from .. "to" .. to, "^(%s*return .-)(" .. from .. ")(.*)$",
    function(before, _, behind) return before .. to .. behind end }
end
for from, to in pairs { [" and "] = " or ", [" or "] = " and " } do
  changes[#changes + 1] = { "joined by" .. to, "^(%s*return .-)(" .. from .. ")(.*)$", function(before, _, behind) return before .. to .. behind end }
end
table.sort(changes, function(a, b) return a[1] < b[1] end)

local function lines_of(text)
  local lines = {}
  for line in text:gmatch "([^\n]*)\n" do
    lines[#lines + 1] = line
  end
  return lines
end

local function add_mutants(list, name, lines, n)
  for _, change in ipairs(changes) do
    local before, part, behind = lines[n]:match(change[2])
    if before and not lines[n]:match "^%s*%-%-" then
      local changed = change[3](before, part, behind)
      local original = lines[n]
      lines[n] = changed
      list[#list + 1] = {
        name = ("%s.lua:%d %s"):format(name, n, change[1]), line = original:match "^%s*(.-)$",
        texts = { [name] = table.concat(lines, "\n") .. "\n" },
      }
      lines[n] = original
    end
  end
end

--- All mutants that are made by machine.
-- @treturn {table,...} `name`, `line` (the original one), `texts` for `load`
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
