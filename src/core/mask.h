/* SPDX-License-Identifier: MIT */
/* Secrets never appear in any output, in whatever encoding a server echoes them. */
#ifndef SIGNOFF_MASK_H
#define SIGNOFF_MASK_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

SO_BEGIN_INTERNAL

/* Shorter ones are not masked: they would blot out half of every text, and guard nothing. */
enum { SO_MASK_SHORTEST = 4 };

/* One secret of a client or a call. */
struct so_masked {
    const char *text;
    size_t size;
    struct so_masked *next;
};

/* Puts `text` (not copied: it must live as long as the list) at the head of the list. False: memory is out. */
bool so_mask_add(struct so_arena *arena, struct so_masked **list, const char *text, size_t size);

/* What to look for: the secrets of two lists (either may be NULL), the longest first, in every encoding. */
struct so_mask;

/* NULL when memory is out. */
struct so_mask *so_mask_make(struct so_arena *arena, const struct so_masked *ours, const struct so_masked *theirs);

/* Whether a text of that size may hold any of them: no encoding is shorter than the secret itself. */
bool so_mask_needed(const struct so_masked *ours, const struct so_masked *theirs, size_t size);

/* `text` with every secret replaced by "***": `text` itself where none stands in it, otherwise a new one in the arena;
   NULL when memory is out. */
const char *so_mask_apply(struct so_arena *arena, const struct so_mask *mask, const char *text, size_t size,
                          size_t *out_size);

SO_END_INTERNAL

#endif
