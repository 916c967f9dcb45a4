/* SPDX-License-Identifier: MIT */
/* JSON objects of others, read where they stand: nothing is allocated, so that no token is
   called wrong when memory is out. */
#ifndef SIGNOFF_JOSE_OBJECT_H
#define SIGNOFF_JOSE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>

#include "../core/visibility.h"

SO_BEGIN_INTERNAL

/* The text of a value, without blanks around it. */
struct so_value_text {
    const char *at, *end;
};

/* Reads a JSON object that has no member twice, 32 levels at most, finite numbers and valid characters. False where the text is none. The
   other functions take values out of it. */
bool so_object_read(struct so_value_text *out, const char *text, size_t size);

/* The member of an object; false where it has none, or is no object. */
bool so_object_get(const struct so_value_text *object, const char *name, struct so_value_text *out);

/* The next item of a list, or the first if `item` is {NULL, NULL}; false behind the last, and where it is no list. */
bool so_object_next(const struct so_value_text *list, struct so_value_text *item);

bool so_object_is_object(const struct so_value_text *value);

/* The bytes of a text, and a NUL behind them. False where the value is no text, or has more than `most` bytes. */
bool so_object_text(const struct so_value_text *value, char *out, size_t most, size_t *size);

/* Whether the value is that text. */
bool so_object_is(const struct so_value_text *value, const char *text);

SO_END_INTERNAL

#endif
