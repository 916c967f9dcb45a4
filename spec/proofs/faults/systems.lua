-- SPDX-License-Identifier: MIT
-- The five systems as the faults meet them, and one that is described in Lua: how each is asked to act and to look, and the reply that
-- would be its success. `like`: what the table of faults says of that one holds for this one too.
-- `told` is what that reply reads as: the very thing that a broken one must not tell.

local common = { max_reply = 1024 * 1024, connect_timeout = 60 }

local function device(inside)
  return ("<response><deviceUserResults><device name=\"SEP1\">%s</device></deviceUserResults></response>"):format(inside)
end

return {
  { name = "cisco_em", common = common, options = { app_id = "app", app_certificate = "password-4711" }, arguments = { "SEP1" },
    other = '{"success":true}',
    act = { method = "logout", status = "200 OK", body = "<response><success/></response>", told = "accepted" },
    look = { method = "status", status = "200 OK", body = device "<none/>", told = "inactive" } },
  { name = "isymphony", common = common, options = { username = "manager", password = "password-4711" }, arguments = { "ann" },
    other = "<status><name>Away</name><type>away</type></status>",
    act = { method = "set_status", status = "204 No Content", body = "", spare = "as you said", told = "accepted",
      arguments = { "ann", { name = "Away", type = "away" } } },
    look = { method = "status", status = "200 OK", body = '{"name":"Away","type":"away"}', told = "read" } },
  { name = "agvance", common = common, options = { headers = { ["X-Key"] = "key-4711" } }, arguments = { "K1" },
    other = "<html><body>Status 0</body></html>",
    act = { method = "logout", status = "200 OK", body = '{"Status":"0","Count":"1"}', told = "accepted" },
    look = { method = "status", status = "200 OK", body = '{"Status":"0","Count":"0","APIUsers":[]}', told = "inactive" } },
  { name = "oracle_commerce", common = common, options = {}, arguments = { "eyJ-token-4711" },
    other = "<result>true</result>",
    act = { method = "logout", status = "200 OK", body = '{"result":true}', told = "accepted" },
    look = { method = "status", status = "200 OK", body = '{"success":false}', told = "inactive" } },
  { name = "jde_ais", common = common, options = {},
    arguments = { { token = "044-token-4711", device = "PC1" } }, other = "<r><state>Success</state></r>",
    act = { method = "logout", status = "200 OK", body = '{"status":"Success"}', told = "accepted" },
    look = { method = "status", status = "200 OK", body = '{"isValidSession":false}', told = "inactive" } },
  { name = "jde_in_lua", like = "jde_ais", new = require "spec.support.jde_in_lua", common = common, options = {},
    arguments = { { token = "044-token-4711", device = "PC1" } }, other = "<r><state>Success</state></r>",
    act = { method = "logout", status = "200 OK", body = '{"status":"Success"}', told = "accepted" },
    look = { method = "status", status = "200 OK", body = '{"isValidSession":false}', told = "inactive" } },
}
