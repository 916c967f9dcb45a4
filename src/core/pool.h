/* SPDX-License-Identifier: MIT */
/* The pool: idle easy handles with their open connections, for the whole process. A script that runs for 200 ms reuses the
   connection of the one before. They are keyed by origin and a digest of all TLS, proxy and credential settings. */
#ifndef SIGNOFF_POOL_H
#define SIGNOFF_POOL_H

#include "handle.h"

SO_BEGIN_INTERNAL

/* Idle handles, sorted by the ends of their lifetimes. */
struct so_idle_list {
    struct so_handle **handles; /* room for `capacity` */
    int count, capacity;
};

/* Takes the handle with that key whose lifetime ends last; NULL where there is none, or it is over. */
struct so_handle *so_idle_list_take(struct so_idle_list *list, const char *pool_key);

/* Puts an idle handle on the list. Gives NULL, or a handle that is over or does not fit, which the caller frees. */
struct so_handle *so_idle_list_give(struct so_idle_list *list, struct so_handle *handle);

/* Takes a handle that is over, or gives NULL. */
struct so_handle *so_idle_list_stale(struct so_idle_list *list);

/* A handle of clients with the same key, or a new one; without the options of an exchange. NULL: memory is out. */
struct so_handle *so_pool_take(const struct so_settings *settings);

/* Gives a handle back, without the options of an exchange. The pool keeps at most 64. */
void so_pool_give(struct so_handle *handle);

SO_END_INTERNAL

#endif
