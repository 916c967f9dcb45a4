-- SPDX-License-Identifier: MIT
-- Replies that are refused, as they come: compressed where that makes little of much.
--
--    { what, system, operation, bytes, code, [close = true (the connection ends them)] }

local gzip = require "spec.support.gzip"
local peer = require "spec.support.peer"

local KIB = 1024
local MIB = KIB * KIB

local AGVANCE = 'xmlns="http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"'

local refused = {}

local function add(what, system, operation, code, bytes, close)
  assert(#bytes <= 1200 * KIB, what)
  refused[#refused + 1] = { what, system, operation, bytes, code, close = close }
end

local last = {} -- what was compressed last

-- To a list, which may be compressed.
local function packed(what, code, status, body, blanks)
  last = last.body == body and last or { body = body, bytes = gzip.pack(body, blanks) }
  local bytes = peer.reply(status, last.bytes, { ["Content-Encoding"] = "gzip" })
  assert(#bytes <= 66 * KIB, what .. ": " .. #bytes)
  add(("%s, %d KB compressed"):format(what, math.ceil(#bytes / 1000)), "agvance", "sessions", code, bytes)
end

-- To anything else.
local function plain(what, code, status, body, headers, close)
  add(what, "jde_ais", "status", code, peer.reply(status, body, headers), close)
end

local function numbered(count, format)
  local list = {}
  for i = 1, count do
    list[i] = format:format(i)
  end
  return table.concat(list)
end

local function json(inside)
  return '{"Status":"0","Count":"0","APIUsers":[],"x":' .. inside .. "}"
end

local function xml(inside)
  return ("<AgvApiUser %s><APIUsers/><Count>0</Count><Status>0</Status><x>%s</x></AgvApiUser>"):format(AGVANCE, inside)
end

local long = gzip.text(1650 * KIB, 30)
local tables = gzip.mix(300000, { "{},", "[]," }) .. "1"
local elements = gzip.mix(300000, { "<a/>", "<b/>" })
local attributes = gzip.mix(240000, { "<a b='1'/>", "<b c='2'/>" })

packed("too large: 64 MiB of blanks behind an answer", "unusable", "200 OK", json "1", 63 * MIB)
packed("too large: a text of 60 MiB", "unusable", "200 OK", json('"' .. ("x"):rep(60 * MIB) .. '"'))
packed("too large: XML, a text of 60 MiB", "unusable", "200 OK", xml(("x"):rep(60 * MIB)))
packed("too large: 20 million tables", "unusable", "200 OK", json("[" .. ("{},"):rep(20 * 1000 * 1000) .. "1]"))
packed("cut: JSON", "unusable", "200 OK", json('"' .. long):sub(1, -2))
packed("cut: JSON, behind a brace", "unusable", "200 OK", json('["' .. long .. '",{"a":1}'))
packed("cut: XML", "unusable", "200 OK", xml(long):sub(1, -20))
packed("cut: XML, behind a tag", "unusable", "200 OK", xml("<a>" .. long .. "</a>"):gsub("</x>.*$", ""))
packed("cut: gzip", "unusable", "200 OK", json('"' .. long .. '"'))
refused[#refused][4] = refused[#refused][4]:sub(1, -2000)
refused[#refused].close = true
packed("hostile: an answer without a Status", "unusable", "200 OK", '{"x":"' .. long .. '"}')
packed("hostile: wrong at its end", "unusable", "200 OK", json('"' .. long .. '",x'))
packed("hostile: no UTF-8 at its end", "unusable", "200 OK", json('"' .. long .. '\255"'))
packed("hostile: small tables", "unusable", "200 OK", json("[" .. tables .. "]"))
packed("hostile: small elements", "unusable", "200 OK", xml(elements))
packed("hostile: small elements with attributes", "unusable", "200 OK", xml(attributes))
packed("hostile: JSON that is nested", "unusable", "200 OK", json(gzip.mix(300000, { "[", '{"a":' })))
packed("hostile: XML that is nested", "unusable", "200 OK", xml(gzip.mix(300000, { "<a>", "<b>" })))
packed("hostile: DTD behind a comment", "unusable", "200 OK", "<!--" .. long .. "--><!DOCTYPE a [<!ENTITY b 'c'>]>" .. xml "&b;")
packed("an error page with 200", "unusable", "200 OK", "<html><body>" .. ("<p>no</p>"):rep(200 * KIB) .. long .. "</body></html>")
for what, body in pairs { page = "<html><body>" .. ("<p>no</p>"):rep(3 * MIB) .. "</body></html>",
  message = '{"Message":"' .. ("no "):rep(15 * MIB) .. '"}', members = json("[" .. tables .. "]") } do
  for _, status in ipairs { { "403 Forbidden", "denied" }, { "500 Server Error", "server" }, { "503 Busy", "busy" } } do
    packed(("an error's %s with %s"):format(what, status[1]), status[2], status[1], body)
  end
end
plain("too large: announced", "unusable", "200 OK", ("x"):rep(64 * KIB), { ["Content-Length"] = tostring(2 ^ 40) }, true)
plain("too large: not announced", "unusable", "200 OK", (" "):rep(1100 * KIB), { ["Content-Length"] = false }, true)
plain("cut: 1 MiB", "unusable", "200 OK", '{"isValidSession":true,"x":["' .. ("no "):rep(340 * KIB) .. '"')
plain("hostile: 1 MiB of small tables", "unusable", "200 OK", '{"isValidSession":true,"x":[' .. ("{},"):rep(340 * KIB) .. "1]}")
plain("hostile: 1 MiB of small elements", "unusable", "200 OK", "<r><isValidSession>true</isValidSession>" .. ("<a/>"):rep(255 * KIB) .. "</r>")
plain("hostile: 1 MiB of attributes", "unusable", "200 OK", "<r><isValidSession>true</isValidSession>" ..
  ("<a" .. numbered(250, " b%d='1'") .. "/>"):rep(450) .. "</r>")
plain("an error page of 1 MiB with 200", "unusable", "200 OK", "<html><body>" .. ("<p>no</p>"):rep(110 * KIB) .. "</body></html>")
plain("an error page of 1 MiB with 500", "server", "500 Server Error", "<html><body>" .. ("<p>no</p>"):rep(110 * KIB) .. "</body></html>")
add("an error's text of 1 MiB", "isymphony", "users", "server", peer.reply("500 Server Error", ("no "):rep(340 * KIB)))

return refused
