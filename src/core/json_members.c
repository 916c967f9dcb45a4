/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "json_members.h"
#include "text.h"

/* Of one object; bytes of a name that is written with escapes. What has more counts as a repetition: no answer has. */
enum { MEMBERS_MAX = 64, NAME_BYTES = 256 };

/* Four hexadecimal digits. */
static bool read_unit(const char *digits, const char *end, unsigned *out)
{
    unsigned high, low;
    if (end - digits < 4 || !so_text_hex(digits, &high) || !so_text_hex(digits + 2, &low))
        return false;
    *out = high << 8 | low;
    return true;
}

static size_t write_character(char *into, uint32_t code)
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        into[i] = (char)(0x80 | (code & 0x3f));
    into[0] = (char)(leads[size > 1 ? size : 0] | code);
    return size;
}

/* The character behind a backslash; gives how many bytes it took, 0 where it is none. */
static size_t read_escape(const char *at, const char *end, uint32_t *out)
{
    static const char letters[] = "bfnrt", meant[] = "\b\f\n\r\t";
    unsigned unit, second;
    const char *letter = at < end ? strchr(letters, *at) : NULL;
    if (at >= end || *at != 'u') {
        *out = letter ? (unsigned char)meant[letter - letters] : at < end ? (unsigned char)*at : 0;
        return at < end;
    }
    if (!read_unit(at + 1, end, &unit))
        return 0;
    *out = unit;
    if (unit < 0xd800 || unit > 0xdbff || end - at < 11 || at[5] != '\\' || at[6] != 'u' || !read_unit(at + 7, end, &second))
        return 5;
    *out = 0x10000 + ((unit & 0x3ff) << 10) + (second & 0x3ff);
    return 11;
}

/* What a name says, written without escapes. False: it is too long to tell. */
static bool decode(const struct so_json_name *name, char *into, size_t *size)
{
    const char *at = name->text, *end = at + name->size;
    *size = 0;
    while (at < end) {
        uint32_t code = (unsigned char)*at;
        size_t step = 1;
        if (*size + 4 > NAME_BYTES)
            return false;
        if (*at != '\\') {
            into[(*size)++] = *at++;
            continue;
        }
        step = read_escape(at + 1, end, &code);
        if (!step)
            return false;
        *size += write_character(into + *size, code);
        at += 1 + step;
    }
    return true;
}

static bool same_name(const struct so_json_name *a, const struct so_json_name *b)
{
    char one[NAME_BYTES], other[NAME_BYTES];
    size_t size, other_size;
    if (!a->escaped && !b->escaped)
        return a->size == b->size && !memcmp(a->text, b->text, a->size);
    return !decode(a, one, &size) || !decode(b, other, &other_size) || (size == other_size && !memcmp(one, other, size));
}

static bool has_name(const struct so_json_members *members, const struct so_json_name *name)
{
    int first = members->levels ? members->first[members->levels - 1] : 0;
    bool full = members->count == SO_JSON_NAMES_MAX || members->count - first == MEMBERS_MAX;
    for (int i = first; !full && i < members->count; i++)
        if (same_name(&members->names[i], name))
            return true;
    return full;
}

void so_json_members_open(struct so_json_members *members)
{
    members->first[members->levels++] = members->count;
}

void so_json_members_close(struct so_json_members *members)
{
    members->count = members->first[--members->levels];
}

void so_json_members_add(struct so_json_members *members, const char *text, size_t size, bool escaped)
{
    struct so_json_name name = {text, size, escaped};
    members->repeated = members->repeated || has_name(members, &name);
    if (!members->repeated)
        members->names[members->count++] = name;
}
