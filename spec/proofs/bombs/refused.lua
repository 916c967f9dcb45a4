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

-- One byte a chunk.
local function chunks(bytes)
  return bytes:gsub(".", "1\r\n%0\r\n") .. "0\r\n\r\n"
end

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
local shorter = gzip.text(320 * KIB, 30) -- 64 KB where each byte has a chunk
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


-- Names that differ in their last bytes only, and are written with an escape.
local names = numbered(63, ',"\\n' .. ("a"):rep(230) .. '%02d":1'):sub(2)
packed("hostile: names with escapes, wrong at its end", "unusable", "200 OK", json("[" .. ("{" .. names .. "},"):rep(130) .. "x]"))
plain("hostile: 1 MiB of names with escapes", "unusable", "200 OK", '{"x":[' .. ("{" .. names .. "},"):rep(66) .. "x]}")
plain("hostile: 1 MiB of small names", "unusable", "200 OK", '{"x":[' .. ("{" .. numbered(63, ',"%02d":1'):sub(2) .. "},"):rep(500) .. "x]}")
plain("hostile: 1 MiB of escapes", "unusable", "200 OK", '{"x":"' .. ("\\u00e4\\n"):rep(120 * KIB) .. '",x}')

-- Texts that are made to be masked for long: in an error, where what is shown is all of it.
local escapes = { "%252525252541", "&%5c", "%26amp;%5cu0041&#37;41", "\\\\u004141", "site-site-site-logi" }
for _, piece in ipairs(escapes) do
  local text = piece:rep(math.floor(4500 / #piece))
  local body = ('{"message":"%s","a":"%sb","c":"%sd","e":"%sf"}'):format(text, text, text, text)
  packed("an error of escapes: " .. piece, "denied", "403 Forbidden", body)
  plain("an error of escapes: " .. piece .. ", as it is", "denied", "403 Forbidden", body)
end

-- The parts around a body
local none = '{"x":1'
plain("60 KB of headers: caches", "server", "500 Server Error", none, { ["X-A"] = "b\r\n" .. ("X-Cache: a b c d e f\r\n"):rep(2700) .. "X-C: d" })
plain("60 KB of headers: cookies", "server", "500 Server Error", none, { ["X-A"] = "b\r\n" .. numbered(2500, "Set-Cookie: c%05d=d\r\n") .. "X-C: d" })
plain("60 KB of headers: dates", "server", "500 Server Error", none,
  { ["X-A"] = "b\r\n" .. ("Date: Sunday, 06-Nov-94 08:49:37 GMT\r\n"):rep(1500) .. "X-C: d" })
plain("60 KB of headers: names", "server", "500 Server Error", none, { ["X-A"] = "b\r\n" .. (("cach"):rep(3000) .. ": d\r\n"):rep(5) .. "X-C: d" })
plain("a header line of 100 KB", "unusable", "200 OK", none, { ["X-A"] = ("x"):rep(100 * KIB) }, true)
plain("a status line of 15 KB", "unusable", "200 " .. ("x"):rep(15 * KIB), none)
plain("2,000 heads before the last", "unusable", "100 Continue\r\n\r\n" .. ("HTTP/1.1 100 Continue\r\n\r\n"):rep(2000) .. "HTTP/1.1 200 OK", none)
plain("chunks of a byte", "unusable", "200 OK", chunks('{"x":"' .. ("y"):rep(60 * KIB) .. '"'),
  { ["Content-Length"] = false, ["Transfer-Encoding"] = "chunked" })
plain("60 KB of trailers", "unusable", "200 OK", "6\r\n" .. none .. "\r\n0\r\n" .. ("X-Cache: a b c d e f\r\n"):rep(2700) .. "\r\n",
  { ["Content-Length"] = false, ["Transfer-Encoding"] = "chunked" })
add("compressed, in chunks of a byte", "agvance", "sessions", "unusable", peer.reply("200 OK", chunks(gzip.pack(json('"' .. shorter .. '",x'))),
  { ["Content-Encoding"] = "gzip", ["Content-Length"] = false, ["Transfer-Encoding"] = "chunked" }))

return refused
