/* SPDX-License-Identifier: MIT */
/* Checks that bytes are JSON (RFC 8259), and not too large, before they are decoded: a refused reply costs little, whatever
   lua-cjson would do with it. */
#ifndef SIGNOFF_JSON_SYNTAX_H
#define SIGNOFF_JSON_SYNTAX_H

#include "arena.h"
#include "json_members.h"

SO_BEGIN_INTERNAL

/* `repeats`: a member stands twice in one object. `depth`: of arrays and objects in each other. `no_array`: the first name of `arrays`
   whose member is neither an array nor null somewhere. Once decoded, an empty object is the same as an empty array. */
struct so_json_shape {
    bool repeats;
    int depth;
    const char *no_array;
};

/* Why the bytes are refused, as the end of a sentence: "is not valid JSON", with the line where `arena` is not NULL; NULL where
   they are not. `values_max`: scalars, arrays and objects in all. `arrays`: names up to NULL, or NULL; they are found
   as they are written without escapes. Every number is one that a double holds. */
const char *so_json_refuse(struct so_arena *arena, const char *bytes, size_t size, size_t values_max, const char *const *arrays,
                           struct so_json_shape *shape);

SO_END_INTERNAL

#endif
