/* SPDX-License-Identifier: MIT */
/* Idle easy handles with their open connections, for the whole process: a script that runs for 200 ms goes on where
   the one before it stopped. They are keyed by origin and a digest of all TLS, proxy and credential settings. */
#ifndef SIGNOFF_POOL_H
#define SIGNOFF_POOL_H

#include "handle.h"

SO_BEGIN_INTERNAL

/* Idle handles in the order in which they end. */
struct so_shelf {
    struct so_handle **idle; /* room for `capacity` */
    int count, capacity;
};

/* The handle of that key which ends last, off the shelf; NULL where there is none, or it is over. */
struct so_handle *so_shelf_take(struct so_shelf *shelf, const char *pool_key);

/* Puts a resting handle on the shelf. Gives one that is over or too many, which the caller frees, or NULL. */
struct so_handle *so_shelf_give(struct so_shelf *shelf, struct so_handle *handle);

/* One that is over, off the shelf, or NULL. */
struct so_handle *so_shelf_stale(struct so_shelf *shelf);

/* A handle of clients with the same key, or a new one; without the options of an exchange. NULL: memory is out. */
struct so_handle *so_pool_take(const struct so_settings *settings);

/* Gives it back, without the options of an exchange. At most 64 are kept. */
void so_pool_give(struct so_handle *handle);

SO_END_INTERNAL

#endif
