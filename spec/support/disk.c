/* SPDX-License-Identifier: MIT */
/* Preloaded: a disk that works badly. Its environment says how:
     DISK_SLOW       every other write is interrupted, the others take 7 bytes at most
     DISK_ROOM       bytes that fit on it; then it is full, or fails with DISK_ERROR
     DISK_SYNCS      times that it can be synced; then it fails
     DISK_CURED      a path: once a file is there, there is room, and syncing works
     DISK_WAIT       milliseconds that each sync takes
     DISK_FOLDERS    "fail": a folder cannot be synced */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static long setting(const char *name, long otherwise)
{
    const char *value = getenv(name);
    return value ? atol(value) : otherwise;
}

static int is_file(int descriptor)
{
    struct stat status;
    return fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

static int is_cured(void)
{
    const char *path = getenv("DISK_CURED");
    return path && access(path, F_OK) == 0;
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    static ssize_t (*real)(int, const void *, size_t);
    static long room = -1, writes;
    if (!real)
        real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    if (!is_file(descriptor))
        return real(descriptor, bytes, size);
    if (getenv("DISK_SLOW") && writes++ % 2 == 0)
        return errno = EINTR, -1;
    if (getenv("DISK_SLOW") && size > 7)
        size = 7;
    room = room < 0 ? setting("DISK_ROOM", 1L << 40) : room;
    if (is_cured())
        return real(descriptor, bytes, size);
    if (!room)
        return errno = (int)setting("DISK_ERROR", ENOSPC), -1;
    size = (long)size > room ? (size_t)room : size;
    room -= (long)size;
    return real(descriptor, bytes, size);
}

int fdatasync(int descriptor)
{
    static int (*real)(int);
    static long syncs = -1, calls;
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    if (getenv("DISK_SLOW") && calls++ % 2 == 0)
        return errno = EINTR, -1;
    usleep((useconds_t)setting("DISK_WAIT", 0) * 1000);
    syncs = syncs < 0 ? setting("DISK_SYNCS", 1L << 40) : syncs;
    if (is_cured())
        return real(descriptor);
    if (!syncs)
        return errno = EIO, -1;
    syncs--;
    return real(descriptor);
}

int fsync(int descriptor)
{
    static int (*real)(int);
    if (!real)
        real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    if (getenv("DISK_FOLDERS") && !strcmp(getenv("DISK_FOLDERS"), "fail"))
        return errno = EIO, -1;
    return real(descriptor);
}
