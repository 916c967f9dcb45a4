/* SPDX-License-Identifier: MIT */
/* The signature algorithms that are taken (RFC 7518), and the type of key that each needs. */
#ifndef SIGNOFF_JOSE_ALGORITHM_H
#define SIGNOFF_JOSE_ALGORITHM_H

#include <stddef.h>

#include "../core/visibility.h"

SO_BEGIN_INTERNAL

enum so_key_type { SO_KEY_RSA, SO_KEY_P256, SO_KEY_P384 };

struct so_algorithm {
    const char *name;
    enum so_key_type type;
};

/* Up to the one without a name. A set of them is a mask: one bit for each row. */
extern const struct so_algorithm so_algorithms[];

/* The one of exactly that name, or NULL. */
const struct so_algorithm *so_algorithm_find(const char *name, size_t size);

/* The one of that name in another case, or NULL. */
const struct so_algorithm *so_algorithm_find_alike(const char *name, size_t size);

static inline unsigned so_algorithm_bit(const struct so_algorithm *algorithm)
{
    return 1u << (algorithm - so_algorithms);
}

SO_END_INTERNAL

#endif
