-- SPDX-License-Identifier: MIT
-- No client of Agvance was ever published. These are the samples of the API's own help pages, and how its framework has forms bound.

local people = { sessions = {
  { session_log_key = "K1", user = "ana", session_id = "S1" }, { session_log_key = "K2", user = "ben", session_id = "S2" },
} }

local LOGIN = "X-Api-Key: agvance-key\nX-Database-Id: agvance-database\nX-Session-Id: session-own\n"

local function get(accept)
  return ("GET /ApiUser HTTP/1.1\nHost: api.example\n%s%s\n"):format(LOGIN, accept and "Accept: " .. accept .. "\n" or "")
end

local function post(media, body, accept)
  return ("POST /ApiUser/LogOff HTTP/1.1\nHost: api.example\n%sAccept: %s\nContent-Type: %s\nContent-Length: *\n\n%s"):format(
    LOGIN, accept or "application/json", media, body)
end

local NAMESPACE = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"

local XML = '<ArrayOfSession xmlns:i="http://www.w3.org/2001/XMLSchema-instance" xmlns="' .. NAMESPACE .. '">'
  .. "<Session><SessionLogKey>K1</SessionLogKey></Session><Session><SessionLogKey>K2</SessionLogKey></Session></ArrayOfSession>"

local FORM = "application/x-www-form-urlencoded"

local rows = {
  { "the help page: the list in JSON",
    { get "application/json", 200, '"Status":"0"', '"APIUsers":%[', '"UseriD":"ana","Application":', '"SessionLogKey":"K1"', '"SessionID":"S1"' } },
  { "the help page: the list in XML",
    { get "application/xml", 200, "<AgvApiUser [^>]*>%s*<APIUsers>", 'xmlns="' .. NAMESPACE:gsub("%.", "%%."):gsub("%-", "%%-") .. '"',
      "</APIUsers><Count>%d+</Count><Message>[^<]*</Message><Status>0</Status></AgvApiUser>" } },
  { "a program without a login", { "GET /ApiUser HTTP/1.1\nHost: api.example\n\n", 401, "Authorization has been denied for this request%." } },
  { "a program that asks for what is not there", { get():gsub("/ApiUser", "/ApiUser/Nothing"), 404, "No HTTP resource was found" } },
  { "a program that logs off by GET", { get():gsub("/ApiUser", "/ApiUser/LogOff"), 405, "does not support http method 'GET'" } },
  { "a program that writes addresses in small letters", { get():gsub("/ApiUser", "/apiuser"), 200, '"Status":"0"' } },
  { "a program that forgets the media type", { post("text/plain", "[]"), 415, "media type 'text/plain' is not supported" } },
}

-- How many of two sessions each body ends.
for _, row in ipairs {
  { "JSON", "application/json", '[{"SessionLogKey":"K1"},{"SessionLogKey":"K2"}]', 2 },
  { "JSON as text", "text/json", '[{"SessionLogKey":"K1"}]', 1 },
  { "JSON with a charset", "application/json; charset=utf-8", '[{"SessionLogKey":"K2"}]', 1 },
  { "XML", "application/xml", XML, 2 }, { "XML as text", "text/xml; charset=utf-8", XML, 2 },
  { "a form in the notation of MVC", FORM, "[0].SessionLogKey=K1&[1].SessionLogKey=K2", 2 },
  { "a form in the notation of jQuery", FORM, "%5B0%5D%5BSessionLogKey%5D=K1&%5B1%5D%5BSessionLogKey%5D=K2", 2 },
  { "a form with a gap, behind which nothing is bound", FORM, "[0].SessionLogKey=K1&[2].SessionLogKey=K2", 1 },
} do
  rows[#rows + 1] = { "the help page: log off by " .. row[1],
    { post(row[2], row[3]), 200, '"Status":"0"', ('"Count":"%d"'):format(row[4]) },
    { get "application/json", 200, (row[4] == 2 and "!" or "") .. '"SessionLogKey":"K[12]"' } }
end

for _, row in ipairs(rows) do row.people = people end

return rows
