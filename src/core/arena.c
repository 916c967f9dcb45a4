/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"

/* The first two blocks have the largest size that glibc's malloc serves from its fast lists; few calls need a third. */
enum { FIRST_BLOCK = 992, LARGEST_STEP = 1 << 20 };

struct so_block {
    struct so_block *below;
    size_t size;
    max_align_t bytes[];
};

static bool arena_grow(struct so_arena *arena, size_t least)
{
    size_t size = arena->blocks && arena->blocks->below ? arena->blocks->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_STEP)
        size = LARGEST_STEP;
    if (size < least)
        size = least;
    struct so_block *block = malloc(sizeof *block + size);
    if (!block)
        return false;
    block->below = arena->blocks;
    block->size = size;
    arena->blocks = block;
    arena->next = (char *)block->bytes;
    arena->left = size;
    return true;
}

/* Room for `size` bytes, not zeroed. */
static char *arena_take(struct so_arena *arena, size_t size)
{
    const size_t grain = sizeof(max_align_t);
    if (size > SIZE_MAX / 4) {
        arena->failed = true;
        return NULL;
    }
    size_t rounded = (size + grain - 1) / grain * grain;
    if (rounded > arena->left && !arena_grow(arena, rounded)) {
        arena->failed = true;
        return NULL;
    }
    char *taken = arena->next;
    arena->next += rounded;
    arena->left -= rounded;
    return taken;
}

void *so_arena_alloc(struct so_arena *arena, size_t size)
{
    char *taken = arena_take(arena, size);
    return taken ? memset(taken, 0, size) : NULL;
}

char *so_arena_copy(struct so_arena *arena, const char *text, size_t size)
{
    if (!text)
        return NULL;
    char *copy = arena_take(arena, size + 1);
    if (!copy)
        return NULL;
    memcpy(copy, text, size);
    copy[size] = '\0';
    return copy;
}

char *so_arena_join(struct so_arena *arena, const char *first, ...)
{
    size_t size = 0;
    va_list pieces;
    va_start(pieces, first);
    for (const char *piece = first; piece; piece = va_arg(pieces, const char *))
        size += strlen(piece);
    va_end(pieces);
    char *joined = arena_take(arena, size + 1);
    if (!joined)
        return NULL;
    char *end = joined;
    va_start(pieces, first);
    for (const char *piece = first; piece; piece = va_arg(pieces, const char *))
        end = stpcpy(end, piece);
    va_end(pieces);
    *end = '\0';
    return joined;
}

char *so_arena_format(struct so_arena *arena, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = so_arena_vformat(arena, format, values);
    va_end(values);
    return text;
}

char *so_arena_vformat(struct so_arena *arena, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    int size = vsnprintf(NULL, 0, format, values);
    char *text = size < 0 ? NULL : arena_take(arena, (size_t)size + 1);
    if (text)
        vsnprintf(text, (size_t)size + 1, format, again);
    va_end(again);
    return text;
}

void so_arena_free(struct so_arena *arena)
{
    size_t unused = arena->left; /* bytes left in the newest block; each older block counts as full */
    for (struct so_block *block = arena->blocks; block;) {
        struct so_block *below = block->below;
        explicit_bzero(block->bytes, block->size - unused);
        unused = 0;
        free(block);
        block = below;
    }
    *arena = (struct so_arena){0};
}
