-- SPDX-License-Identifier: MIT
-- iSymphony: which statuses and lists are whole. Its errors have no form of their own.

local rows = {}

local function add(what, operation, status, body, wanted, absent, length)
  rows[#rows + 1] = { reply = what, operation = operation, arguments = { "4224" }, status = status, body = body, answer = wanted,
    absent = absent, length = length }
end

local function state(members)
  return ('{"id":"1","name":"Away","type":"away","note":"","returnTime":-1,"userCreated":false%s}'):format(members or "")
end

-- A status reads back as it was set: only from a whole reply is that proof.
add("as documented", "status", 200, state(), { name = "Away", type = "away", whole = true }, { "doubt" })
add("names that say error", "status", 200, '{"name":"Errors denied","type":"away","note":"faulty failures"}', { whole = true }, { "doubt" })
add("members of later releases", "status", 200, state ',"color":"default","x":{"a":[1]}', { whole = true }, { "doubt" })
add("empty members of errors", "status", 200, state ',"error":null,"message":"","errors":[]', { whole = true }, { "doubt" })

local function doubted(what, status, body, doubt)
  add(what, "status", status, body, { whole = false, doubt = doubt })
end
local TWICE = "has a member twice, or more members than any answer"
for _, status in ipairs { 201, 202, 203, 226 } do
  doubted("with HTTP " .. status, status, state(), ("came with HTTP %d, not 200"):format(status))
end
doubted("the type twice", 200, state ',"type":"dnd"', TWICE)
doubted("the name twice by an escape", 200, state ',"n\\u0061me":"Out"', TWICE)
doubted("a member twice inside", 200, state ',"x":{"a":1,"a":2}', TWICE)
doubted("beside an error", 200, state ',"error":"no"', "has an error beside, in 'error'")
doubted("beside an exception inside", 200, state ',"x":[{"exception":"no"}]', "has an error beside, in 'exception'")
doubted("beside a message", 200, state ',"message":"not saved"', "has an error beside, in 'message'")
doubted("beside a text of a denial", 200, state ',"info":"Access denied"', "tells of an error in 'info'")
doubted("a blank name", 200, '{"name":" ","type":"away"}', "has a 'name' that is blank")
doubted("an empty name", 200, '{"name":"","type":"away"}', "has a 'name' that is blank")
doubted("an invisible name", 200, '{"name":"\\u200b","type":"away"}', "has a 'name' that is blank")
doubted("a blank type", 200, '{"name":"Away","type":"\\t"}', "has a 'type' that is blank")
doubted("a note that is a number", 200, '{"name":"Away","type":"away","note":7}', "has a 'note' that is no text")
doubted("a note that is an object", 200, '{"name":"Away","type":"away","note":{"a":1}}', "has a 'note' that is no text")

-- No panel is open: only by a whole list.
local LOGIN = '{"id":"1","ip":"127.0.0.1","port":52237,"timeConnected":1436471084211}'
add("nobody", "logins", 200, "[]", { whole = true }, { "doubt" }, 0)
add("one", "logins", 200, "[" .. LOGIN .. "]", { { id = "1" }, whole = true }, { "doubt" }, 1)
for _, status in ipairs { 201, 202, 203, 226 } do
  add("nobody, with HTTP " .. status, "logins", status, "[]", { whole = false, doubt = ("came with HTTP %d, not 200"):format(status) }, nil, 0)
  add("one, with HTTP " .. status, "logins", status, "[" .. LOGIN .. "]", { { id = "1" }, whole = false }, nil, 1)
end
add("one twice inside", "logins", 200, '[{"id":"1","id":"2"}]', { whole = false, doubt = TWICE }, nil, 1)
add("an error in the list", "logins", 200, '[{"error":"cut"}]', { whole = false, doubt = "has an error beside, in 'error'" }, nil, 1)
for _, item in ipairs { "null", '"x"', "1", "false" } do
  add("a row that is " .. item, "logins", 200, ("[%s]"):format(item), { whole = false, doubt = "lists something that is no record" }, nil, 1)
end
add("users", "users", 200, '[{"id":"1","userName":"error","displayedName":"Ms Fault"}]', { { user_name = "error" }, whole = true }, { "doubt" }, 1)
add("users, and a member twice", "users", 200, '[{"id":"1","userName":"a","userName":"b"}]', { whole = false, doubt = TWICE }, nil, 1)
add("a user", "user", 200, '{"id":"1","userName":"4224"}', { user_name = "4224", whole = true }, { "doubt" })
add("a user, with HTTP 203", "user", 203, '{"id":"1","userName":"4224"}', { user_name = "4224", whole = false })
for i, row in ipairs(rows) do
  if row.operation == "users" then
    rows[i].arguments = {}
  end
end

-- Changes of a status.
local function set(what, status, body, wanted)
  rows[#rows + 1] = { reply = what, operation = "set_status", arguments = { "4224", { name = "Away", type = "away" } }, status = status,
    body = body, answer = wanted }
end
set("done", 204, "", { answer = "accepted", whole = true, own_words = true })
for _, status in ipairs { 200, 201, 202, 203, 205, 226 } do
  set("done, with HTTP " .. status, status, "", { answer = "undecided", whole = false, doubt = ("came with HTTP %d, not 204"):format(status) })
end

-- Refusals: nobody can tell whose they are.
for _, status in ipairs { 401, 403, 404 } do
  for _, body in ipairs { "", "The user is not licensed.", '{"message":"Forbidden"}', "<html/>", '{"exception":"E","timeStamp":"1"}' } do
    for _, operation in ipairs { "status", "logins" } do
      rows[#rows + 1] = { reply = ("HTTP %d to %s: %s"):format(status, operation, body), operation = operation, arguments = { "4224" },
        status = status, body = body, failure = { http_status = status, retriable = false, own_words = false } }
    end
  end
end

return rows
