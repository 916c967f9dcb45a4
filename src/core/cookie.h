/* SPDX-License-Identifier: MIT */
/* Cookies as texts, "name=value; name=value": joins the cookies that an exchange sends with those that its reply sets. Keeps
   nothing between exchanges. */
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

/* Gives the cookies for the next request, after this one was sent with `sent` (NULL: none). A cookie that the reply sets
   replaces the one of its name; a cookie that the reply removes, or that has expired by the server's clock (0: by ours), is
   left out. At most SO_COOKIES_MAX names of a reply count, and SO_COOKIE_MAX bytes in all: further cookies are left out whole.
   NULL: none. False: the reply sets nothing, or memory is out. */
bool so_cookie_take(struct so_arena *arena, const char *sent, const struct so_head *head, double date,
                    const char **out);

/* Adds the values to what is masked. False: memory is out. */
bool so_cookie_mask(struct so_arena *arena, struct so_masked **list, const char *text);

SO_END_INTERNAL

#endif
