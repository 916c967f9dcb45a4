/* SPDX-License-Identifier: MIT */
/* Names and values: options, arguments, request bodies and answers are all made of them. */
#ifndef SIGNOFF_VALUE_H
#define SIGNOFF_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

SO_BEGIN_INTERNAL

enum so_type { SO_NIL, SO_BOOLEAN, SO_NUMBER, SO_STRING, SO_LIST, SO_TABLE };

struct so_value {
    const char *name; /* of a table's member; of a list's item: the element name that XML wants */
    enum so_type type;
    bool truth;
    double number;
    const char *text; /* SO_STRING: `size` bytes, which may include NULs, and a NUL */
    size_t size;
    struct so_value *first, *last, *next; /* children, and the sibling */
};

/* Each function adds a child and returns it; NULL when memory is out or `parent` is NULL. Names are not copied, texts are. */
struct so_value *so_value_new(struct so_arena *arena, enum so_type type, const char *name);
struct so_value *so_value_add(struct so_arena *arena, struct so_value *parent, enum so_type type, const char *name);
struct so_value *so_value_add_text(struct so_arena *arena, struct so_value *parent, const char *name, const char *text,
                                   size_t size);
struct so_value *so_value_add_string(struct so_arena *arena, struct so_value *parent, const char *name,
                                     const char *text);
struct so_value *so_value_add_number(struct so_arena *arena, struct so_value *parent, const char *name, double number);
struct so_value *so_value_add_boolean(struct so_arena *arena, struct so_value *parent, const char *name, bool truth);

/* The member of that name, or NULL. */
struct so_value *so_value_member(const struct so_value *table, const char *name);

/* How many children. */
size_t so_value_count(const struct so_value *parent);

SO_END_INTERNAL

#endif
