/* SPDX-License-Identifier: MIT */
/* Cookies as texts, "name=value; name=value": what one exchange sends, and what its reply makes of that. Nothing is kept here
   between exchanges. */
#ifndef SIGNOFF_COOKIE_H
#define SIGNOFF_COOKIE_H

#include "head.h"
#include "mask.h"

SO_BEGIN_INTERNAL

enum { SO_COOKIES_MAX = 8, SO_COOKIE_MAX = 4096 };

/* Why that text cannot be sent as cookies, as the end of a sentence; NULL where it can. */
const char *so_cookie_refuse(const char *text, size_t size);

/* `first`, and behind it the cookies of `second` whose names it lacks. Either may be NULL. NULL: memory is out. */
const char *so_cookie_join(struct so_arena *arena, const char *first, const char *second);

/* Gives the cookies to be sent next, where `sent` (NULL: none) was sent with this request: what the reply sets replaces what has that name,
   what it takes back, or what has expired by the server's clock (0: by ours), goes. At most SO_COOKIES_MAX names of a reply count, and SO_COOKIE_MAX bytes in all: what is beyond is left out,
   whole. NULL: none. False: the reply sets nothing, or memory is out. */
bool so_cookie_take(struct so_arena *arena, const char *sent, const struct so_head *head, double date,
                    const char **out);

/* Adds the values to what is masked. False: memory is out. */
bool so_cookie_mask(struct so_arena *arena, struct so_masked **list, const char *text);

SO_END_INTERNAL

#endif
