/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "buffer.h"
#include "cookie.h"
#include "text.h"

struct cookie {
    const char *name, *value;
    size_t name_size, value_size;
};

/* "name=value" without the blanks around. False: it is none. */
static bool split(const char *text, size_t size, struct cookie *out)
{
    const char *equals = memchr(text, '=', size);
    if (!equals)
        return false;
    *out = (struct cookie){text, equals + 1, (size_t)(equals - text), size - (size_t)(equals + 1 - text)};
    so_text_trim(&out->name, &out->name_size);
    so_text_trim(&out->value, &out->value_size);
    return out->name_size > 0;
}

/* The next part of a list whose parts have ';' between them; false at the end. */
static bool next_part(const char **at, const char *end, const char **part, size_t *size)
{
    if (!*at || *at >= end)
        return false;
    const char *stop = memchr(*at, ';', (size_t)(end - *at));
    *part = *at;
    *size = (size_t)((stop ? stop : end) - *at);
    *at = stop ? stop + 1 : end;
    so_text_trim(part, size);
    return true;
}

const char *so_cookie_refuse(const char *text, size_t size)
{
    const char *at = text, *part;
    size_t part_size, count = 0;
    struct cookie cookie;
    if (size > SO_COOKIE_MAX)
        return "is longer than 4 KiB";
    for (; next_part(&at, text + size, &part, &part_size); count += part_size > 0)
        if (part_size && !split(part, part_size, &cookie))
            return "is no list of cookies (name=value; name=value)";
    return count ? so_text_refuse(SO_PLACE_HEADER, text, size) : "has no cookie in it";
}

/* Cookie names are told apart by case. */
static bool is_named(const struct cookie *cookie, const char *name, size_t size)
{
    return cookie->name_size == size && !memcmp(cookie->name, name, size);
}

static bool has(const char *list, const struct cookie *wanted)
{
    const char *at = list, *part;
    size_t size;
    struct cookie cookie;
    while (next_part(&at, list + strlen(list), &part, &size))
        if (split(part, size, &cookie) && is_named(&cookie, wanted->name, wanted->name_size))
            return true;
    return false;
}

/* Adds one at the end, if it fits. False: memory is out. */
static bool append(struct so_buffer *list, const struct cookie *cookie, size_t limit)
{
    if (list->size + cookie->name_size + cookie->value_size + 3 > limit)
        return true;
    return (!list->size || so_buffer_text(list, "; ")) && so_buffer_append(list, cookie->name, cookie->name_size) &&
           so_buffer_text(list, "=") && so_buffer_append(list, cookie->value, cookie->value_size);
}

/* Adds those of `from` whose names are not in `except`. */
static bool append_all(struct so_buffer *list, const char *from, const char *except, size_t limit)
{
    const char *at = from, *part;
    size_t size;
    struct cookie cookie;
    while (next_part(&at, from + strlen(from), &part, &size))
        if (split(part, size, &cookie) && !has(except, &cookie) && !append(list, &cookie, limit))
            return false;
    return true;
}

static const char *keep(struct so_arena *arena, struct so_buffer *list, bool fine)
{
    const char *kept = fine ? so_arena_copy(arena, list->size ? list->bytes : "", list->size) : NULL;
    arena->failed = arena->failed || !fine;
    so_buffer_free(list);
    return kept;
}

const char *so_cookie_join(struct so_arena *arena, const char *first, const char *second)
{
    if (!first || !second)
        return first ? first : second;
    struct so_buffer list = {0};
    bool fine = so_buffer_text(&list, first) && append_all(&list, second, first, SIZE_MAX);
    return keep(arena, &list, fine);
}

/* Set-Cookie */

/* Whether an attribute keeps or removes its cookie; an unreadable value does neither. */
enum fate { UNSAID, KEPT, GONE };

static enum fate by_age(const struct cookie *age)
{
    bool negative = age->value_size > 1 && *age->value == '-', zero = true;
    for (size_t i = negative; i < age->value_size; i++) {
        if (age->value[i] < '0' || age->value[i] > '9')
            return UNSAID;
        zero = zero && age->value[i] == '0';
    }
    return !age->value_size ? UNSAID : negative || zero ? GONE : KEPT;
}

static enum fate by_date(const struct cookie *expires, double now)
{
    double date;
    if (!so_head_read_date(expires->value, expires->value_size, &date))
        return UNSAID;
    return date <= now ? GONE : KEPT;
}

/* Whether the attributes behind a cookie remove it. By RFC 6265, Max-Age has precedence over Expires, and the last one counts. */
static bool is_taken_back(const char *at, const char *end, double now)
{
    enum fate age = UNSAID, date = UNSAID;
    const char *part;
    size_t size;
    struct cookie attribute;
    while (next_part(&at, end, &part, &size)) {
        if (!split(part, size, &attribute))
            continue;
        enum fate fate = UNSAID;
        if (so_text_same(attribute.name, attribute.name_size, "Max-Age", 7) && (fate = by_age(&attribute)) != UNSAID)
            age = fate;
        if (so_text_same(attribute.name, attribute.name_size, "Expires", 7) && (fate = by_date(&attribute, now)) != UNSAID)
            date = fate;
    }
    return age == GONE || (age == UNSAID && date == GONE);
}

/* The cookie of a line, if it can be sent again as it is. `rest` gets where its attributes begin. */
static bool read_line(const struct so_field *field, struct cookie *out, const char **rest)
{
    const char *part;
    size_t size;
    *rest = field->line + field->value;
    return field->kind == SO_FIELD_COOKIE && !field->cut && next_part(rest, field->line + field->size, &part, &size) &&
           split(part, size, out) && !so_text_refuse(SO_PLACE_HEADER, part, size);
}

static bool is_set_later(const struct so_field *field, const struct cookie *wanted)
{
    struct cookie cookie;
    const char *rest;
    for (field = field->next; field; field = field->next)
        if (read_line(field, &cookie, &rest) && is_named(&cookie, wanted->name, wanted->name_size))
            return true;
    return false;
}

/* Puts the cookies that the reply sets into `added`, and their names and those of cookies that it removes into `touched`.
   False: memory is out. */
static bool collect(const struct so_head *head, double now, struct so_buffer *added, struct so_buffer *touched)
{
    bool fine = true;
    int count = 0;
    for (const struct so_field *field = head->first; fine && field && count < SO_COOKIES_MAX; field = field->next) {
        struct cookie cookie, name;
        const char *rest;
        if (!read_line(field, &cookie, &rest) || is_set_later(field, &cookie))
            continue;
        count++;
        name = (struct cookie){cookie.name, "", cookie.name_size, 0};
        fine = append(touched, &name, SIZE_MAX) &&
               (is_taken_back(rest, field->line + field->size, now) || append(added, &cookie, SO_COOKIE_MAX));
    }
    return fine;
}

bool so_cookie_take(struct so_arena *arena, const char *sent, const struct so_head *head, double date, const char **out)
{
    struct so_buffer added = {0}, touched = {0}, all = {0};
    bool fine = collect(head, date > 0 ? date : (double)time(NULL), &added, &touched);
    bool any = fine && touched.size;
    *out = NULL;
    if (any) {
        fine = (!sent || append_all(&all, sent, touched.bytes, SO_COOKIE_MAX)) &&
               (!added.size || append_all(&all, added.bytes, "", SO_COOKIE_MAX));
        *out = keep(arena, &all, fine);
    }
    arena->failed = arena->failed || !fine;
    so_buffer_free(&added);
    so_buffer_free(&touched);
    if (*out && !**out)
        *out = NULL;
    return any && fine;
}

bool so_cookie_mask(struct so_arena *arena, struct so_masked **list, const char *text)
{
    const char *at = text, *part;
    size_t size;
    struct cookie cookie;
    while (next_part(&at, text + strlen(text), &part, &size)) {
        if (!split(part, size, &cookie))
            continue;
        bool quoted = cookie.value_size > 1 && *cookie.value == '"' && cookie.value[cookie.value_size - 1] == '"';
        if (!so_mask_add(arena, list, cookie.value + quoted, cookie.value_size - 2 * quoted))
            return false;
    }
    return true;
}
