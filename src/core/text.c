/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>

#include "text.h"

/* The default limit of libcurl, nginx and Tomcat for a header line: 8 KiB with its name. */
enum { HEADER_VALUE_MAX = 8000, SEGMENT_MAX = 1024, BASIC_MAX = 2000 };

/* How many bytes the character at `at` has, 0 when it is not one. */
static size_t character_size(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    if (lead < 0x80)
        return 1;
    size_t size = lead < 0xc2 || lead > 0xf4 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (!size || left < size)
        return 0;
    unsigned char least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80; /* less: overlong */
    unsigned char most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;  /* more: a surrogate, above U+10FFFF */
    if (at[1] < least || at[1] > most)
        return 0;
    for (size_t i = 2; i < size; i++)
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

bool so_text_is_utf8(const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    while (at < end) {
        uint64_t eight;
        if ((size_t)(end - at) >= sizeof eight) {
            memcpy(&eight, at, sizeof eight);
            if (!(eight & 0x8080808080808080u)) {
                at += sizeof eight;
                continue;
            }
        }
        size_t step = character_size(at, (size_t)(end - at));
        if (!step)
            return false;
        at += step;
    }
    return true;
}

/* How many bytes at the start are printable ASCII, eight at a time. */
static size_t printable_prefix(const char *text, size_t size)
{
    const uint64_t each = 0x0101010101010101u, high = each * 0x80;
    size_t at = 0;
    for (uint64_t eight; size - at >= sizeof eight; at += sizeof eight) {
        memcpy(&eight, text + at, sizeof eight);
        if ((eight | (eight - each * ' ') | (eight + each)) & high) /* above 0x7f, below a blank, 0x7f */
            break;
    }
    while (at < size && text[at] >= ' ' && text[at] < 127)
        at++;
    return at;
}

bool so_text_is_printable(const char *text, size_t size)
{
    return printable_prefix(text, size) == size;
}

size_t so_text_character(const char *text, size_t size)
{
    return character_size((const unsigned char *)text, size);
}

size_t so_text_prefix(const char *text, size_t size, size_t limit)
{
    if (size <= limit)
        return size;
    while (limit && ((unsigned char)text[limit] & 0xc0) == 0x80)
        limit--;
    return limit;
}

static bool holds_control(const char *text, size_t size, const char *allowed)
{
    for (size_t i = printable_prefix(text, size); i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte < 0x20 && !(byte && strchr(allowed, byte)))
            return true;
    }
    return false;
}

static bool is_token(const char *text, size_t size)
{
    static const char token[] = "!#$%&'*+-.^_`|~0123456789"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    for (size_t i = 0; i < size; i++)
        if (!text[i] || !strchr(token, text[i]))
            return false;
    return size > 0;
}

static const char *refuse_xml(const char *text, size_t size)
{
    if (holds_control(text, size, "\t\n\r"))
        return "holds a control character that XML 1.0 forbids";
    for (size_t i = printable_prefix(text, size); i + 2 < size; i++) /* U+FFFE and U+FFFF are no XML characters */
        if (!memcmp(text + i, "\xef\xbf\xbe", 3) || !memcmp(text + i, "\xef\xbf\xbf", 3))
            return "holds a character that XML 1.0 forbids";
    return NULL;
}

static const char *refuse_segment(const char *text, size_t size)
{
    if (!size)
        return "is empty: it would address another resource";
    if ((size == 1 && text[0] == '.') || (size == 2 && !memcmp(text, "..", 2)))
        return "is '.' or '..': as a part of a URL's path it means another resource";
    if (size > SEGMENT_MAX)
        return "is longer than the 1,024 bytes that a part of a URL's path may have";
    return holds_control(text, size, "") || memchr(text, 0x7f, size) ? "holds a control character" : NULL;
}

/* Decodes the byte at `at`. Gives the size of its encoding; 0 where a '%' encodes nothing. */
static size_t url_byte(const char *at, const char *end, unsigned *out)
{
    *out = (unsigned char)*at;
    if (*at != '%')
        return 1;
    return end - at >= 3 && so_text_hex(at + 1, out) ? 3 : 0;
}

const char *so_text_refuse_url(const char *text, size_t size)
{
    const char *end = text + size;
    size_t dots = 0, length = 0; /* of the segment so far */
    for (const char *at = text; at <= end;) {
        unsigned byte = '/';
        size_t step = at < end ? url_byte(at, end, &byte) : 1;
        if (!step || (at < end && (byte < 0x20 || byte == 0x7f)))
            return "holds a '%' that encodes no character, or a control character";
        bool slash = at == end || *at == '/';
        if (slash && (dots == 1 || dots == 2) && dots == length)
            return "holds a '.' or '..' segment";
        dots = slash ? 0 : dots + (byte == '.');
        length = slash ? 0 : length + 1;
        at += step;
    }
    return NULL;
}

static const char *refuse_path(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte <= 0x20 || byte >= 0x7f || strchr("?#\\\"<>^`{|}", byte))
            return "holds a character that a URL's path has not; percent-encode it";
    }
    if (size > SEGMENT_MAX)
        return "is longer than 1,024 bytes";
    return so_text_refuse_url(text, size);
}

static const char *refuse_header(const char *text, size_t size)
{
    if (size > HEADER_VALUE_MAX)
        return "is longer than the 8,000 bytes that servers take in a header";
    if (!so_text_is_printable(text, size))
        return memchr(text, '\r', size) || memchr(text, '\n', size)
                   ? "holds a line break, which would end the header"
                   : "holds a character that a header cannot carry (visible ASCII only)";
    if (size && (text[0] == ' ' || text[size - 1] == ' '))
        return "begins or ends with a blank, which servers cut off";
    return NULL;
}

static const char *refuse_basic(const char *text, size_t size)
{
    if (size > BASIC_MAX)
        return "is longer than the 2,000 bytes that Basic authentication may carry";
    return holds_control(text, size, "") ? "holds a control character" : NULL;
}

const char *so_text_refuse(enum so_place place, const char *text, size_t size)
{
    bool printable = so_text_is_printable(text, size); /* the usual text: UTF-8 without a NUL */
    if (!printable && place != SO_PLACE_BODY && memchr(text, '\0', size))
        return "holds a NUL byte";
    if (!printable && !so_text_is_utf8(text, size))
        return "is not valid UTF-8";
    switch (place) {
    case SO_PLACE_LOCAL:
    case SO_PLACE_NAME:
    case SO_PLACE_BODY:
    case SO_PLACE_URL:
        return NULL;
    case SO_PLACE_XML:
        return refuse_xml(text, size);
    case SO_PLACE_SEGMENT:
        return refuse_segment(text, size);
    case SO_PLACE_PATH:
        return refuse_path(text, size);
    case SO_PLACE_HEADER:
        return refuse_header(text, size);
    case SO_PLACE_TOKEN:
        return is_token(text, size) ? NULL : "is not the name of a header";
    case SO_PLACE_BASIC_USER:
        if (memchr(text, ':', size))
            return "holds a colon, where Basic authentication ends the name";
        return refuse_basic(text, size);
    case SO_PLACE_BASIC_PASSWORD:
        return refuse_basic(text, size);
    }
    return "has no place to travel in";
}

bool so_text_alike(const char *a, const char *b, size_t size)
{
    for (size_t at = 0; at < size; at++)
        if (a[at] != b[at] && so_text_lower(a[at]) != so_text_lower(b[at]))
            return false;
    return true;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

void so_text_trim(const char **text, size_t *size)
{
    while (*size && is_blank((*text)[0]))
        ++*text, --*size;
    while (*size && is_blank((*text)[*size - 1]))
        --*size;
}

bool so_text_integer(const char *text, size_t size, long least, long most, long *out)
{
    long value = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || value > (most - (text[i] - '0')) / 10)
            return false;
        value = value * 10 + (text[i] - '0');
    }
    *out = value;
    return size > 0 && value >= least;
}

bool so_text_hex(const char *digits, unsigned *out)
{
    *out = 0;
    for (int i = 0; i < 2; i++) {
        static const char known[] = "0123456789abcdef";
        char lower = digits[i] >= 'A' && digits[i] <= 'F' ? (char)(digits[i] + ('a' - 'A')) : digits[i];
        const char *at = lower ? strchr(known, lower) : NULL;
        if (!at)
            return false;
        *out = *out * 16 + (unsigned)(at - known);
    }
    return true;
}
