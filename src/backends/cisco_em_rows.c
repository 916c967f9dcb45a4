/* SPDX-License-Identifier: MIT */
/* Reads the rows of queries: which user sits at which device. Any row may show a user; only a row without a doubt, in a reply
   without one, shows that nobody is there. Sources as in cisco_em.c. */
#include <string.h>

#include "asked.h"
#include "cisco_em.h"

/* Limits of one row: devices, which are compared with one another, undocumented elements, bytes of each, and bytes of a
   failure's text. */
enum { DEVICES_MAX = 256, OTHERS_MAX = 16, OTHER_TEXT_MAX = 256, FAILURE_SHOWN = 256 };

/* [documented] User ids are percent-encoded UTF-8 in newer releases; [inferred] an id that does not decode is meant as it is,
   and '+' is no blank. */
static const char *decode_user(struct so_call *call, const char *text, size_t *size)
{
    char *decoded = so_arena_copy(&call->arena, text, *size);
    size_t end = 0;
    if (!decoded)
        return NULL;
    for (size_t i = 0; i < *size; i++, end++) {
        unsigned value;
        if (text[i] != '%') {
            decoded[end] = text[i];
            continue;
        }
        if (*size - i < 3 || !so_text_hex(text + i + 1, &value))
            return text;
        decoded[end] = (char)value;
        i += 2;
    }
    decoded[end] = '\0';
    if (!so_text_is_utf8(decoded, end) || memchr(decoded, '\0', end))
        return text;
    *size = end;
    return decoded;
}

/* The text of an element without the blanks and line breaks that pretty-printers put around it; NULL where it has no visible
   character. */
static const char *readable(struct so_node node, size_t *size)
{
    const char *text;
    if (!so_node_text(node, &text, size))
        return NULL;
    so_text_trim(&text, size);
    return so_name_is_blank(text, *size) ? NULL : text;
}

static const char *readable_user(struct so_call *call, struct so_node node, size_t *size)
{
    const char *text = readable(node, size);
    text = text ? decode_user(call, text, size) : NULL;
    if (text)
        so_text_trim(&text, size);
    return text && !so_name_is_blank(text, *size) ? text : NULL;
}

/* The entries of one row. */
struct finding {
    struct so_value *row;
    const char *user; /* the first that can be read */
    size_t size;
    int entries, users, last, emcc, none, missing, others;
    const char *doubt;
};

/* The differences between the two queries. */
struct query {
    const char *results, *item, *key; /* elements, and the attribute that names what was asked for */
    const char *name;                 /* in Lua */
    bool encoded, lists;
    void (*add)(struct so_call *call, struct so_value *row, struct so_node item, struct finding *found);
    const char *(*conclude)(struct so_call *call, struct so_value *row, struct finding *found);
    const char *missing; /* the state of what the system does not know */
};

static void note(struct finding *found, const char *doubt)
{
    if (!found->doubt)
        found->doubt = doubt;
}

static bool is_ignored(const struct so_call *call, const char *name)
{
    const struct so_value *ignored = so_call_option(call, SO_EM_IGNORE_MEMBERS)->first;
    while (ignored && strcmp(ignored->text, name))
        ignored = ignored->next;
    return ignored != NULL;
}

/* [documented] One row may hold a failure: that row is unknown, and the others count. */
static void note_failure(struct so_call *call, struct so_node failure, struct finding *found)
{
    for (const char *const *member = so_em_messages; *member && !found->doubt; member++) {
        struct so_node child;
        size_t size;
        const char *text = so_node_child(failure, *member, &child) ? readable(child, &size) : NULL;
        if (text) {
            note(found, so_read_because(call, "has a failure in this row: %s", so_call_shown(call, text, size, FAILURE_SHOWN)));
            return;
        }
    }
    note(found, "has a failure in this row");
}

/* [documented] Unknown elements are to be expected. The reader of the row compares their texts with the person's name; a text
   that cannot be compared leaves a doubt. */
static void keep_other(struct so_call *call, const char *name, struct so_node node, struct finding *found)
{
    struct so_arena *arena = &call->arena;
    size_t size;
    const char *text = readable(node, &size);
    if (!text && so_node_type(node) != SO_TABLE)
        return;
    if (!text || size > OTHER_TEXT_MAX || strlen(name) > OTHER_TEXT_MAX || found->others == OTHERS_MAX) {
        if (!found->doubt)
            note(found, so_read_because(call, "has an element in this row that cannot be compared, '%s'", so_read_name(call, name)));
        return;
    }
    found->others++;
    struct so_value *others = so_value_member(found->row, "others");
    if (!others)
        others = so_value_add(arena, found->row, SO_LIST, "others");
    struct so_value *other = so_value_add(arena, others, SO_TABLE, NULL);
    so_value_add_string(arena, other, "name", name);
    so_value_add_text(arena, other, "text", text, size);
}

/* An element that no documentation names. */
static void add_other(struct so_call *call, const char *name, struct so_node node, struct finding *found)
{
    if (is_ignored(call, name))
        return;
    if (!found->doubt)
        note(found, so_read_doubt_in(call, name, node, &so_em_words));
    keep_other(call, name, node, found);
}

/* [documented] A first login returns `userID` beside `none`: `userID` is the user who is there now, `none` the one before. */
static void add_device(struct so_call *call, struct so_value *row, struct so_node device, struct finding *found)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    size_t size;
    while (so_node_next(device, &cursor, &child)) {
        const char *name = so_node_name(child), *text;
        if (!strcmp(name, "userID")) {
            found->users++;
            text = readable_user(call, child, &size);
            note(found, text ? NULL : "has a 'userID' that cannot be read");
            if (text && !found->user)
                found->user = text, found->size = size;
        } else if (!strcmp(name, "lastlogin")) {
            text = readable(child, &size);
            if (text && !found->last++)
                so_value_add_text(&call->arena, row, "last_user", text, size);
        } else if (!strcmp(name, "emccDevice")) {
            text = readable(child, &size);
            if (text && !found->emcc++)
                so_value_add_boolean(&call->arena, row, "emcc", so_text_same(text, size, "yes", 3));
        } else if (!strcmp(name, "none")) {
            found->none++;
        } else if (!strcmp(name, "doesNotExist")) {
            found->missing++;
        } else if (!strcmp(name, "failure")) {
            note_failure(call, child, found);
        } else {
            add_other(call, name, child, found);
        }
    }
}

static const char *conclude_device(struct so_call *call, struct so_value *row, struct finding *found)
{
    bool twice = found->users > 1 || found->last > 1 || found->emcc > 1 || found->missing > 1;
    note(found, twice ? "has a member of this row twice" : NULL);
    note(found, found->users + found->none + found->last > 2 ? "has more than two places for users in this row" : NULL);
    note(found, found->missing && (found->users || found->none || found->last) ? "contradicts itself in this row" : NULL);
    if (found->user) {
        if (found->users == 1 && !found->missing) /* a row that contradicts itself names nobody */
            so_value_add_text(&call->arena, row, "user", found->user, found->size);
        return "logged_in";
    }
    if (found->missing)
        return "no_device";
    note(found, found->none ? NULL : "does not say who sits there");
    return "free";
}

/* The same device in two entries is one. */
static void add_device_name(struct so_call *call, struct so_value *row, struct so_node node, struct finding *found)
{
    struct so_value *devices = so_value_member(row, "devices");
    size_t size;
    const char *text = readable(node, &size);
    found->users++;
    note(found, text ? NULL : "has a 'deviceName' that cannot be read");
    if (found->users > DEVICES_MAX) {
        note(found, "has more devices in this row than anybody");
        return;
    }
    for (const struct so_value *device = devices->first; text && device; device = device->next)
        if (so_text_same(device->text, device->size, text, size)) {
            note(found, "has a device of this row twice");
            return;
        }
    if (text)
        so_value_add_text(&call->arena, devices, NULL, text, size);
}

/* Unlike a device's, an unknown element with something in it may be where the user is. */
static void add_unknown_of_user(struct so_call *call, const char *name, struct so_node node, struct finding *found)
{
    if (!found->doubt && !is_ignored(call, name) && !so_node_is_empty(node))
        note(found, so_read_because(call, "has an unknown element in this row, '%s'", so_read_name(call, name)));
}

static void add_user(struct so_call *call, struct so_value *row, struct so_node user, struct finding *found)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    while (so_node_next(user, &cursor, &child)) {
        const char *name = so_node_name(child);
        if (!strcmp(name, "deviceName"))
            add_device_name(call, row, child, found);
        else if (!strcmp(name, "none"))
            found->none++;
        else if (!strcmp(name, "doesNotExist"))
            found->missing++;
        else if (!strcmp(name, "failure"))
            note_failure(call, child, found);
        else
            add_unknown_of_user(call, name, child, found);
    }
}

static const char *conclude_user(struct so_call *call, struct so_value *row, struct finding *found)
{
    struct so_value *devices = so_value_member(row, "devices");
    bool contradicts = (found->users > 0) + (found->none > 0) + (found->missing > 0) > 1, there = devices->first != NULL;
    (void)call;
    note(found, contradicts ? "contradicts itself in this row" : NULL);
    if (contradicts)
        devices->first = devices->last = NULL; /* it names no place */
    if (there)
        return "logged_in";
    if (found->missing)
        return "no_user";
    note(found, found->none ? NULL : "does not say where this user is");
    return "free";
}

static const struct query devices_query = {"deviceUserResults", "device", "name", "device", false, false,
                                           add_device, conclude_device, "no_device"};
static const struct query users_query = {"userDevicesResults", "user", "id", "user", true, true,
                                         add_user, conclude_user, "no_user"};

/* Gives the attribute that names a row; false where it has no visible character. */
static bool name_of(const struct query *query, struct so_node item, const char **text, size_t *size)
{
    if (!so_node_attribute(item, query->key, text, size))
        return false;
    so_text_trim(text, size);
    return !so_name_is_blank(*text, *size);
}

/* One entry of the reply, and the rows of the names in the request. */
struct entry {
    struct so_call *call;
    const struct query *query;
    struct so_node item;
    struct finding *rows;
};

static void take_entry(void *payload, size_t index)
{
    const struct entry *entry = payload;
    struct finding *found = &entry->rows[index];
    if (found->row && ++found->entries)
        entry->query->add(entry->call, found->row, entry->item, found);
}

/* Reads every entry: each name in the request should have one. [documented] Names are compared without case; [inferred] an id
   is compared as sent and decoded. */
static void add_entries(struct so_call *call, const struct query *query, struct so_node root, const struct so_asked_list *asked,
                        struct finding *rows)
{
    struct so_cursor cursor = {0};
    struct so_node results, item;
    const char *text;
    size_t size;
    while (so_node_next(root, &cursor, &results)) {
        struct so_cursor inner = {0};
        while (!strcmp(so_node_name(results), query->results) && so_node_next(results, &inner, &item)) {
            struct entry entry = {call, query, item, rows};
            if (!strcmp(so_node_name(item), query->item) && name_of(query, item, &text, &size))
                so_asked_find(asked, text, size, query->encoded, take_entry, &entry);
        }
    }
}

static struct so_value *begin_row(struct so_call *call, const struct query *query, const struct so_value *asked, bool one)
{
    struct so_arena *arena = &call->arena;
    struct so_value *row = one ? call->answer.result : so_value_add(arena, call->answer.result, SO_TABLE, NULL);
    bool begun = row && so_value_add_text(arena, row, query->name, asked->text, asked->size) &&
                 (!query->lists || so_value_add(arena, row, SO_LIST, "devices"));
    return begun ? row : NULL;
}

/* Any row may show a user; only a row without a doubt, in a reply without a doubt, shows that nobody is there. */
static void end_row(struct so_call *call, const struct query *query, struct finding *found)
{
    struct so_arena *arena = &call->arena;
    struct so_value *row = found->row;
    if (!row)
        return;
    note(found, found->entries ? NULL : "lacks the row that was asked for");
    note(found, found->entries > 1 ? "has this row twice" : NULL);
    const char *state = query->conclude(call, row, found);
    const char *doubt = call->answer.doubt ? call->answer.doubt : found->doubt;
    bool there = !strcmp(state, "logged_in");
    so_value_add_string(arena, row, "state", doubt && !there ? "unknown" : state);
    if (there || (!doubt && strcmp(state, query->missing)))
        so_value_add_boolean(arena, row, "active", there);
    if (call->operation->batch_max == 1) {
        so_read_doubt(call, doubt);
        return;
    }
    so_value_add_boolean(arena, row, "whole", !doubt);
    so_value_add_string(arena, row, "doubt", doubt);
}

/* The list around the rows. The members of a row are looked at with the row, if it was asked for. */
static void doubt_results(struct so_call *call, const struct query *query, struct so_node results)
{
    struct so_cursor cursor = {0};
    struct so_node item;
    const char *name, *text;
    size_t size;
    while (so_node_each(results, &cursor, &name, &item)) {
        bool row = !strcmp(name, query->item);
        if (!row && !call->answer.doubt && !is_ignored(call, name))
            so_read_doubt(call, so_read_doubt_in(call, name, item, &so_em_words));
        if (row && !name_of(query, item, &text, &size))
            so_read_doubt(call, "has a row without a name");
    }
    so_read_doubt(call, so_read_repeated(call, results, &so_em_words));
}

/* Notes the faults of the reply as a whole. Gives how many lists of results it has. */
static int doubt_response(struct so_call *call, const struct query *query, struct so_node root)
{
    struct so_cursor cursor = {0};
    struct so_node child;
    const char *name;
    int results = 0;
    if (call->reply.http_status != 200)
        so_read_doubt(call, so_read_because(call, "came with HTTP %ld, not 200", call->reply.http_status));
    while (so_node_each(root, &cursor, &name, &child)) {
        bool list = !strcmp(name, query->results);
        results += list;
        if (list)
            doubt_results(call, query, child);
        else if (!strcmp(name, "failure"))
            so_read_doubt(call, "holds results and failure at once");
        else if (!call->answer.doubt && !is_ignored(call, name))
            so_read_doubt(call, so_read_doubt_in(call, name, child, &so_em_words));
    }
    so_read_doubt(call, so_read_repeated(call, root, &so_em_words));
    return results;
}

/* Gives one row for each name in the request; [inferred] the reply's order is not guaranteed. */
static void read_rows(struct so_call *call, const struct query *query, struct so_node root)
{
    struct so_asked_list asked;
    bool open = so_asked_open(&call->arena, &asked, so_call_argument(call, 0));
    struct finding *rows = open ? so_arena_alloc(&call->arena, asked.count * sizeof *rows) : NULL;
    if (!rows)
        return;
    for (size_t i = 0; i < asked.count; i++)
        rows[i].row = begin_row(call, query, asked.names[i].name, call->operation->batch_max == 1);
    add_entries(call, query, root, &asked, rows);
    for (size_t i = 0; i < asked.count; i++)
        end_row(call, query, &rows[i]);
}

static void read_query(struct so_call *call, const struct so_document *document, const struct query *query)
{
    struct so_node root, failure;
    if (!so_em_open(call, document, &root))
        return;
    if (!doubt_response(call, query, root)) {
        if (!so_em_find_failure(call, root, &failure))
            so_read_unusable(call, "is no answer of Extension Mobility");
        else if (call->answer.error.code == SO_OK)
            so_em_read_failure(call, failure);
        return;
    }
    call->answer.own_words = call->reply.http_status == 200;
    call->answer.result = so_value_new(&call->arena, call->operation->batch_max == 1 ? SO_TABLE : SO_LIST, NULL);
    read_rows(call, query, root);
}

void so_em_read_devices(struct so_call *call, const struct so_document *document)
{
    read_query(call, document, &devices_query);
}

void so_em_read_users(struct so_call *call, const struct so_document *document)
{
    read_query(call, document, &users_query);
}
