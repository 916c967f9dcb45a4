/* SPDX-License-Identifier: MIT */
/* Options that every client has, and the settings that all options of a client make. */
#ifndef SIGNOFF_OPTIONS_H
#define SIGNOFF_OPTIONS_H

#include "parameters.h"

SO_BEGIN_INTERNAL

#define SO_VERSION "0.1.0"

/* Options that every client has, and those that one call may override. */
extern const struct so_parameter so_common_options[], so_call_options[];

/* Why a request cannot have that header beside its own ("'Host' is set by the module itself"). The value may be NULL: then only
   the name is checked. NULL: it can, or memory is out, which the arena notes. */
const char *so_header_refuse(const struct so_backend *backend, struct so_arena *arena, const char *name, size_t name_size,
                             const char *value, size_t size);

/* A header whose value is masked from now on (`masked` is NULL: it may be shown); NULL: memory is out. */
struct so_header *so_header_new(struct so_arena *arena, struct so_masked **masked, const char *name, size_t name_size,
                                const char *value, size_t size);

/* Keeps a list sorted by name, since Lua's tables have no order. */
void so_header_insert(struct so_header **list, struct so_header *header);

/* Both of these give what is wrong ("option 'url' is missing"). NULL: nothing is, or memory is out, which the arena of the
   settings or of the call notes. */

/* Fills settings that have the system's own options and the headers. `common`: in the order of so_common_options. */
const char *so_options_take(struct so_settings *settings, const struct so_value *common);

/* Takes the overrides of one call, in the order of so_call_options. */
const char *so_options_override(struct so_call *call, const struct so_value *given);

SO_END_INTERNAL

#endif
