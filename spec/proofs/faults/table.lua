-- SPDX-License-Identifier: MIT
-- The faults: what the other side does to a request whose good reply would read as success, and what a caller must be told.
--
--    { name, code, steps, ... }
-- `code` is what every cell must end in: an error's code, "answered" (it works all the same), or what an answer tells that
-- claims nothing ("undecided" of an act, "silent" of a look). `but` has the cells that differ, by "system.operation", by
-- operation ("act", "look") or by system, in this order.
-- `steps` is what a peer does (spec/support/peer.lua); in its texts stand `{status}` and `{body}` of the good reply, and
-- what spec/proofs/faults/cells.lua makes of them. `deadline` is in seconds (2). `detail` must have `sent` (true) and
-- `retry_after` (none) as the row does.
-- Where the fault is no peer's: `where` is "nobody" (the port refuses), "nowhere" (nothing ever answers), or "proxy" (the
-- peer is the client's proxy); `host` is the name in the URL.

local OK = "HTTP/1.1 {status}\r\n"
local LENGTH = "Content-Length: {size}\r\n"
local GOOD = OK .. LENGTH .. "\r\n{body}"
local CHUNKED = OK .. "Transfer-Encoding: chunked\r\n\r\n"
local SHORT = 0.5 -- seconds that a call waits which is never answered

local function reply(text, ...)
  return { "request", { send = text }, ... }
end

-- A 200 with another body than the good one, and other headers.
local function other(body, headers)
  return reply("HTTP/1.1 200 OK\r\n" .. (headers or "") .. "Content-Length: " .. #body .. "\r\n\r\n" .. body)
end

local function refusal(status, headers)
  return reply(("HTTP/1.1 %s\r\n%sContent-Length: 0\r\n\r\n"):format(status, headers or ""))
end

-- A set_status, whose replies have no body, with a body that no reader can use: nothing is claimed.
local SET_NOTHING = { ["isymphony.act"] = "undecided" }
-- ... and of an empty one of those that may leave their verdict out.
local EMPTY = { ["isymphony.act"] = "undecided", ["oracle_commerce.act"] = "undecided", ["oracle_commerce.look"] = "silent",
  ["jde_ais.act"] = "undecided", ["jde_ais.look"] = "silent" }

return {
  -- none: what all others are measured by
  { "the good reply", "answered", reply(GOOD) },

  -- no connection
  { "refused", "unreachable", where = "nobody", sent = false },
  { "SYN black hole", "timeout", where = "nowhere", sent = false, deadline = SHORT },
  { "name not found", "unreachable", host = "no-such-name.invalid", where = "nobody", sent = false, deadline = 5 },
  { "dead IPv6, live IPv4", "answered", reply(GOOD), host = "localhost" },
  { "proxy 407", "denied", refusal("407 Proxy Authentication Required", 'Proxy-Authenticate: Basic realm="p"\r\n'), where = "proxy" },
  { "proxy 502", "server", refusal "502 Bad Gateway", where = "proxy" },

  -- the connection ends
  { "reset as the request arrives", "unreachable", { "arrival", "reset" } },
  { "closed as the request arrives", "unreachable", { "arrival", "close" } },
  { "close without reply", "unreachable", { "request", "close" } },
  { "reset before the headers", "unreachable", { "request", "reset" } },
  { "reset inside the headers", "unreachable", reply(OK .. "Conte", { wait = 0.05 }, "reset") },
  { "close inside the headers", "unusable", reply(OK .. LENGTH, "close") },
  { "reset after the headers", "unusable", reply(OK .. LENGTH .. "\r\n", { wait = 0.05 }, "reset") },
  { "close after the headers", "unusable", reply(OK .. LENGTH .. "\r\n", "close") },
  { "reset inside the body", "unusable", reply(OK .. LENGTH .. "\r\n{half}", { wait = 0.05 }, "reset") },
  { "close inside the body", "unusable", reply(OK .. LENGTH .. "\r\n{half}", "close") },
  { "reset after the body", "answered", reply(GOOD, { wait = 0.2 }, "reset") },

  -- it is slow
  { "nothing is read", "timeout", { "stall" }, deadline = SHORT },
  { "no reply", "timeout", { "request", "stall" }, deadline = SHORT },
  { "stalls inside the headers", "timeout", reply(OK .. "Conte", "stall"), deadline = SHORT },
  { "stalls inside the body", "timeout", reply(OK .. LENGTH .. "\r\n{half}", "stall"), deadline = SHORT,
    but = { ["isymphony.act"] = "unusable" } }, -- a 204 that announces a body: its head is enough
  { "one byte a second", "timeout", { "request", { drip = GOOD, every = 1 } }, deadline = 1.5 },
  { "endless 100 Continue", "timeout", { "request", { flood = "HTTP/1.1 100 Continue\r\n\r\n", every = 0.05 } }, deadline = SHORT },

  -- it says a wrong length
  { "chunk cut", "unusable", reply(CHUNKED .. "{chunk_size}\r\n{half}", "close") },
  { "last chunk missing", "unusable", reply(CHUNKED .. "{chunk_size}\r\n{body}\r\n", "close") },
  { "bad chunk size", "unusable", reply(CHUNKED .. "zz\r\n{body}\r\n0\r\n\r\n") },
  { "chunk size beyond 64 bits", "unusable", reply(CHUNKED .. "fffffffffffffffff\r\n{body}\r\n0\r\n\r\n") },
  { "Content-Length too large", "unusable", reply(OK .. "Content-Length: {more}\r\n\r\n{body}", "close") },
  { "Content-Length too small", "unusable", reply(OK .. "Content-Length: {less}\r\n\r\n{body}") },
  { "Content-Length negative", "unusable", reply(OK .. "Content-Length: -{size}\r\n\r\n{body}", "close") },
  { "Content-Length beyond 64 bits", "unusable", reply(OK .. "Content-Length: 99999999999999999999\r\n\r\n{body}", "close") },
  { "Content-Length is no number", "unusable", reply(OK .. "Content-Length: some\r\n\r\n{body}", "close") },
  { "Content-Length with more behind it", "unusable", reply(OK .. "Content-Length: {size}, {more}\r\n\r\n{body}", "close") },
  { "Content-Length twice, the last is right", "unusable", reply(OK .. "Content-Length: {more}\r\n" .. LENGTH .. "\r\n{body}") },
  { "Content-Length twice, the same", "unusable", reply(OK .. LENGTH .. LENGTH .. "\r\n{body}") },
  { "Content-Length and chunks", "unusable",
    reply(OK .. LENGTH .. "Transfer-Encoding: chunked\r\n\r\n{chunk_size}\r\n{body}\r\n0\r\n\r\n") },
  { "204 with a body", "unusable", reply("HTTP/1.1 204 No Content\r\n" .. LENGTH .. "\r\n{body}") },
  { "204 in chunks", "unusable",
    reply "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n{chunk_size}\r\n{body}\r\n0\r\n\r\n" },
  { "empty 200", "unusable", reply "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", but = EMPTY },
  { "206, a part", "unusable", reply("HTTP/1.1 206 Partial Content\r\n" .. LENGTH .. "\r\n{body}") },

  -- its head is none
  { "1 MiB header line", "unusable", reply(OK .. "X-Long: {mebibyte}\r\n" .. LENGTH .. "\r\n{body}") },
  { "10,000 headers", "unusable", reply(OK .. "{ten_thousand_headers}" .. LENGTH .. "\r\n{body}") },
  { "headers without end", "unusable", { "request", { send = OK }, { flood = "X-Long: {kibibyte}\r\n", every = 0 } } },
  { "HTTP/0.9", "unusable", reply("{body}", "close") },
  { "HTTP/9.9", "unusable", reply("HTTP/9.9 {status}\r\n" .. LENGTH .. "\r\n{body}", "close") },
  { "no HTTP at all", "unusable", reply("SSH-2.0-OpenSSH_9.2\r\n", "close") },
  { "an alert of TLS", "unusable", reply("\21\3\1\0\2\2\70", "close") },
  { "HTTP/2 unasked", "unusable", reply("\0\0\0\4\0\0\0\0\0", "close") },
  { "status 1000", "unusable", reply("HTTP/1.1 1000 OK\r\n" .. LENGTH .. "\r\n{body}", "close") },
  { "status 600", "unusable", reply("HTTP/1.1 600 OK\r\n" .. LENGTH .. "\r\n{body}") },

  -- its body is not what was asked for
  { "wrong content type: a page", "unusable", other("<!doctype html><html><body>OK</body></html>", "Content-Type: text/html\r\n") },
  { "wrong content type: a picture", "unusable", other("\137PNG\r\n\26\n\0\0\0\rIHDR", "Content-Type: image/png\r\n"), but = SET_NOTHING },
  { "another format", "unusable", reply "HTTP/1.1 200 OK\r\nContent-Length: {other_size}\r\n\r\n{other}", but = {
    ["jde_ais.act"] = "undecided", ["jde_ais.look"] = "silent" } },
  { "the body twice", "unusable", reply "HTTP/1.1 200 OK\r\nContent-Length: {twice_size}\r\n\r\n{body}{body}", but = SET_NOTHING },
  { "the body cut, its length too", "unusable", reply "HTTP/1.1 200 OK\r\nContent-Length: {half_size}\r\n\r\n{half}", but = SET_NOTHING },
  { "a NUL behind the body", "unusable", reply "HTTP/1.1 200 OK\r\nContent-Length: {one_more}\r\n\r\n{body}\0", but = SET_NOTHING },
  { "endless body", "unusable", { "request", { send = "HTTP/1.1 200 OK\r\n\r\n" }, { flood = "{body}{kibibyte}", every = 0 } } },
  { "broken gzip: it is none", "unusable", reply(OK .. "Content-Encoding: gzip\r\n" .. LENGTH .. "\r\n{body}") },
  { "broken gzip: a wrong checksum", "unusable", reply(OK .. "Content-Encoding: gzip\r\nContent-Length: {gzip_wrong_size}\r\n\r\n{gzip_wrong}") },
  { "broken gzip: cut", "unusable", reply(OK .. "Content-Encoding: gzip\r\nContent-Length: {gzip_cut_size}\r\n\r\n{gzip_cut}") },
  { "gzip bomb", "unusable", reply(OK .. "Content-Encoding: gzip\r\nContent-Length: {bomb_size}\r\n\r\n{bomb}") },
  { "six encodings", "unusable",
    reply(OK .. "Content-Encoding: gzip, gzip, gzip, gzip, gzip, gzip\r\nContent-Length: {gzip_six_size}\r\n\r\n{gzip_six}") },
  { "an unknown encoding", "unusable", reply(OK .. "Content-Encoding: br\r\nContent-Length: {one_more}\r\n\r\n\1{body}") },

  -- it refuses, or sends elsewhere
  { "429", "busy", refusal "429 Too Many Requests" },
  { "429 with Retry-After", "busy", refusal("429 Too Many Requests", "Retry-After: 7\r\n"), retry_after = 7 },
  { "503", "busy", refusal "503 Service Unavailable" },
  { "503 with Retry-After", "busy", refusal("503 Service Unavailable", "Retry-After: 7\r\n"), retry_after = 7 },
  { "redirect to another host", "rejected", refusal("302 Found", "Location: http://elsewhere.invalid/\r\n") },
  { "redirect to another port", "rejected", refusal("307 Temporary Redirect", "Location: http://127.0.0.1:9/\r\n") },
  { "redirect to another scheme", "rejected", refusal("308 Permanent Redirect", "Location: file:///etc/hostname\r\n") },
  { "redirect without a place", "rejected", refusal "301 Moved Permanently" },
}
