/* SPDX-License-Identifier: MIT */
/* Options that every client has, and the settings that all options of a client make. */
#ifndef SIGNOFF_OPTIONS_H
#define SIGNOFF_OPTIONS_H

#include "parameters.h"

SO_BEGIN_INTERNAL

#define SO_VERSION "0.1.0"

/* Options that every client has, and those that one call may override. */
extern const struct so_parameter so_common_options[], so_call_options[];

/* Each of these gives what is wrong ("option 'url' is missing"). NULL: nothing is, or memory is out, which the arena of the
   settings or of the call notes. */

/* Takes a header of the site's own. Without a name or a value only the other one is checked. */
const char *so_options_header(struct so_settings *settings, const char *name, size_t name_size, const char *value, size_t size);

/* Fills settings that have the system's own options and the headers. `common`: in the order of so_common_options. */
const char *so_options_take(struct so_settings *settings, const struct so_value *common);

/* Takes the overrides of one call, in the order of so_call_options. */
const char *so_options_override(struct so_call *call, const struct so_value *given);

SO_END_INTERNAL

#endif
