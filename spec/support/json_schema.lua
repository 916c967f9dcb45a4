-- SPDX-License-Identifier: MIT
--- Checks JSON documents against a schema, as much of JSON Schema 2020-12 as docs/json.md uses. It is stricter than that in one thing: an
-- object that says its `properties` has no others.
--
--    local schema = require "spec.support.json_schema"
--    local problem = schema.check(rules, "result", text)

local cjson = require "cjson"

local schema = {}

-- Reading. lua-cjson takes `[]` and `{}` for the same: here each value is a node, `{ type =, value = }`.

local read

local literals = { { "true", "boolean", true }, { "false", "boolean", false }, { "null", "null" } }

local function read_members(text, place, node, ending, each)
  place = text:match("^%s*()", place)
  if text:sub(place, place) == ending then
    return node, place + 1
  end
  repeat
    place = text:match("^%s*()", each(place))
    local sign = text:sub(place, place)
    assert(sign == "," or sign == ending, "no JSON at byte " .. place)
    place = place + 1
  until sign == ending
  return node, place
end

local readers = {
  ["{"] = function(text, place)
    local node = { type = "object", value = {} }
    return read_members(text, place + 1, node, "}", function(at)
      local name, value
      name, at = read(text, at)
      assert(name.type == "string" and node.value[name.value] == nil, "a member's name, or one twice, at byte " .. at)
      value, at = read(text, assert(text:match("^%s*:()", at), "no colon at byte " .. at))
      node.value[name.value] = value
      return at
    end)
  end,
  ["["] = function(text, place)
    local node = { type = "array", value = {} }
    return read_members(text, place + 1, node, "]", function(at)
      local value
      value, at = read(text, at)
      table.insert(node.value, value)
      return at
    end)
  end,
  ['"'] = function(text, place)
    local to = place
    repeat
      to = assert(text:find('"', to + 1, true), "a text without its end")
    until #text:sub(place, to - 1):match "\\*$" % 2 == 0
    return { type = "string", value = cjson.decode("[" .. text:sub(place, to) .. "]")[1] }, to + 1
  end,
}

function read(text, place)
  place = text:match("^%s*()", place)
  local reader = readers[text:sub(place, place)]
  if reader then
    return reader(text, place)
  end
  for _, literal in ipairs(literals) do
    if text:sub(place, place + #literal[1] - 1) == literal[1] then
      return { type = literal[2], value = literal[3] }, place + #literal[1]
    end
  end
  local digits = assert(text:match("^%-?%d[%d.eE+-]*", place), "no JSON at byte " .. place)
  return { type = "number", value = tonumber(digits) }, place + #digits
end

-- Checking: each keyword is a function, which gives what is wrong.

local checks = {}

local function check(rules, rule, node, where)
  for keyword, wanted in pairs(rule) do
    local f = assert(checks[keyword], "the schema has a keyword that this does not know: " .. keyword)
    local problem = f(rules, wanted, node, where, rule)
    if problem then
      return problem
    end
  end
end

local function unchecked() end

checks["$schema"], checks["$defs"], checks.title = unchecked, unchecked, unchecked

checks["$ref"] = function(rules, name, node, where)
  local rule = rules["$defs"][name:match "^#/%$defs/(.+)$"]
  return check(rules, assert(rule, "the schema has no " .. name), node, where)
end

function checks.type(_, wanted, node, where)
  local fits = node.type == wanted or wanted == "integer" and node.type == "number" and node.value % 1 == 0
  return not fits and ("%s is %s, not %s"):format(where, node.type, wanted) or nil
end

function checks.const(_, wanted, node, where)
  return node.value ~= wanted and ("%s is %s, not %s"):format(where, tostring(node.value), tostring(wanted)) or nil
end

function checks.enum(_, list, node, where)
  for _, wanted in ipairs(list) do
    if node.value == wanted then
      return nil
    end
  end
  return ("%s is %s, which is not listed"):format(where, tostring(node.value))
end

function checks.minimum(_, least, node, where)
  return node.type == "number" and node.value < least and ("%s is below %s"):format(where, least) or nil
end

function checks.required(_, names, node, where)
  for _, name in ipairs(node.type == "object" and names or {}) do
    if node.value[name] == nil then
      return ("%s lacks %s"):format(where, name)
    end
  end
end

function checks.properties(rules, known, node, where)
  for name, member in pairs(node.type == "object" and node.value or {}) do
    local place = where .. "." .. name
    local problem = known[name] and check(rules, known[name], member, place) or not known[name] and place .. " is not documented"
    if problem then
      return problem
    end
  end
end

function checks.additionalProperties(rules, rule, node, where)
  for name, member in pairs(node.type == "object" and node.value or {}) do
    local problem = check(rules, rule, member, where .. "." .. name)
    if problem then
      return problem
    end
  end
end

function checks.items(rules, rule, node, where)
  for i, member in ipairs(node.type == "array" and node.value or {}) do
    local problem = check(rules, rule, member, ("%s[%d]"):format(where, i))
    if problem then
      return problem
    end
  end
end

function checks.allOf(rules, list, node, where)
  for _, rule in ipairs(list) do
    local problem = check(rules, rule, node, where)
    if problem then
      return problem
    end
  end
end

function checks.anyOf(rules, list, node, where)
  local problem
  for _, rule in ipairs(list) do
    problem = check(rules, rule, node, where)
    if not problem then
      return nil
    end
  end
  return problem
end

--- Checks a document.
-- @tparam table rules the schema
-- @tparam ?string name of one of its `$defs`; nil: any document that the schema takes
-- @tparam string text one document
-- @treturn ?string the first thing that is wrong
function schema.check(rules, name, text)
  local fine, node, ending = pcall(read, text, 1)
  if not fine then
    return "no JSON: " .. tostring(node)
  elseif text:find("%S", ending) then
    return "something stands behind the document"
  end
  return check(rules, name and { ["$ref"] = "#/$defs/" .. name } or rules, node, name or "document")
end

return schema
