/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "json_members.h"
#include "text.h"

/* Of all objects that are open at once; of one object; levels, of which lua-cjson takes fewer; bytes of a name that is
   written with escapes. What has more counts as a repetition: no answer has. */
enum { NAMES_MAX = 512, MEMBERS_MAX = 64, LEVELS_MAX = 64, NAME_BYTES = 256 };

struct name {
    const char *text;
    size_t size;
    bool escaped;
};

struct scan {
    struct name names[NAMES_MAX];
    int count;
    int first[LEVELS_MAX]; /* of the names of each object or list that is open */
    int levels;
};

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
static bool decode(const struct name *name, char *into, size_t *size)
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

static bool same_name(const struct name *a, const struct name *b)
{
    char one[NAME_BYTES], other[NAME_BYTES];
    size_t size, other_size;
    if (!a->escaped && !b->escaped)
        return a->size == b->size && !memcmp(a->text, b->text, a->size);
    return !decode(a, one, &size) || !decode(b, other, &other_size) || (size == other_size && !memcmp(one, other, size));
}

/* False: it stands there already, or there is no more room. */
static bool add_name(struct scan *scan, const struct name *name)
{
    int first = scan->levels ? scan->first[scan->levels - 1] : 0;
    if (scan->count == NAMES_MAX || scan->count - first == MEMBERS_MAX)
        return false;
    for (int i = first; i < scan->count; i++)
        if (same_name(&scan->names[i], name))
            return false;
    scan->names[scan->count++] = *name;
    return true;
}

/* From the byte behind the opening quote to the closing one. */
static const char *end_of_string(const char *at, const char *end, bool *escaped)
{
    *escaped = false;
    for (; at < end && *at != '"'; at++)
        if (*at == '\\') {
            *escaped = true;
            at++;
        }
    return at < end ? at : end;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

/* A string is a name where a colon follows. */
static const char *skip_string(struct scan *scan, const char *at, const char *end, bool *repeated)
{
    struct name name = {.text = at};
    const char *close = end_of_string(at, end, &name.escaped);
    name.size = (size_t)(close - at);
    for (at = close < end ? close + 1 : end; at < end && is_blank(*at);)
        at++;
    *repeated = at < end && *at == ':' && !add_name(scan, &name);
    return at;
}

bool so_json_repeats(const char *bytes, size_t size)
{
    struct scan scan; /* of its names only those that were found are set */
    scan.count = scan.levels = 0;
    const char *at = bytes, *end = bytes + size;
    bool repeated = false;
    while (at < end && !repeated) {
        char byte = *at++;
        if (byte == '"') {
            at = skip_string(&scan, at, end, &repeated);
        } else if (byte == '{' || byte == '[') {
            repeated = scan.levels == LEVELS_MAX;
            if (!repeated)
                scan.first[scan.levels++] = scan.count;
        } else if ((byte == '}' || byte == ']') && scan.levels) {
            scan.count = scan.first[--scan.levels];
        }
    }
    return repeated;
}
