/* SPDX-License-Identifier: MIT */
/* Undoes percent-encoding and the escapes of XML and JSON, one layer at a time: each kind may be nested in any other. */
#ifndef SIGNOFF_UNESCAPE_H
#define SIGNOFF_UNESCAPE_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

SO_BEGIN_INTERNAL

/* Kinds of escapes: "%41", "&#65;", "\\u0041". */
enum { SO_PERCENT = 1, SO_ENTITY = 2, SO_BACKSLASH = 4, SO_ANY_ESCAPE = 7 };

/* A text whose escapes are undone, and for each of its bytes the part of the original text that it comes from. */
struct so_layer {
    char *bytes;
    size_t *from, *to; /* [from, to) */
    size_t size;
};

/* The size of an escape of those kinds at `at`, and the bytes that it means; 0 where there is none. */
size_t so_escape_read(const char *at, const char *end, int kinds, char out[4], size_t *size);

/* The same of any kind, without the bytes. */
size_t so_escape_size(const char *at, const char *end);

/* Whether a text may hold an escape. */
bool so_has_escape(const char *text, size_t size);

/* Room for `size` bytes, in the arena, without any. False: memory is out. */
bool so_layer_new(struct so_arena *arena, struct so_layer *out, size_t size);

/* Starts with the original text. */
void so_layer_fill(struct so_layer *layer, const char *text, size_t size);

/* Undoes the outermost escapes of some kinds. False where there are none. */
bool so_unescape(struct so_layer *layer, int kinds);

SO_END_INTERNAL

#endif
