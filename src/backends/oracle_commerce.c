/* SPDX-License-Identifier: MIT */
/* Oracle Commerce, Agent API: ends the session of a bearer token, and says whether it is alive.
   Sources: [seed] the reference of the operation "logout" and its errorModel; [documented] Oracle's "CX Commerce REST
   API" and its developer guides, 16.6 to 22D; [inferred] conclusions. */
#include "reading.h"
#include "registry.h"

enum { OPTION_TOKEN, OPTION_LANGUAGE, OPTION_VERIFY_PATH };
enum { ARGUMENT_TOKEN };

static const char *const media_types[] = {"application/json", NULL};

/* [seed] no documented body; [documented] Oracle's own client posts an empty object. */
static bool build_post(struct so_call *call, const char *path)
{
    const struct so_value *token = so_call_argument(call, ARGUMENT_TOKEN);
    struct so_request *request = &call->request;
    if (token->type != SO_STRING)
        token = so_call_option(call, OPTION_TOKEN);
    if (token->type != SO_STRING) {
        call->refusal = "argument 'token' is missing, and the client has no option 'token'";
        return false;
    }
    request->method = "POST";
    request->url = so_arena_join(&call->arena, call->settings->url, "/", path, NULL);
    request->bytes = "{}";
    request->size = 2;
    request->content_type = "application/json";
    return request->url &&
           so_request_header(request, &call->arena, "Authorization",
                             so_arena_join(&call->arena, "Bearer ", token->text, NULL)) &&
           so_request_header(request, &call->arena, "X-CCAsset-Language", so_call_option(call, OPTION_LANGUAGE)->text);
}

static bool build_logout(struct so_call *call)
{
    return build_post(call, "logout");
}

/* [documented] for the other two APIs of the product, [inferred] here: sites differ, hence the option. */
static bool build_status(struct so_call *call)
{
    return build_post(call, so_call_option(call, OPTION_VERIFY_PATH)->text);
}

/* [seed] errorModel: a code and a message, or a list of such; [documented] OAuth's `error` is met, too. */
static void read_error_model(struct so_call *call, const struct so_document *document)
{
    static const char *const members[] = {"message", "error_description", "error", NULL};
    struct so_node errors, first;
    struct so_cursor cursor = {0};
    if (!document)
        return;
    so_read_vendor_code(call, document->root, "errorCode");
    so_read_message_of(call, document->root, members);
    while (!call->answer.vendor_code && so_node_child(document->root, "errors", &errors) &&
           so_node_next(errors, &cursor, &first)) {
        so_read_vendor_code(call, first, "errorCode");
        if (call->answer.vendor_code && !call->answer.vendor_message)
            so_read_message_of(call, first, members);
    }
}

static bool is_error(const struct so_document *document)
{
    struct so_node found;
    return document && (so_node_child(document->root, "errorCode", &found) ||
                        so_node_child(document->root, "error", &found) ||
                        (so_node_child(document->root, "errors", &found) && !so_node_is_empty(found)));
}

/* A 2xx that is neither an error nor unreadable; otherwise the call is failed. */
static bool open_reply(struct so_call *call, const struct so_document *document)
{
    read_error_model(call, document);
    if (!so_read_status(call))
        return false;
    if (is_error(document))
        so_call_fail(call, &call->answer.error, SO_REJECTED, SO_SCOPE_TARGET, false, "answered HTTP %ld with an error",
                     call->reply.http_status);
    else if (!document && call->unread)
        so_read_unusable(call, call->unread);
    return call->answer.error.code == SO_OK;
}

static bool read_flag(const struct so_document *document, const char *name, bool *out)
{
    struct so_node flag;
    return document && so_node_child(document->root, name, &flag) && so_node_type(flag) == SO_BOOLEAN &&
           so_node_truth(flag, out);
}

/* [inferred] 401: the token is expired, revoked, or never was; [documented] 403: it is one of another API or role. */
static bool refuses_token(struct so_call *call, const struct so_document *document)
{
    if (call->reply.http_status != 401 || so_read_is_page(call, document)) /* a page is a proxy's 401 */
        return false;
    read_error_model(call, document);
    return true;
}

static void read_logout(struct so_call *call, const struct so_document *document)
{
    bool result;
    if (refuses_token(call, document)) {
        so_read_answer(call, "already_out");
        return;
    }
    if (!open_reply(call, document))
        return;
    if (!read_flag(document, "result", &result)) { /* [seed] `result` is optional */
        so_read_answer(call, "undecided");
        return;
    }
    if (result)
        so_value_add_boolean(&call->arena, so_read_answer(call, "accepted"), "result", true);
    else /* [seed] false: it failed */
        so_call_fail(call, &call->answer.error, SO_SERVER, SO_SCOPE_NONE, true, "answered that the logout failed");
}

static void read_status(struct so_call *call, const struct so_document *document)
{
    bool alive = false, known = refuses_token(call, document);
    long status = call->reply.http_status;
    if (status == 404 || status == 405) {
        so_call_fail(call, &call->answer.error, SO_UNSUPPORTED, SO_SCOPE_NONE, false,
                     "answered HTTP %ld: this site has no such operation; name its own with 'verify_path'", status);
        return;
    }
    if (!known && !open_reply(call, document))
        return;
    known = known || read_flag(document, "success", &alive);
    struct so_value *answer = so_read_answer(call, NULL);
    if (known)
        so_value_add_boolean(&call->arena, answer, "active", alive);
}

static const struct so_parameter options[] = {
    [OPTION_TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
                      .what = "the access token of calls that give none"},
    [OPTION_LANGUAGE] = {.name = "language", .type = SO_STRING, .place = SO_PLACE_HEADER, .fallback = "en",
                         .what = "X-CCAsset-Language"},
    [OPTION_VERIFY_PATH] = {.name = "verify_path", .type = SO_STRING, .place = SO_PLACE_PATH, .fallback = "verify",
                            .what = "the operation that tells whether a token is alive, below path"},
    {0},
};

static const struct so_parameter target[] = {
    [ARGUMENT_TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
                        .what = "the agent's access token"},
    {0},
};

static const struct so_status_rule statuses[] = {
    {403, 403, SO_DENIED, SO_SCOPE_TARGET, false},
    {0},
};

static const char *const logout_answers[] = {"result", NULL}, *const status_answers[] = {"active", NULL};

static const struct so_operation operations[] = {
    {.name = "logout", .arguments = target, .positional = -1, .build = build_logout, .read = read_logout,
     .answers = logout_answers, .changes = true, .safe = true, .retry = SO_RETRY_PACED, .covers = 1, .mark = SO_SEED},
    {.name = "status", .arguments = target, .positional = -1, .build = build_status, .read = read_status,
     .answers = status_answers, .safe = true, .retry = SO_RETRY_PACED, .proves = SO_PROVES_TOKEN, .covers = 1,
     .mark = SO_INFERRED},
    {0},
};

static const char *const own_headers[] = {"Authorization", "X-CCAsset-Language", NULL};

const struct so_backend so_oracle_commerce = {
    .name = "oracle_commerce",
    .title = "Oracle Commerce (Agent API)",
    .default_path = "ccagent/v1",
    .accepts = media_types,
    .options = options,
    .operations = operations,
    .statuses = statuses,
    .headers = own_headers,
    .signs_out = "logout",
    .names = SO_NAMES_EXACT, /* [inferred] nothing says that case makes no difference */
    .targets = SO_KEYS_EXACT,
    .by_hand = "deactivate the agent's account; an access token lives 15 minutes at most",
    .tokens_age = true,
    .renewable = true, /* [documented] POST refresh gives a new token for an old one */
};
