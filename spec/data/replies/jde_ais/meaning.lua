-- The meaning of each reply of the JD Edwards AIS Server.
-- Sources: Oracle's REST API for JD Edwards EnterpriseOne AIS Server (jde-logout, jde-validate-session,
-- ServiceErrorResponse), its AIS Server Reference Guide (tokens and devices), and public clients.
-- The XML shape is documented nowhere: any root, any namespace, first-level children by local name.

local here = { { token = "044AbC=", device = "PHONE1" } }  -- the device the token was issued for
local anywhere = { "044AbC=" }                             -- no device: our IP address stands in for it
local token_only = { { token = "044AbC=" } }
local client_device = { device = "PHONE1" }
local encodings = require "spec.support.encodings"
local named = { "044" .. encodings.base64(("r"):rep(32)) .. encodings.base64 "019008466146144000139204" .. encodings.base64 "1PHONE11740489752891" } -- by the token
local done = { answer = "accepted", http_status = 200, status = "Success" }
local undecided = { answer = "undecided", http_status = 200 }
local foreign = { code = "denied", scope = "client", retriable = false, http_status = 444, own_words = false }
local unusable = { code = "unusable", http_status = 200, retriable = false }

local function logout(reply, answer, absent)
  return { reply = reply, operation = "logout", arguments = here, answer = answer, absent = absent }
end
local function no_logout(reply, failure, absent)
  return { reply = reply, operation = "logout", arguments = here, failure = failure, absent = absent }
end
local function logout_from(arguments, options, reply, answer)
  return { reply = reply, operation = "logout", arguments = arguments, options = options, answer = answer }
end
local function status(reply, answer, absent)
  return { reply = reply, operation = "status", arguments = here, answer = answer, absent = absent }
end
local function no_status(reply, failure, absent)
  return { reply = reply, operation = "status", arguments = here, failure = failure, absent = absent }
end
local function status_from(arguments, options, reply, answer, absent)
  return { reply = reply, operation = "status", arguments = arguments, options = options, answer = answer,
    absent = absent }
end

return {
  -- 200 with status "Success" (REST API, jde-logout)
  logout("logout-success.http", { answer = "accepted", http_status = 200, status = "Success",
    fields = { status = "Success" } }, { "vendor_code", "vendor_message" }),
  logout_from(anywhere, nil, "logout-success.http", done),
  logout_from(token_only, nil, "logout-success.http", done),
  logout("logout-success-upper-case.http", { answer = "accepted", http_status = 200, status = "SUCCESS" }),
  logout("logout-success-lower-case.http", { answer = "accepted", http_status = 200, status = "success" }),
  logout("logout-success-blanks-around.http", done),
  logout("logout-success-bom.http", done),
  logout("logout-success-escaped.http", done),
  logout("logout-success-nesting-20-levels.http", done),

  -- members that public clients have met; what is not known is ignored, whatever its type
  logout("logout-success-other-members.http", { answer = "accepted", status = "Success", vendor_message = "Session closed",
    fields = { jde__status = "SUCCESS", message = "Session closed" } }, { "vendor_code" }),
  logout("logout-success-null-error-members.http", done, { "vendor_message" }),
  logout("logout-success-message-object.http", done, { "vendor_message" }),

  -- the format is what the body's first character says, whatever the header claims
  logout("logout-success-no-content-type.http", done),
  logout("logout-success-labelled-xml.http", done),
  logout("logout-success-labelled-plain.http", done),
  logout("logout-xml-labelled-json.http", done),

  -- 200 with another status is no success: ERROR and WARNING are those of ServiceErrorResponse
  no_logout("logout-status-error.http", { code = "server", retriable = false, http_status = 200,
    vendor_message = "Logout failed" }, { "scope", "vendor_code" }),
  no_logout("logout-status-warning.http", { code = "server", retriable = false, http_status = 200,
    vendor_message = "HTML session was gone" }, { "scope", "vendor_code" }),
  no_logout("logout-status-other-text.http", { code = "server", retriable = false, http_status = 200 },
    { "vendor_message" }),
  no_logout("logout-status-error-message-object.http", { code = "server", retriable = false,
    vendor_message = "JAS is down" }),
  no_logout("logout-status-error-message-object-only.http", { code = "server", retriable = false }, { "vendor_message" }),
  no_logout("logout-duplicate-status.http", { code = "server", retriable = false }),

  -- 200 and no word on the session
  logout("logout-empty-body.http", undecided, { "status", "vendor_message" }),
  logout("logout-empty-body-no-content-type.http", undecided, { "status" }),
  logout("logout-no-content.http", { answer = "undecided", http_status = 204 }, { "status" }),
  logout("logout-empty-object.http", undecided, { "status" }),
  logout("logout-empty-array.http", undecided, { "status" }),
  logout("logout-null.http", undecided, { "status" }),
  logout("logout-bare-string.http", undecided, { "status" }),
  logout("logout-status-missing.http", undecided, { "status" }),
  logout("logout-status-other-member-name.http", undecided, { "status" }),
  logout("logout-status-deeper.http", undecided, { "status" }),
  logout("logout-status-inside-array.http", undecided, { "status" }),
  logout("logout-status-null.http", undecided),
  logout("logout-status-empty.http", undecided),
  logout("logout-status-boolean.http", undecided),
  logout("logout-status-number.http", undecided),
  logout("logout-status-object.http", undecided),
  logout("logout-status-list.http", undecided),

  -- not JSON (RFC 8259), or more of it than is safe
  no_logout("logout-html.http", unusable, { "vendor_message" }),
  no_logout("logout-html-labelled-json.http", unusable, { "vendor_message" }),
  no_logout("logout-plain-text.http", unusable),
  no_logout("logout-trailing-comma.http", unusable),
  no_logout("logout-two-documents.http", unusable),
  no_logout("logout-nul-in-string.http", unusable),
  no_logout("logout-nul-after-document.http", unusable),
  no_logout("logout-nesting-100-levels.http", unusable),
  no_logout("logout-huge-number.http", unusable),
  no_logout("logout-not-a-number.http", unusable),

  -- XML under several roots
  logout("logout-xml-success.http", { answer = "accepted", http_status = 200, status = "Success",
    fields = { status = "Success" } }, { "vendor_code", "vendor_message" }),
  logout("logout-xml-root-service-error-response.http", { answer = "accepted", status = "Success", vendor_message = "bye" }),
  logout("logout-xml-root-map.http", { answer = "accepted", status = "success" }),
  logout("logout-xml-default-namespace.http", done),
  logout("logout-xml-prefix.http", done),
  logout("logout-xml-child-without-namespace.http", done),
  logout("logout-xml-attributes.http", done),
  logout("logout-xml-cdata.http", done),
  logout("logout-xml-character-references.http", { answer = "accepted", status = "Success",
    vendor_message = "R&D <x> \195\188" }),
  logout("logout-xml-comment.http", done),
  logout("logout-xml-bom.http", done),
  logout("logout-xml-latin-1.http", { answer = "accepted", status = "Success", vendor_message = "Ma\195\159e" }),
  logout("logout-xml-message-with-children.http", { answer = "accepted", status = "Success",
    fields = { message = { text = "bye", code = "1" } } }, { "vendor_message" }),
  no_logout("logout-xml-status-error.http", { code = "server", retriable = false, http_status = 200,
    vendor_message = "JAS is down" }),
  no_logout("logout-xml-message-with-children-and-error-text.http", { code = "server", retriable = false,
    vendor_message = "JAS is down" }),
  logout("logout-xml-no-status.http", undecided, { "status" }),
  logout("logout-xml-empty-root.http", undecided, { "status" }),
  logout("logout-xml-status-empty.http", undecided),
  logout("logout-xml-status-nil.http", undecided),
  logout("logout-xml-status-is-root.http", undecided),
  logout("logout-xml-status-only-attribute.http", undecided),
  logout("logout-xml-status-deeper.http", undecided),
  logout("logout-xml-status-with-children.http", undecided),

  -- a page is no answer, even when it is well-formed
  no_logout("logout-xhtml.http", unusable),
  no_logout("logout-xhtml-upper-case-labelled-xml.http", unusable),

  -- ill-formed or hostile XML
  no_logout("logout-xml-doctype.http", unusable),
  no_logout("logout-xml-doctype-entity.http", unusable),
  no_logout("logout-xml-forbidden-character-reference.http", unusable),
  no_logout("logout-xml-undefined-entity.http", unusable),
  no_logout("logout-xml-invalid-utf-8.http", unusable),
  no_logout("logout-xml-nul.http", unusable),
  no_logout("logout-xml-two-roots.http", unusable),
  no_logout("logout-xml-nesting-1000-levels.http", unusable),

  -- 444 "Invalid Token", 403 on newer servers: the session is gone, if the token came with its device (AIS guide), and if the
  -- body is an error of AIS's own
  logout("http-444-invalid-token.http", { answer = "already_out", http_status = 444, vendor_message = "Invalid Token",
    fields = { exception = "Exception", timeStamp = "2025-09-19T20:16:27.934+0000" } }, { "vendor_code", "status" }),
  logout("http-444-no-reason.http", { answer = "already_out", http_status = 444, vendor_message = "Invalid Token" }),
  no_logout("http-444-empty.http", foreign, { "vendor_code", "vendor_message" }),
  logout("http-444-xml.http", { answer = "already_out", http_status = 444, vendor_message = "Invalid Token" }),
  no_logout("http-444-xml-doctype.http", foreign, { "vendor_message" }),
  no_logout("http-444-html.http", foreign, { "vendor_message" }),
  no_logout("http-444-status-success.http", foreign),
  no_logout("http-444-message-object.http", foreign),
  no_logout("http-444-trailing-comma.http", foreign),
  logout("http-403-invalid-token.http", { answer = "already_out", http_status = 403, vendor_message = "Invalid Token" }),
  no_logout("http-403-empty.http", { code = "denied", scope = "client", own_words = false }, { "vendor_message" }),
  no_logout("http-403-html.http", { code = "denied", scope = "client", http_status = 403 }, { "vendor_message" }),

  -- without its device it may just be "not valid from here"
  logout_from(anywhere, nil, "http-444-invalid-token.http", { answer = "undecided", http_status = 444,
    vendor_message = "Invalid Token" }),
  logout_from(token_only, nil, "http-444-invalid-token.http", { answer = "undecided", http_status = 444 }),
  { reply = "http-444-empty.http", operation = "logout", arguments = anywhere, failure = foreign },
  logout_from(anywhere, nil, "http-403-invalid-token.http", { answer = "undecided", http_status = 403 }),

  -- a device of the client's own says nothing of where this token came from
  logout_from(anywhere, client_device, "http-444-invalid-token.http", { answer = "undecided", http_status = 444 }),
  logout_from(token_only, client_device, "http-403-invalid-token.http", { answer = "undecided", http_status = 403 }),

  -- nor does a device that stands in the token alone
  logout_from(named, nil, "logout-success.http", { answer = "accepted", device_from = "token" }),
  logout_from(named, nil, "http-444-invalid-token.http", { answer = "undecided", device_from = "token",
    doubt = "may mean that the token is of another device or address: the device that came with it was taken from the token" }),
  status_from(named, nil, "http-444-invalid-token.http", { device_from = "token", whole = false }, { "active" }),
  status_from(named, client_device, "http-444-invalid-token.http", { whole = false,
    doubt = "may mean that the token is of another device or address: the device that came with it is the client's own" }, { "active", "device_from" }),

  -- HTTP refusals: our request is always the same one, so it is the client that is wrong
  no_logout("http-400.http", { code = "rejected", scope = "client", retriable = false, http_status = 400,
    vendor_message = "Invalid JSON Input" }, { "vendor_code" }),
  no_logout("http-400-empty.http", { code = "rejected", scope = "client", retriable = false }, { "vendor_message" }),
  no_logout("http-405.http", { code = "rejected", scope = "client", retriable = false, http_status = 405,
    vendor_message = "The AIS Server is not an allowed host" }),
  no_logout("http-415.http", { code = "rejected", scope = "client", retriable = false, http_status = 415,
    vendor_message = "Invalid Content-Type Header - Must use application/json" }),
  no_logout("http-302-login.http", { code = "rejected", scope = "client", retriable = false, http_status = 302 }),
  no_logout("http-401.http", { code = "denied", scope = "client", retriable = false, http_status = 401,
    vendor_message = "Unauthorized" }, { "vendor_code" }),
  no_logout("http-401-html.http", { code = "denied", scope = "client", http_status = 401 }, { "vendor_message" }),
  no_logout("http-404-html.http", { code = "not_found", scope = "client", retriable = false, http_status = 404 },
    { "vendor_message" }),
  no_logout("http-404-json.http", { code = "not_found", scope = "client", vendor_message = "Not Found" }),
  no_logout("http-407-proxy.http", { code = "denied", scope = "client", retriable = false, http_status = 407 }),
  no_logout("http-410.http", { code = "rejected", scope = "target", retriable = false, http_status = 410 }),
  no_logout("http-445.http", { code = "rejected", scope = "target", retriable = false, http_status = 445,
    vendor_message = "Mobile SSO failed" }),

  -- come back later
  no_logout("http-408.http", { code = "busy", retriable = true, http_status = 408 }, { "scope" }),
  no_logout("http-429-retry-after.http", { code = "busy", retriable = true, http_status = 429, retry_after = 5 },
    { "scope" }),
  no_logout("http-503-html-retry-after.http", { code = "busy", retriable = true, http_status = 503, retry_after = 120 },
    { "scope", "vendor_message" }),
  no_logout("http-503-lower-case-header.http", { code = "busy", retriable = true, retry_after = 7 }),

  -- the system failed; `message` may be an object (public clients), every member may be missing
  no_logout("http-500.http", { code = "server", retriable = true, http_status = 500, sent = true,
    vendor_message = "Server failed", fields = { exceptionId = "123", userDefinedErrorText = "u" } },
    { "scope", "vendor_code" }),
  no_logout("http-500-xml-prefix.http", { code = "server", retriable = true, vendor_message = "Server failed",
    fields = { status = "ERROR" } }),
  no_logout("http-500-message-object.http", { code = "server", retriable = true }, { "vendor_message" }),
  no_logout("http-500-message-object-and-error-text.http", { code = "server", retriable = true,
    vendor_message = "JAS is down" }),
  no_logout("http-500-message-null-and-error-text.http", { code = "server", retriable = true,
    vendor_message = "JAS is down" }),
  no_logout("http-500-wrong-types.http", { code = "server", retriable = true, http_status = 500 },
    { "vendor_code", "vendor_message" }),
  no_logout("http-500-status-success.http", { code = "server", retriable = true, http_status = 500 }),
  no_logout("http-500-invalid-utf-8.http", { code = "server", retriable = true, http_status = 500 }),
  no_logout("http-500-nesting-100-levels.http", { code = "server", retriable = true, http_status = 500 },
    { "vendor_message" }),
  no_logout("http-501.http", { code = "server", retriable = false, http_status = 501 }, { "scope" }),
  no_logout("http-502-html.http", { code = "server", retriable = true, http_status = 502 }, { "scope", "vendor_message" }),
  no_logout("http-504.http", { code = "server", retriable = true, http_status = 504 }, { "scope" }),

  -- validate-session: alive takes both 200 and true (REST API; public clients read the flag)
  status("validate-alive.http", { active = true, http_status = 200, fields = { isValidSession = true } }),
  status_from(anywhere, nil, "validate-alive.http", { active = true, http_status = 200 }),
  status("validate-alive-text.http", { active = true }),
  status("validate-alive-charset.http", { active = true }),
  status("validate-alive-bom.http", { active = true }),
  status("validate-xml-alive.http", { active = true, http_status = 200, fields = { isValidSession = "true" } }),
  status("validate-xml-alive-prefix.http", { active = true }),

  -- dead is known only where the device came with the token
  status("validate-dead.http", { active = false, http_status = 200 }),
  status("validate-xml-dead.http", { active = false, http_status = 200 }),
  status("http-444-invalid-token.http", { active = false, http_status = 444, vendor_message = "Invalid Token" }),
  no_status("http-444-empty.http", foreign),
  no_status("http-444-html.http", foreign),
  status("http-444-xml.http", { active = false, http_status = 444 }),
  status("http-403-invalid-token.http", { active = false, http_status = 403 }),
  status_from(anywhere, nil, "validate-dead.http", { http_status = 200 }, { "active" }),
  status_from(token_only, nil, "validate-xml-dead.http", { http_status = 200 }, { "active" }),
  status_from(anywhere, client_device, "validate-dead.http", { http_status = 200 }, { "active" }),
  status_from(anywhere, nil, "http-444-invalid-token.http", { http_status = 444, vendor_message = "Invalid Token" },
    { "active" }),
  status_from(anywhere, nil, "http-403-invalid-token.http", { http_status = 403 }, { "active" }),
  status_from(anywhere, client_device, "http-444-invalid-token.http", { http_status = 444 }, { "active" }),

  -- 200 without the flag proves nothing either way
  status("validate-null.http", { http_status = 200 }, { "active" }),
  status("validate-number.http", { http_status = 200 }, { "active" }),
  status("validate-other-case.http", { http_status = 200 }, { "active" }),
  status("validate-deeper.http", { http_status = 200 }, { "active" }),
  status("validate-empty-object.http", { http_status = 200 }, { "active" }),
  status("validate-empty-body.http", { http_status = 200 }, { "active" }),
  status("validate-status-member-only.http", { http_status = 200 }, { "active" }),
  status("validate-xml-empty.http", { http_status = 200 }, { "active" }),

  -- neither do pages and broken documents, nor the refusals that every call may meet
  no_status("validate-html.http", unusable, { "vendor_message" }),
  no_status("validate-trailing-comma.http", unusable),
  no_status("validate-nesting-100-levels.http", unusable),
  no_status("validate-xml-doctype.http", unusable),
  no_status("http-302-login.http", { code = "rejected", scope = "client", http_status = 302 }),
  no_status("http-401.http", { code = "denied", scope = "client", http_status = 401 }),
  no_status("http-404-html.http", { code = "not_found", scope = "client", http_status = 404 }),
  no_status("http-405.http", { code = "rejected", scope = "client", http_status = 405 }),
  no_status("http-415.http", { code = "rejected", scope = "client", http_status = 415 }),
  no_status("http-500.http", { code = "server", retriable = true, http_status = 500 }),
  no_status("http-503-html-retry-after.http", { code = "busy", retriable = true, retry_after = 120 }),
}
