/* SPDX-License-Identifier: MIT */
/* Idle easy handles with their open connections, for the whole process: a script that runs for 200 ms goes on where
   the one before it stopped. They are keyed by origin and a digest of all TLS, proxy and credential settings. */
#ifndef SIGNOFF_POOL_H
#define SIGNOFF_POOL_H

#include "handle.h"

SO_BEGIN_INTERNAL

/* Idle handles in the order in which they end. */
struct so_idle_list {
    struct so_handle **handles; /* room for `capacity` */
    int count, capacity;
};

/* The handle of that key which ends last, off the list; NULL where there is none, or it is over. */
struct so_handle *so_idle_list_take(struct so_idle_list *list, const char *pool_key);

/* Puts a resting handle on the list. Gives one that is over or too many, which the caller frees, or NULL. */
struct so_handle *so_idle_list_give(struct so_idle_list *list, struct so_handle *handle);

/* One that is over, off the list, or NULL. */
struct so_handle *so_idle_list_stale(struct so_idle_list *list);

/* A handle of clients with the same key, or a new one; without the options of an exchange. NULL: memory is out. */
struct so_handle *so_pool_take(const struct so_settings *settings);

/* Gives it back, without the options of an exchange. At most 64 are kept. */
void so_pool_give(struct so_handle *handle);

SO_END_INTERNAL

#endif
