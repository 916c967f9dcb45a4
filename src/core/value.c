/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "value.h"

struct so_value *so_value_new(struct so_arena *arena, enum so_type type, const char *name)
{
    struct so_value *value = so_arena_alloc(arena, sizeof *value);
    if (!value)
        return NULL;
    value->type = type;
    value->name = name;
    return value;
}

struct so_value *so_value_add(struct so_arena *arena, struct so_value *parent, enum so_type type, const char *name)
{
    struct so_value *child = parent ? so_value_new(arena, type, name) : NULL;
    if (!child)
        return NULL;
    if (parent->last)
        parent->last->next = child;
    else
        parent->first = child;
    return parent->last = child;
}

struct so_value *so_value_add_text(struct so_arena *arena, struct so_value *parent, const char *name, const char *text,
                                   size_t size)
{
    const char *copy = so_arena_copy(arena, text, size);
    struct so_value *child = copy ? so_value_add(arena, parent, SO_STRING, name) : NULL;
    if (!child)
        return NULL;
    child->text = copy;
    child->size = size;
    return child;
}

struct so_value *so_value_add_string(struct so_arena *arena, struct so_value *parent, const char *name,
                                     const char *text)
{
    return text ? so_value_add_text(arena, parent, name, text, strlen(text)) : NULL;
}

struct so_value *so_value_add_number(struct so_arena *arena, struct so_value *parent, const char *name, double number)
{
    struct so_value *child = so_value_add(arena, parent, SO_NUMBER, name);
    if (child)
        child->number = number;
    return child;
}

struct so_value *so_value_add_boolean(struct so_arena *arena, struct so_value *parent, const char *name, bool truth)
{
    struct so_value *child = so_value_add(arena, parent, SO_BOOLEAN, name);
    if (child)
        child->truth = truth;
    return child;
}

struct so_value *so_value_member(const struct so_value *table, const char *name)
{
    for (struct so_value *child = table ? table->first : NULL; child; child = child->next)
        if (child->name && !strcmp(child->name, name))
            return child;
    return NULL;
}

size_t so_value_count(const struct so_value *parent)
{
    size_t count = 0;
    for (const struct so_value *child = parent ? parent->first : NULL; child; child = child->next)
        count++;
    return count;
}
