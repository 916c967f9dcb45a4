/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "framing.h"
#include "text.h"

/* Whether a line is of the header with a name of that length. */
static bool is_named(const char *line, size_t size, const char *name, size_t length)
{
    return size > length && line[length] == ':' && so_text_alike(line, name, length);
}

static void take_length(struct so_framing *framing, const char *value, size_t size)
{
    enum { DIGITS_MAX = 15 };
    so_text_trim(&value, &size);
    framing->lengths++;
    framing->bad_length |= size == 0 || size > DIGITS_MAX;
    framing->length = 0;
    for (size_t i = 0; i < size && !framing->bad_length; i++) {
        framing->bad_length = value[i] < '0' || value[i] > '9';
        framing->length = framing->length * 10 + (size_t)(value[i] - '0');
    }
}

static void take_status(struct so_framing *framing, const char *line, size_t size)
{
    const char *status = memchr(line, ' ', size);
    *framing = (struct so_framing){0};
    framing->bodiless = status && size - (size_t)(status - line) > 4 && !memcmp(status + 1, "204", 3);
}

static void take_encoding(struct so_framing *framing, const char *value, size_t size)
{
    so_text_trim(&value, &size);
    framing->encoded = true;
    framing->strange |= !so_text_same(value, size, "chunked", 7) && !so_text_same(value, size, "identity", 8);
}

static void take_compression(struct so_framing *framing, const char *value, size_t size)
{
    so_text_trim(&value, &size);
    if (so_text_same(value, size, "identity", 8))
        return;
    framing->again |= framing->compressed || memchr(value, ',', size);
    framing->compressed = true;
}

void so_framing_line(struct so_framing *framing, const char *line, size_t size)
{
    static const char length[] = "Content-Length", encoding[] = "Transfer-Encoding", compression[] = "Content-Encoding";
    if (size >= 5 && !memcmp(line, "HTTP/", 5))
        take_status(framing, line, size);
    else if (is_named(line, size, length, sizeof length - 1))
        take_length(framing, line + sizeof length, size - sizeof length);
    else if (is_named(line, size, encoding, sizeof encoding - 1))
        take_encoding(framing, line + sizeof encoding, size - sizeof encoding);
    else if (is_named(line, size, compression, sizeof compression - 1))
        take_compression(framing, line + sizeof compression, size - sizeof compression);
}

const char *so_framing_problem(const struct so_framing *framing, bool asked)
{
    if (framing->bad_length)
        return "its Content-Length is no length";
    if (framing->lengths > 1)
        return "it has two lengths";
    if (framing->lengths && framing->encoded)
        return "it has a length and a Transfer-Encoding";
    if (framing->bodiless && (framing->encoded || framing->length))
        return "it announces a body, and its status has none";
    if (framing->compressed && !asked)
        return "it is compressed, and nobody asked for that";
    if (framing->strange)
        return "it has a Transfer-Encoding that nobody asked for";
    if (framing->again) /* between the two it may be of any size */
        return "it is compressed more than once";
    return NULL;
}
