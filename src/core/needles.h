/* SPDX-License-Identifier: MIT */
/* Needles: the forms in which a secret may be written, and a table that tells where one of them may begin. */
#ifndef SIGNOFF_NEEDLES_H
#define SIGNOFF_NEEDLES_H

#include <stdint.h>

#include "mask.h"
#include "text.h"

SO_BEGIN_INTERNAL

/* One form of one secret. */
struct so_needle {
    const char *text; /* in lower case, unless `exact` */
    size_t size;
    bool exact;             /* Base64's digits: their case counts */
    bool bare;              /* hexadecimal digits that may have hyphens between them */
    bool shares[2];         /* whether the digit before it, and the one behind it, hold some of its bits */
    struct so_needle *next; /* in the same slot of the table */
};

/* A number that is a secret. */
struct so_needle_number {
    double value;
    struct so_needle_number *next;
};

enum { SO_NEEDLE_START = 4 /* bytes that are looked up */, SO_NEEDLE_BITS = 12 };

struct so_mask {
    bool first[256];                             /* whether one begins with that byte, in either case */
    uint64_t starts[(1 << SO_NEEDLE_BITS) / 64]; /* a bit a hash */
    struct so_needle *slots[1 << (SO_NEEDLE_BITS - 4)];
    struct so_needle_number *numbers;
    size_t shortest;
    bool has_bare, has_numeric; /* a needle may contain hyphens; a printed number may hold a needle */
    bool has_escapes;           /* a needle may look like an escape */
};

/* The last four bytes, after one more; their case does not count. */
static inline uint32_t so_needle_roll(uint32_t start, char byte)
{
    return start << 8 | (unsigned char)(byte | 0x20);
}

static inline uint32_t so_needle_hash(uint32_t start)
{
    return start * 2654435761u >> (32 - SO_NEEDLE_BITS);
}

/* The needles that may begin with these four bytes. */
static inline const struct so_needle *so_needle_find(const struct so_mask *mask, uint32_t start)
{
    uint32_t hash = so_needle_hash(start);
    return mask->starts[hash / 64] >> hash % 64 & 1 ? mask->slots[hash >> 4] : NULL;
}

/* All needles of one secret. False: memory is out. */
bool so_needles_add(struct so_arena *arena, struct so_mask *mask, const struct so_masked *secret);

SO_END_INTERNAL

#endif
