/* SPDX-License-Identifier: MIT */
/* The gate: all that a compact JWS (RFC 7515 §7.1) must fulfil before a key is looked for. libcjose lets more pass. */
#ifndef SIGNOFF_JOSE_TOKEN_H
#define SIGNOFF_JOSE_TOKEN_H

#include <stdbool.h>

#include "base64url.h"
#include "header.h"
#include "object.h"

SO_BEGIN_INTERNAL

enum { SO_TOKEN_MAX = 64 * 1024, SO_HEADER_TEXT_MAX = (SO_HEADER_MAX + 2) / 3 * 4 };

/* The header that was read last, and its text: an issuer's tokens mostly have the same one. */
struct so_header_memo {
    struct so_header header;
    size_t size; /* 0: none */
    char text[SO_HEADER_TEXT_MAX];
};

struct so_bytes {
    const unsigned char *bytes;
    size_t size;
};

/* `payload` and `signature` are decoded, and in the room that was given. `signed_size`: of the part of the text that is signed. */
struct so_token {
    struct so_header header;
    struct so_bytes payload, signature;
    size_t signed_size;
};

/* Reads a token. `room` has so_base64url_room(size) bytes; `memo` may be NULL. */
const struct so_refusal *so_token_read(struct so_token *out, const char *text, size_t size, unsigned char *room, struct so_header_memo *memo);

/* Whether the issuer's algorithms, as a mask, have that of the token, and whether its payload is a JSON object as receivers may
   decode it with anything: no repeated members, no deep nesting, finite numbers, valid characters. `claims` is that object, where
   it stands. */
const struct so_refusal *so_token_check(const struct so_token *token, unsigned algorithms, struct so_value_text *claims);

SO_END_INTERNAL

#endif
