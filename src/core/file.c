/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkostemp */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "buffer.h"
#include "file.h"

static const struct { int number; const char *reason, *text; } troubles[] = {
    {EEXIST, "exists", "exists already; name another one"},
    {EWOULDBLOCK, "locked", "another signoff writes it; wait until that has ended"},
    {EACCES, "denied", "permission denied; check the rights of the file and of its folder"},
    {EPERM, "denied", "this is not permitted; check the file's attributes and its folder's"},
    {EROFS, "denied", "the file system is read-only; name a place that can be written"},
    {ENOSPC, "full", "no space is left on the disk; make room"},
    {EDQUOT, "full", "the disk quota is used up; make room"},
    {EFBIG, "full", "this process may not write a file that large; raise the limit (ulimit -f)"},
    {ENOENT, "missing", "there is no such file or folder"},
    {ENOTDIR, "missing", "a part of the path is not a folder"},
    {EISDIR, "not_file", "is a folder; name a file in it"},
    {ELOOP, "not_file", "is a symbolic link; name the file that it leads to"},
    {ENXIO, "not_file", "is no regular file; name one"},
    {EIO, "failed", "the disk failed (input/output error)"},
    {ENOMEM, "failed", "not enough memory"},
};

bool so_trouble_set(struct so_trouble *out, const char *reason, const char *text)
{
    out->reason = reason;
    snprintf(out->text, sizeof out->text, "%s", text);
    return false;
}

bool so_trouble_from(struct so_trouble *out, int number)
{
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i].number == number)
            return so_trouble_set(out, troubles[i].reason, troubles[i].text);
    return so_trouble_set(out, "failed", strerror(number));
}

/* Writing */

static bool write_all(int descriptor, const char *bytes, size_t size)
{
    while (size) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

/* A write beyond RLIMIT_FSIZE sends SIGXFSZ to the thread that writes, which by default ends the process. */
static sigset_t limit_signal(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGXFSZ);
    return signals;
}

bool so_file_write(int descriptor, const char *bytes, size_t size)
{
    sigset_t held = limit_signal(), before;
    pthread_sigmask(SIG_BLOCK, &held, &before);
    bool fine = write_all(descriptor, bytes, size);
    int number = errno;
    if (!fine && number == EFBIG && !sigismember(&before, SIGXFSZ))
        sigtimedwait(&held, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return fine;
}

bool so_file_sync(int descriptor)
{
    int status;
    do
        status = fdatasync(descriptor);
    while (status && errno == EINTR);
    return status == 0;
}

static int open_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
    int descriptor = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int number = errno;
    free(folder);
    errno = number;
    return descriptor;
}

bool so_file_sync_name(const char *path)
{
    int folder = open_folder(path);
    if (folder < 0)
        return false;
    bool fine = fsync(folder) == 0 || errno == EINVAL; /* a file system that has no such thing */
    int number = errno;
    close(folder);
    errno = number;
    return fine;
}

/* Saving: a temporary file beside it, then its name */

/* Links are not followed, and what is no file stays what it is. */
static bool may_replace(const char *path)
{
    struct stat status;
    if (lstat(path, &status))
        return errno == ENOENT;
    errno = S_ISDIR(status.st_mode) ? EISDIR : S_ISLNK(status.st_mode) ? ELOOP : ENXIO;
    return S_ISREG(status.st_mode);
}

static bool fill(int descriptor, const char *bytes, size_t size)
{
    bool fine = so_file_write(descriptor, bytes, size) && so_file_sync(descriptor);
    int number = errno;
    if (close(descriptor) && fine)
        return false;
    errno = number;
    return fine;
}

/* `made` is the temporary file's name, its last letters to be chosen. */
static bool replace(char *made, const char *path, const char *bytes, size_t size)
{
    int descriptor = mkostemp(made, O_CLOEXEC);
    if (descriptor < 0)
        return false;
    if (fill(descriptor, bytes, size) && rename(made, path) == 0)
        return so_file_sync_name(path);
    int number = errno;
    unlink(made);
    errno = number;
    return false;
}

bool so_file_save(const char *path, const char *bytes, size_t size, struct so_trouble *out)
{
    if (!may_replace(path))
        return so_trouble_from(out, errno);
    struct so_buffer made = {0};
    bool fine = so_buffer_text(&made, path) && so_buffer_text(&made, ".XXXXXX");
    int number = ENOMEM;
    if (fine) {
        fine = replace(made.bytes, path, bytes, size);
        number = errno;
    }
    so_buffer_free(&made);
    return fine || so_trouble_from(out, number);
}

const char *so_file_kind(mode_t mode)
{
    static const struct { mode_t type; const char *name; } kinds[] = {
        {S_IFREG, "file"}, {S_IFDIR, "directory"}, {S_IFLNK, "link"}, {S_IFIFO, "pipe"},
        {S_IFSOCK, "socket"}, {S_IFCHR, "device"}, {S_IFBLK, "device"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if ((mode & S_IFMT) == kinds[i].type)
            return kinds[i].name;
    return "unknown";
}
