/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <string.h>

#include "head.h"
#include "text.h"

/* Names */

#define NAMED(text, kind) {text, sizeof text - 1, kind}

struct name {
    const char *text;
    size_t size;
    enum so_field_kind kind;
};

/* Names with a reader of their own, by their first characters; values of any other name with "cache" in it are searched for
   words. */
static const struct name
    with_a[] = {NAMED("age", SO_FIELD_NUMBER), {0}},
    with_c[] = {NAMED("cache-status", SO_FIELD_STATUS), NAMED("cache-control", SO_FIELD_CONTROL), {0}},
    with_d[] = {NAMED("date", SO_FIELD_DATE), {0}},
    with_s[] = {NAMED("set-cookie", SO_FIELD_COOKIE), NAMED("server-timing", SO_FIELD_TIMING), {0}},
    with_w[] = {NAMED("warning", SO_FIELD_WARNING), {0}},
    with_x[] = {NAMED("x-varnish", SO_FIELD_IDS), NAMED("x-cache-age", SO_FIELD_NUMBER), NAMED("x-cache-hits", SO_FIELD_NUMBER),
                NAMED("x-cache-hit", SO_FIELD_FLAG), NAMED("x-cached", SO_FIELD_FLAG), NAMED("x-from-cache", SO_FIELD_FLAG),
                NAMED("x-tyk-cached-response", SO_FIELD_FLAG), {0}};

static const struct name *const by_initial[32] = {
    ['a' & 31] = with_a, ['c' & 31] = with_c, ['d' & 31] = with_d, ['s' & 31] = with_s, ['w' & 31] = with_w, ['x' & 31] = with_x,
};

/* Last words of names that tell how to cache, or the cache's contents, not the source of the reply. Squid's X-Cache-Lookup says
   HIT where it had a copy and asked the system all the same, since we told it to. */
static const char *const passed_by[] = {"control", "key", "tag", "tags", "lookup"};

static bool ends_with(const char *name, size_t size, const char *word)
{
    size_t length = strlen(word);
    return size > length && so_text_begins(name + size - length, length, word);
}

static bool names_cache(const char *name, size_t size)
{
    static const char word[] = "cache";
    for (size_t at = 0; at + sizeof word - 1 <= size; at++) {
        if ((name[at] | 0x20) != *word || !so_text_begins(name + at, size - at, word))
            continue;
        for (size_t i = 0; i < sizeof passed_by / sizeof *passed_by; i++)
            if (ends_with(name, size, passed_by[i]))
                return false;
        return true;
    }
    return false;
}

static enum so_field_kind kind_of(const char *name, size_t size)
{
    if (size < 3 || ((name[0] | 0x20) == 'c' && (name[1] | 0x20) == 'o')) /* Content-..., Connection: most lines */
        return SO_FIELD_NONE;
    for (const struct name *known = by_initial[name[0] & 31]; known && known->text; known++)
        if (size == known->size && so_text_same(name, size, known->text, size))
            return known->kind;
    return names_cache(name, size) ? SO_FIELD_WORDS : SO_FIELD_NONE;
}

/* Lines */

static struct so_field *add_field(struct so_head *head, struct so_arena *arena, enum so_field_kind kind, const char *line, size_t size)
{
    head->crowded = head->crowded || head->count == SO_FIELDS_MAX;
    struct so_field *field = head->crowded ? NULL : so_arena_alloc(arena, sizeof *field);
    if (!field)
        return NULL;
    field->kind = kind;
    field->cut = size > SO_FIELD_MAX;
    field->size = field->cut ? SO_FIELD_MAX : size;
    field->line = so_arena_copy(arena, line, field->size);
    if (!field->line)
        return NULL;
    *(head->last ? &head->last->next : &head->first) = field;
    head->last = field;
    head->count++;
    return field;
}

/* RFC 9112's obsolete folding: a line that begins with a blank goes on with the one before. */
static void go_on(struct so_field *field, struct so_arena *arena, const char *text, size_t size)
{
    if (!field->room) {
        char *room = so_arena_alloc(arena, SO_FIELD_MAX + 1);
        if (!room)
            return;
        field->line = memcpy(room, field->line, field->size);
        field->room = SO_FIELD_MAX;
    }
    so_text_trim(&text, &size);
    field->cut = field->cut || size >= field->room - field->size;
    if (field->cut)
        return;
    field->line[field->size++] = ' ';
    memcpy(field->line + field->size, text, size);
    field->size += size;
    field->line[field->size] = '\0';
}

void so_head_line(struct so_head *head, struct so_arena *arena, const char *line, size_t size, bool cookies)
{
    while (size && (line[size - 1] == '\n' || line[size - 1] == '\r'))
        size--;
    if (size && (line[0] == ' ' || line[0] == '\t')) {
        if (head->open)
            go_on(head->open, arena, line, size);
        return;
    }
    const char *colon = memchr(line, ':', size), *name = line;
    size_t length = colon ? (size_t)(colon - line) : 0;
    head->open = NULL;
    if (length && (name[length - 1] == ' ' || name[length - 1] == '\t'))
        so_text_trim(&name, &length);
    enum so_field_kind kind = kind_of(name, length);
    if (kind == SO_FIELD_NONE || (kind == SO_FIELD_COOKIE && !cookies))
        return;
    head->open = add_field(head, arena, kind, line, size);
    if (head->open)
        head->open->value = colon + 1 - line < SO_FIELD_MAX ? (size_t)(colon + 1 - line) : SO_FIELD_MAX;
}

void so_head_clear(struct so_head *head)
{
    *head = (struct so_head){0};
}

/* Cache-Control */

/* One directive: its seconds as so_head_max_age has them. */
static double directive_says(const char *text, size_t size)
{
    static const char age[] = "max-age=";
    double seconds = 0;
    so_text_trim(&text, &size);
    if (so_text_same(text, size, "no-store", sizeof "no-store" - 1) || so_text_same(text, size, "no-cache", sizeof "no-cache" - 1))
        return 0;
    if (!so_text_begins(text, size, age) || size == sizeof age - 1 || size > sizeof age + 8)
        return -1;
    for (size_t i = sizeof age - 1; i < size; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        seconds = seconds * 10 + (text[i] - '0');
    }
    return seconds;
}

double so_head_max_age(const struct so_head *head)
{
    double least = -1;
    for (const struct so_field *field = head->first; field; field = field->next) {
        const char *text = field->line + field->value, *end = field->line + field->size;
        while (field->kind == SO_FIELD_CONTROL && text < end) {
            const char *comma = memchr(text, ',', (size_t)(end - text));
            double says = directive_says(text, (size_t)((comma ? comma : end) - text));
            least = says >= 0 && (least < 0 || says < least) ? says : least;
            text = comma ? comma + 1 : end;
        }
    }
    return least;
}

/* Dates */

static int two_digits(const char *text)
{
    bool digits = text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9';
    return digits ? (text[0] - '0') * 10 + text[1] - '0' : -1;
}

static int month_of(const char *text)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    for (int month = 0; month < 12; month++)
        if (!memcmp(names + 3 * month, text, 3))
            return month;
    return -1;
}

/* Days since 1970 of a day of the Gregorian calendar; the year begins in March, so that its leap day is its last. */
static long days_of(int year, int month, int day)
{
    static const int before[] = {306, 337, 0, 31, 61, 92, 122, 153, 184, 214, 245, 275};
    long y = month < 2 ? year - 1 : year;
    return y * 365 + y / 4 - y / 100 + y / 400 + before[month] + day - 1 - 719468;
}

static bool is_day(int day, int month)
{
    static const char lengths[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month >= 0 && day >= 1 && day <= lengths[month];
}

/* "Sun, 06 Nov 1994 08:49:37 GMT": the form that RFC 9110 asks for. False: it is another. */
static bool read_fixed(const char *text, size_t size, double *out)
{
    enum { SIZE = 29 };
    if (size != SIZE || memcmp(text + 25, " GMT", 4) || text[3] != ',' || text[4] != ' ' || text[7] != ' ' || text[11] != ' ' ||
        text[16] != ' ' || text[19] != ':' || text[22] != ':')
        return false;
    int day = two_digits(text + 5), month = month_of(text + 8), century = two_digits(text + 12), year = two_digits(text + 14);
    int hour = two_digits(text + 17), minute = two_digits(text + 20), second = two_digits(text + 23);
    if (!is_day(day, month) || century < 0 || year < 0 || hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
        second > 60)
        return false;
    *out = (double)((days_of(century * 100 + year, month, day) * 24 + hour) * 60 + minute) * 60 + second;
    return true;
}

bool so_head_read_date(const char *text, size_t size, double *out)
{
    char copy[64];
    while (size && *text == ' ')
        text++, size--;
    if (read_fixed(text, size, out)) /* libcurl's reader of all other forms takes much longer */
        return true;
    so_text_trim(&text, &size);
    if (!size || size >= sizeof copy || memchr(text, '\0', size))
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    *out = (double)curl_getdate(copy, NULL);
    return *out != -1;
}

double so_head_date(const struct so_head *head, bool *twice)
{
    double date = 0, found;
    *twice = false;
    for (const struct so_field *field = head->first; field; field = field->next) {
        size_t size = field->size - field->value;
        if (field->kind != SO_FIELD_DATE || !so_head_read_date(field->line + field->value, size, &found) || found <= 0)
            continue;
        *twice = *twice || (date > 0 && found != date);
        date = found;
    }
    return *twice ? 0 : date;
}
