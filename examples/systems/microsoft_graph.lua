-- SPDX-License-Identifier: MIT
-- Microsoft Graph: takes back the refresh tokens and browser sessions of a user. A cell of the list holds the user's name at
-- Microsoft (ana@contoso.example) or object id.
--
--   local graph = dofile "/etc/signoff/microsoft_graph.lua"
--   local client = graph { url = "https://graph.microsoft.com", headers = function()
--     return { Authorization = "Bearer " .. fresh_token() } -- called again when it is refused: tokens live for an hour
--   end }
--   print(client:signout("ana@contoso.example").verdict) --> unverified
--
-- **It can prove nothing, and no verdict is better than `unverified`.** "true" means that the request was taken: [documented] it takes
-- minutes until tokens are refused, guests stay signed in (they belong to their own tenant), and access tokens that were given out stay
-- good until they end, mostly an hour. No operation tells whether somebody is signed in. An administrator sees sign-ins in Entra's log.
--
-- Never tried against Microsoft: all is from public pages. Sources: [documented] learn.microsoft.com, "user: revokeSignInSessions",
-- "Get a user" and "Microsoft Graph error responses and resource types".

local signoff = require "signoff"

-- [documented] {"error": {"code": TEXT, "message": TEXT}}
local function failed(reply)
  local failure = type(reply.body.error) == "table" and reply.body.error or {}
  return nil, nil, { vendor_code = failure.code, vendor_message = failure.message, own_words = failure.code ~= nil }
end

-- [documented] 200 and "value": true; for years it was 204, without a body.
local function read_revoke(reply)
  if reply.status >= 300 then
    return failed(reply)
  elseif reply.status == 204 or reply.body.value == true then
    return { answer = "accepted", own_words = true }
  end
  return { answer = "undecided" }
end

return signoff.system {
  name = "microsoft_graph", title = "Microsoft Graph", default_path = "v1.0",
  target = "text",
  operations = {
    revoke = {
      build = function(_, user)
        if user:find "^%$" then -- [documented] such a name takes another form of the address
          return nil, "a name with a '$' in front cannot be sent: give the user's object id"
        end
        return { method = "POST", path = { "users", user, "revokeSignInSessions" } }
      end,
      read = read_revoke, changes = true, repeatable = true,
    },
    users = {
      build = function() return { path = "users", query = { ["$select"] = "id", ["$top"] = 1 } } end,
      read = function(reply)
        if reply.status >= 300 then
          return failed(reply)
        end
        return {}
      end,
      target = false,
    },
  },
  doctor = { operation = "users", shows = "the token may read users; whether it may revoke sessions shows only when it does" },
  codes = { -- [documented]
    InvalidAuthenticationToken = { code = "denied", scope = "client", wording = "the token is wrong or too old" },
    Authorization_RequestDenied = { code = "denied", scope = "client", wording = "the token may not do that" },
    Request_ResourceNotFound = { code = "not_found", scope = "target", wording = "no such user" },
  },
  limits = { concurrency = 4 },
  by_hand = "look at the user's sign-ins in Entra's log after an hour, and disable the account",
}
