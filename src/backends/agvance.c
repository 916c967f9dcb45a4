/* SPDX-License-Identifier: MIT */
/* Agvance Web API, ApiUser: lists the sessions of API users and logs sessions off.
   Sources: [seed] the help page of POST ApiUser/LogOff; [documented] the API's other help pages, and the source of
   ASP.NET Web API 2 that they are made with; [inferred] conclusions. */
#include <limits.h>
#include <string.h>

#include "reading.h"
#include "registry.h"

enum { OPTION_SESSION_ID, OPTION_CHUNK };
enum { ARGUMENT_KEYS };

/* [seed] of every type in the JSON sample and of the XML sample's roots */
static const char SPACE[] = "http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User";

static const char *const replies[] = {"application/json", "text/json", "application/xml", "text/xml", NULL};
static const char *const bodies[] = {"application/json", "text/json", "application/xml", "text/xml",
                                     "application/x-www-form-urlencoded", NULL};

/* [seed] JSON and XML; [documented] a form binds a list by indexes from 0 without a gap. One description for all. */
static bool build_logout(struct so_call *call)
{
    const struct so_value *keys = so_call_argument(call, ARGUMENT_KEYS);
    struct so_arena *arena = &call->arena;
    struct so_request *request = &call->request;
    struct so_value *sessions = so_value_new(arena, SO_LIST, "ArrayOfSession");
    bool xml = so_format_of(call->content_type) == SO_FORMAT_XML;
    for (const struct so_value *key = keys->first ? keys->first : keys; key; key = key->next) {
        const char *why = xml ? so_text_refuse(SO_PLACE_XML, key->text, key->size) : NULL;
        if (why) {
            call->refusal = so_arena_join(arena, "argument 'keys' ", why, "; JSON can carry it", NULL);
            return false;
        }
        struct so_value *session = so_value_add(arena, sessions, SO_TABLE, "Session");
        so_value_add_text(arena, session, "SessionLogKey", key->text, key->size);
        if (key == keys)
            break;
    }
    request->method = "POST";
    request->url = so_arena_join(arena, call->settings->url, "/LogOff", NULL);
    request->content_type = call->content_type;
    request->format = so_format_of(call->content_type);
    request->body = sessions;
    request->space = SPACE;
    return request->url != NULL;
}

/* [seed] the word "(GET)" beside Count; the help page of the GET itself is not public. */
static bool build_sessions(struct so_call *call)
{
    call->request.method = "GET";
    call->request.url = call->settings->url;
    return true;
}

/* [documented] an error of the framework has a Message, and in XML neither namespace nor AgvApiUser's root. */
static void read_message(struct so_call *call, const struct so_document *document)
{
    static const char *const members[] = {"Message", NULL};
    if (document)
        so_read_message_of(call, document->root, members);
}

/* [seed] the members of a session and of its list; [documented] the members of the framework's errors, which the system itself
   does not use. */
static const char *const data[] = {"UseriD", "Application", "SessionLogKey", "SessionID", "Message", NULL};
static const char *const errors[] = {"MessageDetail", "ModelState", "StackTrace", NULL};
static const char *const lists[] = {"ApiUser", NULL};
static const struct so_words words = {data, errors, lists, "APIUsers"};

static bool is_ours(struct so_node root)
{
    const char *name = so_node_name(root), *space = so_node_space(root);
    if (!name)
        return true;
    root.document->space = SPACE; /* members of another namespace are not the system's either */
    return !strcmp(name, "AgvApiUser") && space && !strcmp(space, SPACE);
}

/* [seed] Status is text; [documented] "0" and "3" are success, "1" and "2" errors. [inferred] Any other is one, too. */
static bool status_is_success(struct so_call *call, struct so_node root)
{
    size_t size;
    const char *text = so_node_member(&call->arena, root, "Status", &size);
    if (text)
        so_text_trim(&text, &size);
    if (!text || !size) {
        so_read_unusable(call, "has no Status");
        return false;
    }
    so_read_vendor_code(call, root, "Status");
    bool known = size == 1 && text[0] >= '0' && text[0] <= '3';
    call->answer.own_words = known;
    if (known && (text[0] == '0' || text[0] == '3'))
        return true;
    so_call_fail(call, &call->answer.error, known ? SO_REJECTED : SO_SERVER, known ? SO_SCOPE_TARGET : SO_SCOPE_NONE,
                 false, "answered with %s", known ? "the Status of an error" : "a Status that is not documented");
    return false;
}

/* [documented] beside "0" the Message is "OK"; "3" comes with one for people. */
static void doubt_message(struct so_call *call)
{
    const struct so_answer *answer = &call->answer;
    if (answer->vendor_message && answer->vendor_code && answer->vendor_code->text[0] == '0' &&
        so_read_says_error(answer->vendor_message, answer->vendor_message_size))
        so_read_doubt(call, "says success, and tells of an error in 'Message'");
}

/* [documented] errors of the framework are about the request, not about a session; only AgvApiUser is the system's own. */
static bool is_own_error(const struct so_document *document)
{
    struct so_node status;
    const char *text;
    size_t size;
    if (!document || so_node_type(document->root) != SO_TABLE || !is_ours(document->root) ||
        !so_node_child(document->root, "Status", &status) || !so_node_text(status, &text, &size))
        return false;
    so_text_trim(&text, &size);
    return size == 1 && (*text == '1' || *text == '2');
}

/* Gives the AgvApiUser of a success; otherwise fails the call. */
static bool open_reply(struct so_call *call, const struct so_document *document, struct so_node *root)
{
    if (!so_read_status(call)) {
        read_message(call, document);
        call->answer.own_words = is_own_error(document);
        return false;
    }
    so_read_whole(call, document, &words);
    if (!so_read_root(call, document, root))
        return false;
    if (so_node_type(*root) != SO_TABLE || !is_ours(*root)) {
        so_read_unusable(call, "is no AgvApiUser");
        return false;
    }
    read_message(call, document);
    if (!status_is_success(call, *root))
        return false;
    doubt_message(call);
    return true;
}

/* [seed] a text of digits. */
static bool read_count(struct so_call *call, struct so_node root, long *out)
{
    struct so_node count;
    const char *text;
    size_t size;
    if (!so_node_child(root, "Count", &count))
        return false;
    bool read = so_node_text(count, &text, &size);
    if (read)
        so_text_trim(&text, &size);
    if (read && !size) /* [inferred] as if it were not there */
        return false;
    read = read && so_text_integer(text, size, 0, INT_MAX, out);
    if (!read)
        so_read_doubt(call, "has a Count that is no number");
    return read;
}

/* [seed] Count is how many were logged off; [inferred] fewer than asked means that the others were not there. */
static void read_logout(struct so_call *call, const struct so_document *document)
{
    struct so_node root;
    const struct so_value *keys = so_call_argument(call, ARGUMENT_KEYS);
    long requested = keys->first ? (long)so_value_count(keys) : 1, count;
    if (!open_reply(call, document, &root))
        return;
    bool counted = read_count(call, root, &count);
    if (counted && count > requested)
        so_read_doubt(call, "counts more sessions than were to be logged off");
    struct so_value *answer = so_read_act(call, counted && count == 0 ? "already_out" : "accepted");
    so_value_add_number(&call->arena, answer, "requested", (double)requested);
    if (!counted)
        return;
    so_value_add_number(&call->arena, answer, "count", (double)count);
    so_value_add_boolean(&call->arena, answer, "partial", count < requested);
}

static const struct so_column session_columns[] = {
    {.name = "user", .wire = "UseriD", .type = SO_STRING, .doubt = "doubt_user"},
    {.name = "application", .wire = "Application", .type = SO_STRING},
    {.name = "session_log_key", .wire = "SessionLogKey", .type = SO_STRING, .doubt = "doubt_key"},
    {.name = "session_id", .wire = "SessionID", .type = SO_STRING},
    {.name = "own", .wire = "SessionID", .type = SO_BOOLEAN, .option = OPTION_SESSION_ID},
    {0},
};

/* The items of an XML list have names, and may have a member twice: nothing says which of the two counts. The place of a
   repeated member of JSON is not known either. */
static void doubt_items(struct so_call *call, struct so_node list)
{
    static const struct so_words none = {0};
    struct so_cursor cursor = {0};
    struct so_node item;
    bool repeats = list.document->repeats;
    while (so_node_name(list) && so_node_next(list, &cursor, &item)) {
        if (strcmp(so_node_name(item), "ApiUser"))
            so_read_doubt(call, "lists something that is no ApiUser");
        repeats = repeats || so_read_repeated(call, item, &none);
    }
    call->answer.unreadable = repeats ? "may stand there twice" : NULL;
}

/* [inferred] Later releases may add members: a member about another page or count means that this list is only a part; one of
   our members in another case means that the reply is not the system's. */
static bool tells_of_more(const char *name)
{
    static const char *const known[] = {"Status", "Count", "Message", "APIUsers", NULL};
    static const char *const parts[] = {"count", "total", "more", "next", "page", "trunc", "partial", "cursor", "continu", NULL};
    bool ours = false;
    for (const char *const *own = known; *own; own++)
        ours = ours || so_text_same(name, strlen(name), *own, strlen(*own));
    return !so_read_is_one_of(known, name) && (ours || so_read_mentions(name, strlen(name), parts));
}

static void doubt_members(struct so_call *call, struct so_node root)
{
    struct so_cursor cursor = {0};
    struct so_node member;
    const char *name;
    while (so_node_each(root, &cursor, &name, &member))
        if (!call->answer.doubt && name && tells_of_more(name) && so_read_holds_something(member))
            so_read_doubt(call, so_read_because(call, "has '%s' beside, and may be a part of the list", so_read_name(call, name)));
}

/* A session that is not in this list is taken to be gone, if the list is whole. */
static void read_sessions(struct so_call *call, const struct so_document *document)
{
    struct so_node root, list;
    long count;
    if (!open_reply(call, document, &root))
        return;
    doubt_members(call, root);
    bool counted = read_count(call, root, &count);
    bool listed = so_node_child(root, "APIUsers", &list);
    if (!listed && !(counted && count == 0)) {
        so_read_unusable(call, "has no APIUsers");
        return;
    }
    size_t rows = 0;
    if (!listed)
        so_read_doubt(call, "has no APIUsers");
    call->answer.moved = "APIUsers";
    call->answer.columns = session_columns;
    if (!listed || !so_read_rows(call, list, session_columns, &rows))
        return;
    doubt_items(call, list);
    if (counted && (size_t)count != rows)
        so_read_doubt(call, so_read_because(call, "lists %zu sessions, and its Count says %ld", rows, count));
}

static const struct so_parameter options[] = {
    [OPTION_SESSION_ID] = {.name = "session_id", .type = SO_STRING, .place = SO_PLACE_NAME, .flags = SO_SECRET,
                           .what = "our own session's, which is never logged off"},
    [OPTION_CHUNK] = {.name = "chunk", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER, .least = 1, .most = 500,
                      .fallback = "50", .what = "keys a request"},
    {0},
};

static const struct so_parameter keys[] = {
    [ARGUMENT_KEYS] = {.name = "keys", .type = SO_LIST, .place = SO_PLACE_NAME, .flags = SO_REQUIRED,
                       .what = "session log keys"},
    {0},
};

static const struct so_parameter none[] = {{0}};

/* [inferred] The framework says 500 where the application has a bug; this says nothing about the sessions. */
static const struct so_status_rule statuses[] = {
    {500, 500, SO_SERVER, SO_SCOPE_NONE, false},
    {0},
};

static const char *const logout_answers[] = {"requested", "count", "partial", "failed", "error", NULL};
static const char *const session_answers[] = {"user", "application", "session_log_key", "session_id", "own",
                                              "doubt", "doubt_key", "doubt_user", NULL};
static const char *const status_answers[] = {"active", "user", "application", "session_log_key", "session_id", "own",
                                             NULL};

static const struct so_operation operations[] = {
    {.name = "logout", .arguments = keys, .positional = 1, .build = build_logout, .read = read_logout,
     .answers = logout_answers, .changes = true, .safe = true, .retry = SO_RETRY_PACED, .batch_max = 50,
     .chunked = "chunk", .excludes_own = {"sessions", "session_log_key", "session_id"}, .provenance = SO_SEED},
    {.name = "sessions", .arguments = none, .build = build_sessions, .read = read_sessions, .answers = session_answers,
     .safe = true, .retry = SO_RETRY_PACED, .evidence = SO_EVIDENCE_SESSION, .list = true, .finds = true,
     .provenance = SO_INFERRED},
    {.name = "status", .arguments = keys, .positional = 1, .build = build_sessions, .read = read_sessions,
     .answers = status_answers, .safe = true,
     .retry = SO_RETRY_PACED, .evidence = SO_EVIDENCE_SESSION, .filters = {"sessions", "session_log_key"},
     .provenance = SO_INFERRED},
    {0},
};

const struct so_backend so_agvance = {
    .name = "agvance",
    .title = "Agvance (ApiUser)",
    .default_path = "ApiUser",
    .accepts = replies,
    .encodings = bodies,
    .options = options,
    .operations = operations,
    .statuses = statuses,
    .signs_out = "logout",
    .names = SO_NAMES_EXACT, /* [inferred] nothing says that case makes no difference */
    .targets = SO_KEYS_EXACT,
    .by_hand = "end the session in Agvance's list of API users",
};
