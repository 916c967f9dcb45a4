--- EM's replies. Those of 5.0 and later tell the last user too; 3.x and 4.x have a lone `none`.
local xml = require "xml"
local encoding = require "encoding"
local spelling = require "spelling"
local codes = require "systems.cisco_em.codes"

local replies = {}

local PROLOGUE = '<?xml version="1.0"?>\n'

local function reply(body)
  return { status = 200, type = "text/xml", body = body }
end

local function with_prologue(settings, change)
  local wanted = settings.prologue
  return (wanted == "always" or (wanted == "changes" and change)) and PROLOGUE or ""
end

--- As the servlet container sends it: blank lines in front, as pages have them, and in its own charset, which only the header names.
function replies.sent(settings, answered)
  if answered.type ~= "text/xml" then return answered end
  if settings.leading_lines then answered.body = "\n\n" .. answered.body end
  if settings.charset == "iso-8859-1" then
    answered.type, answered.body = "text/xml;charset=ISO-8859-1", encoding.latin1_xml(answered.body)
  end
  return answered
end

function replies.success(settings)
  return reply(with_prologue(settings, true) .. "<response><success/></response>")
end

--- A failed login, logout or query; a query's can be told to come without a code.
function replies.failure(settings, change, code, message)
  local text = message or codes[code] or ("Error " .. tostring(code))
  local inner = ('<error code="%s">%s</error>'):format(xml.escape(tostring(code)), xml.escape(text))
  if not change and settings.query_failure == "errorMessage" then inner = xml.element("errorMessage", text) end
  local refusal = reply(with_prologue(settings, change) .. "<response><failure>" .. inner .. "</failure></response>")
  refusal.refused = code
  return refusal
end

--- User ids in replies are percent-encoded in newer releases, `lastlogin` is not.
local function user_id(settings, name, spelt)
  name = spelling.of(spelt, name)
  return settings.percent_encode and encoding.percent_encode(name) or name
end

local function results(settings, name, entries)
  local gap = settings.line_breaks and "\n" or ""
  if settings.order == "reversed" then
    local turned = {}
    for index, entry in ipairs(entries) do turned[#entries - index + 1] = entry end
    entries = turned
  end
  local parts = { with_prologue(settings, false), "<response>", gap, "<", name, ">", gap }
  for _, entry in ipairs(entries) do parts[#parts + 1] = table.concat(entry, gap) .. gap end
  parts[#parts + 1] = "</" .. name .. ">" .. gap .. "</response>"
  return reply(table.concat(parts))
end

local function named(name, value)
  return value and xml.element(name, value) or "<none/>"
end

local function device_entry(settings, style, asked, device, spelt)
  local entry = { ('<device name="%s">'):format(xml.escape(device and device.name or asked)) }
  local current = device and device.user and user_id(settings, device.user, spelt)
  if not device then
    entry[2] = "<doesNotExist/>"
  elseif style == "older" then
    entry[2] = named("userID", current)
  else
    entry[2], entry[3] = named("userID", current), named("lastlogin", device.last_user)
    if settings.emcc then entry[4] = xml.element("emccDevice", device.emcc and "yes" or "no") end
  end
  entry[#entry + 1] = "</device>"
  return entry
end

--- `found` is a list of { asked, device or nil }; `spelt` says how users are.
function replies.devices(settings, style, found, spelt)
  local entries = {}
  for index, pair in ipairs(found) do entries[index] = device_entry(settings, style, pair[1], pair[2], spelt) end
  return results(settings, "deviceUserResults", entries)
end

--- `found` is a list of { asked, user or nil, list of elements }: the elements stand for the user, or `empty` if there are none.
function replies.users(settings, name, found, empty, spelt)
  local entries = {}
  for index, item in ipairs(found) do
    local entry = { ('<user id="%s">'):format(xml.escape(user_id(settings, item[2] and item[2].name or item[1], spelt))) }
    for _, element in ipairs(item[3]) do entry[#entry + 1] = element end
    if #item[3] == 0 then entry[2] = item[2] and empty or "<doesNotExist/>" end
    entry[#entry + 1] = "</user>"
    entries[index] = entry
  end
  return results(settings, name, entries)
end

return replies
