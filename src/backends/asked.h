/* SPDX-License-Identifier: MIT */
/* Finds, for a row of a reply, the name in the request that it answers. There may be many rows and many names. */
#ifndef SIGNOFF_ASKED_H
#define SIGNOFF_ASKED_H

#include "backend.h"

SO_BEGIN_INTERNAL

struct so_asked {
    const struct so_value *name;
    struct so_asked *next; /* at the same place of the table */
};

struct so_asked_list {
    struct so_asked *names; /* in the order in which they were asked for */
    size_t count, slots;
    struct so_asked **table; /* by a hash of the name */
};

/* Fills the table from an argument that is one name or a list of names. False: memory is out. */
bool so_asked_open(struct so_arena *arena, struct so_asked_list *out, const struct so_value *argument);

/* Calls `take` with the place of each name that is equal to the key, without regard to case; `encoded`: also where the key is
   percent-encoded. */
void so_asked_find(const struct so_asked_list *list, const char *key, size_t size, bool encoded,
                   void (*take)(void *payload, size_t index), void *payload);

SO_END_INTERNAL

#endif
