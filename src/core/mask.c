/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "buffer.h"
#include "mask.h"
#include "text.h"

static const char replacement[] = "***";

/* One way to find a secret. Longer ones stand before shorter ones, which may be a part of them. */
struct needle {
    const char *text;
    size_t size;
    bool digits;  /* Base64's or hexadecimal ones: they are compared as they stand */
    bool escapes; /* it may itself look like an escape of XML or JSON: "&amp;", "\\n" */
    struct needle *next;
};

struct so_mask {
    struct needle *needles;
    size_t shortest;
};

bool so_mask_add(struct so_arena *arena, struct so_masked **list, const char *text, size_t size)
{
    if (size < SO_MASK_SHORTEST)
        return true;
    struct so_masked *masked = so_arena_alloc(arena, sizeof *masked);
    if (!masked)
        return false;
    *masked = (struct so_masked){text, size, *list};
    *list = masked;
    return true;
}

/* Decoding: percent-encoding may stand around the escapes of XML and JSON */

/* One byte, percent-decoded; gives how far it reaches. */
static size_t percent_byte(const char *at, const char *end, char *out)
{
    unsigned byte;
    *out = *at;
    if (*at != '%' || end - at < 3 || !so_text_hex(at + 1, &byte))
        return 1;
    *out = (char)byte;
    return 3;
}

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

/* The bytes between `at` and the byte `stop`, percent-decoded, at most 11; 0 where there is no `stop` that near. */
static size_t read_word(const char *at, const char *end, char stop, char word[12])
{
    const char *start = at;
    for (size_t size = 0; at < end && size < 11; size++) {
        at += percent_byte(at, end, &word[size]);
        if (word[size] == stop) {
            word[size] = '\0';
            return (size_t)(at - start);
        }
    }
    return 0;
}

/* "amp;", "#38;", "#x26;": gives how far it reaches, 0 where it is no entity. */
static size_t decode_entity(const char *at, const char *end, char out[4], size_t *size)
{
    static const struct { const char *name; char byte; } known[] = {
        {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''},
    };
    char word[12], *rest;
    size_t length = read_word(at, end, ';', word);
    for (size_t i = 0; length && i < sizeof known / sizeof *known; i++)
        if (!strcmp(word, known[i].name)) {
            *out = known[i].byte;
            *size = 1;
            return length;
        }
    if (!length || word[0] != '#')
        return 0;
    bool hex = word[1] == 'x' || word[1] == 'X';
    unsigned long code = strtoul(word + 1 + hex, &rest, hex ? 16 : 10);
    if (*rest || code > 0x10ffff)
        return 0;
    *size = write_utf8(code, out);
    return length;
}

/* Four hexadecimal digits, percent-decoded. */
static size_t read_unit(const char *at, const char *end, unsigned long *out)
{
    const char *start = at;
    char digits[5] = "", *rest;
    for (int i = 0; i < 4; i++) {
        if (at >= end)
            return 0;
        at += percent_byte(at, end, &digits[i]);
    }
    *out = strtoul(digits, &rest, 16);
    return *rest ? 0 : (size_t)(at - start);
}

/* What follows a backslash in JSON. */
static size_t decode_escape(const char *at, const char *end, char out[4], size_t *size)
{
    static const char letters[] = "\"\\/bfnrt", bytes[] = "\"\\/\b\f\n\r\t";
    unsigned long code, low;
    char letter;
    if (at >= end)
        return 0;
    size_t length = percent_byte(at, end, &letter), more;
    const char *known = letter ? strchr(letters, letter) : NULL;
    if (known) {
        *out = bytes[known - letters];
        *size = 1;
        return length;
    }
    if (letter != 'u' || !(more = read_unit(at + length, end, &code)))
        return 0;
    length += more;
    if (code >= 0xd800 && code < 0xdc00 && end - at - length > 6 && at[length] == '\\' && at[length + 1] == 'u' &&
        (more = read_unit(at + length + 2, end, &low)) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        length += 2 + more;
    }
    *size = write_utf8(code, out);
    return length;
}

/* One character as it was meant: its bytes, and how far it reaches in the text. */
static size_t decode(const char *at, const char *end, bool escaped, char out[4], size_t *size)
{
    size_t length = percent_byte(at, end, out), more = 0;
    *size = 1;
    if (escaped && *out == '&')
        more = decode_entity(at + length, end, out, size);
    else if (escaped && *out == '\\')
        more = decode_escape(at + length, end, out, size);
    return length + more;
}

/* Searching */

/* Whether the secret stands at `at`, percent-encoded or not, `escaped` for XML or JSON or not; gives how far it reaches, 0
   where it does not. */
static size_t match_decoded(const struct needle *needle, const char *at, const char *end, bool escaped)
{
    const char *start = at;
    for (size_t i = 0; i < needle->size;) {
        char bytes[4];
        size_t size;
        if (at >= end)
            return 0;
        bool blank = *at == '+' && needle->text[i] == ' ';
        at += decode(at, end, escaped, bytes, &size);
        if (!blank && (size > needle->size - i || memcmp(bytes, needle->text + i, size)))
            return 0;
        i += blank ? 1 : size;
    }
    return (size_t)(at - start);
}

static size_t match(const struct needle *needle, const char *at, const char *end)
{
    if ((size_t)(end - at) < needle->size)
        return 0;
    if (*at == *needle->text && !memcmp(at, needle->text, needle->size))
        return needle->size;
    bool may_be = *at == *needle->text || (*at && strchr("%&\\+", *at));
    if (needle->digits || !may_be)
        return 0;
    size_t size = match_decoded(needle, at, end, true);
    return size || !needle->escapes ? size : match_decoded(needle, at, end, false);
}

static size_t match_any(const struct so_mask *mask, const char *at, const char *end)
{
    for (const struct needle *needle = mask->needles; needle; needle = needle->next) {
        size_t size = match(needle, at, end);
        if (size)
            return size;
    }
    return 0;
}

/* Making */

static bool add_needle(struct so_arena *arena, struct so_mask *mask, const char *text, size_t size, bool digits)
{
    struct needle **at = &mask->needles, *needle = so_arena_alloc(arena, sizeof *needle);
    if (!needle)
        return false;
    while (*at && (*at)->size >= size)
        at = &(*at)->next;
    *needle = (struct needle){text, size, digits, memchr(text, '&', size) || memchr(text, '\\', size), *at};
    *at = needle;
    if (size < mask->shortest)
        mask->shortest = size;
    return true;
}

/* Digits as base64url has them. */
static bool add_url_digits(struct so_arena *arena, struct so_mask *mask, const char *digits, size_t size)
{
    char *copy = so_arena_copy(arena, digits, size);
    for (size_t i = 0; copy && i < size; i++)
        copy[i] = copy[i] == '+' ? '-' : copy[i] == '/' ? '_' : copy[i];
    return copy && (!memcmp(copy, digits, size) || add_needle(arena, mask, copy, size, true));
}

/* The digits of Base64 that do not depend on what stands around the secret, at each of three offsets. */
static bool add_base64(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret)
{
    for (size_t offset = 0; offset < 3; offset++) {
        size_t size = offset + secret->size;
        unsigned char *bytes = so_arena_alloc(arena, size + 1);
        char *digits = so_arena_alloc(arena, (size + 2) / 3 * 4 + 1);
        if (!bytes || !digits)
            return false;
        memcpy(bytes + offset, secret->text, secret->size);
        EVP_EncodeBlock((unsigned char *)digits, bytes, (int)size);
        size_t first = (offset * 8 + 5) / 6, whole = size * 8 / 6;
        if (!add_needle(arena, mask, digits + first, whole - first, true) ||
            !add_url_digits(arena, mask, digits + first, whole - first))
            return false;
    }
    return true;
}

/* Two digits a byte, in lower or upper case. */
static bool add_hex(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret, const char *alphabet)
{
    char *digits = so_arena_alloc(arena, secret->size * 2 + 1);
    if (!digits)
        return false;
    for (size_t i = 0; i < secret->size; i++) {
        digits[2 * i] = alphabet[(unsigned char)secret->text[i] >> 4];
        digits[2 * i + 1] = alphabet[(unsigned char)secret->text[i] & 15];
    }
    return add_needle(arena, mask, digits, secret->size * 2, true);
}

static bool add_list(struct so_arena *arena, struct so_mask *mask, const struct so_masked *list)
{
    for (; list; list = list->next)
        if (!add_needle(arena, mask, list->text, list->size, false) || !add_base64(arena, mask, list) ||
            !add_hex(arena, mask, list, "0123456789abcdef") || !add_hex(arena, mask, list, "0123456789ABCDEF"))
            return false;
    return true;
}

struct so_mask *so_mask_make(struct so_arena *arena, const struct so_masked *ours, const struct so_masked *theirs)
{
    struct so_mask *mask = so_arena_alloc(arena, sizeof *mask);
    if (!mask)
        return NULL;
    mask->shortest = SIZE_MAX;
    return add_list(arena, mask, ours) && add_list(arena, mask, theirs) ? mask : NULL;
}

static bool may_hold(const struct so_masked *list, size_t size)
{
    for (; list; list = list->next)
        if (list->size <= size)
            return true;
    return false;
}

bool so_mask_needed(const struct so_masked *ours, const struct so_masked *theirs, size_t size)
{
    return may_hold(ours, size) || may_hold(theirs, size);
}

const char *so_mask_apply(struct so_arena *arena, const struct so_mask *mask, const char *text, size_t size,
                          size_t *out_size)
{
    struct so_buffer masked = {0};
    const char *end = text + size, *kept = text;
    bool fine = true;
    *out_size = size;
    if (size < mask->shortest)
        return text;
    for (const char *at = text; fine && at < end;) {
        size_t length = match_any(mask, at, end);
        if (!length) {
            at++;
            continue;
        }
        fine = so_buffer_append(&masked, kept, (size_t)(at - kept)) && so_buffer_text(&masked, replacement);
        kept = at += length;
    }
    if (kept == text)
        return text;
    fine = fine && so_buffer_append(&masked, kept, (size_t)(end - kept));
    const char *copy = fine ? so_arena_copy(arena, masked.bytes, masked.size) : NULL;
    *out_size = masked.size;
    so_buffer_free(&masked);
    return copy;
}
