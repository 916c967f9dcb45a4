/* SPDX-License-Identifier: MIT */
/* Public keys and signatures. signature_libcrypto.c has libcrypto do it; signature_libcjose.c has libcjose do it, by
   `make receiver JOSE_LIBRARY=libcjose`, and is the only file that includes its header. */
#ifndef SIGNOFF_JOSE_SIGNATURE_H
#define SIGNOFF_JOSE_SIGNATURE_H

#include "token.h"

SO_BEGIN_INTERNAL

/* RFC 7518 §6: modulus and exponent without leading zeros, or the two coordinates in full length. */
struct so_public_key {
    enum so_key_type type;
    unsigned char *first, *second;
    size_t first_size, second_size;
};

enum so_signed { SO_SIGNED_GOOD, SO_SIGNED_BAD, SO_SIGNED_FAILED };

struct so_verifier;

/* Bad: these numbers are no key. Failed: something of ours, such as memory. */
enum so_signed so_verifier_new(struct so_verifier **out, const struct so_public_key *key);

/* Checks the signature of a token that passed the gate, has an algorithm for this type of key, and a signature of its length. */
enum so_signed so_verifier_check(const struct so_verifier *verifier, const struct so_token *token, const char *text, size_t size);

void so_verifier_free(struct so_verifier *verifier);

SO_END_INTERNAL

#endif
