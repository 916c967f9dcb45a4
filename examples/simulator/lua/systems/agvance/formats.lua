--- The formats of ASP.NET Web API: which one a reply gets, and how a list of sessions is read from each.
local xml = require "xml"
local json = require "json"
local encoding = require "encoding"

local formats = {}

local NAMESPACE = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"
local INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
local MOST_FORM_KEYS = 1000

-- Media type -> the formatter that speaks it. JSON comes first.
local WRITERS = { ["application/json"] = "json", ["text/json"] = "json", ["application/xml"] = "xml", ["text/xml"] = "xml" }

--- The items of an Accept header, best first: { type, quality }.
local function accepted(header)
  local items = {}
  for piece in header:gmatch "[^,]+" do
    local media, rest = piece:match "^%s*([^;%s]+)(.*)$"
    if media then
      items[#items + 1] = { media:lower(), tonumber(rest:match ";%s*[qQ]%s*=%s*([%d.]+)") or 1, #items }
    end
  end
  table.sort(items, function(one, other)
    if one[2] ~= other[2] then return one[2] > other[2] end
    return one[3] < other[3]
  end)
  return items
end

local RANGES = { ["*/*"] = "application/json", ["application/*"] = "application/json", ["text/*"] = "text/json" }

--- The media type of the reply: what Accept asks for, else what the request came in, else JSON. Never a 406.
function formats.negotiate(request)
  for _, item in ipairs(accepted(request:header "Accept" or "")) do
    local media = RANGES[item[1]] or item[1]
    if WRITERS[media] and item[2] > 0 then return media end
  end
  local own = request:media_type()
  return WRITERS[own or ""] and own or "application/json"
end

local function nillable(name, value)
  if value == nil then return ("<%s i:nil=\"true\"/>"):format(name) end
  return xml.element(name, value)
end

-- Lists are joined from small pieces in one go: a string a session would be slow for thousands of them.
local SESSION_XML = {
  { "Application", "application" }, { "SessionID", "session_id" }, { "SessionLogKey", "session_log_key" }, { "UseriD", "user" },
}

local function list_xml(rows)
  if not rows then return '<APIUsers i:nil="true"/>' end
  if #rows == 0 then return "<APIUsers/>" end
  local out = { "<APIUsers>" }
  for _, row in ipairs(rows) do
    out[#out + 1] = "<ApiUser>"
    for _, member in ipairs(SESSION_XML) do out[#out + 1] = nillable(member[1], row[member[2]]) end
    out[#out + 1] = "</ApiUser>"
  end
  out[#out + 1] = "</APIUsers>"
  return table.concat(out)
end

--- Members of a data contract stand in alphabetical order.
local function result_xml(result)
  return ('<AgvApiUser xmlns:i="%s" xmlns="%s">'):format(INSTANCE, NAMESPACE) .. list_xml(result.sessions)
    .. nillable("Count", result.count) .. nillable("Message", result.message) .. nillable("Status", result.status) .. "</AgvApiUser>"
end

local function member(value)
  return value == nil and "null" or json.string(value)
end

local SESSION_JSON = {
  { '{"UseriD":', "user" }, { ',"Application":', "application" }, { ',"SessionLogKey":', "session_log_key" },
  { ',"SessionID":', "session_id" },
}

local function list_json(rows)
  if not rows then return "null" end
  local out = { "[" }
  for index, row in ipairs(rows) do
    if index > 1 then out[#out + 1] = "," end
    for _, part in ipairs(SESSION_JSON) do
      out[#out + 1] = part[1]
      out[#out + 1] = member(row[part[2]])
    end
    out[#out + 1] = "}"
  end
  out[#out + 1] = "]"
  return table.concat(out)
end

local function result_json(result)
  return '{"Status":' .. member(result.status) .. ',"Message":' .. member(result.message) .. ',"Count":' .. member(result.count)
    .. ',"APIUsers":' .. list_json(result.sessions) .. "}"
end

local function error_xml(members)
  local parts = { "<Error>" }
  for _, pair in ipairs(members) do
    local state = type(pair[2]) == "table" and pair[2].session[1]
    local inner = state and xml.element("session", state) or xml.escape(pair[2])
    parts[#parts + 1] = ("<%s>%s</%s>"):format(pair[1], inner, pair[1])
  end
  parts[#parts + 1] = "</Error>"
  return table.concat(parts)
end

local function error_json(members)
  local parts = {}
  for index, pair in ipairs(members) do parts[index] = json.string(pair[1]) .. ":" .. json.encode(pair[2]) end
  return "{" .. table.concat(parts, ",") .. "}"
end

local BODIES = { json = { result = result_json, error = error_json }, xml = { result = result_xml, error = error_xml } }

local function write(request, status, kind, value)
  local media = formats.negotiate(request)
  return { status = status, type = media .. "; charset=utf-8", body = BODIES[WRITERS[media]][kind](value) }
end

--- A reply of the application: { status, message, count, sessions }.
function formats.result(request, result)
  return write(request, 200, "result", result)
end

--- A reply of the framework: a list of { member, text or { session = { text } } }.
function formats.error(request, status, members)
  return write(request, status, "error", members)
end

-- Reading. Each gives the list of keys (false for a null one), or nil and why not.

local function key_of(object)
  for name, value in pairs(object) do
    if type(name) == "string" and name:lower() == "sessionlogkey" and value ~= json.null then
      return type(value) == "number" and ("%.14g"):format(value) or tostring(value)
    end
  end
  return false
end

local function read_json(body)
  local value, problem = json.decode((body:gsub("^\239\187\191", "")))
  if value == nil then return nil, problem end
  if type(value) ~= "table" or not body:find "^[\239\187\191%s]*%[" then return nil, "a list was expected" end
  local keys = {}
  for index, item in ipairs(value) do
    if type(item) ~= "table" and item ~= json.null then return nil, "an object was expected" end
    keys[index] = type(item) == "table" and key_of(item)
  end
  return keys
end

local function own(node, name)
  return node.namespace == NAMESPACE and node.name == name
end

local function read_xml(body)
  local root, problem = xml.parse(body, true)
  if not root then return nil, problem end
  if not own(root, "ArrayOfSession") then return nil, "ArrayOfSession was expected, in its namespace" end
  local keys = {}
  for _, session in ipairs(root.children) do
    if own(session, "Session") then
      keys[#keys + 1] = false
      for _, item in ipairs(session.children) do
        local null = item.attributes[INSTANCE .. "\1nil"] == "true"
        if own(item, "SessionLogKey") and not null then keys[#keys] = item.text end
      end
    end
  end
  return keys
end

--- Binds [0].SessionLogKey or [0][SessionLogKey]; stops at the first index that is missing, in silence.
local function read_form(body)
  local pairs_found = encoding.form_pairs(body)
  if #pairs_found > MOST_FORM_KEYS then return nil, "too many keys", true end
  local by_index = {}
  for _, pair in ipairs(pairs_found) do
    local index, name = pair[1]:match "^%[(%d+)%]%.(.+)$"
    if not index then index, name = pair[1]:match "^%[(%d+)%]%[(.+)%]$" end
    if index and name:lower() == "sessionlogkey" and by_index[index] == nil then by_index[index] = pair[2] end
  end
  local keys = {}
  while by_index[tostring(#keys)] do keys[#keys + 1] = by_index[tostring(#keys)] end
  return keys
end

local READERS = {
  ["application/json"] = read_json, ["text/json"] = read_json, ["application/xml"] = read_xml, ["text/xml"] = read_xml,
  ["application/x-www-form-urlencoded"] = read_form,
}

function formats.can_read(media)
  return READERS[media or ""] ~= nil
end

--- The keys in the body; or nil, why not, and whether that makes the framework itself fail.
function formats.read(request)
  return READERS[request:media_type()](request.body)
end

return formats
