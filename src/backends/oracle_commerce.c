/* SPDX-License-Identifier: MIT */
/* Oracle Commerce, Agent API: ends the session of a bearer token, and says whether it is alive.
   Sources: [seed] the reference of the operation "logout" and its errorModel; [documented] Oracle's "CX Commerce REST
   API" and its developer guides, 16.6 to 22D; [inferred] conclusions. */
#include <string.h>

#include "reading.h"
#include "registry.h"

enum { OPTION_TOKEN, OPTION_LANGUAGE, OPTION_VERIFY_PATH, OPTION_NODES };
enum { ARGUMENT_TOKEN };

static const char *const media_types[] = {"application/json", NULL};

/* [seed] no documented body; [documented] Oracle's own client posts an empty object. */
static bool build_post(struct so_call *call, const char *path)
{
    const struct so_value *token = so_call_token(call, ARGUMENT_TOKEN, OPTION_TOKEN);
    struct so_request *request = &call->request;
    if (!token)
        return false;
    request->method = "POST";
    request->url = so_arena_join(&call->arena, so_call_url(call), "/", path, NULL);
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

/* [documented] for the other two APIs of the product, [inferred] here. Sites differ: this is why the option exists. */
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

/* [seed] the members of an error besides those whose names say so; [documented] an answer has `links`. */
static const char *const data[] = {"success", "links", "rel", "href", NULL};
static const char *const errors[] = {"devMessage", "moreInfo", "o:errorPath", NULL};
static const struct so_words words = {data, errors, NULL, NULL};

static bool has_text(struct so_node parent, const char *name)
{
    struct so_node member;
    const char *text;
    size_t size;
    return so_node_child(parent, name, &member) && so_node_text(member, &text, &size) && !so_name_is_blank(text, size);
}

/* [seed] an errorModel: digits, [inferred] as a number, too; beside it a status or a message, and nothing else than it has. */
static bool has_own_code(struct so_node node)
{
    static const char *const known[] = {"devMessage", "errorCode", "errors", "message", "moreInfo", "o:errorPath", "status", "type",
                                        "links", NULL};
    struct so_node code;
    double number;
    return so_read_has_only(node, known) && so_node_child(node, "errorCode", &code) && so_node_number(code, &number) &&
           (has_text(node, "status") || has_text(node, "message"));
}

/* [seed] Commerce's own errors, alone or in a list; OAuth's `error` and the errors of gateways are not. */
static bool is_own_error(const struct so_document *document)
{
    struct so_cursor cursor = {0};
    struct so_node errors_list, item;
    if (!document || so_node_type(document->root) != SO_TABLE)
        return false;
    if (has_own_code(document->root))
        return true;
    if (!so_node_child(document->root, "errors", &errors_list))
        return false;
    while (so_node_next(errors_list, &cursor, &item))
        if (has_own_code(item))
            return true;
    return false;
}

static bool is_error(const struct so_document *document)
{
    struct so_node found;
    return document && (so_node_child(document->root, "errorCode", &found) ||
                        so_node_child(document->root, "error", &found) ||
                        (so_node_child(document->root, "errors", &found) && !so_node_is_empty(found)));
}

static bool read_flag(const struct so_document *document, const char *name, bool *out)
{
    struct so_node flag;
    return document && so_node_child(document->root, name, &flag) && so_node_type(flag) == SO_BOOLEAN &&
           so_node_truth(flag, out);
}

/* Accepts a 2xx that has the flag, or is neither an error nor unreadable; otherwise fails the call. */
static bool open_reply(struct so_call *call, const struct so_document *document, const char *name)
{
    bool flag;
    long status = call->reply.http_status;
    read_error_model(call, document);
    call->answer.own_words = is_own_error(document);
    if ((status == 401 || status == 403) && !call->answer.own_words)
        so_read_foreign_refusal(call);
    else if (so_read_status(call) && is_error(document) && !read_flag(document, name, &flag))
        so_call_fail(call, &call->answer.error, SO_REJECTED, SO_SCOPE_TARGET, false, "answered HTTP %ld with an error",
                     status);
    else if (call->answer.error.code == SO_OK && !document && call->unread)
        so_read_unusable(call, call->unread);
    if (call->answer.error.code != SO_OK)
        return false;
    so_read_whole(call, document, &words);
    return true;
}

/* [inferred] 401: the token is expired, revoked, or never was; [documented] 403: it is one of another API or role. A gateway or
   WAF in front answers both as well: only an error of Commerce's own tells about the token. */
static bool refuses_token(struct so_call *call, const struct so_document *document)
{
    if (call->reply.http_status != 401 || !is_own_error(document))
        return false;
    read_error_model(call, document);
    call->answer.own_words = true;
    if (document->repeats)
        so_read_doubt(call, "has a member twice, or more members than any answer");
    return true;
}

static void read_logout(struct so_call *call, const struct so_document *document)
{
    bool result;
    if (refuses_token(call, document)) {
        so_read_act(call, "already_out");
        return;
    }
    if (!open_reply(call, document, "result"))
        return;
    if (!read_flag(document, "result", &result)) { /* [seed] `result` is optional */
        so_read_answer(call, "undecided");
        return;
    }
    if (!result) { /* [seed] false: it failed */
        so_call_fail(call, &call->answer.error, SO_SERVER, SO_SCOPE_NONE, true, "answered that the logout failed");
        return;
    }
    call->answer.own_words = !call->answer.doubt;
    struct so_value *answer = so_read_act(call, "accepted");
    if (!call->answer.doubt)
        so_value_add_boolean(&call->arena, answer, "result", true);
}

/* [documented] verify answers `success`, and nothing else but links; gateways write `success` false in many other replies. */
static void doubt_dead(struct so_call *call, const struct so_document *document)
{
    struct so_cursor cursor = {0};
    struct so_node member;
    const char *name;
    while (so_node_each(document->root, &cursor, &name, &member))
        if (!call->answer.doubt && name && strcmp(name, "success") && strcmp(name, "links") && so_read_holds_something(member))
            so_read_doubt(call, so_read_because(call, "has '%s' beside, which an answer of verify has not",
                                                so_read_name(call, name)));
}

static void read_status(struct so_call *call, const struct so_document *document)
{
    bool alive = false, known = refuses_token(call, document);
    long status = call->reply.http_status;
    if (status == 404 || status == 405) {
        call->answer.own_words = is_own_error(document);
        so_call_fail(call, &call->answer.error, SO_UNSUPPORTED, SO_SCOPE_NONE, false,
                     "answered HTTP %ld: this site has no such operation; name its own with 'verify_path'", status);
        return;
    }
    if (!known) {
        if (!open_reply(call, document, "success"))
            return;
        known = read_flag(document, "success", &alive);
        call->answer.own_words = known;
        if (!known)
            so_read_doubt(call, "has no 'success' that is true or false");
        else if (!alive)
            doubt_dead(call, document);
    }
    struct so_value *answer = so_read_answer(call, NULL);
    if (alive || !call->answer.doubt)
        so_value_add_boolean(&call->arena, answer, "active", alive);
}

static const struct so_parameter options[] = {
    [OPTION_TOKEN] = {.name = "token", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET,
                      .what = "the access token of calls that give none"},
    [OPTION_LANGUAGE] = {.name = "language", .type = SO_STRING, .place = SO_PLACE_HEADER, .fallback = "en",
                         .what = "X-CCAsset-Language"},
    [OPTION_VERIFY_PATH] = {.name = "verify_path", .type = SO_STRING, .place = SO_PLACE_PATH, .fallback = "verify",
                            .what = "the operation that tells whether a token is alive, below path"},
    [OPTION_NODES] = {.name = "nodes", .type = SO_LIST, .place = SO_PLACE_URL,
                      .what = "the base URL of each node behind url, for calls that ask one of them"},
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
     .answers = logout_answers, .changes = true, .safe = true, .retry = SO_RETRY_PACED, .batch_max = 1, .provenance = SO_SEED},
    {.name = "status", .arguments = target, .positional = -1, .build = build_status, .read = read_status,
     .answers = status_answers, .safe = true, .retry = SO_RETRY_PACED, .evidence = SO_EVIDENCE_TOKEN, .batch_max = 1,
     .provenance = SO_INFERRED},
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
    .sticky = true,
};
