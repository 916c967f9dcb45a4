/* SPDX-License-Identifier: MIT */
/* Base64url as RFC 7515 has it, and strictly: its alphabet alone, no padding, and one text for the same bytes. */
#ifndef SIGNOFF_JOSE_BASE64URL_H
#define SIGNOFF_JOSE_BASE64URL_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/visibility.h"

SO_BEGIN_INTERNAL

/* How many bytes a text of that size has, at most. */
static inline size_t so_base64url_room(size_t size)
{
    return size / 4 * 3 + 2;
}

/* Decodes into as many bytes as so_base64url_room says. False where the text is none; loose bits at its end are not taken,
   since another text would then mean the same. */
bool so_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size);

SO_END_INTERNAL

#endif
