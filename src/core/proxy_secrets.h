/* SPDX-License-Identifier: MIT */
/* The credentials of proxies, which stand in their URLs. */
#ifndef SIGNOFF_PROXY_SECRETS_H
#define SIGNOFF_PROXY_SECRETS_H

#include "mask.h"

SO_BEGIN_INTERNAL

/* Adds to the list what is secret of a proxy's URL: the password, and the pair as it is sent; the user where there is no
   password. False: memory is out. */
bool so_proxy_secrets(struct so_arena *arena, struct so_masked **list, const char *url);

/* The same of every proxy that the environment names now, and libcurl may take. */
bool so_proxy_environment(struct so_arena *arena, struct so_masked **list);

SO_END_INTERNAL

#endif
