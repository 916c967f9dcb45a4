/* SPDX-License-Identifier: MIT */
/* JD Edwards EnterpriseOne, AIS server: ends the session behind a token, and says whether it is alive.
   Sources: [seed] the reference of "Logout Session v2"; [documented] Oracle's "REST API for JD Edwards EnterpriseOne
   AIS Server" 9.2 and "Application Interface Services Server Reference Guide" 9.2; [inferred] conclusions. */
#include <string.h>

#include "../core/cookie.h"
#include "jde_token.h"
#include "reading.h"
#include "registry.h"

enum { TOKEN, DEVICE, COOKIE, NODES = COOKIE }; /* the first two of the options and of the arguments alike */

static const char *const media_types[] = {"application/json", "application/xml", "text/xml", NULL};

/* [clients] members that may hold any name or an opaque text, and [documented] names that only look like those of an error. */
static const char *const data[] = {"token", "aisSessionCookie", "username", "alphaName", "environment", "role", "jasserver",
                                   "deviceName", "machineName", "defaultEnvironment", "defaultRole", "defaultJasServer", NULL};
static const char *const errors[] = {NULL};
static const struct so_words words = {data, errors, NULL, NULL};

/* The device that the caller gave: the target's, or the client's. */
static const char *given_device(const struct so_call *call)
{
    const struct so_value *device = so_call_argument(call, DEVICE);
    return device->type == SO_STRING ? device->text : so_call_option(call, DEVICE)->text;
}

static const char device_header[] = "jde-AIS-Auth-Device";

/* The device that the login named goes along with the token; [documented] the header is jde-AIS-Auth-Device, and the manual's
   "jde-AIS-Device" a slip. Without a given device, the token itself may name one. */
static bool add_device(struct so_call *call, const struct so_value *token)
{
    const char *device = given_device(call);
    if (!device)
        device = so_jde_token_device(&call->arena, token);
    return !call->arena.failed && (!device || so_request_header(&call->request, &call->arena, device_header, device));
}

/* Whether the device in the request was taken from the token. */
static bool took_device(const struct so_call *call)
{
    const struct so_header *header = call->request.headers;
    while (header && header->name != device_header)
        header = header->next;
    return header && !given_device(call);
}

/* Notes in an answer that the device was taken from the token. */
static void add_source(struct so_call *call, struct so_value *answer)
{
    if (answer && took_device(call))
        so_value_add_text(&call->arena, answer, "device_from", "token", 5);
}

/* The login's aisSessionCookie, unless the call has another. [documented] samples have the value alone; [inferred] it is that of
   WebLogic's session cookie. */
static bool take_cookie(struct so_call *call)
{
    const char *given = so_call_argument(call, COOKIE)->text;
    if (!given || call->cookie)
        return true;
    const char *cookie = strchr(given, '=') ? given : so_arena_join(&call->arena, "JSESSIONID=", given, NULL);
    const char *why = cookie ? so_cookie_refuse(cookie, strlen(cookie)) : NULL;
    if (why)
        call->refusal = so_arena_join(&call->arena, "argument 'cookie' ", why, NULL);
    call->cookie = cookie;
    return cookie && !why;
}

/* [seed] the token travels as jde-AIS-Auth. */
static bool build_get(struct so_call *call, const char *path)
{
    const struct so_value *token = so_call_token(call, TOKEN, TOKEN);
    struct so_request *request = &call->request;
    if (!token || !take_cookie(call))
        return false;
    request->method = "GET";
    request->url = so_arena_join(&call->arena, so_call_url(call), path, NULL);
    return request->url && so_request_header(request, &call->arena, "jde-AIS-Auth", token->text) && add_device(call, token);
}

static bool build_logout(struct so_call *call)
{
    return build_get(call, "/orchestrator/jde-logout");
}

/* [inferred] where a site answers 415 to a GET without a body, the request is repeated with the type that it asks for. */
static bool build_logout_typed(struct so_call *call)
{
    call->request.content_type = "application/json";
    return build_logout(call);
}

static bool build_status(struct so_call *call)
{
    return build_get(call, "/orchestrator/jde-validate-session");
}

static bool build_status_typed(struct so_call *call)
{
    call->request.content_type = "application/json";
    return build_status(call);
}

/* [seed] ServiceErrorResponse, whose members are texts, [documented] without `status` at times, and [clients] the members that
   orchestrations add; other frameworks and gateways have members of their own. */
static bool is_own_error(const struct so_document *document)
{
    static const char *const own[] = {"exception", "exceptionId", "timeStamp"};
    static const char *const known[] = {"errorText", "exception", "exceptionId", "message", "status", "timeStamp", "type",
                                        "userDefinedErrorText", "userDefinedError", "errorDetails", "jde__status", "jde__simpleMessage",
                                        "jde__startTimestamp", "jde__endTimestamp", "jde__serverExecutionSeconds", NULL};
    struct so_node member;
    const char *text;
    size_t size;
    bool found = false;
    if (!document || so_node_type(document->root) != SO_TABLE)
        return false;
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        found = found || (so_node_child(document->root, own[i], &member) && so_node_type(member) == SO_STRING &&
                          so_node_text(member, &text, &size) && !so_name_is_blank(text, size));
    if (so_node_child(document->root, "status", &member) && so_node_type(member) == SO_STRING && so_node_text(member, &text, &size))
        found = found || (size == 5 && !memcmp(text, "ERROR", 5)) || (size == 7 && !memcmp(text, "WARNING", 7));
    return found && so_read_has_only(document->root, known);
}

/* [seed] 444 is "Invalid Token", [documented] newer servers answer 403. A gateway in front answers 403 as well: only a body of
   AIS's own tells about the token. */
static bool refuses_token(struct so_call *call, const struct so_document *document)
{
    long status = call->reply.http_status;
    if (status != 444 && status != 403)
        return false;
    call->answer.own_words = is_own_error(document);
    return call->answer.own_words;
}

static bool names_device(const struct so_call *call)
{
    return so_call_argument(call, DEVICE)->type == SO_STRING;
}

/* Says where the device came from for a token whose target names none. */
static const char *whose_device(const struct so_call *call)
{
    if (took_device(call))
        return "the device that came with it was taken from the token";
    return given_device(call) ? "the device that came with it is the client's own" : "no device came with it";
}

/* [documented] A token is bound to the device, or the address, of its login: without a device, or with one that is only read out of
   the token, a refusal also fits "right token, not from here". */
static void doubt_refusal(struct so_call *call, const struct so_document *document)
{
    if (!names_device(call))
        so_read_doubt(call, so_arena_join(&call->arena, "may mean that the token is of another device or address: ", whose_device(call), NULL));
    if (document && document->repeats)
        so_read_doubt(call, "has a member twice, or more members than any answer");
    else if (document)
        so_read_doubt(call, so_read_repeated(call, document->root, &words));
}

static void read_message(struct so_call *call, const struct so_document *document)
{
    static const char *const members[] = {"message", "errorText", NULL}; /* [seed] ServiceErrorResponse */
    if (document)
        so_read_message_of(call, document->root, members);
}

/* Accepts a 2xx, with or without a document. False: the call has failed. */
static bool open_reply(struct so_call *call, const struct so_document *document)
{
    long status = call->reply.http_status;
    read_message(call, document);
    call->answer.own_words = status != 200 && is_own_error(document);
    if ((status == 401 || status == 403 || status == 444) && !call->answer.own_words)
        so_read_foreign_refusal(call);
    else if (so_read_status(call) && so_read_is_page(call, document)) /* [inferred] any other root may be an answer */
        so_read_unusable(call, "is a page");
    else if (call->answer.error.code == SO_OK && !document && call->unread)
        so_read_unusable(call, call->unread);
    if (call->answer.error.code != SO_OK)
        return false;
    so_read_whole(call, document, &words);
    return true;
}

static void read_logout(struct so_call *call, const struct so_document *document)
{
    struct so_node status;
    const char *text;
    size_t size;
    if (refuses_token(call, document)) {
        read_message(call, document);
        doubt_refusal(call, document);
        add_source(call, so_read_act(call, "already_out"));
        return;
    }
    if (!open_reply(call, document))
        return;
    if (!document || !so_node_child(document->root, "status", &status) || so_node_type(status) != SO_STRING ||
        !so_node_text(status, &text, &size) || !size) {
        call->answer.own_words = is_own_error(document);
        add_source(call, so_read_answer(call, "undecided"));
        return;
    }
    if (!so_text_same(text, size, "Success", 7)) { /* [seed] ERROR and WARNING; [inferred] a 200 with them is none */
        call->answer.own_words = is_own_error(document);
        so_call_fail(call, &call->answer.error, SO_SERVER, SO_SCOPE_NONE, false,
                     "answered HTTP %ld with another status than Success", call->reply.http_status);
        return;
    }
    call->answer.own_words = !call->answer.doubt;
    struct so_value *answer = so_read_act(call, "accepted");
    add_source(call, answer);
    if (!call->answer.doubt)
        so_value_add_text(&call->arena, answer, "status", text, size);
}

/* A flag is a boolean; in XML it is a text. */
static bool read_flag(struct so_call *call, const struct so_document *document, bool *out)
{
    struct so_node flag;
    bool there = document && so_node_child(document->root, "isValidSession", &flag);
    bool known = there && so_node_truth(flag, out);
    if (known && !*out && !so_node_name(flag) && so_node_type(flag) != SO_BOOLEAN)
        known = false; /* the text "false" is no boolean, and no statement of AIS */
    if (!known)
        so_read_doubt(call, there ? "has an 'isValidSession' that is neither true nor false" : "has no 'isValidSession'");
    return known;
}

/* [seed] `status` is Success, or ERROR or WARNING in an error. */
static void doubt_status(struct so_call *call, const struct so_document *document)
{
    struct so_node status;
    const char *text;
    size_t size;
    if (document && so_node_child(document->root, "status", &status) &&
        !(so_node_text(status, &text, &size) && so_text_same(text, size, "Success", 7)))
        so_read_doubt(call, "has another status than Success");
}

/* [documented] 200 and isValidSession true is alive; some servers say false with 200. */
static void read_status(struct so_call *call, const struct so_document *document)
{
    bool alive = false;
    if (refuses_token(call, document)) {
        read_message(call, document);
    } else {
        if (!open_reply(call, document))
            return;
        doubt_status(call, document);
        call->answer.own_words = read_flag(call, document, &alive);
    }
    if (!alive)
        doubt_refusal(call, document);
    struct so_value *answer = so_read_answer(call, NULL);
    add_source(call, answer);
    if (alive || !call->answer.doubt)
        so_value_add_boolean(&call->arena, answer, "active", alive);
}

static const struct so_parameter options[] = {
    [TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
               .what = "the token of calls that give none"},
    [DEVICE] = {.name = "device", .type = SO_STRING, .place = SO_PLACE_HEADER,
                .what = "the device name of calls that give none"},
    [NODES] = {.name = "nodes", .type = SO_LIST, .place = SO_PLACE_URL,
               .what = "the base URL of each node behind url, for calls that ask one of them"},
    {0},
};

static const struct so_parameter target[] = {
    [TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
               .what = "as the login returned it; bound to the device of that login"},
    [DEVICE] = {.name = "device", .type = SO_STRING, .place = SO_PLACE_HEADER,
                .what = "the device name that the login gave"},
    [COOKIE] = {.name = "cookie", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET | SO_ROUTE,
                .what = "the login reply's aisSessionCookie, or name=value pairs: which node has the session"},
    {0},
};

static const struct so_status_rule statuses[] = {
    {400, 400, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {405, 405, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {415, 415, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {0},
};

static const char *const logout_answers[] = {"status", "device_from", NULL}, *const status_answers[] = {"active", "device_from", NULL};

static const struct so_operation operations[] = {
    {.name = "logout", .arguments = target, .positional = -1, .build = build_logout, .read = read_logout,
     .answers = logout_answers, .changes = true, .safe = true, .retry = SO_RETRY_PACED, .batch_max = 1,
     .follow_ups = {{415, SO_FOLLOW_UP_REPEAT, "logout_typed", NULL}}, .provenance = SO_SEED},
    {.name = "logout_typed", .public_name = "logout", .arguments = target, .positional = -1, .build = build_logout_typed, .read = read_logout,
     .answers = logout_answers, .changes = true, .safe = true, .batch_max = 1, .provenance = SO_INFERRED},
    {.name = "status", .arguments = target, .positional = -1, .build = build_status, .read = read_status,
     .answers = status_answers, .safe = true, .retry = SO_RETRY_PACED, .evidence = SO_EVIDENCE_TOKEN, .batch_max = 1,
     .follow_ups = {{415, SO_FOLLOW_UP_REPEAT, "status_typed", NULL}}, .provenance = SO_DOCUMENTED},
    {.name = "status_typed", .public_name = "status", .arguments = target, .positional = -1, .build = build_status_typed,
     .read = read_status, .answers = status_answers, .safe = true, .batch_max = 1, .provenance = SO_INFERRED},
    {0},
};

static const char *const own_headers[] = {"jde-AIS-Auth", "jde-AIS-Auth-Device", NULL};

const struct so_backend so_jde_ais = {
    .name = "jde_ais",
    .title = "JD Edwards EnterpriseOne (AIS server)",
    .default_path = "jderest/v2",
    .accepts = media_types,
    .options = options,
    .operations = operations,
    .statuses = statuses,
    .headers = own_headers,
    .signs_out = "logout",
    .names = SO_NAMES_EXACT, /* [inferred] nothing says that case makes no difference */
    .targets = SO_KEYS_EXACT,
    .by_hand = "end the session in Server Manager",
    .tokens_age = true,
    .sticky = true,
};
