/* SPDX-License-Identifier: MIT */
/* Idle easy handles with their open connections, for the whole process: a script that runs for 200 ms goes on where
   the one before it stopped. */
#ifndef SIGNOFF_POOL_H
#define SIGNOFF_POOL_H

#include "handle.h"

SO_BEGIN_INTERNAL

/* Idle handles in the order in which they became so. */
struct so_shelf {
    struct so_handle **idle; /* room for `capacity` */
    int count, capacity;
};

/* The newest handle of that origin that is not too old, off the shelf; NULL where there is none. */
struct so_handle *so_shelf_take(struct so_shelf *shelf, const char *origin);

/* Puts a resting handle on the shelf. Gives one that is too old or too many, which the caller frees, or NULL. */
struct so_handle *so_shelf_give(struct so_shelf *shelf, struct so_handle *handle);

/* One that is too old, off the shelf, or NULL. */
struct so_handle *so_shelf_stale(struct so_shelf *shelf);

/* A handle that last spoke with that origin, or a new one; without the options of an exchange. NULL: memory is out. */
struct so_handle *so_pool_take(const char *origin);

/* Gives it back, without the options of an exchange. At most 64 are kept, each for at most 60 s. */
void so_pool_give(struct so_handle *handle);

SO_END_INTERNAL

#endif
