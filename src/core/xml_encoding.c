/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "text.h"
#include "xml_encoding.h"

enum { DECLARATION_MAX = 256 };

/* libxml2 takes a NUL for the end. UTF-16 and UTF-32 have one among their first four bytes, or a mark before them. */
static bool is_wide(const char *bytes, size_t size)
{
    return size >= 4 && (memchr(bytes, '\0', 4) || !memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2));
}

/* Copies the first characters, without NULs and without a byte order mark. */
static void copy_head(char head[DECLARATION_MAX + 1], const char *bytes, size_t size, bool wide)
{
    size_t length = 0, mark = size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3) ? 3 : 0;
    if (!wide) {
        length = size - mark < DECLARATION_MAX ? size - mark : DECLARATION_MAX;
        memcpy(head, bytes + mark, length);
    }
    for (size_t i = 0; wide && i < size && length < DECLARATION_MAX; i++)
        if (bytes[i] > 0 && bytes[i] < 127)
            head[length++] = bytes[i];
    head[length] = '\0';
}

/* The name that a declaration gives, "" for one that does not end; NULL where there is none. */
static const char *declared(char *head)
{
    static const char word[] = "encoding";
    if (memcmp(head, "<?xml", 5) || !strchr(" \t\r\n", head[5]))
        return NULL;
    char *end = strstr(head, "?>");
    if (!end && strlen(head) == DECLARATION_MAX)
        return "";
    if (end)
        *end = '\0';
    const char *name = strstr(head, word);
    return name ? name + strlen(word) + strspn(name + strlen(word), " \t\r\n='\"") : NULL;
}

static bool begins_with_any(const char *name, const char *const *beginnings)
{
    size_t size = strlen(name);
    for (; *beginnings; beginnings++)
        if (so_text_lower(*name) == so_text_lower(**beginnings) && so_text_begins(name, size, *beginnings))
            return true;
    return false;
}

static bool is_known(const char *name)
{
    static const char *const beginnings[] = {
        "UTF-8", "UTF8", "UTF_8", "UTF-16", "UTF16", "US-ASCII", "ASCII", "ANSI_X3.4", "ISO646-US",
        "ISO-8859", "ISO_8859", "ISO8859", "LATIN", "L1", "WINDOWS-125", "CP125", NULL,
    };
    return begins_with_any(name, beginnings);
}

/* Names of encodings with two or four bytes for each character: some programs declare them, but send UTF-8. */
static bool is_wide_label(const char *name)
{
    static const char *const beginnings[] = {
        "UTF-16", "UTF16", "UTF-32", "UTF32", "UCS-2", "UCS2", "UCS-4", "UCS4", "ISO-10646-UCS", "UNICODE", "CSUNICODE", NULL,
    };
    return begins_with_any(name, beginnings);
}

/* Takes the label of a reply, where it is one that a text may have. */
static void take_label(struct so_xml_encoding *out, const char *charset)
{
    size_t size = charset ? strcspn(charset, "'\";, \t") : 0;
    if (!size || size >= sizeof out->charset || so_text_begins(charset, size, "UTF"))
        return;
    memcpy(out->charset, charset, size);
    out->charset[size] = '\0';
    if (!is_known(out->charset))
        out->charset[0] = '\0';
}

const char *so_xml_encoding_of(struct so_xml_encoding *out, const char *bytes, size_t size, const char *charset)
{
    static const char ebcdic[] = "\x4c\x6f\xa7\x94"; /* "<?xm" in it */
    char head[DECLARATION_MAX + 1];
    bool wide = is_wide(bytes, size);
    *out = (struct so_xml_encoding){{0}, false};
    if (!wide && memchr(bytes, '\0', size))
        return "holds a NUL byte";
    copy_head(head, bytes, size, wide);
    const char *name = declared(head);
    bool usual = name && so_text_begins(name, strlen(name), "UTF-8");
    out->undeclared = !wide && name && !usual && is_wide_label(name);
    if ((name && !usual && !out->undeclared && !is_known(name)) || (size >= 4 && !memcmp(bytes, ebcdic, 4)))
        return "has an encoding that no answer has";
    if (!wide && (!name || out->undeclared) && !so_text_is_utf8(bytes, size))
        take_label(out, charset);
    return NULL;
}
