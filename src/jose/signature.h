/* SPDX-License-Identifier: MIT */
/* Public keys and signatures, by libcjose. Its header is included by signature.c alone: another library would replace that file. */
#ifndef SIGNOFF_JOSE_SIGNATURE_H
#define SIGNOFF_JOSE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "algorithm.h"

SO_BEGIN_INTERNAL

/* RFC 7518 §6: modulus and exponent, or the two coordinates, without leading zeros of the modulus. */
struct so_public_key {
    enum so_key_type type;
    unsigned char *first, *second;
    size_t first_size, second_size;
};

enum so_signed { SO_SIGNED_GOOD, SO_SIGNED_BAD, SO_SIGNED_FAILED };

struct so_verifier;

/* Bad: these numbers are no key. Failed: something of ours, such as memory. */
enum so_signed so_verifier_new(struct so_verifier **out, const struct so_public_key *key);

/* Checks the signature of a token that passed the gate, and has an algorithm for this type of key. */
enum so_signed so_verifier_check(const struct so_verifier *verifier, const char *token, size_t size);

void so_verifier_free(struct so_verifier *verifier);

SO_END_INTERNAL

#endif
