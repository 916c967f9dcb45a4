/* SPDX-License-Identifier: MIT */
/* Checks the values of options and arguments against their parameters. */
#ifndef SIGNOFF_PARAMETERS_H
#define SIGNOFF_PARAMETERS_H

#include "backend.h"

SO_BEGIN_INTERNAL

/* Why a value cannot be that parameter, as the end of a sentence ("is empty"). NULL: it can, or memory is out, which the arena
   notes. */
const char *so_parameter_refuse_text(const struct so_parameter *parameter, struct so_arena *arena, const char *text, size_t size);
const char *so_parameter_refuse_number(const struct so_parameter *parameter, struct so_arena *arena, double number);

/* Adds the value of a parameter that is not given: its fallback, or nil. NULL: memory is out. */
struct so_value *so_parameter_add_fallback(const struct so_parameter *parameter, struct so_arena *arena, struct so_value *into);

/* Whether a list, which may be NULL, has a parameter of that name. */
bool so_parameter_is_listed(const struct so_parameter *list, const char *name);

SO_END_INTERNAL

#endif
