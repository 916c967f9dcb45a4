/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "freshness.h"
#include "text.h"

/* A stretch of a value. */
struct span {
    const char *text;
    size_t size;
};

static bool is_word(struct span word, const char *const *list)
{
    for (; *list; list++)
        if (so_text_same(word.text, word.size, *list, strlen(*list)))
            return true;
    return false;
}

/* The next part before `separator`, outside of quotes. False: there is none left. */
static bool next_part(struct span *rest, char separator, struct span *part)
{
    bool quoted = false;
    size_t at = 0;
    if (!rest->text)
        return false;
    for (; at < rest->size && (quoted || rest->text[at] != separator); at++)
        if (rest->text[at] == '"')
            quoted = !quoted;
        else if (quoted && rest->text[at] == '\\')
            at++;
    at = at < rest->size ? at : rest->size;
    *part = (struct span){rest->text, at};
    *rest = at < rest->size ? (struct span){rest->text + at + 1, rest->size - at - 1} : (struct span){NULL, 0};
    so_text_trim(&part->text, &part->size);
    return true;
}

static bool is_alphanumeric(unsigned char byte)
{
    unsigned char lower = byte | 0x20;
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9');
}

/* The next run of letters and digits. */
static bool next_word(struct span *rest, struct span *word)
{
    while (rest->size && !is_alphanumeric((unsigned char)*rest->text))
        rest->text++, rest->size--;
    *word = (struct span){rest->text, 0};
    while (rest->size && is_alphanumeric((unsigned char)*rest->text))
        rest->text++, rest->size--, word->size++;
    return word->size > 0;
}

/* The words that caches use. "TCP_MEM_HIT", "RefreshHit" and the like all end in "hit". */

static const char *const served[] = {"stale", "updating", "revalidated", "cached", "fresh", "prerender", NULL};
static const char *const fetched[] = {"miss", "pass", "bypass", "expired", "dynamic", "uncacheable", "none", "no", "not", NULL};
static const char *const names_follow[] = {"from", "via", "by", NULL}; /* a host's name may have any word in it */
static const char *const yes[] = {"1", "true", "yes", NULL};

static bool is_served(struct span word)
{
    bool hit = word.size >= 3 && so_text_same(word.text + word.size - 3, 3, "hit", 3);
    return hit || is_word(word, served);
}

/* The first word decides: a word behind a miss ("miss cached") says what the cache does with the reply now. */
static bool part_says_served(struct span part)
{
    struct span word;
    while (next_word(&part, &word)) {
        if (is_served(word))
            return true;
        if (is_word(word, fetched) || is_word(word, names_follow))
            return false;
    }
    return false;
}

/* Values: one function judges each kind. A cache behind another adds a part, or a line. */

static bool number_says(struct span value)
{
    for (size_t i = 0; i < value.size; i++)
        if (!memchr("0, \t", value.text[i], 4))
            return true; /* what cannot be read is not 0, either */
    return false;
}

/* 110 stale, 111 revalidation failed, 112 disconnected, 113 heuristic expiration: RFC 7234's codes of old replies. */
static bool warning_says(struct span value)
{
    static const char *const codes[] = {"110", "111", "112", "113", NULL};
    struct span part, word;
    while (next_part(&value, ',', &part))
        if (next_word(&part, &word) && is_word(word, codes))
            return true;
    return false;
}

static bool ids_say(struct span value)
{
    struct span part, word;
    while (next_part(&value, ',', &part))
        if (next_word(&part, &word) && next_word(&part, &word))
            return true;
    return false;
}

/* "hit", "collapsed" (answered with another client's request, which may be older), "fwd-status=304" (the stored one is good). */
static bool parameter_says(struct span parameter)
{
    static const char *const flags[] = {"hit", "collapsed", NULL}, *const no[] = {"0", "false", NULL};
    struct span name, word;
    next_part(&parameter, '=', &name);
    bool valued = next_word(&parameter, &word);
    if (is_word(name, flags))
        return !valued || !is_word(word, no);
    return valued && so_text_same(name.text, name.size, "fwd-status", 10) && so_text_same(word.text, word.size, "304", 3);
}

/* RFC 9211: caches, each with parameters. Some write a word of their own in place of their name. */
static bool status_says(struct span value)
{
    struct span part, parameter;
    while (next_part(&value, ',', &part)) {
        next_part(&part, ';', &parameter);
        bool says = parameter.size && *parameter.text != '"' && part_says_served(parameter);
        while (!says && next_part(&part, ';', &parameter))
            says = parameter_says(parameter);
        if (says)
            return true;
    }
    return false;
}

static bool words_say(struct span value)
{
    struct span part;
    while (next_part(&value, ',', &part))
        if (part_says_served(part))
            return true;
    return false;
}

static bool names_cache(struct span text)
{
    for (; text.size >= 5; text.text++, text.size--)
        if (so_text_same(text.text, 5, "cache", 5))
            return true;
    return false;
}

/* cdn-cache;desc=HIT, cache-hit;dur=1 */
static bool timing_says(struct span value)
{
    struct span part, rest, metric;
    while (next_part(&value, ',', &part)) {
        rest = part;
        if (next_part(&rest, ';', &metric) && names_cache(metric) && part_says_served(part))
            return true;
    }
    return false;
}

static bool flag_says(struct span value)
{
    struct span part, word;
    while (next_part(&value, ',', &part)) {
        struct span rest = part;
        if (part_says_served(part) || (next_word(&rest, &word) && is_word(word, yes)))
            return true;
    }
    return false;
}

static bool (*const judges[SO_FIELD_KINDS])(struct span value) = {
    [SO_FIELD_NUMBER] = number_says, [SO_FIELD_WARNING] = warning_says, [SO_FIELD_IDS] = ids_say,
    [SO_FIELD_STATUS] = status_says, [SO_FIELD_TIMING] = timing_says,   [SO_FIELD_FLAG] = flag_says,
    [SO_FIELD_WORDS] = words_say,
};

static bool says_served(const struct so_field *field)
{
    bool (*judge)(struct span value) = judges[field->kind];
    struct span value = {field->line + field->value, field->size - field->value};
    return judge && (field->cut || judge(value));
}

/* The line as it may be shown: visible ASCII, and not too long. */
static const char *quote(struct so_call *call, const struct so_field *field)
{
    enum { SHOWN = 200 };
    char *shown = so_arena_copy(&call->arena, field->line, field->size);
    for (size_t i = 0; shown && i < field->size; i++)
        if (shown[i] < 0x20 || shown[i] >= 0x7f)
            shown[i] = '?';
    return shown ? so_arena_join(&call->arena, "its header says ", so_call_shown(call, shown, field->size, SHOWN), NULL) : NULL;
}

static const char *problem_of(struct so_call *call, bool two_dates)
{
    const struct so_head *head = &call->reply.head;
    for (const struct so_field *field = head->first; field; field = field->next)
        if (says_served(field))
            return quote(call, field);
    if (call->reply.http_status == 304)
        return "it is a 304, a cache's word for a reply that it has already";
    if (head->crowded)
        return "its headers say more of caches than is read";
    return two_dates ? "its headers have two dates" : NULL;
}

void so_freshness_read(struct so_call *call)
{
    bool two_dates;
    call->reply.date = so_head_date(&call->reply.head, &two_dates);
    call->reply.stale = problem_of(call, two_dates);
}
