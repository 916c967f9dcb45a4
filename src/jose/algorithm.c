/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../core/text.h"
#include "algorithm.h"

const struct so_algorithm so_algorithms[] = {
    {"RS256", SO_KEY_RSA}, {"PS256", SO_KEY_RSA}, {"ES256", SO_KEY_P256}, {"ES384", SO_KEY_P384}, {NULL, SO_KEY_RSA},
};

const struct so_algorithm *so_algorithm_find_alike(const char *name, size_t size)
{
    for (const struct so_algorithm *each = so_algorithms; each->name; each++)
        if (so_text_same(name, size, each->name, strlen(each->name)))
            return each;
    return NULL;
}

const struct so_algorithm *so_algorithm_find(const char *name, size_t size)
{
    const struct so_algorithm *alike = so_algorithm_find_alike(name, size);
    return alike && !memcmp(alike->name, name, size) ? alike : NULL;
}
