/* SPDX-License-Identifier: MIT */
/* Whether a reply came from the system itself, now, or from a cache in between: an old reply proves nothing. */
#ifndef SIGNOFF_FRESHNESS_H
#define SIGNOFF_FRESHNESS_H

#include "call.h"

SO_BEGIN_INTERNAL

/* Sent with every request: of those that change something as well, since a GET among them could be answered by a cache. */
#define SO_FRESH_VALUE "no-cache"
#define SO_FRESH_HEADER "Cache-Control"
#define SO_FRESH_OLD_HEADER "Pragma" /* HTTP/1.0's word for it */

/* Fills the reply's `date` and `stale` from its status and head. Of several header lines the worst counts. */
void so_freshness_read(struct so_call *call);

SO_END_INTERNAL

#endif
