/* SPDX-License-Identifier: MIT */
/* The JOSE header of a token (RFC 7515 §4). libcjose, where it is the library, reads it again, and would take the last of two members of one name. */
#ifndef SIGNOFF_JOSE_HEADER_H
#define SIGNOFF_JOSE_HEADER_H

#include <stddef.h>

#include "algorithm.h"
#include "refusal.h"

SO_BEGIN_INTERNAL

enum { SO_HEADER_MAX = 2048, SO_KID_MAX = 256, SO_TYP_MAX = 128 };

/* `kid`, `typ`: empty where the header has none. */
struct so_header {
    const struct so_algorithm *algorithm;
    char kid[SO_KID_MAX + 1], typ[SO_TYP_MAX + 1];
};

const struct so_refusal *so_header_read(struct so_header *out, const char *json, size_t size);

SO_END_INTERNAL

#endif
