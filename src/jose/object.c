/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "../core/json_syntax.h"
#include "../core/unescape.h"
#include "object.h"

/* Whether a JSON text has a control character that must be escaped: core takes those, since systems send them. */
static bool has_bare_control(const char *json, size_t size)
{
    bool inside = false;
    for (size_t i = 0; i < size; i++) {
        if (inside && (unsigned char)json[i] < ' ')
            return true;
        if (json[i] == '"')
            inside = !inside;
        else if (json[i] == '\\')
            i++;
    }
    return false;
}

/* Most texts have no control character at all, which is told faster: eight bytes at once, and some that are no ASCII besides. */
static bool has_control(const char *json, size_t size)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    uint64_t found = 0, word;
    size_t i = 0;
    for (; size - i >= sizeof word; i += sizeof word) {
        memcpy(&word, json + i, sizeof word);
        found |= (word - ' ' * ones) & ~word & high;
    }
    for (; i < size; i++)
        found |= (unsigned char)json[i] < ' ';
    return found && has_bare_control(json, size);
}

/* From here on the text is valid JSON, which ends where it should. */

static const char *skip_blanks(const char *at)
{
    return at + strspn(at, " \t\r\n");
}

/* From one quote behind the other. */
static const char *skip_string(const char *at)
{
    for (at++; *at != '"'; at++)
        at += *at == '\\';
    return at + 1;
}

/* Behind an object or a list. */
static const char *skip_nested(const char *at)
{
    int depth = 0;
    do {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        depth += *at == '{' || *at == '[';
        depth -= *at == '}' || *at == ']';
        at++;
    } while (depth);
    return at;
}

static struct so_value_text value_at(const char *at)
{
    at = skip_blanks(at);
    if (*at == '"')
        return (struct so_value_text){at, skip_string(at)};
    if (*at == '{' || *at == '[')
        return (struct so_value_text){at, skip_nested(at)};
    return (struct so_value_text){at, at + strcspn(at, ",]} \t\r\n")};
}

bool so_object_read(struct so_value_text *out, const char *text, size_t size)
{
    struct so_json_shape shape;
    if (so_json_refuse(NULL, text, size, SIZE_MAX, &shape) || shape.repeats || has_control(text, size))
        return false;
    *out = (struct so_value_text){skip_blanks(text), text + size};
    return so_object_is_object(out);
}

bool so_object_is_object(const struct so_value_text *value)
{
    return *value->at == '{';
}

/* Reads the character, or the escape, at `at`: gives what is behind it. */
static const char *read_character(const char *at, const char *end, char out[4], size_t *size)
{
    size_t escape = *at == '\\' ? so_escape_read(at, end, SO_BACKSLASH, out, size) : 0;
    if (escape)
        return at + escape;
    *out = *at;
    *size = 1;
    return at + 1;
}

bool so_object_is(const struct so_value_text *value, const char *text)
{
    if (*value->at != '"')
        return false;
    size_t left = strlen(text), size;
    char bytes[4];
    const char *end = value->end - 1;
    for (const char *at = value->at + 1; at < end; text += size, left -= size) {
        at = read_character(at, end, bytes, &size);
        if (size > left || memcmp(bytes, text, size))
            return false;
    }
    return !left;
}

bool so_object_get(const struct so_value_text *object, const char *name, struct so_value_text *out)
{
    if (!so_object_is_object(object))
        return false;
    const char *at = skip_blanks(object->at + 1);
    while (*at == '"') {
        struct so_value_text found = {at, skip_string(at)};
        *out = value_at(skip_blanks(found.end) + 1);
        if (so_object_is(&found, name))
            return true;
        at = skip_blanks(out->end);
        at = *at == ',' ? skip_blanks(at + 1) : at;
    }
    return false;
}

bool so_object_next(const struct so_value_text *list, struct so_value_text *item)
{
    if (*list->at != '[')
        return false;
    const char *at = skip_blanks(item->at ? item->end : list->at + 1);
    at = *at == ',' ? skip_blanks(at + 1) : at;
    if (*at == ']')
        return false;
    *item = value_at(at);
    return true;
}

bool so_object_text(const struct so_value_text *value, char *out, size_t most, size_t *size)
{
    size_t room = most, each;
    char bytes[4];
    const char *end = value->end - 1;
    if (*value->at != '"')
        return false;
    for (const char *at = value->at + 1; at < end; room -= each) {
        at = read_character(at, end, bytes, &each);
        if (each > room)
            return false;
        memcpy(out + most - room, bytes, each);
    }
    *size = most - room;
    out[*size] = '\0';
    return true;
}
