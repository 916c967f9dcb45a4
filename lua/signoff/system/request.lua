-- SPDX-License-Identifier: MIT

--- The request that the `build` of a system in Lua gives: checked, and written as it travels. The core checks the texts.
--
-- Members: `method` (`"GET"`, or `"POST"` where there is a body), `path` (below the client's `path`: a text as it travels, or a list of
-- segments, which are percent-encoded), `query` (a map), `headers` (a map; a cookie is one), `username` and `password` (Basic
-- authentication), and at most one of `json` (any value), `xml` (a text), `form` (a map), `body` (a text); `content_type` of the last two.
-- @module signoff.system.request

local core = require "signoff.core"
local json = require "signoff.json"

local request = {}

local methods = { GET = true, POST = true, PUT = true, DELETE = true, PATCH = true }

-- The members, and their types; true: any.
local members = {
  method = { string = true }, path = { string = true, table = true }, query = { table = true }, headers = { table = true },
  username = { string = true }, password = { string = true }, json = true, xml = { string = true }, form = { table = true },
  body = { string = true }, content_type = { string = true },
}

local function escape(text)
  return (text:gsub("[^A-Za-z0-9._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end))
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do
    names[#names + 1] = name
  end
  core.sort(names)
  return names
end

-- A value of a query or a form; nil where it is none.
local function text_of(value)
  if type(value) == "number" then
    return core.digits(value)
  elseif type(value) == "boolean" then
    return tostring(value)
  end
  return type(value) == "string" and value or nil
end

local function member_problem(name, value)
  local wanted = members[name]
  if not wanted then
    return ("an unknown member '%s'"):format(tostring(name))
  elseif wanted ~= true and not wanted[type(value)] then
    return ("'%s' as a %s, where a %s must stand"):format(name, type(value), table.concat(sorted_names(wanted), " or "))
  end
end

-- The texts of a map, encoded; nil and what is wrong.
local function encoded_map(name, map)
  for key, value in pairs(map) do
    if type(key) ~= "string" or not text_of(value) then
      return nil, ("'%s' with a member that is no name and text, number or boolean"):format(name)
    end
  end
  local parts = {}
  for i, key in ipairs(sorted_names(map)) do
    parts[i] = escape(key) .. "=" .. escape(text_of(map[key]))
  end
  return table.concat(parts, "&")
end

local function path_of(path)
  if type(path) == "string" then
    local whole = path:find "^[A-Za-z][A-Za-z0-9+.-]*:" or path:find "^//"
    return not whole and path or nil, whole and "a 'path' that is a whole URL, where what is below the client's own must stand"
  end
  local segments = {}
  for i, segment in ipairs(path) do
    local text = text_of(segment)
    if not text or text == "" then
      return nil, "a 'path' with a segment that is no text, or empty"
    end
    segments[i] = escape(text)
  end
  return table.concat(segments, "/")
end

local function headers_of(headers)
  local list = {}
  for name in pairs(headers) do
    if type(name) ~= "string" then
      return nil, "'headers' with a name that is no text"
    end
  end
  for _, name in ipairs(sorted_names(headers)) do
    list[#list + 1], list[#list + 2] = name, headers[name]
  end
  return list
end

-- How each kind of body is written: the bytes and their type; nil and what is wrong.
local bodies = {
  json = function(value) return json.encode(value), "application/json" end,
  xml = function(text) return text, "application/xml" end,
  body = function(text) return text, "application/octet-stream" end,
  form = function(map)
    local text, problem = encoded_map("form", map)
    return text, problem or "application/x-www-form-urlencoded"
  end,
}

local kinds_of_body = sorted_names(bodies)

local function add_body(out, made)
  local kind
  for i = 1, #kinds_of_body do
    local name = kinds_of_body[i]
    if made[name] ~= nil then
      if kind then
        return ("two bodies, '%s' and '%s'"):format(kind, name)
      end
      kind = name
    end
  end
  if not kind then
    return made.content_type and "a 'content_type' without a body" or nil
  end
  local bytes, about = bodies[kind](made[kind])
  if not bytes then
    return about
  end
  out.body, out.content_type = bytes, made.content_type or about
end

-- The parts that are written; each gives what is wrong.
local function add_parts(out, made)
  local why
  if made.path then
    out.path, why = path_of(made.path)
    if not out.path then
      return why
    end
  end
  if made.headers then
    out.headers, why = headers_of(made.headers)
    if not out.headers then
      return why
    end
  end
  if made.query then
    out.query, why = encoded_map("query", made.query)
    if not out.query then
      return why
    end
    out.query = out.query ~= "" and out.query or nil
  end
end

local function problem_of(out, made)
  for name, value in pairs(made) do
    local problem = member_problem(name, value)
    if problem then
      return problem
    end
  end
  local problem = add_parts(out, made) or add_body(out, made)
  out.method = made.method or (out.body and "POST" or "GET")
  if not problem and not methods[out.method] then
    problem = "a 'method' that is none of GET, POST, PUT, DELETE, PATCH"
  elseif not problem and out.method == "GET" and out.body then
    problem = "a body with the method GET"
  elseif not problem and (made.username == nil) ~= (made.password == nil) then
    problem = "one of 'username' and 'password' without the other"
  end
  out.username, out.password = made.username, made.password
  return problem
end

--- Checks and writes what `build` gave.
-- @param made
-- @param why where that is nil: a text, why the target cannot be sent
-- @treturn ?table `method`, `path`, `query`, `headers` (names and values one behind the other), `username`, `password`, `body`,
-- `content_type`; nil and what is wrong
function request.shape(made, why)
  if made == nil and type(why) == "string" then
    return nil, why
  elseif type(made) ~= "table" then
    return nil, ("its 'build' must return a table, not %s"):format(type(made))
  end
  local out = {}
  local problem = problem_of(out, made)
  if problem then
    return nil, "its 'build' gave " .. problem
  end
  return out
end

return request
