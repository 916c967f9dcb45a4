-- The meaning of each reply of the Agvance Web API.
-- Sources: the API's own help pages (POST ApiUser/LogOff; Status of a technology call) and the
-- ASP.NET Web API framework that they are printed by. Groups without a source are our own decision.

local one, both = { "K1" }, { { "K1", "K2" } }
local done = { answer = "accepted", http_status = 200, vendor_code = "0", vendor_message = "OK",
  requested = 1, count = 1, partial = false }
local uncounted = { answer = "accepted", http_status = 200, requested = 1 }
local unusable = { code = "unusable", http_status = 200, retriable = false }
local anna = { user = "anna", application = "Dispatch", session_log_key = "K1", session_id = "S1" }
local bert = { user = "bert", application = "Blending", session_log_key = "K2", session_id = "S2" }

local function logoff(reply, answer, absent)
  return { reply = reply, operation = "logout", arguments = one, answer = answer, absent = absent }
end
local function logoff_both(reply, answer)
  return { reply = reply, operation = "logout", arguments = both, answer = answer }
end
local function no_logoff(reply, failure, absent)
  return { reply = reply, operation = "logout", arguments = one, failure = failure, absent = absent }
end
local function list(reply, length, answer)
  answer.http_status = 200
  return { reply = reply, operation = "sessions", arguments = {}, length = length, answer = answer }
end
local function no_list(reply, failure, absent)
  return { reply = reply, operation = "sessions", arguments = {}, failure = failure, absent = absent }
end

return {
  -- LogOff, JSON as in the sample of the help page: members in any order, any layout
  logoff("logout-success.http", { answer = "accepted", http_status = 200, requested = 1, count = 1, partial = false,
    vendor_code = "0", vendor_message = "OK", fields = { Status = "0", Message = "OK", Count = "1" } }),
  { reply = "logout-success.http", operation = "logout", arguments = { { "K1" } }, answer = done },
  logoff_both("logout-both-success.http", { answer = "accepted", http_status = 200, requested = 2, count = 2,
    partial = false }),
  logoff("logout-other-member-order.http", done),
  logoff("logout-pretty-printed.http", done),
  logoff("logout-unknown-members.http", done),
  logoff("logout-bom.http", done),
  logoff("logout-text-json.http", done),
  logoff("logout-lower-case-header-names.http", done),
  logoff("logout-nesting-20-levels.http", done),
  logoff("logout-escapes-in-message.http", { answer = "accepted", count = 1,
    vendor_message = "\195\156ber \"A\" \240\159\152\128 / &" }),

  -- the format is what the body's first character says, whatever the header claims
  logoff("logout-no-content-type.http", done),
  logoff("logout-json-labelled-xml.http", done),
  logoff("logout-xml-labelled-json.http", done),

  -- Status "3": success with a message for people (help page, Status of a technology call)
  logoff("logout-informational-status-3.http", { answer = "accepted", http_status = 200, count = 1,
    vendor_code = "3", vendor_message = "Your licence ends in 12 days." }),
  logoff_both("logout-status-number-3.http", { answer = "accepted", count = 2, partial = false, vendor_code = "3" }),

  -- documented as strings; numbers and blanks are survived
  logoff("logout-status-and-count-as-numbers.http", { answer = "accepted", http_status = 200, requested = 1,
    count = 1, partial = false, vendor_code = "0", fields = { Status = 0, Count = 1 } }),
  logoff("logout-status-with-blanks.http", { answer = "accepted", http_status = 200, count = 1 }),

  -- Count says how many were logged off: none is "already out", fewer than asked is partial
  logoff("logout-no-session-matched.http", { answer = "already_out", http_status = 200, requested = 1, count = 0 }),
  logoff("logout-no-session-matched-number.http", { answer = "already_out", requested = 1, count = 0 }),
  logoff_both("logout-no-session-matched.http", { answer = "already_out", requested = 2, count = 0, partial = true }),
  logoff_both("logout-one-of-two.http", { answer = "accepted", requested = 2, count = 1, partial = true }),
  logoff_both("logout-count-above-requested.http", { answer = "undecided", requested = 2, count = 5, whole = false }),
  logoff("logout-count-missing.http", uncounted, { "count" }),
  logoff("logout-count-null.http", uncounted, { "count", "vendor_message" }),
  logoff("logout-count-empty.http", uncounted, { "count" }),
  logoff("logout-count-in-words.http", { answer = "undecided", requested = 1, whole = false }, { "count" }),
  logoff("logout-count-negative.http", { answer = "undecided", requested = 1, whole = false }, { "count" }),

  -- Status "1" and "2": errors, one written for people, one for programs (help page); HTTP 200 all the same
  no_logoff("logout-status-1.http", { code = "rejected", scope = "target", retriable = false, http_status = 200,
    vendor_code = "1", vendor_message = "The session list could not be read." }),
  no_logoff("logout-status-2.http", { code = "rejected", scope = "target", retriable = false,
    vendor_code = "2", vendor_message = "E_NOLIST" }),
  no_logoff("logout-status-number-1.http", { code = "rejected", scope = "target", vendor_code = "1",
    vendor_message = "Not allowed." }),
  no_logoff("logout-status-1-though-count-full.http", { code = "rejected", scope = "target", vendor_code = "1" }),
  no_logoff("logout-duplicate-status.http", { code = "rejected", scope = "target", vendor_code = "1" }),

  -- a Status that no page lists: the system failed, in a way nobody told
  no_logoff("logout-status-unknown-number.http", { code = "server", retriable = false, http_status = 200,
    vendor_code = "4", vendor_message = "?" }, { "scope" }),
  no_logoff("logout-status-in-words.http", { code = "server", retriable = false, vendor_code = "sample string 1",
    vendor_message = "sample string 2" }, { "scope" }),

  -- without a Status nothing was said
  no_logoff("logout-status-missing.http", unusable, { "vendor_code", "scope" }),
  no_logoff("logout-status-null.http", unusable, { "vendor_code" }),
  no_logoff("logout-status-empty.http", unusable),
  no_logoff("logout-status-only-blanks.http", unusable),
  no_logoff("logout-status-lower-case-member.http", unusable, { "vendor_code" }),
  no_logoff("logout-framework-error-with-200.http", unusable, { "vendor_code" }),
  no_logoff("logout-empty-object.http", unusable, { "vendor_code", "vendor_message" }),
  no_logoff("logout-empty-array.http", unusable, { "vendor_code", "vendor_message" }),
  no_logoff("logout-null.http", unusable, { "vendor_code", "vendor_message" }),
  no_logoff("logout-bare-string.http", unusable, { "vendor_code" }),
  no_logoff("logout-bare-number.http", unusable, { "vendor_code" }),
  no_logoff("logout-reply-inside-array.http", unusable, { "vendor_code" }),
  no_logoff("logout-empty-body.http", unusable, { "vendor_code", "vendor_message" }),
  no_logoff("logout-no-content.http", { code = "unusable", http_status = 204, retriable = false }),

  -- not JSON (RFC 8259), or more of it than is safe
  no_logoff("logout-trailing-comma.http", unusable),
  no_logoff("logout-single-quotes.http", unusable),
  no_logoff("logout-two-documents.http", unusable),
  no_logoff("logout-nul-in-string.http", unusable),
  no_logoff("logout-nul-after-document.http", unusable),
  no_logoff("logout-not-a-number.http", unusable),
  no_logoff("logout-status-huge-number.http", unusable),
  no_logoff("logout-nesting-100-levels.http", unusable),
  no_logoff("logout-html.http", unusable, { "vendor_message" }),
  no_logoff("logout-html-labelled-json.http", unusable, { "vendor_message" }),

  -- LogOff, XML as in the sample of the help page; a DataContractSerializer may use any prefix
  logoff("logout-xml-success.http", { answer = "accepted", http_status = 200, requested = 1, count = 1, partial = false,
    vendor_code = "0", vendor_message = "OK", fields = { Status = "0", Message = "OK", Count = "1" } }),
  logoff("logout-xml-text-xml.http", done),
  logoff("logout-xml-declaration.http", done),
  logoff("logout-xml-bom.http", done),
  logoff("logout-xml-pretty-printed.http", { answer = "accepted", count = 1, partial = false }),
  logoff("logout-xml-other-order.http", done),
  logoff("logout-xml-prefix.http", done),
  logoff("logout-xml-prefix-redeclared.http", done),
  logoff("logout-xml-unknown-elements.http", done),
  logoff("logout-xml-nil-message.http", { answer = "accepted", count = 1, vendor_code = "0", fields = { Message = "" } }),
  logoff("logout-xml-nil-other-prefix.http", uncounted, { "count" }),
  logoff("logout-xml-cdata.http", { answer = "accepted", count = 1, vendor_code = "0", vendor_message = "R&D <done>" }),
  logoff("logout-xml-entities.http", { answer = "accepted", count = 1, vendor_code = "0",
    vendor_message = "R&D <done> \"' \195\188\226\130\172\240\159\152\128" }),
  logoff("logout-xml-comment-in-text.http", { answer = "undecided", count = 12, vendor_code = "0", vendor_message = "OK" }),
  logoff("logout-xml-latin-1.http", { answer = "accepted", count = 1, vendor_message = "Zur\195\188ckgemeldet" }),
  logoff("logout-xml-no-session-matched.http", { answer = "already_out", requested = 1, count = 0 }),
  logoff_both("logout-xml-one-of-two.http", { answer = "accepted", requested = 2, count = 1, partial = true,
    vendor_code = "3" }),
  no_logoff("logout-xml-status-1.http", { code = "rejected", scope = "target", retriable = false, http_status = 200,
    vendor_code = "1", vendor_message = "The session list could not be read." }),
  no_logoff("logout-xml-status-nil.http", unusable),
  no_logoff("logout-xml-status-empty.http", unusable),
  no_logoff("logout-xml-status-missing.http", unusable, { "vendor_code" }),
  no_logoff("logout-xml-status-only-deeper.http", unusable, { "vendor_code" }),

  -- another namespace or root is another message; the framework's <Error> has no namespace
  no_logoff("logout-xml-status-of-another-namespace.http", unusable, { "vendor_code" }),
  no_logoff("logout-xml-wrong-namespace.http", unusable, { "vendor_code" }),
  no_logoff("logout-xml-no-namespace.http", unusable, { "vendor_code" }),
  no_logoff("logout-xml-prefix-undeclared.http", unusable, { "vendor_code" }),
  no_logoff("logout-xml-other-root.http", unusable, { "vendor_code" }),
  no_logoff("logout-xml-error-root-with-status-0.http", unusable, { "vendor_code" }),
  no_logoff("logout-xhtml-labelled-xml.http", unusable),

  -- the framework writes control characters as references that XML 1.0 forbids: unusable, never a success
  no_logoff("logout-xml-forbidden-character-reference.http", unusable),
  no_logoff("logout-xml-forbidden-nul-reference.http", unusable),

  -- ill-formed or hostile XML
  no_logoff("logout-xml-undefined-entity.http", unusable),
  no_logoff("logout-xml-bare-ampersand.http", unusable),
  no_logoff("logout-xml-doctype.http", unusable),
  no_logoff("logout-xml-doctype-external-entity.http", unusable),
  no_logoff("logout-xml-doctype-entities-within-entities.http", unusable),
  no_logoff("logout-xml-invalid-utf-8.http", unusable),
  no_logoff("logout-xml-nul.http", unusable),
  no_logoff("logout-xml-text-after-root.http", unusable),
  no_logoff("logout-xml-two-roots.http", unusable),
  no_logoff("logout-xml-end-tag-mismatch.http", unusable),
  no_logoff("logout-xml-nesting-1000-levels.http", unusable),

  -- the list of sessions, JSON
  list("sessions-two.http", 2, { anna, bert, vendor_code = "0", fields = { Status = "0", Count = "2" } }),
  list("sessions-member-order.http", 1, { anna }),
  list("sessions-count-missing.http", 1, { anna }),
  list("sessions-same-user-twice.http", 2, { anna, { user = "anna", application = "Mobile", session_log_key = "K9",
    session_id = "S9" }, vendor_code = "3" }),
  list("sessions-null-members.http", 1, { { session_log_key = "K1" } }),
  list("sessions-empty-strings.http", 1, { { session_log_key = "K1" } }),
  list("sessions-key-as-number.http", 1, { { user = "anna", session_log_key = "1234567" } }),
  list("sessions-awkward-values.http", 2, {
    { user = "J\195\182rg \"J\" M", application = "a\\b", session_log_key = "a&b<c>%0d%0a+/=", session_id = " s " },
    { user = "\240\159\152\128", application = "x", session_log_key = "A&B<C>%0D%0A+/=", session_id = "\226\130\172" } }),

  -- our own session is marked, so that nobody logs it off
  { reply = "sessions-two.http", operation = "sessions", arguments = {}, options = { session_id = "S2" }, length = 2,
    answer = { { session_log_key = "K1", own = false }, { session_log_key = "K2", own = true } } },
  { reply = "sessions-xml-two.http", operation = "sessions", arguments = {}, options = { session_id = "S1" }, length = 2,
    answer = { { session_log_key = "K1", own = true }, { session_log_key = "K2", own = false } } },

  -- nobody there
  list("sessions-none.http", 0, { vendor_code = "0" }),
  list("sessions-none-null.http", 0, {}),
  list("sessions-none-number-and-null.http", 0, {}),
  list("sessions-none-object.http", 0, {}),
  list("sessions-none-without-list.http", 0, {}),

  -- a list shorter than its Count would read as "gone": what is in it is there, and nothing else is known
  list("sessions-count-above-rows.http", 2, { anna, whole = false }),
  list("sessions-count-below-rows.http", 2, { anna, bert, whole = false }),
  list("sessions-count-zero-with-rows.http", 1, { anna, whole = false }),
  no_list("sessions-count-without-list.http", unusable),
  no_list("sessions-count-with-null-list.http", unusable),
  list("sessions-count-with-empty-list.http", 0, { whole = false }),
  no_list("sessions-neither-count-nor-list.http", unusable),
  no_list("sessions-list-as-string.http", unusable),
  no_list("sessions-list-as-object.http", unusable),
  list("sessions-null-row.http", 2, { anna, whole = false }),

  -- the same Status as for LogOff
  no_list("sessions-status-2.http", { code = "rejected", scope = "target", retriable = false, vendor_code = "2",
    vendor_message = "E_NOLIST" }),
  no_list("sessions-status-unknown.http", { code = "server", retriable = false, vendor_code = "9" }, { "scope" }),
  no_list("sessions-status-missing.http", unusable, { "vendor_code" }),
  no_list("sessions-empty-array.http", unusable),
  no_list("sessions-empty-body.http", unusable),
  no_list("sessions-trailing-comma.http", unusable),
  no_list("sessions-html.http", unusable, { "vendor_message" }),

  -- the list of sessions, XML
  list("sessions-xml-two.http", 2, { anna, bert, vendor_code = "0", vendor_message = "OK", fields = { Count = "2" } }),
  list("sessions-xml-prefix.http", 1, { anna }),
  list("sessions-xml-pretty-printed.http", 2, { anna, bert }),
  list("sessions-xml-count-missing.http", 2, { anna, bert }),
  list("sessions-xml-entities-and-cdata.http", 1, { { user = "J\195\182rg", application = "R&D",
    session_log_key = "a&b<c>\"]]>", session_id = "s<1>" } }),
  list("sessions-xml-latin-1.http", 1, { { user = "J\195\182rg", session_log_key = "K\195\164" } }),
  list("sessions-xml-nil-members.http", 1, { { session_log_key = "K1" } }),
  list("sessions-xml-none-empty-list.http", 0, {}),
  list("sessions-xml-none-nil-list.http", 0, {}),
  list("sessions-xml-count-above-rows.http", 2, { anna, bert, whole = false }),
  no_list("sessions-xml-count-with-nil-list.http", unusable),
  no_list("sessions-xml-wrong-namespace.http", unusable),
  no_list("sessions-xml-doctype.http", unusable),

  -- HTTP refusals; bodies as the framework writes them, JSON or <Error>, HTML where IIS answers itself
  no_logoff("http-302-login.http", { code = "rejected", scope = "client", retriable = false, http_status = 302 },
    { "vendor_message" }),
  no_logoff("http-307-location.http", { code = "rejected", scope = "client", retriable = false, http_status = 307 }),
  no_logoff("http-400-model-state.http", { code = "rejected", scope = "target", retriable = false, http_status = 400,
    vendor_message = "The request is invalid." }, { "vendor_code" }),
  no_logoff("http-401.http", { code = "denied", scope = "client", retriable = false, http_status = 401,
    vendor_message = "Authorization has been denied for this request." }, { "vendor_code" }),
  no_logoff("http-401-xml.http", { code = "denied", scope = "client", retriable = false, http_status = 401,
    vendor_message = "Authorization has been denied for this request." }, { "vendor_code" }),
  no_logoff("http-401-empty.http", { code = "denied", scope = "client", http_status = 401 },
    { "vendor_code", "vendor_message" }),
  no_logoff("http-401-status-0.http", { code = "denied", scope = "client", http_status = 401 }),
  no_logoff("http-403-html.http", { code = "denied", scope = "client", retriable = false, http_status = 403 },
    { "vendor_code", "vendor_message" }),
  no_logoff("http-404.http", { code = "not_found", scope = "client", retriable = false, http_status = 404,
    vendor_message = "No HTTP resource was found that matches the request URI 'https://agvance.example/ApiUser/LogOff'." },
    { "vendor_code" }),
  no_logoff("http-404-html.http", { code = "not_found", scope = "client", http_status = 404 }, { "vendor_message" }),
  no_logoff("http-405.http", { code = "rejected", scope = "client", retriable = false, http_status = 405,
    vendor_message = "The requested resource does not support http method 'POST'." }),
  no_logoff("http-407-proxy.http", { code = "denied", scope = "client", retriable = false, http_status = 407 }),
  no_logoff("http-413-html.http", { code = "rejected", scope = "target", retriable = false, http_status = 413 }),
  no_logoff("http-415-xml.http", { code = "rejected", scope = "client", retriable = false, http_status = 415,
    vendor_message = "The request entity's media type 'application/xml' is not supported for this resource." }),
  no_logoff("http-444-no-reason.http", { code = "rejected", scope = "target", retriable = false, http_status = 444 }),

  -- come back later
  no_logoff("http-408.http", { code = "busy", retriable = true, http_status = 408 }, { "scope", "retry_after" }),
  no_logoff("http-425.http", { code = "busy", retriable = true, http_status = 425 }, { "scope", "retry_after" }),
  no_logoff("http-429-retry-after.http", { code = "busy", retriable = true, http_status = 429, retry_after = 30,
    vendor_message = "API calls quota exceeded." }, { "scope" }),
  no_logoff("http-503-html-retry-after.http", { code = "busy", retriable = true, http_status = 503, retry_after = 120 },
    { "scope", "vendor_message" }),
  no_logoff("http-503-retry-after-not-a-number.http", { code = "busy", retriable = true, http_status = 503 },
    { "retry_after" }),

  -- the framework's own 500 will come again; one from a gateway may not
  no_logoff("http-500.http", { code = "server", retriable = false, http_status = 500, sent = true,
    vendor_message = "An error has occurred." }, { "scope", "vendor_code" }),
  no_logoff("http-500-details.http", { code = "server", retriable = false, vendor_message = "An error has occurred." },
    { "vendor_code" }),
  no_logoff("http-500-xml.http", { code = "server", retriable = false, vendor_message = "An error has occurred." },
    { "vendor_code" }),
  no_logoff("http-500-status-0.http", { code = "server", retriable = false, http_status = 500 }, { "scope" }),
  no_logoff("http-500-html.http", { code = "server", retriable = false }, { "vendor_message" }),
  no_logoff("http-500-trailing-comma.http", { code = "server", retriable = false, http_status = 500 }),
  no_logoff("http-500-doctype.http", { code = "server", retriable = false, http_status = 500 }, { "vendor_message" }),
  no_logoff("http-500-message-not-a-string.http", { code = "server", retriable = false }, { "vendor_message" }),
  no_logoff("http-501.http", { code = "server", retriable = false, http_status = 501 }, { "scope" }),
  no_logoff("http-502-html.http", { code = "server", retriable = true, http_status = 502 }, { "scope", "vendor_message" }),
  no_logoff("http-504.http", { code = "server", retriable = true, http_status = 504 }, { "scope" }),

  -- the list of sessions is refused in the same ways
  no_list("http-302-login.http", { code = "rejected", scope = "client", http_status = 302 }),
  no_list("http-401.http", { code = "denied", scope = "client", http_status = 401 }),
  no_list("http-404-html.http", { code = "not_found", scope = "client", http_status = 404 }),
  no_list("http-429-retry-after.http", { code = "busy", retriable = true, retry_after = 30 }),
  no_list("http-500-xml.http", { code = "server", retriable = false, vendor_message = "An error has occurred." }),
  no_list("http-503-html-retry-after.http", { code = "busy", retriable = true, retry_after = 120 }),
}
