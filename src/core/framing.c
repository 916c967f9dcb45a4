/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <strings.h>

#include "framing.h"
#include "text.h"

static bool is_named(const char *line, size_t size, const char *name)
{
    size_t length = strlen(name);
    return size > length && line[length] == ':' && !strncasecmp(line, name, length);
}

static void take_length(struct so_framing *framing, const char *value, size_t size)
{
    enum { DIGITS_MAX = 15 };
    so_text_trim(&value, &size);
    framing->lengths++;
    framing->bad_length |= size == 0 || size > DIGITS_MAX;
    framing->empty = true;
    for (size_t i = 0; i < size; i++) {
        framing->bad_length |= value[i] < '0' || value[i] > '9';
        framing->empty &= value[i] == '0';
    }
}

static void take_status(struct so_framing *framing, const char *line, size_t size)
{
    const char *status = memchr(line, ' ', size);
    *framing = (struct so_framing){0};
    framing->bodiless = status && size - (size_t)(status - line) > 4 && !memcmp(status + 1, "204", 3);
}

static void take_compression(struct so_framing *framing, const char *value, size_t size)
{
    so_text_trim(&value, &size);
    framing->compressed |= !so_text_same(value, size, "identity", 8);
}

void so_framing_line(struct so_framing *framing, const char *line, size_t size)
{
    static const char length[] = "Content-Length", encoding[] = "Transfer-Encoding", compression[] = "Content-Encoding";
    if (size >= 5 && !memcmp(line, "HTTP/", 5))
        take_status(framing, line, size);
    else if (is_named(line, size, length))
        take_length(framing, line + sizeof length, size - sizeof length);
    else if (is_named(line, size, encoding))
        framing->encoded = true;
    else if (is_named(line, size, compression))
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
    if (framing->bodiless && (framing->encoded || (framing->lengths && !framing->empty)))
        return "it announces a body, and its status has none";
    if (framing->compressed && !asked)
        return "it is compressed, and nobody asked for that";
    return NULL;
}
