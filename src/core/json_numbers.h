/* SPDX-License-Identifier: MIT */
/* Rewrites the numbers of JSON for a reader that expects another decimal point. */
#ifndef SIGNOFF_JSON_NUMBERS_H
#define SIGNOFF_JSON_NUMBERS_H

#include "arena.h"

SO_BEGIN_INTERNAL

/* The text with every number written without a decimal point, which changes no value: "-0.25" as "-25e-2". `text` itself where
   it has none; NULL: memory is out. */
const char *so_json_without_points(struct so_arena *arena, const char *text, size_t size, size_t *out_size);

SO_END_INTERNAL

#endif
