/* SPDX-License-Identifier: MIT */
/* Files: opened to be read, or there whole or not at all for their owner alone; and why one could not be used. */
#ifndef SIGNOFF_FILE_H
#define SIGNOFF_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Why a file could not be used; the text is the end of a sentence that begins with its path. */
struct so_trouble {
    const char *reason; /* "exists", "locked", "denied", "full", "missing", "not_file", "changed", "untrusted", "failed"; static */
    char text[1024];
};

/* Explains an errno about a file. Gives false, so that a failing function can return it. */
bool so_trouble_from(struct so_trouble *out, int number);
__attribute__((format(printf, 3, 4))) bool so_trouble_set(struct so_trouble *out, const char *reason, const char *format, ...);

/* Opens a file to be read, and says what it is: a pipe, a device or a folder as well, which the caller refuses. Never waits.
   The descriptor, or -1. */
int so_file_open(const char *path, struct stat *status, struct so_trouble *out);

/* Whether it is on a file system that is mounted read-only: what is wrong with its mode is mended where it is mounted. */
bool so_file_is_fixed(int descriptor);

/* As read(2), and not interrupted. */
ssize_t so_file_read(int descriptor, char *room, size_t size);

/* Of a path: the last name, and the folder that has it, opened. The descriptor, or -1 and errno. */
const char *so_file_name(const char *path);
int so_file_folder(const char *path, char folder[PATH_MAX]);

/* All of the bytes, however little the system takes at once. Below, false comes with errno. A limit on the size of
   files (RLIMIT_FSIZE) is EFBIG here, and no signal. */
bool so_file_write(int descriptor, const char *bytes, size_t size);

/* On disk: what a file holds, and what is needed to read it again. */
bool so_file_sync(int descriptor);

/* On disk: which names the folder has. */
bool so_file_sync_names(int folder);

/* A file of mode 0600 with these bytes. Until it is on disk, whatever was at `path` stays. */
bool so_file_save(const char *path, const char *bytes, size_t size, struct so_trouble *out);

/* The same in two steps, where what is to be saved is known later: a temporary file beside it, whose name is put into `made`
   (of the path's length, and SO_FILE_SUFFIX) and which has its room; then other bytes in it, and its name. Where the second
   step fails, the temporary file stays. */
enum { SO_FILE_SUFFIX = sizeof ".XXXXXX" };
bool so_file_begin(char *made, const char *path, const char *bytes, size_t size, struct so_trouble *out);
bool so_file_end(const char *made, const char *path, const char *bytes, size_t size, struct so_trouble *out);

/* "file", "directory", "pipe", ... */
const char *so_file_kind(mode_t mode);

SO_END_INTERNAL

#endif
