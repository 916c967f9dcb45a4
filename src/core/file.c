/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkostemp */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "descriptors.h"
#include "file.h"
#include "locale.h"

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

bool so_trouble_set(struct so_trouble *out, const char *reason, const char *format, ...)
{
    va_list values;
    out->reason = reason;
    va_start(values, format);
    vsnprintf(out->text, sizeof out->text, format, values);
    va_end(values);
    return false;
}

bool so_trouble_from(struct so_trouble *out, int number)
{
    for (size_t i = 0; i < sizeof troubles / sizeof *troubles; i++)
        if (troubles[i].number == number)
            return so_trouble_set(out, troubles[i].reason, "%s", troubles[i].text);
    const char *problem = so_descriptors_problem(number);
    return so_trouble_set(out, "failed", "%s", problem ? problem : so_errno_text(number));
}

/* Reading */

int so_file_open(const char *path, struct stat *status, struct so_trouble *out)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor >= 0 && fstat(descriptor, status) == 0)
        return descriptor;
    so_trouble_from(out, errno);
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

bool so_file_is_fixed(int descriptor)
{
    struct statvfs system;
    return fstatvfs(descriptor, &system) == 0 && system.f_flag & ST_RDONLY;
}

ssize_t so_file_read(int descriptor, char *room, size_t size)
{
    ssize_t count;
    do
        count = read(descriptor, room, size);
    while (count < 0 && errno == EINTR);
    return count;
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

/* SIGXFSZ: a write beyond RLIMIT_FSIZE sends it to the thread that writes, and by default it ends the process. */
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

const char *so_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

int so_file_folder(const char *path, char folder[PATH_MAX])
{
    int size = (int)(so_file_name(path) - path);
    if (snprintf(folder, PATH_MAX, "%.*s", size ? size : 1, size ? path : ".") < PATH_MAX)
        return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    errno = ENAMETOOLONG;
    return -1;
}

bool so_file_sync_names(int folder)
{
    return fsync(folder) == 0 || errno == EINVAL; /* EINVAL: this file system cannot sync a folder */
}

/* Saving: a temporary file beside it, then its name */

void so_file_template(char *made, const char *path)
{
    size_t size = strlen(path);
    memcpy(made, path, size);
    memcpy(made + size, ".XXXXXX", SO_FILE_SUFFIX);
}

bool so_file_may_replace(const char *path)
{
    struct stat status;
    if (lstat(path, &status))
        return errno == ENOENT;
    errno = S_ISDIR(status.st_mode) ? EISDIR : S_ISLNK(status.st_mode) ? ELOOP : ENXIO;
    return S_ISREG(status.st_mode);
}

static bool fill(int descriptor, const char *bytes, size_t size)
{
    bool fine = so_file_write(descriptor, bytes, size) && ftruncate(descriptor, (off_t)size) == 0 && so_file_sync(descriptor);
    int number = errno;
    if (close(descriptor) && fine)
        return false;
    errno = number;
    return fine;
}

bool so_file_sync_name(const char *path)
{
    char name[PATH_MAX];
    int folder = so_file_folder(path, name);
    if (folder < 0)
        return false;
    bool fine = so_file_sync_names(folder);
    int number = errno;
    close(folder);
    errno = number;
    return fine;
}

/* Removes the temporary file after a failure. Gives `fine`, and keeps errno. */
static bool kept(bool fine, const char *made)
{
    int number = errno;
    if (!fine)
        unlink(made);
    errno = number;
    return fine;
}

/* `made` is the template of the temporary file's name; mkostemp chooses its last characters, and mode 0600. Another mode is given to
   the open file: others may write to its folder, and the name may lead elsewhere by then. */
enum { PRIVATE = 0600, PUBLIC = 0644 };
static bool begin(char *made, mode_t mode, const char *bytes, size_t size)
{
    int descriptor = mkostemp(made, O_CLOEXEC);
    if (descriptor >= 0 && mode != PRIVATE && fchmod(descriptor, mode)) {
        close(descriptor);
        return kept(false, made);
    }
    return descriptor >= 0 && kept(fill(descriptor, bytes, size), made);
}

bool so_file_rename(const char *made, const char *path)
{
    return so_file_may_replace(path) && rename(made, path) == 0;
}

bool so_file_begin(char *made, const char *path, const char *bytes, size_t size, struct so_trouble *out)
{
    so_file_template(made, path);
    return (so_file_may_replace(path) && begin(made, PRIVATE, bytes, size)) || so_trouble_from(out, errno);
}

bool so_file_end(const char *made, const char *path, const char *bytes, size_t size, struct so_trouble *out)
{
    int descriptor = open(made, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    bool fine = descriptor >= 0 && fill(descriptor, bytes, size) && so_file_rename(made, path) && so_file_sync_name(path);
    return fine || so_trouble_from(out, errno);
}

static bool save(const char *path, mode_t mode, const char *bytes, size_t size, struct so_trouble *out)
{
    char *made = malloc(strlen(path) + SO_FILE_SUFFIX);
    if (!made)
        return so_trouble_from(out, ENOMEM);
    so_file_template(made, path);
    bool fine = (so_file_may_replace(path) && begin(made, mode, bytes, size) && kept(so_file_rename(made, path), made) &&
                 so_file_sync_name(path)) || so_trouble_from(out, errno);
    free(made);
    return fine;
}

bool so_file_save(const char *path, const char *bytes, size_t size, struct so_trouble *out)
{
    return save(path, PRIVATE, bytes, size, out);
}

bool so_file_publish(const char *path, const char *bytes, size_t size, struct so_trouble *out)
{
    return save(path, PUBLIC, bytes, size, out);
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
