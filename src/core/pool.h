/* SPDX-License-Identifier: MIT */
/* Idle easy handles with their open connections, for the whole process: a script that runs for 200 ms goes on where
   the one before it stopped. */
#ifndef SIGNOFF_POOL_H
#define SIGNOFF_POOL_H

#include <curl/curl.h>
#include <stdbool.h>
#include <time.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_handle {
    CURL *easy;
    CURLU *parsed; /* of the URL it was last given: parsing one again takes libcurl a fifth of an exchange */
    char *url;
    char *origin;
    curl_socket_t socket; /* of its connection while it is idle */
    time_t idle_since;
    CURLSH *share; /* holds its connection; NULL: the easy handle does, which is no use on a multi handle */
};

/* Idle handles in the order in which they became so. */
struct so_shelf {
    struct so_handle **idle; /* room for `capacity` */
    int count, capacity;
};

/* A new handle, whose connection is its own on a multi handle as well if it is to be `shared`. NULL: memory is out. */
struct so_handle *so_handle_new(const char *origin, bool shared);
void so_handle_free(struct so_handle *handle);

/* The newest handle of that origin that is not too old, off the shelf; NULL where there is none. */
struct so_handle *so_shelf_take(struct so_shelf *shelf, const char *origin);

/* Whether its connection is open and silent: what a server sends unasked would be read as the next reply. */
bool so_handle_is_quiet(const struct so_handle *handle);

/* Notes the connection of a handle whose exchange is over, and takes it off its multi handle (NULL where it is on none). */
void so_handle_rest(struct so_handle *handle, CURLM *multi);

/* Puts a resting handle on the shelf. Gives one that is too old or too many, which the caller frees, or NULL. */
struct so_handle *so_shelf_give(struct so_shelf *shelf, struct so_handle *handle);

/* One that is too old, off the shelf, or NULL. */
struct so_handle *so_shelf_stale(struct so_shelf *shelf);

/* A handle that last spoke with that origin, or a new one; without options in either case. NULL: memory is out. */
struct so_handle *so_pool_take(const char *origin);

/* Gives it back, without options. At most 64 are kept, each for at most 60 s. */
void so_pool_give(struct so_handle *handle);

/* What the next exchange goes to. False: memory is out. */
bool so_handle_url(struct so_handle *handle, const char *url);

SO_END_INTERNAL

#endif
