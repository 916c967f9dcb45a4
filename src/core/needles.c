/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "locale.h"
#include "needles.h"
#include "unescape.h"

static const char numeric[] = "0123456789+-.eE";

static bool consists_of(const char *text, size_t size, const char *bytes)
{
    for (size_t i = 0; i < size; i++)
        if (!text[i] || !strchr(bytes, text[i]))
            return false;
    return true;
}

/* Its text must last as long as the mask. */
static bool add(struct so_arena *arena, struct so_mask *mask, struct so_needle as)
{
    if (as.size < SO_NEEDLE_START)
        return true;
    struct so_needle *needle = so_arena_alloc(arena, sizeof *needle);
    if (!needle)
        return false;
    uint32_t start = 0;
    for (size_t i = 0; i < SO_NEEDLE_START; i++)
        start = so_needle_roll(start, as.text[i]);
    uint32_t hash = so_needle_hash(start);
    mask->first[(unsigned char)as.text[0]] = true;
    if (!as.exact && as.text[0] >= 'a' && as.text[0] <= 'z')
        mask->first[as.text[0] & ~0x20] = true;
    mask->starts[hash / 64] |= (uint64_t)1 << hash % 64;
    as.next = mask->slots[hash >> 4];
    mask->slots[hash >> 4] = needle;
    mask->shortest = as.size < mask->shortest ? as.size : mask->shortest;
    mask->has_bare |= as.bare;
    mask->has_numeric |= consists_of(as.text, as.size, numeric);
    *needle = as;
    return true;
}

/* The text, with `from` as `to`, in lower case. */
static bool add_text(struct so_arena *arena, struct so_mask *mask, const char *text, size_t size, char from, char to)
{
    char *copy = so_arena_copy(arena, text, size);
    for (size_t i = 0; copy && i < size; i++)
        copy[i] = so_text_lower(copy[i] == from ? to : copy[i]);
    return copy && add(arena, mask, (struct so_needle){.text = copy, .size = size});
}

/* The text as it is, and with its blanks as in forms. */
static bool add_plain(struct so_arena *arena, struct so_mask *mask, const char *text, size_t size)
{
    return add_text(arena, mask, text, size, ' ', ' ') &&
           (!memchr(text, ' ', size) || add_text(arena, mask, text, size, ' ', '+'));
}

/* Base64 with the digits of base64url. */
static bool add_url_digits(struct so_arena *arena, struct so_mask *mask, struct so_needle needle)
{
    char *copy = so_arena_copy(arena, needle.text, needle.size);
    for (size_t i = 0; copy && i < needle.size; i++)
        copy[i] = copy[i] == '+' ? '-' : copy[i] == '/' ? '_' : copy[i];
    if (!copy || !memcmp(copy, needle.text, needle.size))
        return copy;
    needle.text = copy;
    return add(arena, mask, needle);
}

/* The digits of Base64 that do not depend on the bytes around the secret, at each of three offsets. */
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
        struct so_needle needle = {.text = digits + first, .size = whole - first, .exact = true,
                                   .shares = {offset > 0, size % 3 > 0}};
        if (!add(arena, mask, needle) || !add_url_digits(arena, mask, needle))
            return false;
    }
    return true;
}

/* Two digits a byte. */
static bool add_hex(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret)
{
    static const char alphabet[] = "0123456789abcdef";
    char *digits = so_arena_alloc(arena, secret->size * 2 + 1);
    for (size_t i = 0; digits && i < secret->size; i++) {
        digits[2 * i] = alphabet[(unsigned char)secret->text[i] >> 4];
        digits[2 * i + 1] = alphabet[(unsigned char)secret->text[i] & 15];
    }
    return digits && add(arena, mask, (struct so_needle){.text = digits, .size = secret->size * 2});
}

/* A GUID, or any other secret of digits with or without hyphens: servers may write it in either form. */
static bool add_bare(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret)
{
    enum { LEAST = 8 };
    if (!consists_of(secret->text, secret->size, "0123456789abcdefABCDEF-{}()"))
        return true;
    char *digits = so_arena_alloc(arena, secret->size + 1);
    size_t size = 0;
    for (size_t i = 0; digits && i < secret->size; i++)
        if (!strchr("-{}()", secret->text[i]))
            digits[size++] = so_text_lower(secret->text[i]);
    return digits && (size < LEAST || add(arena, mask, (struct so_needle){.text = digits, .size = size, .bare = true}));
}

/* Numbers of JSON are doubles, so a long number loses digits. */
static bool add_number(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret)
{
    char *end;
    if (!consists_of(secret->text, secret->size, numeric))
        return true;
    double value = so_number_read(secret->text, &end);
    if (end != secret->text + secret->size || !isfinite(value))
        return true;
    struct so_needle_number *number = so_arena_alloc(arena, sizeof *number);
    if (!number)
        return false;
    *number = (struct so_needle_number){value, mask->numbers};
    mask->numbers = number;
    return true;
}

bool so_needles_add(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret)
{
    mask->has_escapes |= so_has_escape(secret->text, secret->size);
    return add_plain(arena, mask, secret->text, secret->size) && add_base64(arena, mask, secret) && add_hex(arena, mask, secret) && add_bare(arena, mask, secret) &&
           add_number(arena, mask, secret);
}
