-- The meaning of each reply of the Oracle Commerce Agent API.
-- Sources: Oracle's REST reference (logout, verify, errorModel), Oracle's guide on error messages,
-- and Oracle's public Node client, which checks for an error before it reads the result.

local bearer = { "eyJ0.eyJz.c2ln+/=" }
local done = { answer = "accepted", http_status = 200, result = true }
local undecided = { answer = "undecided", http_status = 200 }
local foreign = { code = "denied", scope = "client", retriable = false, http_status = 401, own_words = false }
local unusable = { code = "unusable", http_status = 200, retriable = false }

local function logout(reply, answer, absent)
  return { reply = reply, operation = "logout", arguments = bearer, answer = answer, absent = absent }
end
local function no_logout(reply, failure, absent)
  return { reply = reply, operation = "logout", arguments = bearer, failure = failure, absent = absent }
end
local function status(reply, answer, absent)
  return { reply = reply, operation = "status", arguments = bearer, answer = answer, absent = absent }
end
local function no_status(reply, failure, absent)
  return { reply = reply, operation = "status", arguments = bearer, failure = failure, absent = absent }
end

return {
  -- result true: logged out (REST reference)
  logout("logout-success.http", { answer = "accepted", http_status = 200, result = true, fields = { result = true } },
    { "vendor_code", "vendor_message" }),
  logout("logout-success-links.http", { answer = "accepted", result = true,
    fields = { links = { { rel = "self", href = "https://host.example/ccagent/v1/logout" } } } }),
  logout("logout-success-charset.http", done),
  logout("logout-success-blanks.http", done),
  logout("logout-success-bom.http", done),
  logout("logout-success-lower-case-headers.http", done),
  logout("logout-success-escaped-member-name.http", done),
  logout("logout-success-nesting-20-levels.http", done),
  logout("logout-success-text-true.http", { answer = "undecided", http_status = 200 }, { "result" }),
  logout("logout-success-status-member.http", { answer = "accepted", http_status = 200, result = true,
    vendor_message = "Logged out" }, { "vendor_code" }),

  -- the body decides, not its label
  logout("logout-success-no-content-type.http", done),
  logout("logout-success-labelled-text-html.http", done),

  -- error members that hold nothing are no error
  logout("logout-success-null-error-members.http", done, { "vendor_code", "vendor_message" }),
  logout("logout-success-empty-errors.http", done, { "vendor_code" }),

  -- result false: it failed (REST reference)
  no_logout("logout-result-false.http", { code = "server", retriable = true, http_status = 200 },
    { "scope", "vendor_code", "vendor_message" }),
  no_logout("logout-result-false-message.http", { code = "server", retriable = true, vendor_message = "Logout failed" },
    { "vendor_code" }),
  no_logout("logout-duplicate-result.http", { code = "server", retriable = true }),

  -- result is optional in the schema: without one nothing is decided
  logout("logout-empty-body.http", undecided, { "result", "vendor_code", "vendor_message" }),
  logout("logout-empty-body-no-content-type.http", undecided, { "result" }),
  logout("logout-no-content.http", { answer = "undecided", http_status = 204 }, { "result" }),
  logout("logout-empty-object.http", undecided, { "result", "vendor_code" }),
  logout("logout-empty-array.http", undecided, { "result" }),
  logout("logout-null.http", undecided, { "result" }),
  logout("logout-bare-string.http", undecided, { "result" }),
  logout("logout-bare-true.http", undecided),
  logout("logout-result-inside-array.http", undecided),
  logout("logout-result-deeper.http", undecided),
  logout("logout-result-other-case.http", undecided),

  -- nor by a result that is no boolean
  logout("logout-result-null.http", undecided),
  logout("logout-result-number.http", undecided),
  logout("logout-result-empty-string.http", undecided),
  logout("logout-result-text-yes.http", undecided),
  logout("logout-result-object.http", undecided),
  logout("logout-result-list.http", undecided),

  -- an error with HTTP 200 counts before the result (Oracle's Node client); both together decide nothing
  no_logout("logout-error-in-200.http", { code = "rejected", scope = "target", retriable = false, http_status = 200,
    vendor_code = "82001", vendor_message = "Required header is missing: x-ccasset-language" }),
  logout("logout-success-and-error-code.http", { answer = "undecided", vendor_code = "51301", vendor_message = "Internal error",
    whole = false }, { "result" }),
  logout("logout-success-and-error-text.http", { answer = "undecided", vendor_message = "invalid_request", whole = false },
    { "vendor_code" }),
  logout("logout-success-and-nested-errors.http", { answer = "undecided", vendor_code = "51301", whole = false }),
  logout("logout-nested-errors-without-code.http", { answer = "undecided", whole = false }, { "vendor_code" }),

  -- errorCode is documented as digits in a string; numbers are survived
  no_logout("logout-error-code-number.http", { code = "rejected", scope = "target", vendor_code = "82001" }),
  no_logout("logout-error-code-number-with-fraction.http", { code = "rejected", vendor_code = "51301" }),

  -- several errors at once (guide on error messages)
  no_logout("logout-nested-errors-in-200.http", { code = "rejected", scope = "target", vendor_code = "20031",
    vendor_message = "Several errors" }),
  no_logout("logout-own-code-before-nested.http", { code = "rejected", vendor_code = "82001", vendor_message = "Outer" }),
  no_logout("logout-error-path-with-colon.http", { code = "rejected", vendor_code = "82001",
    vendor_message = "M\195\188\240\159\152\128", fields = { ["o:errorPath"] = "/a/b", moreInfo = "see" } }),

  -- OAuth 2.0, RFC 6749 section 5.2
  no_logout("logout-oauth-error-in-200.http", { code = "rejected", scope = "target",
    vendor_message = "The request is missing a parameter." }, { "vendor_code" }),

  -- not JSON (RFC 8259; the manual's own samples have trailing commas), or more of it than is safe
  no_logout("logout-html.http", unusable, { "vendor_message" }),
  no_logout("logout-html-labelled-json.http", unusable, { "vendor_message" }),
  no_logout("logout-xml.http", unusable),
  no_logout("logout-xml-labelled-json.http", unusable),
  no_logout("logout-plain-text.http", unusable),
  no_logout("logout-trailing-comma.http", unusable),
  no_logout("logout-unquoted-name.http", unusable),
  no_logout("logout-true-in-capitals.http", unusable),
  no_logout("logout-two-documents.http", unusable),
  no_logout("logout-comment.http", unusable),
  no_logout("logout-nul-in-string.http", unusable),
  no_logout("logout-nul-after-document.http", unusable),
  no_logout("logout-nesting-100-levels.http", unusable),
  no_logout("logout-nesting-100-objects.http", unusable),
  no_logout("logout-huge-number.http", unusable),
  no_logout("logout-infinity.http", unusable),
  no_logout("logout-utf-16.http", unusable),

  -- 401: the token is expired, revoked or was never valid; only an error of Commerce's own says so
  logout("http-401.http", { answer = "already_out", http_status = 401, vendor_code = "35003", own_words = true,
    vendor_message = "Invalid or expired access credentials" }),
  no_logout("http-401-empty.http", foreign, { "vendor_code", "vendor_message" }),
  no_logout("http-401-oauth.http", foreign, { "vendor_code" }),
  no_logout("http-401-oauth-without-description.http", foreign, { "vendor_code" }),
  no_logout("http-401-html.http", foreign, { "vendor_code", "vendor_message" }),
  no_logout("http-401-trailing-comma.http", foreign),
  no_logout("http-401-result-true.http", foreign),
  no_logout("http-401-nesting-100-levels.http", foreign),

  -- HTTP refusals; the status line counts before the member `status`
  no_logout("http-302-login.http", { code = "rejected", scope = "client", retriable = false, http_status = 302 }),
  no_logout("http-400-header-missing.http", { code = "rejected", scope = "target", retriable = false, http_status = 400,
    vendor_code = "82001", vendor_message = "Required header is missing: x-ccasset-language" }),
  no_logout("http-400-nested-errors.http", { code = "rejected", scope = "target", http_status = 400,
    vendor_code = "20031", vendor_message = "Two problems" }),
  no_logout("http-400-error-code-number.http", { code = "rejected", scope = "target", vendor_code = "82001" }),
  no_logout("http-400-trailing-comma.http", { code = "rejected", scope = "target", retriable = false, http_status = 400 }),
  no_logout("http-400-status-member-says-200.http", { code = "rejected", scope = "target", http_status = 400,
    vendor_code = "82001" }),
  no_logout("http-400-wrong-types.http", { code = "rejected", scope = "target", http_status = 400 },
    { "vendor_code", "vendor_message" }),
  no_logout("http-404.http", { code = "not_found", scope = "client", retriable = false, http_status = 404,
    vendor_code = "13010" }),
  no_logout("http-404-html.http", { code = "not_found", scope = "client", http_status = 404 }, { "vendor_message" }),
  no_logout("http-405.http", { code = "rejected", scope = "client", retriable = false, http_status = 405 }),
  no_logout("http-407-proxy.http", { code = "denied", scope = "client", retriable = false, http_status = 407 }),
  no_logout("http-415.http", { code = "rejected", scope = "client", retriable = false, http_status = 415,
    vendor_code = "415" }),
  no_logout("http-444.http", { code = "rejected", scope = "target", retriable = false, http_status = 444 }),

  -- 403: the token lives, with the wrong role or for another API; not "already out"
  no_logout("http-403.http", { code = "denied", scope = "target", retriable = false, http_status = 403,
    vendor_code = "35007", vendor_message = "Not allowed for this role" }),
  no_logout("http-403-html.http", { code = "denied", scope = "client", http_status = 403, own_words = false }, { "vendor_message" }),

  -- come back later
  no_logout("http-408.http", { code = "busy", retriable = true, http_status = 408 }, { "scope" }),
  no_logout("http-429-retry-after.http", { code = "busy", retriable = true, http_status = 429, retry_after = 17,
    vendor_code = "429001", vendor_message = "Too many requests" }, { "scope" }),
  no_logout("http-429-lower-case-header.http", { code = "busy", retriable = true, retry_after = 17 }),
  no_logout("http-503-retry-after.http", { code = "busy", retriable = true, http_status = 503, retry_after = 120 },
    { "scope" }),
  no_logout("http-503-json-without-retry-after.http", { code = "busy", retriable = true,
    vendor_message = "Down for maintenance" }, { "retry_after", "vendor_code" }),

  -- the system failed; its errorCode is then a reference for support (guide on error messages)
  no_logout("http-500.http", { code = "server", retriable = true, http_status = 500, sent = true, vendor_code = "1000",
    vendor_message = "Internal error" }, { "scope" }),
  no_logout("http-500-invalid-utf-8.http", { code = "server", retriable = true, http_status = 500 }),
  no_logout("http-500-huge-number.http", { code = "server", retriable = true, http_status = 500 }),
  no_logout("http-500-result-true.http", { code = "server", retriable = true, http_status = 500 }),
  no_logout("http-501.http", { code = "server", retriable = false, http_status = 501 }, { "scope" }),
  no_logout("http-502-html.http", { code = "server", retriable = true, http_status = 502 }, { "scope", "vendor_message" }),
  no_logout("http-504-html.http", { code = "server", retriable = true, http_status = 504 }, { "scope", "vendor_message" }),

  -- verify: success true is alive (REST reference, for the sister APIs)
  status("verify-alive.http", { active = true, http_status = 200, fields = { success = true } }),
  status("verify-alive-links.http", { active = true, http_status = 200 }),
  status("verify-alive-bom.http", { active = true, http_status = 200 }),
  status("verify-dead.http", { active = false, http_status = 200 }),
  status("verify-null.http", { http_status = 200 }, { "active" }),
  status("verify-number.http", { http_status = 200 }, { "active" }),
  status("verify-empty-string.http", { http_status = 200 }, { "active" }),
  status("verify-empty-object.http", { http_status = 200 }, { "active" }),
  status("verify-empty-body.http", { http_status = 200 }, { "active" }),
  status("logout-success.http", { http_status = 200 }, { "active" }),
  status("verify-success-and-error.http", { active = true, http_status = 200, vendor_code = "222001", vendor_message = "cache",
    whole = false }),
  no_status("verify-nested-errors.http", { code = "rejected", scope = "target", vendor_code = "222003" }),
  no_status("verify-html.http", unusable, { "vendor_message" }),
  no_status("verify-trailing-comma.http", unusable),

  -- 401: dead, in Commerce's own words
  status("http-401.http", { active = false, http_status = 401, vendor_code = "35003", own_words = true }),
  no_status("http-401-empty.http", foreign),
  no_status("http-401-oauth.http", foreign),
  no_status("http-401-html.http", foreign),

  -- /ccagent/v1/verify is known by analogy only: a site may not have it
  no_status("http-404.http", { code = "unsupported", http_status = 404 }, { "scope" }),
  no_status("http-404-html.http", { code = "unsupported", http_status = 404 }, { "scope" }),
  no_status("http-405.http", { code = "unsupported", http_status = 405 }, { "scope" }),
  no_status("http-302-login.http", { code = "rejected", scope = "client", http_status = 302 }),
  no_status("http-400-header-missing.http", { code = "rejected", scope = "target", vendor_code = "82001" }),
  no_status("http-403.http", { code = "denied", scope = "target", http_status = 403 }),
  no_status("http-429-retry-after.http", { code = "busy", retriable = true, retry_after = 17 }),
  no_status("http-500.http", { code = "server", retriable = true, http_status = 500 }),
  no_status("http-503-retry-after.http", { code = "busy", retriable = true, retry_after = 120 }),
}
