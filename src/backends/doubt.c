/* SPDX-License-Identifier: MIT */
/* Decides whether a reply is whole. A sloppy reply may show that a user is there; only a whole one shows that nobody is: HTTP
   200 exactly, no member twice at any depth, no member that only an error has, none that says error. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "reading.h"

/* Limits: members of one element; values and bytes of texts that are searched in JSON; bytes of one text. */
enum { MEMBERS_MAX = 64, VALUES_MAX = 1000, BYTES_MAX = 64 * 1024, TEXT_MAX = 16 * 1024 };

const char *so_read_because(struct so_call *call, const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    vsnprintf(text, sizeof text, format, values);
    va_end(values);
    const char *kept = so_arena_copy(&call->arena, text, so_text_prefix(text, strlen(text), sizeof text - 4));
    return kept ? kept : "did not fit into memory";
}

const char *so_read_name(struct so_call *call, const char *name)
{
    enum { SHOWN = 64 };
    return so_call_shown(call, name, strlen(name), SHOWN);
}

void so_read_doubt(struct so_call *call, const char *why)
{
    if (!call->answer.doubt)
        call->answer.doubt = why;
}

bool so_read_is_one_of(const char *const *names, const char *name)
{
    for (; names && name && *names; names++)
        if (**names == *name && !strcmp(*names, name))
            return true;
    return false;
}

bool so_read_has_only(struct so_node parent, const char *const *names)
{
    struct so_cursor cursor = {0};
    struct so_node member;
    const char *name;
    while (so_node_each(parent, &cursor, &name, &member))
        if (!so_read_is_one_of(names, name))
            return false;
    return true;
}

/* Whether the text begins with the word, regardless of the case of ASCII letters and of the locale. */
static bool begins_with(const char *text, size_t size, const char *word)
{
    for (; *word; word++, text++, size--)
        if (!size || (*text | 0x20) != *word)
            return false;
    return true;
}

/* "default" is a word of its own. */
static bool is_default(const char *start, const char *at, size_t left)
{
    return at - start >= 2 && begins_with(at - 2, left + 2, "default");
}

bool so_read_mentions(const char *text, size_t size, const char *const *words)
{
    for (; *words; words++)
        for (size_t at = 0; at < size; at++)
            if (begins_with(text + at, size - at, *words))
                return true;
    return false;
}

bool so_read_says_error(const char *text, size_t size)
{
    static const char *const words[] = {"error", "exception", "fault", "fail", "denied"};
    for (size_t at = 0; at < size; at++) {
        char lower = (char)(text[at] | 0x20);
        if (lower != 'e' && lower != 'f' && lower != 'd')
            continue;
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            if (begins_with(text + at, size - at, words[i]) && !is_default(text, text + at, size - at))
                return true;
    }
    return false;
}

/* An error member without a value is no error: empty, null, false or 0. */
bool so_read_holds_something(struct so_node node)
{
    const char *text;
    double number;
    size_t size;
    enum so_type type = so_node_type(node);
    if (type == SO_NIL || so_node_is_empty(node))
        return false;
    if (type == SO_NUMBER && so_node_number(node, &number)) /* its text takes longer */
        return number != 0;
    if (!so_node_text(node, &text, &size))
        return true;
    so_text_trim(&text, &size);
    return size && !(size == 1 && *text == '0') && !so_text_same(text, size, "false", 5);
}

/* {"success": false} and the like, which many frameworks write beside other members. */
static bool says_no(const char *name, struct so_node node)
{
    static const char *const flags[] = {"success", "succeeded", "successful", "isSuccess", "ok", NULL};
    bool truth = true;
    size_t size = strlen(name);
    for (const char *const *flag = flags; *flag; flag++)
        if ((*name | 0x20) == **flag && so_text_same(name, size, *flag, strlen(*flag)))
            return so_node_truth(node, &truth) && !truth;
    return false;
}

static const char *error_of(struct so_call *call, const char *name, struct so_node node, const struct so_words *words)
{
    const char *text;
    size_t size;
    if (!name || so_read_is_one_of(words->data, name))
        return NULL;
    if (says_no(name, node))
        return so_read_because(call, "says no success, in '%s'", so_read_name(call, name));
    if (!so_read_holds_something(node))
        return NULL;
    if (so_read_is_one_of(words->errors, name) || so_read_says_error(name, strlen(name)))
        return so_read_because(call, "has an error beside, in '%s'", so_read_name(call, name));
    if (so_node_type(node) != SO_STRING || !so_node_text(node, &text, &size))
        return NULL;
    call->answer.looked_bytes += so_node_name(node) ? 0 : size;
    if (size > TEXT_MAX || call->answer.looked_bytes > BYTES_MAX)
        return so_read_because(call, "has a text that is longer than any answer's, in '%s'", so_read_name(call, name));
    if (so_read_says_error(text, size))
        return so_read_because(call, "tells of an error in '%s'", so_read_name(call, name));
    return NULL;
}

/* XML lets a member repeat, and nothing says which one counts. */
const char *so_read_repeated(struct so_call *call, struct so_node parent, const struct so_words *words)
{
    const char *before[MEMBERS_MAX + 1] = {NULL}, *name; /* a list of names */
    struct so_cursor cursor = {0};
    struct so_node child;
    int count = 0;
    while (so_node_name(parent) && so_node_each(parent, &cursor, &name, &child)) {
        if (so_read_is_one_of(words->lists, name))
            continue;
        if (count == MEMBERS_MAX || so_read_is_one_of(before, name))
            return so_read_because(call, "has the member '%s' twice, or more members than any answer", so_read_name(call, name));
        before[count++] = name;
    }
    return NULL;
}

/* A long JSON list is read row by row anyway, and is not walked through once more. */
static bool is_long_list(const struct so_call *call, const char *name, struct so_node node, const struct so_words *words)
{
    if (!name)
        return call->list && node.slot && node.slot == node.document->root.slot && so_node_type(node) == SO_LIST;
    return words->rows && !so_node_name(node) && !strcmp(name, words->rows);
}

static const char *look_through(struct so_call *call, struct so_node parent, const struct so_words *words)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    const char *name, *doubt = so_read_repeated(call, parent, words);
    while (!doubt && so_node_each(parent, &cursor, &name, &child))
        if (!so_node_name(child) && call->answer.looked++ == VALUES_MAX)
            doubt = "has more members than any answer";
        else
            doubt = so_read_doubt_in(call, name, child, words);
    return doubt;
}

const char *so_read_doubt_in(struct so_call *call, const char *name, struct so_node node, const struct so_words *words)
{
    const char *doubt = error_of(call, name, node, words);
    enum so_type type = so_node_type(node);
    if (type != SO_TABLE && type != SO_LIST)
        return doubt;
    return doubt || is_long_list(call, name, node, words) ? doubt : look_through(call, node, words);
}

/* A system itself sends 200: 203 comes from a proxy, 206 is a part, 226 a difference. */
bool so_read_whole(struct so_call *call, const struct so_document *document, const struct so_words *words)
{
    if (call->reply.http_status != 200)
        so_read_doubt(call, so_read_because(call, "came with HTTP %ld, not 200", call->reply.http_status));
    if (!document)
        so_read_doubt(call, call->unread ? call->unread : "is empty");
    else if (document->repeats)
        so_read_doubt(call, "has a member twice, or more members than any answer");
    else
        so_read_doubt(call, so_read_doubt_in(call, NULL, document->root, words));
    return !call->answer.doubt;
}

struct so_value *so_read_act(struct so_call *call, const char *said)
{
    return so_read_answer(call, call->answer.doubt ? "undecided" : said);
}

void so_read_foreign_refusal(struct so_call *call)
{
    so_call_fail(call, &call->answer.error, SO_DENIED, SO_SCOPE_CLIENT, false,
                 "answered HTTP %ld, but not in the system's own words: perhaps a gateway, proxy or WAF in between",
                 call->reply.http_status);
    call->answer.error.advice = "find out who answers there: check url and path, the way to the system, "
                                "the credentials, and that this address may call";
}
