/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

enum { SMALLEST = 512 };

/* Not realloc: it would leave an unwiped copy behind. */
static bool buffer_grow(struct so_buffer *buffer, size_t needed)
{
    size_t capacity = buffer->capacity ? buffer->capacity : SMALLEST;
    while (capacity < needed)
        capacity *= 2;
    char *bytes = malloc(capacity);
    if (!bytes)
        return false;
    size_t size = buffer->size;
    if (size)
        memcpy(bytes, buffer->bytes, size);
    so_buffer_free(buffer);
    *buffer = (struct so_buffer){bytes, size, capacity};
    return true;
}

bool so_buffer_append(struct so_buffer *buffer, const void *bytes, size_t size)
{
    if (size > SIZE_MAX / 4 - buffer->size)
        return false;
    size_t needed = buffer->size + size + 1;
    if (needed > buffer->capacity && !buffer_grow(buffer, needed))
        return false;
    if (size)
        memcpy(buffer->bytes + buffer->size, bytes, size);
    buffer->size += size;
    buffer->bytes[buffer->size] = '\0';
    return true;
}

bool so_buffer_text(struct so_buffer *buffer, const char *text)
{
    return so_buffer_append(buffer, text, strlen(text));
}

void so_buffer_clear(struct so_buffer *buffer)
{
    if (buffer->size)
        explicit_bzero(buffer->bytes, buffer->size);
    buffer->size = 0;
}

void so_buffer_free(struct so_buffer *buffer)
{
    so_buffer_clear(buffer);
    free(buffer->bytes);
    *buffer = (struct so_buffer){0};
}
