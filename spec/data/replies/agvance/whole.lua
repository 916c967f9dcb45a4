-- SPDX-License-Identifier: MIT
-- Agvance: which lists of sessions are whole, which of their rows can be read, and whose words a refusal is in.

local rows = {}
local SPACE = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"
local ANA = '{"UseriD":"ana","Application":"Dispatch","SessionLogKey":"K1","SessionID":"S1"}'
local XML_ANA = "<ApiUser><Application>A</Application><SessionID>S</SessionID><SessionLogKey>K1</SessionLogKey><UseriD>ana</UseriD></ApiUser>"

local function list(inside, count, more)
  return ('{"Status":"0","Message":"OK","Count":"%d","APIUsers":[%s]%s}'):format(count, inside, more or "")
end

local function xml(inside)
  return ('<AgvApiUser xmlns="%s">%s</AgvApiUser>'):format(SPACE, inside)
end

local function xml_list(inside, count, more)
  return xml(("<APIUsers>%s</APIUsers><Count>%d</Count><Message>OK</Message><Status>0</Status>%s"):format(inside, count, more or ""))
end

local function sessions(what, body, length, wanted, absent, status)
  rows[#rows + 1] = { reply = what, operation = "sessions", arguments = {}, status = status, body = body, answer = wanted,
    length = length, absent = absent }
end

local function fails(what, operation, status, body, failure)
  rows[#rows + 1] = { reply = what, operation = operation, arguments = operation == "logout" and { "K1" } or {}, status = status,
    body = body, failure = failure }
end

local ana = { user = "ana", session_log_key = "K1" }
local TWICE = "has a member twice, or more members than any answer"

-- Whole.
sessions("one", list(ANA, 1), 1, { ana, whole = true }, { "doubt" })
sessions("none", list("", 0), 0, { whole = true }, { "doubt" })
sessions("one, XML", xml_list(XML_ANA, 1), 1, { ana, whole = true }, { "doubt" })
sessions("many, XML", xml_list(XML_ANA:rep(100), 100), 100, { ana, whole = true }, { "doubt" })
sessions("texts that say error", list('{"UseriD":"error.fault","Application":"Exceptions denied","SessionLogKey":"failed","SessionID":"S"}', 1), 1,
  { { user = "error.fault", session_log_key = "failed" }, whole = true }, { "doubt" })
sessions("a message for people", '{"Status":"3","Message":"Access will be denied in 12 days","Count":"0","APIUsers":[]}', 0, { whole = true }, { "doubt" })
sessions("empty members of errors", list("", 0, ',"ExceptionMessage":null,"ModelState":{},"Error":""'), 0, { whole = true }, { "doubt" })
sessions("members of later releases", list(ANA, 1, ',"ServerTime":"1","Region":{"a":[1]}'), 1, { ana, whole = true }, { "doubt" })

-- Nothing says which of two members holds: whose a session is, and its key, are not known.
local function contradicting(what, body, doubt)
  local row = { doubt_key = "has a row whose 'SessionLogKey' may stand there twice", doubt_user = "has a row whose 'UseriD' may stand there twice" }
  sessions(what, body, 1, { row, whole = false, doubt = doubt or TWICE })
end
contradicting("two keys", list('{"UseriD":"ana","SessionLogKey":"K1","SessionLogKey":"K2"}', 1))
contradicting("two users", list('{"UseriD":"bob","UseriD":"ana","SessionLogKey":"K1"}', 1))
contradicting("two keys, one by an escape", list('{"UseriD":"ana","SessionLogKey":"K1","SessionLog\\u004bey":"K2"}', 1))
contradicting("two keys, XML", xml_list("<ApiUser><UseriD>ana</UseriD><SessionLogKey>K1</SessionLogKey><SessionLogKey>K2</SessionLogKey></ApiUser>", 1),
  "has the member 'SessionLogKey' twice, or more members than any answer")
contradicting("two users, XML", xml_list("<ApiUser><UseriD>bob</UseriD><UseriD>ana</UseriD><SessionLogKey>K1</SessionLogKey></ApiUser>", 1),
  "has the member 'UseriD' twice, or more members than any answer")

-- The list with a doubt: what is in it is there, and what is not may be there, too.
local function doubted(what, body, length, doubt, status)
  sessions(what, body, length, { whole = false, doubt = doubt }, nil, status)
end
doubted("counted too high", list(ANA, 2), 1, "lists 1 sessions, and its Count says 2")
doubted("counted too low", list(ANA .. "," .. ANA, 1), 2, "lists 2 sessions, and its Count says 1")
doubted("counted in words", '{"Status":"0","Count":"none","APIUsers":[]}', 0, "has a Count that is no number")
doubted("counted below zero", '{"Status":"0","Count":-1,"APIUsers":[]}', 0, "has a Count that is no number")
doubted("counted by a list", '{"Status":"0","Count":[],"APIUsers":[]}', 0, "has a Count that is no number")
for _, member in ipairs { '"TotalCount":"5"', '"count":"4"', '"HasMore":true', '"NextPage":"2"', '"Page":"2"', '"Truncated":true', '"continuationToken":"x"',
  '"ApiUsers":[{"UseriD":"ana"}]', '"status":503', '"message":"Service unavailable"' } do
  doubted("beside " .. member, list("", 0, "," .. member), 0, ("has '%s' beside, and may be a part of the list"):format(member:match '"(%a+)"'))
end
doubted("beside no success", list("", 0, ',"success":false'), 0, "says no success, in 'success'")
doubted("a text in the list's place", '{"Status":"0","Count":"0","APIUsers":""}', 0, "has a text where a list was expected")
doubted("a count alone", '{"Status":"0","Count":"0","Message":"OK"}', 0, "has no APIUsers")
doubted("beside a count, XML", xml_list(XML_ANA, 1, "<TotalCount>2</TotalCount>"), 1, "has 'TotalCount' beside, and may be a part of the list")
doubted("counted too high, XML", xml_list(XML_ANA, 3), 1, "lists 1 sessions, and its Count says 3")
for _, status in ipairs { 201, 202, 203, 226 } do
  doubted("with HTTP " .. status, list(ANA, 1), 1, ("came with HTTP %d, not 200"):format(status), status)
end
doubted("the list twice", '{"Status":"0","Count":"0","APIUsers":[' .. ANA .. '],"APIUsers":[]}', 0, TWICE)
doubted("Count twice", '{"Status":"0","Count":"1","Count":"0","APIUsers":[]}', 0, TWICE)
doubted("Status twice", '{"Status":"1","Status":"0","Count":"0","APIUsers":[]}', 0, TWICE)
doubted("the list twice by an escape", '{"Status":"0","Count":"0","APIUsers":[' .. ANA .. '],"API\\u0055sers":[]}', 0, TWICE)
doubted("a member of a row twice", list('{"SessionLogKey":"K1","SessionLogKey":"K2","UseriD":"ana"}', 1), 1, TWICE)
doubted("a member far inside twice", list(ANA, 1, ',"x":[[{"a":{"b":1,"b":1}}]]'), 1, TWICE)
doubted("a member of a row twice, XML", xml_list("<ApiUser><SessionLogKey>K1</SessionLogKey><SessionLogKey>K2</SessionLogKey><UseriD>ana</UseriD></ApiUser>", 1), 1,
  "has the member 'SessionLogKey' twice, or more members than any answer")
doubted("the list twice, XML", xml("<APIUsers>" .. XML_ANA .. "</APIUsers><APIUsers/><Count>1</Count><Status>0</Status>"), 1,
  "has the member 'APIUsers' twice, or more members than any answer")
doubted("an error of another namespace, XML", xml_list(XML_ANA, 1, '<e:Error xmlns:e="urn:e">x</e:Error>'), 1, "has an error beside, in 'Error'")
for _, name in ipairs { "Error", "ExceptionMessage", "ExceptionType", "MessageDetail", "ModelState", "StackTrace", "InnerException", "ErrorCode", "LOGINFAULT", "failed", "Denied" } do
  doubted("beside " .. name, list(ANA, 1, (',"%s":"x"'):format(name)), 1, ("has an error beside, in '%s'"):format(name))
end
doubted("an error far inside", list("", 0, ',"Info":{"a":[{"error":{"n":1}}]}'), 0, "has an error beside, in 'error'")
doubted("a text of an error", list("", 0, ',"Info":"The list could not be read: FAILURE"'), 0, "tells of an error in 'Info'")
doubted("success, in words of an error", '{"Status":"0","Message":"An error has occurred.","Count":"0","APIUsers":[]}', 0,
  "says success, and tells of an error in 'Message'")
doubted("something else in the list, XML", xml_list("<Error>cut</Error>", 1), 1, "has an error beside, in 'Error'")
doubted("a text in the list, XML", xml_list("<ApiUser>K1</ApiUser>", 1), 1, "lists something that is no record")
doubted("another element in the list, XML", xml_list(XML_ANA .. "<Session><UseriD>bob</UseriD></Session>", 2), 2, "lists something that is no ApiUser")

-- Rows that cannot be read: their own matter, the list is whole.
local function unreadable(what, row, wanted, key, user)
  wanted.doubt_key = key and ("has a row whose 'SessionLogKey' %s"):format(key)
  wanted.doubt_user = user and ("has a row whose 'UseriD' %s"):format(user)
  wanted.doubt = wanted.doubt_key or wanted.doubt_user
  sessions(what, list(row, 1), 1, { wanted, whole = true }, { "doubt" })
end
unreadable("no key", '{"UseriD":"ana"}', { user = "ana" }, "is missing")
unreadable("the key null", '{"UseriD":"ana","SessionLogKey":null}', { user = "ana" }, "is missing")
unreadable("the key empty", '{"UseriD":"ana","SessionLogKey":""}', { user = "ana" }, "is blank")
unreadable("the key blank", '{"UseriD":"ana","SessionLogKey":" \\n"}', { user = "ana" }, "is blank")
unreadable("the key a no-break space", '{"UseriD":"ana","SessionLogKey":"\\u00a0"}', { user = "ana" }, "is blank")
unreadable("the key of zero width", '{"UseriD":"ana","SessionLogKey":"\\u200b\\ufeff"}', { user = "ana" }, "is blank")
unreadable("the key a number", '{"UseriD":"ana","SessionLogKey":12}', { user = "ana", session_log_key = "12" }, "is no text")
unreadable("the key true", '{"UseriD":"ana","SessionLogKey":true}', { user = "ana" }, "is no text")
unreadable("the key a list", '{"UseriD":"ana","SessionLogKey":["K1"]}', { user = "ana" }, "is no text")
unreadable("the key an object", '{"UseriD":"ana","SessionLogKey":{}}', { user = "ana" }, "is no text")
unreadable("the key in another case", '{"UseriD":"ana","sessionLogKey":"K1"}', { user = "ana" }, "is missing")
unreadable("no user", '{"SessionLogKey":"K1"}', { session_log_key = "K1" }, nil, "is missing")
unreadable("the user empty", '{"UseriD":"","SessionLogKey":"K1"}', { session_log_key = "K1" }, nil, "is blank")
unreadable("the user a number", '{"UseriD":7,"SessionLogKey":"K1"}', { session_log_key = "K1" }, nil, "is no text")
unreadable("the user an ideographic space", '{"UseriD":"\\u3000","SessionLogKey":"K1"}', { session_log_key = "K1" }, nil, "is blank")
unreadable("the user false", '{"UseriD":false,"SessionLogKey":"K1"}', { session_log_key = "K1" }, nil, "is no text")
unreadable("neither", "{}", {}, "is missing", "is missing")
unreadable("both blank", '{"UseriD":" ","SessionLogKey":""}', {}, "is blank", "is blank")
sessions("one of two", list(ANA .. ',{"UseriD":"bob"}', 2), 2, { ana, { user = "bob", doubt_key = "has a row whose 'SessionLogKey' is missing" },
  whole = true }, { "doubt" })
sessions("no key, XML", xml_list("<ApiUser><UseriD>ana</UseriD></ApiUser>", 1), 1,
  { { user = "ana", doubt_key = "has a row whose 'SessionLogKey' is missing" }, whole = true })
sessions("the key blank, XML", xml_list("<ApiUser><SessionLogKey> </SessionLogKey><UseriD>ana</UseriD></ApiUser>", 1), 1,
  { { user = "ana", doubt_key = "has a row whose 'SessionLogKey' is blank" }, whole = true })
sessions("the key with elements, XML", xml_list("<ApiUser><SessionLogKey><a>K1</a></SessionLogKey><UseriD>ana</UseriD></ApiUser>", 1), 1,
  { { user = "ana", doubt_key = "has a row whose 'SessionLogKey' is no text" }, whole = true })
for _, item in ipairs { "null", '"K1"', "1", "[]", "true" } do
  sessions("a row that is " .. item, list(ANA .. "," .. item, 2), 2, { ana, whole = item == "[]" })
end

-- Logouts.
local function logout(what, status, body, wanted)
  rows[#rows + 1] = { reply = what, operation = "logout", arguments = { "K1" }, status = status, body = body, answer = wanted }
end
local DONE, NONE = '{"Status":"0","Message":"OK","Count":"1"}', '{"Status":"0","Message":"OK","Count":"0"}'
logout("done", 200, DONE, { answer = "accepted", whole = true, own_words = true })
logout("none was there", 200, NONE, { answer = "already_out", whole = true, own_words = true })
for _, status in ipairs { 201, 202, 203, 226 } do
  logout("done, with HTTP " .. status, status, DONE, { answer = "undecided", whole = false })
  logout("none was there, with HTTP " .. status, status, NONE, { answer = "undecided", whole = false })
end
logout("more than was asked", 200, '{"Status":"0","Count":"2"}', { answer = "undecided", doubt = "counts more sessions than were to be logged off" })
logout("done, beside an error", 200, '{"Status":"0","Count":"1","ExceptionMessage":"x"}', { answer = "undecided", whole = false })
logout("none, and counted twice", 200, '{"Status":"0","Count":"1","Count":"0"}', { answer = "undecided", doubt = TWICE })
logout("none, in words of an error", 200, '{"Status":"0","Message":"Lookup failed","Count":"0"}', { answer = "undecided", whole = false })

-- Refusals: only an AgvApiUser with its Status is the system's own.
fails("its own error", "logout", 200, '{"Status":"1","Message":"No"}', { code = "rejected", own_words = true })
fails("its own error, XML", "sessions", 200, xml "<Message>No</Message><Status>2</Status>", { code = "rejected", own_words = true })
fails("its own error with HTTP 401", "sessions", 401, '{"Status":"1","Message":"No session"}', { code = "denied", own_words = true })
fails("a Status of nobody", "logout", 200, '{"Status":"error"}', { code = "server", own_words = false })
for _, status in ipairs { 401, 403 } do
  local denied = { code = "denied", scope = "client", retriable = false, own_words = false, http_status = status }
  for _, body in ipairs { "", "Forbidden", '{"Message":"Authorization has been denied for this request."}', '{"message":"Forbidden"}',
    "<Error><Message>Authorization has been denied for this request.</Message></Error>", "<html/>", '{"Status":"0"}', '{"Status":403}' } do
    fails(("HTTP %d: %s"):format(status, body), "logout", status, body, denied)
    fails(("HTTP %d to a look: %s"):format(status, body), "sessions", status, body, denied)
  end
end

return rows
