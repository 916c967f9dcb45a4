/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "settings.h"

struct so_settings *so_settings_new(void)
{
    struct so_settings *settings = calloc(1, sizeof *settings);
    if (settings)
        atomic_init(&settings->owners, 1);
    return settings;
}

struct so_settings *so_settings_share(struct so_settings *settings)
{
    atomic_fetch_add_explicit(&settings->owners, 1, memory_order_relaxed);
    return settings;
}

void so_settings_free(struct so_settings *settings)
{
    if (!settings || atomic_fetch_sub_explicit(&settings->owners, 1, memory_order_acq_rel) > 1)
        return;
    so_arena_free(&settings->masks);
    so_arena_free(&settings->arena);
    free(settings);
}

const struct so_mask *so_settings_mask(struct so_settings *settings)
{
    if (settings->mask)
        return settings->mask;
    settings->mask = so_mask_make(&settings->masks, settings->secrets, NULL);
    if (!settings->mask)
        so_arena_free(&settings->masks); /* next time there may be memory */
    return settings->mask;
}
