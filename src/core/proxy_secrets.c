/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "proxy_secrets.h"
#include "request.h"

static bool add_pair(struct so_arena *arena, struct so_masked **list, const char *user, const char *password)
{
    if (!password)
        return !user || so_mask_add(arena, list, user, strlen(user));
    const char *both = so_arena_join(arena, user ? user : "", ":", password, NULL);
    return both && so_mask_add(arena, list, both, strlen(both)) && so_mask_add(arena, list, password, strlen(password));
}

/* The text before the '@', as it is. */
static bool add_unread(struct so_arena *arena, struct so_masked **list, const char *url, const char *end)
{
    const char *start = strstr(url, "//");
    start = start && start < end ? start + 2 : url;
    char *user = so_arena_copy(arena, start, (size_t)(end - start)), *colon = user ? strchr(user, ':') : NULL;
    if (colon)
        *colon = '\0';
    return user && add_pair(arena, list, user, colon ? colon + 1 : NULL);
}

bool so_proxy_secrets(struct so_arena *arena, struct so_masked **list, const char *url)
{
    const char *user, *password, *end = strrchr(url, '@');
    if (!end || arena->failed)
        return !arena->failed;
    if (so_url_credentials(arena, url, &user, &password))
        return add_pair(arena, list, user, password);
    arena->failed = false; /* either the part before '@' was unreadable, or this fails as well */
    return add_unread(arena, list, url, end);
}

bool so_proxy_environment(struct so_arena *arena, struct so_masked **list)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *url = getenv(names[i]);
        if (url && !so_proxy_secrets(arena, list, url))
            return false;
    }
    return true;
}
