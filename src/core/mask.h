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

/* One secret; its encoded forms are made when a text first needs them. */
struct so_masked {
    const char *text;
    size_t size;
    struct so_mask_form *forms;
    struct so_masked *next;
};

/* Puts `text` (not copied: it must live as long as the list) at the head of the list. False: memory is out. */
bool so_mask_add(struct so_arena *arena, struct so_masked **list, const char *text, size_t size);

/* Whether a text of that size may hold any secret of both lists: no form of one is shorter than the secret itself. */
bool so_mask_may_apply(const struct so_masked *ours, const struct so_masked *theirs, size_t size);

/* `text` with every form of every secret of both lists replaced by "***": `text` itself where none stands in it,
   otherwise a new one in the arena; NULL when memory is out. */
const char *so_mask_apply(struct so_arena *arena, struct so_masked *ours, struct so_masked *theirs, const char *text,
                          size_t size, size_t *out_size);

SO_END_INTERNAL

#endif
