/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "text.h"
#include "unescape.h"

/* U+0000 to U+10FFFF as UTF-8. */
static size_t write_utf8(unsigned long code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t size = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = size - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)((0xf00 >> size) | code);
    return size;
}

/* Each of these reads an escape behind its first byte, and gives the size of that part, 0 where it is no escape. `out` gets its
   meaning, which has no more bytes than the escape. */

static size_t read_percent(const char *at, const char *end, char out[4], size_t *size)
{
    unsigned byte;
    if (end - at < 2 || !so_text_hex(at, &byte))
        return 0;
    *out = (char)byte;
    *size = 1;
    return 2;
}

/* "amp;", "#38;", "#x26;" */
static size_t read_entity(const char *at, const char *end, char out[4], size_t *size)
{
    static const struct { const char *name; char byte; } known[] = {
        {"amp;", '&'}, {"lt;", '<'}, {"gt;", '>'}, {"quot;", '"'}, {"apos;", '\''},
    };
    enum { LONGEST = 24 }; /* a number may begin with zeros */
    char word[LONGEST + 1] = "", *rest;
    const char *stop = memchr(at, ';', end - at < LONGEST ? (size_t)(end - at) : LONGEST);
    if (!stop)
        return 0;
    size_t length = (size_t)(stop + 1 - at);
    memcpy(word, at, length);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(word, known[i].name)) {
            *out = known[i].byte;
            *size = 1;
            return length;
        }
    bool hex = word[1] == 'x' || word[1] == 'X';
    unsigned long code = strtoul(word + 1 + hex, &rest, hex ? 16 : 10);
    if (word[0] != '#' || *rest != ';' || code > 0x10ffff)
        return 0;
    *size = write_utf8(code, out);
    return length;
}

/* Four hexadecimal digits. */
static bool read_unit(const char *at, const char *end, unsigned long *out)
{
    unsigned high, low;
    if (end - at < 4 || !so_text_hex(at, &high) || !so_text_hex(at + 2, &low))
        return false;
    *out = high << 8 | low;
    return true;
}

static size_t read_code(const char *at, const char *end, char out[4], size_t *size)
{
    unsigned long code, low;
    size_t length = 4;
    if (!read_unit(at, end, &code))
        return 0;
    if (code >= 0xd800 && code < 0xdc00 && end - at >= 10 && at[4] == '\\' && at[5] == 'u' && read_unit(at + 6, end, &low) &&
        low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        length = 10;
    }
    *size = write_utf8(code, out);
    return length;
}

static size_t read_backslash(const char *at, const char *end, char out[4], size_t *size)
{
    static const char escapes[] = "\"\\/'bfnrt", bytes[] = "\"\\/'\b\f\n\r\t";
    if (at == end || !*at)
        return 0;
    if (*at == 'u') {
        size_t length = read_code(at + 1, end, out, size);
        return length ? length + 1 : 0;
    }
    const char *known = strchr(escapes, *at);
    if (!known)
        return 0;
    *out = bytes[known - escapes];
    *size = 1;
    return 1;
}

size_t so_escape_read(const char *at, const char *end, int kinds, char out[4], size_t *size)
{
    size_t length = *at == '%' && kinds & SO_PERCENT       ? read_percent(at + 1, end, out, size)
                    : *at == '&' && kinds & SO_ENTITY      ? read_entity(at + 1, end, out, size)
                    : *at == '\\' && kinds & SO_BACKSLASH ? read_backslash(at + 1, end, out, size)
                                                           : 0;
    return length ? length + 1 : 0;
}

size_t so_escape_size(const char *at, const char *end)
{
    char meant[4];
    size_t size;
    return so_escape_read(at, end, SO_ANY_ESCAPE, meant, &size);
}

bool so_has_escape(const char *text, size_t size)
{
    return memchr(text, '%', size) || memchr(text, '&', size) || memchr(text, '\\', size);
}

bool so_layer_new(struct so_arena *arena, struct so_layer *out, size_t size)
{
    out->size = 0;
    out->bytes = so_arena_alloc(arena, size);
    out->from = so_arena_alloc(arena, size * sizeof *out->from);
    out->to = so_arena_alloc(arena, size * sizeof *out->to);
    return out->bytes && out->from && out->to;
}

void so_layer_fill(struct so_layer *layer, const char *text, size_t size)
{
    memcpy(layer->bytes, text, size);
    for (size_t i = 0; i < size; i++) {
        layer->from[i] = i;
        layer->to[i] = i + 1;
    }
    layer->size = size;
}

bool so_unescape(struct so_layer *layer, int kinds)
{
    const char *bytes = layer->bytes, *end = bytes + layer->size;
    size_t written = 0, read = 0;
    while (read < layer->size) {
        char meant[4] = {bytes[read]};
        size_t size = 1, length = so_escape_read(bytes + read, end, kinds, meant, &size);
        size_t from = layer->from[read], to = layer->to[read + (length ? length - 1 : 0)];
        read += length ? length : 1;
        for (size_t i = 0; i < size; i++, written++) {
            layer->bytes[written] = meant[i];
            layer->from[written] = from;
            layer->to[written] = to;
        }
    }
    bool changed = written < layer->size;
    layer->size = written;
    return changed;
}
