/* SPDX-License-Identifier: MIT */
/* JD Edwards EnterpriseOne, AIS server: ends the session behind a token, and says whether it is alive.
   Sources: [seed] the reference of "Logout Session v2"; [documented] Oracle's "REST API for JD Edwards EnterpriseOne
   AIS Server" 9.2 and "Application Interface Services Server Reference Guide" 9.2; [inferred] conclusions. */
#include "reading.h"
#include "registry.h"

enum { TOKEN, DEVICE }; /* of the options and of the arguments alike */

static const char *const media_types[] = {"application/json", "application/xml", "text/xml", NULL};

/* The token of the call, or the client's own: [seed] jde-AIS-Auth. The device that the login named goes along;
   [documented] the header is jde-AIS-Auth-Device, and the manual's "jde-AIS-Device" a slip. */
static const struct so_value *given(const struct so_call *call, int index)
{
    const struct so_value *argument = so_call_argument(call, index);
    return argument->type == SO_STRING ? argument : so_call_option(call, index);
}

static bool build_get(struct so_call *call, const char *path)
{
    const struct so_value *token = given(call, TOKEN), *device = given(call, DEVICE);
    struct so_request *request = &call->request;
    if (token->type != SO_STRING) {
        call->refusal = "argument 'token' is missing, and the client has no option 'token'";
        return false;
    }
    request->method = "GET";
    request->url = so_arena_join(&call->arena, call->settings->url, path, NULL);
    return request->url && so_request_header(request, &call->arena, "jde-AIS-Auth", token->text) &&
           (device->type != SO_STRING ||
            so_request_header(request, &call->arena, "jde-AIS-Auth-Device", device->text));
}

static bool build_logout(struct so_call *call)
{
    return build_get(call, "/orchestrator/jde-logout");
}

/* [inferred] where a site answers 415 to a GET without a body, once more with the type it asks for. */
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

/* [seed] 444 is "Invalid Token", [documented] newer servers answer 403. [documented] A token is bound to the device, or
   the address, of its login: without a device both also fit "right token, not from here". */
static bool refuses_token(const struct so_call *call, const struct so_document *document)
{
    long status = call->reply.http_status;
    return status == 444 || (status == 403 && !so_read_is_page(call, document)); /* a page is somebody else's 403 */
}

static bool names_device(const struct so_call *call)
{
    return so_call_argument(call, DEVICE)->type == SO_STRING;
}

static void read_message(struct so_call *call, const struct so_document *document)
{
    static const char *const members[] = {"message", "errorText", NULL}; /* [seed] ServiceErrorResponse */
    if (document)
        so_read_message_of(call, document->root, members);
}

/* The document of a 2xx, where there is one; false when the call is decided without. */
static bool open_reply(struct so_call *call, const struct so_document *document)
{
    read_message(call, document);
    if (!so_read_status(call))
        return false;
    if (so_read_is_page(call, document)) /* [inferred] any other root may be an answer */
        so_read_unusable(call, "is a page");
    else if (!document && call->unread)
        so_read_unusable(call, call->unread);
    return call->answer.error.code == SO_OK && (!document || so_read_members_once(call, document->root));
}

/* [seed] members of an error; beside Success they contradict it. */
static bool has_error(struct so_node root)
{
    static const char *const members[] = {"exception", "exceptionId", "errorText"};
    struct so_node found;
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        if (so_node_child(root, members[i], &found) && !so_node_is_empty(found))
            return true;
    return false;
}

static void read_logout(struct so_call *call, const struct so_document *document)
{
    struct so_node status;
    const char *text;
    size_t size;
    if (refuses_token(call, document)) {
        read_message(call, document);
        so_read_answer(call, names_device(call) ? "already_out" : "undecided");
        return;
    }
    if (!open_reply(call, document))
        return;
    if (!document || !so_node_child(document->root, "status", &status) || so_node_type(status) != SO_STRING ||
        !so_node_text(status, &text, &size) || !size) {
        so_read_answer(call, "undecided");
        return;
    }
    if (!so_text_same(text, size, "Success", 7)) { /* [seed] ERROR and WARNING; [inferred] a 200 with them is none */
        so_call_fail(call, &call->answer.error, SO_SERVER, SO_SCOPE_NONE, false,
                     "answered HTTP %ld with another status than Success", call->reply.http_status);
        return;
    }
    if (has_error(document->root)) {
        so_read_answer(call, "undecided");
        return;
    }
    so_value_add_text(&call->arena, so_read_answer(call, "accepted"), "status", text, size);
}

/* [documented] 200 and isValidSession true is alive; some servers say false with 200. */
static void read_status(struct so_call *call, const struct so_document *document)
{
    struct so_node flag;
    bool alive = false, known = refuses_token(call, document);
    if (known)
        read_message(call, document);
    else if (!open_reply(call, document))
        return;
    else
        known = document && so_node_child(document->root, "isValidSession", &flag) && so_node_truth(flag, &alive);
    struct so_value *answer = so_read_answer(call, NULL);
    if (alive || (known && names_device(call)))
        so_value_add_boolean(&call->arena, answer, "active", alive);
}

static const struct so_parameter options[] = {
    [TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
               .what = "the token of calls that give none"},
    [DEVICE] = {.name = "device", .type = SO_STRING, .place = SO_PLACE_HEADER,
                .what = "the device name of calls that give none"},
    {0},
};

static const struct so_parameter target[] = {
    [TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
               .what = "as the login returned it; bound to the device of that login"},
    [DEVICE] = {.name = "device", .type = SO_STRING, .place = SO_PLACE_HEADER,
                .what = "the device name that the login gave"},
    {0},
};

static const struct so_status_rule statuses[] = {
    {400, 400, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {405, 405, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {415, 415, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {0},
};

static const char *const logout_answers[] = {"status", NULL}, *const status_answers[] = {"active", NULL};

static const struct so_operation operations[] = {
    {.name = "logout", .arguments = target, .positional = -1, .build = build_logout, .read = read_logout,
     .answers = logout_answers, .changes = true, .safe = true, .retry = SO_RETRY_PACED, .covers = 1,
     .detours = {{415, SO_DETOUR_REPEAT, "logout_typed", NULL}}, .mark = SO_SEED},
    {.name = "logout_typed", .shown = "logout", .arguments = target, .positional = -1, .build = build_logout_typed, .read = read_logout,
     .answers = logout_answers, .changes = true, .safe = true, .covers = 1, .mark = SO_INFERRED},
    {.name = "status", .arguments = target, .positional = -1, .build = build_status, .read = read_status,
     .answers = status_answers, .safe = true, .retry = SO_RETRY_PACED, .proves = SO_PROVES_TOKEN, .covers = 1,
     .detours = {{415, SO_DETOUR_REPEAT, "status_typed", NULL}}, .mark = SO_DOCUMENTED},
    {.name = "status_typed", .shown = "status", .arguments = target, .positional = -1, .build = build_status_typed,
     .read = read_status, .answers = status_answers, .safe = true, .covers = 1, .mark = SO_INFERRED},
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
};
