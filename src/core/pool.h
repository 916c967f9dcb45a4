/* SPDX-License-Identifier: MIT */
/* Idle easy handles with their open connections, for the whole process: a script that runs for 200 ms goes on where
   the one before it stopped. */
#ifndef SIGNOFF_POOL_H
#define SIGNOFF_POOL_H

#include <curl/curl.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* A handle that last spoke with that origin, or a new one; without options in either case. NULL: memory is out. */
CURL *so_pool_take(const char *origin);

/* Gives it back. At most 64 are kept, each for at most 60 s. */
void so_pool_give(CURL *easy, const char *origin);

SO_END_INTERNAL

#endif
