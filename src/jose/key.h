/* SPDX-License-Identifier: MIT */
/* One public key of a key set (RFC 7517), and the rules that it must fulfil: libcjose takes keys that are too short, or for other
   uses. */
#ifndef SIGNOFF_JOSE_KEY_H
#define SIGNOFF_JOSE_KEY_H

#include "header.h"
#include "object.h"
#include "signature.h"

SO_BEGIN_INTERNAL

struct so_key {
    char kid[SO_KID_MAX + 1]; /* empty: it has none */
    unsigned algorithms;      /* a mask of those that it may be used with */
    size_t signature_size;    /* of each signature by it */
    struct so_verifier *verifier;
};

/* Reads a key. The kid is set also where the key is refused. */
const struct so_refusal *so_key_read(struct so_key *out, const struct so_value_text *jwk);
void so_key_free(struct so_key *key);

SO_END_INTERNAL

#endif
