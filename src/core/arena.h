/* SPDX-License-Identifier: MIT */
/* Arenas: memory that lives as long as one call or one client, and is wiped at its end. */
#ifndef SIGNOFF_ARENA_H
#define SIGNOFF_ARENA_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_block;

/* Zero-initialised is empty and ready. */
struct so_arena {
    struct so_block *blocks;
    char *next;
    size_t left;
    bool failed; /* an allocation failed; stays set, so that a builder may check once, at its end */
};

/* Zeroed, aligned for any object; NULL when memory is out (and `failed` is set). */
void *so_arena_alloc(struct so_arena *arena, size_t size);

/* A copy with a NUL behind it. NULL text gives NULL. */
char *so_arena_copy(struct so_arena *arena, const char *text, size_t size);

/* Joins the pieces, up to the NULL that ends the list. */
char *so_arena_join(struct so_arena *arena, const char *first, ...) __attribute__((sentinel));

/* printf and vprintf into the arena. */
char *so_arena_format(struct so_arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *so_arena_vformat(struct so_arena *arena, const char *format, va_list values) __attribute__((format(printf, 2, 0)));

/* Wipes and frees everything; the arena is empty and ready again. */
void so_arena_free(struct so_arena *arena);

SO_END_INTERNAL

#endif
