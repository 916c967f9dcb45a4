/* SPDX-License-Identifier: MIT */
/* Checks and writes text for the parts of a request (URLs, headers, bodies) before a request is made, so that a system reads
   the very same text, or nothing is sent. */
#ifndef SIGNOFF_TEXT_H
#define SIGNOFF_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

enum so_place {
    SO_PLACE_LOCAL,         /* never travels: file names, passwords of keys */
    SO_PLACE_NAME,          /* JSON or form, names a person or thing: UTF-8 without a NUL */
    SO_PLACE_BODY,          /* JSON or form: any UTF-8 */
    SO_PLACE_XML,           /* XML text: UTF-8 without what XML 1.0 forbids */
    SO_PLACE_SEGMENT,       /* one segment of a URL's path, percent-encoded on the way */
    SO_PLACE_URL,           /* a whole one; see so_url_check */
    SO_PLACE_PATH,          /* segments with slashes between, written as they travel */
    SO_PLACE_HEADER,        /* the value of a header: visible ASCII, blanks inside */
    SO_PLACE_TOKEN,         /* the name of a header (RFC 9110's token) */
    SO_PLACE_BASIC_USER,    /* Basic authentication: no colon in the user's name */
    SO_PLACE_BASIC_PASSWORD,
};

/* Strict UTF-8: no overlong form, no surrogate, nothing above U+10FFFF. */
bool so_text_is_utf8(const char *text, size_t size);

/* Printable ASCII alone. */
bool so_text_is_printable(const char *text, size_t size);

/* How many bytes at the start of a text that is not empty are one character, 0 when they are none. */
size_t so_text_character(const char *text, size_t size);

/* The largest prefix of at most `limit` bytes that does not cut a character. */
size_t so_text_prefix(const char *text, size_t size, size_t limit);

/* Why `text` cannot be used in that place, as the end of a sentence ("holds a line break"); NULL where it can. */
const char *so_text_refuse(enum so_place place, const char *text, size_t size);

/* These know only the case of ASCII letters, in every locale. */
static inline char so_text_lower(char byte)
{
    return byte >= 'A' && byte <= 'Z' ? (char)(byte | 0x20) : byte;
}

/* Whether so many bytes of both are equal, without regard to case. */
bool so_text_alike(const char *a, const char *b, size_t size);

/* Whether the two are equal, and whether a text begins with a word, without regard to case. */
static inline bool so_text_same(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && so_text_alike(a, b, a_size);
}

static inline bool so_text_begins(const char *text, size_t size, const char *word)
{
    return size >= strlen(word) && so_text_alike(text, word, strlen(word));
}

/* Without blanks at both ends. */
void so_text_trim(const char **text, size_t *size);

/* Why a part of a URL cannot be written so: a '%' that encodes nothing or a control character, or a segment '.' or '..',
   also encoded. NULL where it can. */
const char *so_text_refuse_url(const char *text, size_t size);

/* Decimal digits only, within the range; false otherwise, and never a wrapped number. */
bool so_text_integer(const char *text, size_t size, long least, long most, long *out);

/* Two hexadecimal digits. */
bool so_text_hex(const char *digits, unsigned *out);

SO_END_INTERNAL

#endif
