/* SPDX-License-Identifier: MIT */
/* Preloaded: somebody who puts another file in the place of one that is about to be read. To open "SWAP:N" asks for it, and fails:
   at the N-th call from the one on that names SWAP_PATH, of those that ask the system of files, SWAP_WITH is renamed to that. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long left = -1; /* calls until then; -1: never */
static int begun;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int is_order(const char *path)
{
    if (strncmp(path, "SWAP:", 5))
        return 0;
    left = atol(path + 5);
    begun = 0;
    errno = ENOENT;
    return 1;
}

static void tick(const char *path)
{
    const char *target = getenv("SWAP_PATH");
    if (path && target && !strcmp(path, target))
        begun = 1;
    if (begun && left >= 0 && left-- == 0)
        REAL(rename)(getenv("SWAP_WITH"), target);
}

static mode_t mode_of(va_list values, int flags)
{
    return flags & O_CREAT ? (mode_t)va_arg(values, int) : 0;
}

#define OPEN(name)                                     \
    int name(const char *path, int flags, ...)         \
    {                                                  \
        va_list values;                                \
        if (is_order(path))                            \
            return -1;                                 \
        tick(path);                                    \
        va_start(values, flags);                       \
        mode_t mode = mode_of(values, flags);          \
        va_end(values);                                \
        return REAL(name)(path, flags, mode);          \
    }

#define OPENAT(name)                                          \
    int name(int folder, const char *path, int flags, ...)    \
    {                                                         \
        va_list values;                                       \
        tick(path);                                           \
        va_start(values, flags);                              \
        mode_t mode = mode_of(values, flags);                 \
        va_end(values);                                       \
        return REAL(name)(folder, path, flags, mode);         \
    }

#define FOPEN(name)                                           \
    FILE *name(const char *path, const char *how)             \
    {                                                         \
        if (is_order(path))                                   \
            return NULL;                                      \
        tick(path);                                           \
        return REAL(name)(path, how);                         \
    }

OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)
FOPEN(fopen)
FOPEN(fopen64)

int fstat(int descriptor, struct stat *status)
{
    tick(NULL);
    return REAL(fstat)(descriptor, status);
}

int stat(const char *path, struct stat *status)
{
    tick(path);
    return REAL(stat)(path, status);
}

int access(const char *path, int mode)
{
    tick(path);
    return REAL(access)(path, mode);
}

ssize_t readlinkat(int folder, const char *path, char *target, size_t size)
{
    tick(NULL);
    return REAL(readlinkat)(folder, path, target, size);
}

ssize_t read(int descriptor, void *bytes, size_t size)
{
    tick(NULL);
    return REAL(read)(descriptor, bytes, size);
}
