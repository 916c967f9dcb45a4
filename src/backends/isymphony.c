/* SPDX-License-Identifier: MIT */
/* iSymphony, Communication Manager REST: reads and sets a user's status, lists users and their panel logins.
   Sources: [seed] the page "Status" of the developer documentation; [documented] its pages Users, Logins, Live API and
   REST; [inferred] conclusions. */
#include <string.h>

#include "reading.h"
#include "registry.h"

enum { OPTION_USERNAME, OPTION_PASSWORD, OPTION_CORE_SERVER, OPTION_CORE_SERVER_ID };
enum { ARGUMENT_USER, ARGUMENT_NAME, ARGUMENT_TYPE, ARGUMENT_NOTE, ARGUMENT_RETURN_TIME, ARGUMENT_RETURN_AT };

/* The server keeps a Java Long; the JSON writer keeps 14 digits of a number. 99999999999999 ms is the year 5138. */
static const double LATEST_RETURN = 99999999999999.0;

static const char *const media_types[] = {"application/json", NULL};

/* [seed] "picks the icon only" */
static const char *const types[] = {
    "available", "unavailable", "away",      "xa",      "dnd", "chat", "altblue",
    "altgreen",  "altpink",     "altpurple", "altred", NULL,
};

/* [seed] an id stands bare, a name behind getByName/; [documented] the forms may be mixed. */
static const char *segment(struct so_call *call, const struct so_value *id, const struct so_value *name)
{
    bool by_id = id && id->type == SO_STRING;
    const struct so_value *which = by_id ? id : name;
    const char *escaped = so_url_escape(&call->arena, which->text, which->size);
    return escaped ? so_arena_join(&call->arena, by_id ? "" : "getByName/", escaped, NULL) : NULL;
}

static bool build_live(struct so_call *call, const char *method, bool with_user, const char *rest)
{
    struct so_request *request = &call->request;
    const struct so_value *user = so_call_argument(call, ARGUMENT_USER);
    const char *server = segment(call, so_call_option(call, OPTION_CORE_SERVER_ID), so_call_option(call, OPTION_CORE_SERVER));
    const char *who = with_user ? segment(call, so_value_member(user, "id"), user) : "";
    request->method = method;
    request->username = so_call_option(call, OPTION_USERNAME)->text;
    request->password = so_call_option(call, OPTION_PASSWORD)->text;
    if (!server || !who)
        return false;
    request->url = so_arena_join(&call->arena, call->settings->url, "/live/coreServers/", server, "/users",
                                 with_user ? "/" : "", who, rest, NULL);
    return request->url != NULL;
}

static bool build_status(struct so_call *call)
{
    return build_live(call, "GET", true, "/status");
}

static bool build_users(struct so_call *call)
{
    return build_live(call, "GET", false, "");
}

static bool build_user(struct so_call *call)
{
    return build_live(call, "GET", true, "");
}

static bool build_logins(struct so_call *call)
{
    return build_live(call, "GET", true, "/logins");
}

/* Milliseconds since 1970, or -1 for none; `return_at` is the same in seconds. False: not given, or not to be sent. */
static bool return_time(struct so_call *call, double *out)
{
    const struct so_value *time = so_call_argument(call, ARGUMENT_RETURN_TIME);
    const struct so_value *at = so_call_argument(call, ARGUMENT_RETURN_AT);
    if (time->type == SO_NUMBER && at->type == SO_NUMBER)
        call->refusal = "arguments 'return_time' and 'return_at' are one and the same; give one";
    *out = at->type == SO_NUMBER ? at->number * 1000 : time->number;
    if (at->type == SO_NUMBER && (*out < 0 || *out > LATEST_RETURN))
        call->refusal = "argument 'return_at' is not Unix seconds with at most 11 digits";
    else if (*out != -1 && (*out < 0 || *out > LATEST_RETURN))
        call->refusal = "argument 'return_time' is neither -1 nor milliseconds since 1970 with at most 14 digits";
    return !call->refusal && (time->type == SO_NUMBER || at->type == SO_NUMBER);
}

static bool build_set_status(struct so_call *call)
{
    struct so_arena *arena = &call->arena;
    struct so_request *request = &call->request;
    const struct so_value *name = so_call_argument(call, ARGUMENT_NAME), *type = so_call_argument(call, ARGUMENT_TYPE);
    const struct so_value *note = so_call_argument(call, ARGUMENT_NOTE);
    struct so_value *body = so_value_new(arena, SO_TABLE, NULL);
    double time;
    so_value_add_text(arena, body, "name", name->text, name->size);
    so_value_add_text(arena, body, "type", type->text, type->size);
    if (note->type == SO_STRING)
        so_value_add_text(arena, body, "note", note->text, note->size);
    if (return_time(call, &time))
        so_value_add_number(arena, body, "returnTime", time);
    request->format = SO_FORMAT_JSON;
    request->content_type = call->content_type;
    request->body = body;
    return !call->refusal && build_live(call, "POST", true, "/status/set");
}

/* [inferred] an error may carry plain text, a page of the servlet container, JSON, or nothing. */
static void read_error_text(struct so_call *call, const struct so_document *document)
{
    static const char *const members[] = {"message", NULL};
    const char *text = call->reply.body.bytes;
    size_t size = call->reply.body.size;
    if (document && so_node_type(document->root) == SO_TABLE) {
        so_read_message_of(call, document->root, members);
        return;
    }
    so_text_trim(&text, &size);
    size = so_text_prefix(text, size, so_read_kept(size, SO_VENDOR_MESSAGE_MAX)); /* the reply may be cut inside a character */
    if (size && text[0] != '<' && text[0] != '{' && so_text_is_utf8(text, size) && !memchr(text, '\0', size))
        so_read_vendor_message(call, text, size);
}

/* [documented] free texts, and names. */
static const char *const data[] = {"name", "note", "userName", "displayedName", NULL};
static const char *const errors[] = {"message", NULL}; /* [inferred] of an error; no answer has one */
static const struct so_words words = {data, errors, NULL, NULL};

static bool open_reply(struct so_call *call, const struct so_document *document, struct so_node *root)
{
    if (so_read_status(call)) {
        so_read_whole(call, document, &words);
        return so_read_root(call, document, root);
    }
    read_error_text(call, document);
    return false;
}

static bool is_text(struct so_node parent, const char *name)
{
    struct so_node member;
    return so_node_child(parent, name, &member) && so_node_type(member) == SO_STRING;
}

/* A status whose name has no visible character, or whose note is no text, cannot be compared with the wanted one. */
static void doubt_status(struct so_call *call, struct so_node root)
{
    static const char *const texts[] = {"name", "type"};
    struct so_node member;
    const char *text;
    size_t size;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (so_node_child(root, texts[i], &member) && so_node_text(member, &text, &size) && so_name_is_blank(text, size))
            so_read_doubt(call, so_read_because(call, "has a '%s' that is blank", texts[i]));
    if (so_node_child(root, "note", &member) && so_node_type(member) != SO_STRING)
        so_read_doubt(call, "has a 'note' that is no text");
}

static void read_status(struct so_call *call, const struct so_document *document)
{
    struct so_arena *arena = &call->arena;
    struct so_node root, member;
    double number;
    bool truth;
    if (!open_reply(call, document, &root))
        return;
    if (!is_text(root, "type") || !is_text(root, "name")) {
        so_read_unusable(call, "is no status: 'name' or 'type' is missing");
        return;
    }
    doubt_status(call, root);
    struct so_value *answer = so_read_answer(call, NULL);
    so_read_copy(call, answer, "id", root, "id");
    so_read_copy(call, answer, "configuration_id", root, "configurationId");
    so_read_copy(call, answer, "name", root, "name");
    so_read_copy(call, answer, "type", root, "type");
    so_read_copy(call, answer, "note", root, "note");
    if (so_node_child(root, "returnTime", &member) && so_node_number(member, &number))
        so_value_add_number(arena, answer, "return_time", number);
    if (so_node_child(root, "userCreated", &member) && so_node_truth(member, &truth))
        so_value_add_boolean(arena, answer, "user_created", truth);
}

/* [documented] a good POST answers 204. Any other 2xx says nothing about the status, which is then read back. */
static void read_set_status(struct so_call *call, const struct so_document *document)
{
    if (!so_read_status(call)) {
        read_error_text(call, document);
        return;
    }
    if (so_read_is_page(call, document)) {
        so_read_unusable(call, "is a page, not an answer of the Communication Manager");
        return;
    }
    if (call->reply.http_status != 204)
        so_read_doubt(call, so_read_because(call, "came with HTTP %ld, not 204", call->reply.http_status));
    call->answer.own_words = !call->answer.doubt;
    so_read_act(call, "accepted");
}

static void read_rows(struct so_call *call, const struct so_document *document, const struct so_column *columns)
{
    struct so_node root;
    if (!open_reply(call, document, &root))
        return;
    if (so_node_type(root) != SO_LIST) {
        so_read_unusable(call, "is no list");
        return;
    }
    size_t count;
    so_read_rows(call, root, columns, &count);
}

/* [documented] Users */
static const struct so_column user_columns[] = {
    {.name = "id", .wire = "id", .type = SO_STRING},
    {.name = "configuration_id", .wire = "configurationId", .type = SO_STRING},
    {.name = "user_name", .wire = "userName", .type = SO_STRING},
    {.name = "displayed_name", .wire = "displayedName", .type = SO_STRING},
    {.name = "permission_id", .wire = "permissionId", .type = SO_STRING},
    {0},
};

/* [documented] Logins: one a panel that is open */
static const struct so_column login_columns[] = {
    {.name = "id", .wire = "id", .type = SO_STRING},
    {.name = "ip", .wire = "ip", .type = SO_STRING},
    {.name = "port", .wire = "port", .type = SO_NUMBER},
    {.name = "time_connected", .wire = "timeConnected", .type = SO_NUMBER},
    {0},
};

static void read_users(struct so_call *call, const struct so_document *document)
{
    read_rows(call, document, user_columns);
}

static void read_logins(struct so_call *call, const struct so_document *document)
{
    read_rows(call, document, login_columns);
}

static void read_user(struct so_call *call, const struct so_document *document)
{
    struct so_node root;
    if (!open_reply(call, document, &root))
        return;
    if (!is_text(root, "userName")) {
        so_read_unusable(call, "is no user: 'userName' is missing");
        return;
    }
    struct so_value *answer = so_read_answer(call, NULL);
    for (const struct so_column *column = user_columns; column->name; column++)
        so_read_copy(call, answer, column->name, root, column->wire);
}

static const struct so_parameter options[] = {
    [OPTION_USERNAME] = {.name = "username", .type = SO_STRING, .place = SO_PLACE_BASIC_USER, .flags = SO_REQUIRED,
                         .what = "of the REST API's realm"},
    [OPTION_PASSWORD] = {.name = "password", .type = SO_STRING, .place = SO_PLACE_BASIC_PASSWORD,
                         .flags = SO_REQUIRED | SO_SECRET, .what = "of that user"},
    [OPTION_CORE_SERVER] = {.name = "core_server", .type = SO_STRING, .place = SO_PLACE_SEGMENT, .fallback = "default",
                            .what = "the slug of the core server"},
    [OPTION_CORE_SERVER_ID] = {.name = "core_server_id", .type = SO_STRING, .place = SO_PLACE_SEGMENT,
                               .what = "its id, which wins over the slug"},
    {0},
};

#define USER                                                                                                         \
    {                                                                                                                \
        .name = "user", .type = SO_TABLE, .place = SO_PLACE_SEGMENT, .flags = SO_REQUIRED,                           \
        .what = "a name, or {id = uuid}: ids change whenever the server restarts"                                    \
    }

static const struct so_parameter user_only[] = {USER, {0}};

static const struct so_parameter status_to_set[] = {
    [ARGUMENT_USER] = USER,
    [ARGUMENT_NAME] = {.name = "name", .type = SO_STRING, .place = SO_PLACE_NAME, .flags = SO_REQUIRED,
                       .what = "as the panel shows it"},
    [ARGUMENT_TYPE] = {.name = "type", .type = SO_STRING, .place = SO_PLACE_NAME, .flags = SO_REQUIRED, .choices = types,
                       .what = "the icon"},
    [ARGUMENT_NOTE] = {.name = "note", .type = SO_STRING, .place = SO_PLACE_BODY, .flags = SO_MAY_BE_EMPTY},
    [ARGUMENT_RETURN_TIME] = {.name = "return_time", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER,
                              .what = "milliseconds since 1970, -1 for none"},
    [ARGUMENT_RETURN_AT] = {.name = "return_at", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER,
                            .what = "the same in Unix seconds"},
    {0},
};

static const struct so_parameter none[] = {{0}};

static const struct so_status_rule statuses[] = {
    {404, 404, SO_NOT_FOUND, SO_SCOPE_TARGET, false}, /* [seed] no such core server or user */
    {0},
};

static const char *const status_answers[] = {"id", "configuration_id", "name", "type", "note", "return_time",
                                             "user_created", NULL};
static const char *const user_answers[] = {"id", "configuration_id", "user_name", "displayed_name", "permission_id", NULL};
static const char *const login_answers[] = {"id", "ip", "port", "time_connected", NULL};
static const char *const no_answers[] = {NULL};

/* [seed] 403 is the user's or the server's missing licence, [documented] or our credentials and address: only the user itself,
   which needs no licence, tells them apart. [documented] ids change when the server restarts. */
#define USER_FOLLOW_UPS {{403, SO_FOLLOW_UP_PROBE, "user", "the user can be read otherwise: a licence is missing"}, {404, SO_FOLLOW_UP_BY_NAME, NULL, NULL}}

static const struct so_operation operations[] = {
    {.name = "status", .arguments = user_only, .positional = 1, .build = build_status, .read = read_status,
     .answers = status_answers, .safe = true, .retry = SO_RETRY_PACED, .evidence = SO_EVIDENCE_SETTING, .batch_max = 1,
     .follow_ups = USER_FOLLOW_UPS, .provenance = SO_SEED},
    {.name = "set_status", .arguments = status_to_set, .positional = 1, .build = build_set_status,
     .read = read_set_status, .answers = no_answers, .changes = true, .safe = true, .retry = SO_RETRY_PACED, .batch_max = 1,
     .follow_ups = USER_FOLLOW_UPS, .provenance = SO_SEED},
    {.name = "users", .arguments = none, .build = build_users, .read = read_users, .answers = user_answers, .safe = true,
     .retry = SO_RETRY_PACED, .list = true, .provenance = SO_DOCUMENTED},
    {.name = "user", .arguments = user_only, .positional = 1, .build = build_user, .read = read_user,
     .answers = user_answers, .safe = true, .retry = SO_RETRY_PACED, .batch_max = 1,
     .follow_ups = {{404, SO_FOLLOW_UP_BY_NAME, NULL, NULL}}, .provenance = SO_DOCUMENTED},
    {.name = "logins", .arguments = user_only, .positional = 1, .build = build_logins, .read = read_logins,
     .answers = login_answers, .safe = true, .retry = SO_RETRY_PACED, .evidence = SO_EVIDENCE_LOGINS, .batch_max = 1,
     .follow_ups = {{404, SO_FOLLOW_UP_BY_NAME, NULL, NULL}}, .provenance = SO_DOCUMENTED},
    {0},
};

static const char *const own_headers[] = {"Authorization", NULL};

const struct so_backend so_isymphony = {
    .name = "isymphony",
    .title = "iSymphony (Communication Manager)",
    .default_path = "communication_manager/rest",
    .accepts = media_types,
    .encodings = media_types,
    .options = options,
    .operations = operations,
    .statuses = statuses,
    .headers = own_headers,
    .signs_out = "set_status",
    .names = SO_NAMES_EXACT, /* [inferred] nothing says that case makes no difference */
    .targets = SO_NAMES_EXACT,
    .by_hand = "set the user's status in the panel",
};
