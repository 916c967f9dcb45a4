/* SPDX-License-Identifier: MIT */
/* Files: opens them for reading, and saves them whole or not at all, for their owner alone. Explains failures. */
#ifndef SIGNOFF_FILE_H
#define SIGNOFF_FILE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* The reason why a file could not be used; the text is the end of a sentence that begins with its path. */
struct so_trouble {
    const char *reason; /* "exists", "locked", "denied", "full", "missing", "not_file", "changed", "untrusted", "failed"; static */
    char text[1024];
};

/* Explains an errno about a file. Gives false, so that a failing function can return it. */
bool so_trouble_from(struct so_trouble *out, int number);
__attribute__((format(printf, 3, 4))) bool so_trouble_set(struct so_trouble *out, const char *reason, const char *format, ...);

/* Opens a file for reading, and gives its status. Opens a pipe, a device or a folder as well, which the caller refuses. Never
   waits. Gives the descriptor, or -1. */
int so_file_open(const char *path, struct stat *status, struct so_trouble *out);

/* Whether the file is on a file system that is mounted read-only: then its mode can only be changed at the mount. */
bool so_file_is_fixed(int descriptor);

/* As read(2), but signals do not interrupt it. */
ssize_t so_file_read(int descriptor, char *room, size_t size);

/* The last name of a path, and the folder that has it. The second opens the folder, and gives its descriptor, or -1 and errno. */
const char *so_file_name(const char *path);
int so_file_folder(const char *path, char folder[PATH_MAX]);

/* Writes all of the bytes. This and the functions below give false with errno. A limit on the size of files (RLIMIT_FSIZE)
   gives EFBIG, and no signal. */
bool so_file_write(int descriptor, const char *bytes, size_t size);

/* Waits until a file's contents are on disk, with everything that is needed to read them again. */
bool so_file_sync(int descriptor);

/* Waits until the names in a folder are on disk. */
bool so_file_sync_names(int folder);

/* Saves these bytes in a file of mode 0600. Until it is on disk, the file that was at `path` stays. */
bool so_file_save(const char *path, const char *bytes, size_t size, struct so_trouble *out);

/* The same in two steps. The first writes bytes to a temporary file beside it, to reserve its room, and puts its name into
   `made` (of the path's length and SO_FILE_SUFFIX); the second writes the final bytes and renames it. If the second step fails,
   the temporary file stays. */
enum { SO_FILE_SUFFIX = sizeof ".XXXXXX" };
bool so_file_begin(char *made, const char *path, const char *bytes, size_t size, struct so_trouble *out);
bool so_file_end(const char *made, const char *path, const char *bytes, size_t size, struct so_trouble *out);

/* As so_file_save, but everybody may read the file (0644). */
bool so_file_publish(const char *path, const char *bytes, size_t size, struct so_trouble *out);

/* The parts of saving. `may_replace`: nothing but a file is at `path`, and no link. `rename`: gives a temporary file its name, in
   place of such a file. `sync_name`: waits until that is on disk. False with errno. */
bool so_file_may_replace(const char *path);
bool so_file_rename(const char *made, const char *path);
bool so_file_sync_name(const char *path);

/* The template of a temporary file's name beside a path, for mkostemp; `made` has room for the path and SO_FILE_SUFFIX. */
void so_file_template(char *made, const char *path);

/* "file", "directory", "pipe", ... */
const char *so_file_kind(mode_t mode);

SO_END_INTERNAL

#endif
