/* SPDX-License-Identifier: MIT */
/* Masks keep secrets out of every output, whatever the encoding in which a server echoes them. */
#ifndef SIGNOFF_MASK_H
#define SIGNOFF_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

SO_BEGIN_INTERNAL

enum {
    SO_MASK_SHORTEST = 4,  /* bytes. Shorter ones are not masked: this would hide half of every text, and protect nothing */
    SO_MASK_BEYOND = 1024, /* bytes that are searched behind what is shown of a text */
};

/* One secret of a client or a call. */
struct so_masked {
    const char *text;
    size_t size;
    size_t least; /* the size of its shortest form */
    struct so_masked *next;
};

/* Puts `text` (not copied: it must live as long as the list) at the head of the list. False: memory is out. */
bool so_mask_add(struct so_arena *arena, struct so_masked **list, const char *text, size_t size);

/* Makes a mask of the secrets of a list, in every encoding, and those of another mask (or NULL), which must live as long. */
struct so_mask;

/* NULL when memory is out. */
struct so_mask *so_mask_make(struct so_arena *arena, const struct so_masked *list, const struct so_mask *base);

/* Whether a text of that size may hold one of the list. */
bool so_mask_needed(const struct so_masked *list, size_t size);

/* At most the first `limit` bytes of `text`, with every secret replaced by "***", even one that ends behind them. Gives `text`
   itself if it has none there, otherwise a new text in the arena; NULL when memory is out. The time depends on `limit`, not on
   the size of the rest. */
const char *so_mask_apply(struct so_arena *arena, const struct so_mask *mask, const char *text, size_t size, size_t limit,
                          size_t *out_size);

/* Whether a number is a secret, or shows one when it is printed. */
bool so_mask_hides_number(const struct so_mask *mask, double number);

SO_END_INTERNAL

#endif
