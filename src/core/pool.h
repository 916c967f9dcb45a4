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
};

/* A handle that last spoke with that origin, or a new one; without options in either case. NULL: memory is out. */
struct so_handle *so_pool_take(const char *origin);

/* Gives it back, without options. At most 64 are kept, each for at most 60 s. */
void so_pool_give(struct so_handle *handle);

void so_handle_free(struct so_handle *handle);

/* What the next exchange goes to. False: memory is out. */
bool so_handle_url(struct so_handle *handle, const char *url);

SO_END_INTERNAL

#endif
