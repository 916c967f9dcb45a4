/* SPDX-License-Identifier: MIT */
/* Freshness: whether a reply came from the system itself now, or from a cache in between. An old reply proves nothing. */
#ifndef SIGNOFF_FRESHNESS_H
#define SIGNOFF_FRESHNESS_H

#include "call.h"

SO_BEGIN_INTERNAL

/* Headers of every request. Those that change something have them as well, since some are GETs, which a cache could answer. */
#define SO_FRESH_VALUE "no-cache"
#define SO_FRESH_HEADER "Cache-Control"
#define SO_FRESH_OLD_HEADER "Pragma" /* the same for HTTP/1.0 */

/* Fills the reply's `date` and `stale` from its status and head. Of several header lines the worst counts. */
void so_freshness_read(struct so_call *call);

SO_END_INTERNAL

#endif
