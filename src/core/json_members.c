/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "json_members.h"
#include "unescape.h"

/* The most members of one object, and bytes of a name that is written with escapes. More of them counts as a repetition: no
   answer has so many. */
enum { MEMBERS_MAX = 64, NAME_BYTES = 256 };

/* Writes what a name says without escapes. False: it is too long to tell. */
static bool decode(const char *at, size_t size, char *into, size_t *out)
{
    enum { CHARACTER = 4 };
    const char *end = at + size;
    for (*out = 0; at < end;) {
        if (*out + CHARACTER > NAME_BYTES)
            return false;
        size_t length = 1;
        size_t step = so_escape_read(at, end, SO_BACKSLASH, into + *out, &length);
        if (*at == '\\' && !step)
            return false;
        if (!step)
            into[*out] = *at;
        *out += length;
        at += step ? step : 1;
    }
    return true;
}

/* An odd number whose bits look like chance: the golden ratio's. */
static const uint64_t GOLDEN = 0x9e3779b97f4a7c15u;

static uint64_t mix(uint64_t digest, uint64_t word)
{
    digest = (digest ^ word) * GOLDEN;
    return digest ^ digest >> 32;
}

/* A word made of a name of fewer than eight bytes. It may have a byte twice; the size, which is mixed in as well, tells such names
   apart. */
static uint64_t short_word(const char *text, size_t size)
{
    uint32_t first, last;
    if (size < sizeof first)
        return size ? (uint64_t)(unsigned char)text[0] << 16 | (unsigned char)text[size / 2] << 8 | (unsigned char)text[size - 1] : 0;
    memcpy(&first, text, sizeof first);
    memcpy(&last, text + size - sizeof last, sizeof last);
    return (uint64_t)first << 32 | last;
}

/* Each name is read once: compared with one another, names of many equal bytes would take long. */
static uint64_t digest_of(const char *text, size_t size)
{
    uint64_t digest = size * GOLDEN, word;
    if (size < sizeof word)
        return mix(digest, short_word(text, size));
    const char *last = text + size - sizeof word;
    for (; text < last; text += sizeof word) {
        memcpy(&word, text, sizeof word);
        digest = mix(digest, word);
    }
    memcpy(&word, last, sizeof word);
    return mix(digest, word);
}

/* Whether the innermost open object has that name already, or so many names that this counts as a repetition. */
static bool has_name(const struct so_json_members *members, uint64_t name)
{
    int level = members->levels - 1, first = members->first[level];
    bool found = members->count == SO_JSON_NAMES_MAX || members->count - first == MEMBERS_MAX;
    if (members->bits[level][name / 64 % (SO_JSON_BITS / 64)] >> name % 64 & 1)
        for (int i = first; i < members->count; i++)
            found |= members->names[i] == name;
    return found;
}

void so_json_members_open(struct so_json_members *members)
{
    memset(members->bits[members->levels], 0, sizeof *members->bits);
    members->first[members->levels++] = members->count;
}

void so_json_members_close(struct so_json_members *members)
{
    members->count = members->first[--members->levels];
}

static void add(struct so_json_members *members, const char *text, size_t size)
{
    uint64_t name = digest_of(text, size);
    members->repeated = has_name(members, name);
    if (members->repeated)
        return;
    members->bits[members->levels - 1][name / 64 % (SO_JSON_BITS / 64)] |= (uint64_t)1 << name % 64;
    members->names[members->count++] = name;
}

/* A function of its own, since few names have escapes. */
static __attribute__((noinline)) void add_escaped(struct so_json_members *members, const char *text, size_t size)
{
    char meant[NAME_BYTES];
    members->repeated = !decode(text, size, meant, &size);
    if (!members->repeated)
        add(members, meant, size);
}

void so_json_members_add(struct so_json_members *members, const char *text, size_t size, bool escaped)
{
    if (members->repeated)
        return;
    if (escaped)
        add_escaped(members, text, size);
    else
        add(members, text, size);
}
