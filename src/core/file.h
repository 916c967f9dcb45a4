/* SPDX-License-Identifier: MIT */
/* Files that only their owner may read, and that are there whole or not at all; and why one could not be used. */
#ifndef SIGNOFF_FILE_H
#define SIGNOFF_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Why a file could not be used; the text is the end of a sentence that begins with its path. */
struct so_trouble {
    const char *reason; /* "exists", "locked", "denied", "full", "missing", "not_file", "changed", "failed"; static */
    char text[160];
};

/* What an errno means for a file. False, so that a failing function can return it. */
bool so_trouble_from(struct so_trouble *out, int number);
bool so_trouble_set(struct so_trouble *out, const char *reason, const char *text);

/* All of the bytes, however little the system takes at once. Below, false comes with errno. A limit on the size of
   files (RLIMIT_FSIZE) is EFBIG here, and no signal. */
bool so_file_write(int descriptor, const char *bytes, size_t size);

/* On disk: what a file holds, and what is needed to read it again. */
bool so_file_sync(int descriptor);

/* On disk: that the folder of `path` has a file of that name. */
bool so_file_sync_name(const char *path);

/* A file of mode 0600 with these bytes. Until it is on disk, whatever was at `path` stays. */
bool so_file_save(const char *path, const char *bytes, size_t size, struct so_trouble *out);

/* "file", "directory", "pipe", ... */
const char *so_file_kind(mode_t mode);

SO_END_INTERNAL

#endif
