/* SPDX-License-Identifier: MIT */
/* [samples] All tokens of AIS that were ever published (2014 to 2025) have one form: three digits that are the length of a run of
   Base64, that run, and a second one. That decodes to three digits, as many digits as they say, three more, the device name or
   address of the login, and 13 digits of milliseconds. [inferred] That this holds of every release. */
#include <string.h>

#include "../core/digest.h"
#include "jde_token.h"

enum { LENGTH = 3, EXTRA = 3, TIME = 13 };

static bool are_digits(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

/* IPv4 or IPv6. [documented] A token has an address where the login named no device: then the address of the caller counts. */
static bool is_address(const char *text, size_t size)
{
    size_t dots = 0, colons = 0, others = 0;
    for (size_t i = 0; i < size; i++) {
        dots += text[i] == '.';
        colons += text[i] == ':';
        others += !strchr("0123456789.", text[i]);
    }
    return colons >= 2 || (dots == 3 && !others);
}

/* Finds the second run, behind the length and the first run. */
static bool open_second(struct so_arena *arena, const struct so_value *token, char **out, size_t *size)
{
    long first;
    if (token->size < LENGTH || !so_text_integer(token->text, LENGTH, 4, 999, &first) || token->size < LENGTH + (size_t)first)
        return false;
    *out = so_arena_alloc(arena, token->size);
    return *out && so_base64_decode(token->text + LENGTH, (size_t)first, *out, size) &&
           so_base64_decode(token->text + LENGTH + first, token->size - LENGTH - (size_t)first, *out, size);
}

const char *so_jde_token_device(struct so_arena *arena, const struct so_value *token)
{
    char *text;
    size_t size;
    long count;
    if (!open_second(arena, token, &text, &size) || size < LENGTH || !so_text_integer(text, LENGTH, 0, 999, &count))
        return NULL;
    size_t before = LENGTH + (size_t)count + EXTRA;
    if (size <= before + TIME || !are_digits(text, before) || !are_digits(text + size - TIME, TIME))
        return NULL;
    const char *name = text + before;
    size_t length = size - before - TIME;
    if (so_text_refuse(SO_PLACE_HEADER, name, length) || is_address(name, length))
        return NULL;
    return so_arena_copy(arena, name, length);
}
