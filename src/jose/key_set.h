/* SPDX-License-Identifier: MIT */
/* The key set of an issuer (JWKS, RFC 7517 §5), and the choice of keys for a token. */
#ifndef SIGNOFF_JOSE_KEY_SET_H
#define SIGNOFF_JOSE_KEY_SET_H

#include "key.h"
#include "token.h"

SO_BEGIN_INTERNAL

enum { SO_KEYS_MAX = 64, SO_KEYS_TEXT_MAX = 256 * 1024, SO_TRIES_MAX = 4 };

/* Zero-initialised it is empty. */
struct so_key_set {
    struct so_key *keys;
    size_t count;
};

/* Adds the keys of a JSON text, and calls `refused` for each that is not taken; `kid` is empty where it has none. A set that is refused
   keeps what it had so far: free it. */
typedef void so_key_refused(void *payload, const char *kid, const char *reason);
const struct so_refusal *so_key_set_read(struct so_key_set *out, const char *json, size_t size, so_key_refused *refused, void *payload);
void so_key_set_free(struct so_key_set *set);

/* Whether a key of the set signed a token that so_token_read gave; `used` is that key. At most so many keys are tried. */
const struct so_refusal *so_key_set_verify(const struct so_key_set *set, const struct so_token *token, const char *text, size_t size,
                                           const struct so_key **used);

SO_END_INTERNAL

#endif
