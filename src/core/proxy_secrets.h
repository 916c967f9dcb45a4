/* SPDX-License-Identifier: MIT */
/* The credentials in the URLs of proxies. */
#ifndef SIGNOFF_PROXY_SECRETS_H
#define SIGNOFF_PROXY_SECRETS_H

#include "mask.h"

SO_BEGIN_INTERNAL

/* Adds the secrets of a proxy's URL to the list: the password, and the pair as it is sent; without a password the user. False:
   memory is out. */
bool so_proxy_secrets(struct so_arena *arena, struct so_masked **list, const char *url);

/* The same for every proxy that the environment names now and libcurl may use. */
bool so_proxy_environment(struct so_arena *arena, struct so_masked **list);

SO_END_INTERNAL

#endif
