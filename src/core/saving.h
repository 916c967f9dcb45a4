/* SPDX-License-Identifier: MIT */
/* Saves a file in pieces, whole or not at all, for its owner alone: a temporary file beside it, then its name. Counts the SHA-256 of
   its bytes on the way. */
#ifndef SIGNOFF_SAVING_H
#define SIGNOFF_SAVING_H

#include <stdbool.h>
#include <stddef.h>

#include "digest.h"
#include "file.h"
#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_saving {
    char *path, *made;        /* owned; `made` is the temporary file's name, NULL once it has its own, or is gone */
    int descriptor;           /* -1 once it is complete */
    struct so_digest *digest; /* NULL once it is complete */
};

/* A saving that was not begun, and can be closed. */
#define SO_SAVING_NONE {NULL, NULL, -1, NULL}

/* Makes the temporary file. */
bool so_saving_begin(struct so_saving *out, const char *path, struct so_trouble *trouble);

bool so_saving_write(struct so_saving *saving, const char *bytes, size_t size, struct so_trouble *trouble);

/* Waits until all of it is on disk, still under the temporary name. It takes no more bytes. */
bool so_saving_complete(struct so_saving *saving, char out[SO_SHA256_DIGITS + 1], struct so_trouble *trouble);

/* Gives a complete file its name. */
bool so_saving_rename(struct so_saving *saving, struct so_trouble *trouble);

/* Removes the temporary file, if it was not renamed. Closing twice is harmless. */
void so_saving_close(struct so_saving *saving);

SO_END_INTERNAL

#endif
