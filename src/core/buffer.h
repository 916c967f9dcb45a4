/* SPDX-License-Identifier: MIT */
/* Buffers: bytes that grow, and are wiped when freed, since a reply may hold a credential. */
#ifndef SIGNOFF_BUFFER_H
#define SIGNOFF_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Zero-initialised is empty. Behind the last byte there is a NUL. */
struct so_buffer {
    char *bytes;
    size_t size, capacity;
};

/* False when memory is out; the buffer then keeps its bytes. */
bool so_buffer_append(struct so_buffer *buffer, const void *bytes, size_t size);
bool so_buffer_text(struct so_buffer *buffer, const char *text);
/* Empty again, and wiped; it keeps its room. */
void so_buffer_clear(struct so_buffer *buffer);
void so_buffer_free(struct so_buffer *buffer);

SO_END_INTERNAL

#endif
