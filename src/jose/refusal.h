/* SPDX-License-Identifier: MIT */
/* Why a token or a key is refused. Every rule is one of these, with a sentence that holds nothing of what was sent. */
#ifndef SIGNOFF_JOSE_REFUSAL_H
#define SIGNOFF_JOSE_REFUSAL_H

#include "../core/visibility.h"

SO_BEGIN_INTERNAL

/* The codes that callers act on. SO_UNAVAILABLE: no word about the token, since something of ours failed. */
#define SO_INVALID_REQUEST "invalid_request"
#define SO_INVALID_KEY "invalid_key"
#define SO_UNKNOWN_KID "unknown_kid"
#define SO_UNAVAILABLE "unavailable"

/* Functions that check give one, or NULL for what passes. */
struct so_refusal {
    const char *code, *sentence;
};

extern const struct so_refusal so_refusal_memory;

SO_END_INTERNAL

#endif
