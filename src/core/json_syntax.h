/* SPDX-License-Identifier: MIT */
/* Checks that bytes are JSON (RFC 8259), and not too large, before they are decoded: a refused reply costs little, whatever
   lua-cjson would do with it. */
#ifndef SIGNOFF_JSON_SYNTAX_H
#define SIGNOFF_JSON_SYNTAX_H

#include "json_members.h"

SO_BEGIN_INTERNAL

/* Where and why: `detail` is what that line has, NULL where `why` says all. */
struct so_json_refusal {
    const char *why, *detail;
    size_t line;
};

/* `repeats`: a member stands twice in one object. `depth`: of arrays and objects in each other. */
struct so_json_shape {
    bool repeats;
    int depth;
};

/* Whether the bytes are refused; `out` has the reason, as the end of a sentence, such as "is not valid JSON". `values_max`: scalars, arrays and
   objects in all. Every number is one that a double holds. */
bool so_json_refuse(struct so_json_refusal *out, const char *bytes, size_t size, size_t values_max, struct so_json_shape *shape);

SO_END_INTERNAL

#endif
