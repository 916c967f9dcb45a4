/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* O_PATH */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "trust.h"

enum { MOST_LINKS = 40, OTHERS_WRITE = S_IWGRP | S_IWOTH, PERMISSIONS = 07777 };

/* The way to a file, a name at a time. Each name is opened in the folder before it, and its status is that of what was
   opened: a name that somebody changes meanwhile leads nowhere else. */
struct walk {
    int at;              /* what was reached last; -1 before the first step */
    struct stat status;  /* of that */
    char name[PATH_MAX]; /* of that, as messages show it */
    char rest[PATH_MAX]; /* of the path */
    int links;
    struct so_trouble *trouble;
};

/* Refusals: each text is the end of a sentence that begins with the path. */

static bool refuse_owner(const struct walk *walk, const struct stat *status, const char *name)
{
    unsigned owner = status->st_uid, user = geteuid();
    char wanted[64] = "root";
    if (user)
        snprintf(wanted, sizeof wanted, "root or to user %u, who runs this", user);
    if (S_ISREG(status->st_mode))
        return so_trouble_set(walk->trouble, "untrusted", "belongs to user %u, and must belong to %s; look at what it holds, "
                              "then run: chown %u '%s'", owner, wanted, user, name);
    return so_trouble_set(walk->trouble, "untrusted", "is found through '%s', which belongs to user %u, and must belong to %s; "
                          "name a file in a folder of your own", name, owner, wanted);
}

static bool refuse_mode(const struct walk *walk, const struct stat *status, const char *name)
{
    const char *who = status->st_mode & S_IWOTH ? "everybody" : "its group";
    unsigned mode = status->st_mode & PERMISSIONS;
    if (S_ISREG(status->st_mode))
        return so_trouble_set(walk->trouble, "untrusted", "%s may write to it (mode %04o); look at what it holds, then run: "
                              "chmod go-w '%s'", who, mode, name);
    return so_trouble_set(walk->trouble, "untrusted", "%s may write to %s (mode %04o), through which it is found; run: "
                          "chmod go-w '%s'", who, name, mode, name);
}

static bool refuse_second_name(const struct walk *walk)
{
    return so_trouble_set(walk->trouble, "untrusted", "has a second name, and others may write to '%s', where this one stands: "
                          "they may have put it there; copy it into a folder of your own", walk->name);
}

/* What passes */

static bool is_ours(const struct stat *status)
{
    return status->st_uid == 0 || status->st_uid == geteuid();
}

static bool others_write(const struct stat *status)
{
    return status->st_mode & OTHERS_WRITE;
}

static bool is_sticky(const struct stat *status)
{
    return S_ISDIR(status->st_mode) && status->st_mode & S_ISVTX;
}

/* A link has no mode that counts, and an owner that counts only where others may make links. */
static bool may_pass(const struct walk *walk, const struct stat *status, const char *name)
{
    bool shared = others_write(&walk->status), link = S_ISLNK(status->st_mode);
    if (!is_ours(status) && (shared || !link))
        return refuse_owner(walk, status, name);
    if (!link && others_write(status) && !is_sticky(status))
        return refuse_mode(walk, status, name);
    return !shared || !S_ISREG(status->st_mode) || status->st_nlink < 2 || refuse_second_name(walk);
}

/* Steps. False has said why. */

static bool fail(const struct walk *walk, int number)
{
    return so_trouble_from(walk->trouble, number);
}

static bool join(char out[PATH_MAX], const char *first, const char *second)
{
    const char *slash = *first && first[strlen(first) - 1] != '/' ? "/" : "";
    return snprintf(out, PATH_MAX, "%s%s%s", first, slash, second) < PATH_MAX;
}

static void leave(struct walk *walk)
{
    if (walk->at >= 0)
        close(walk->at);
    walk->at = -1;
    walk->status = (struct stat){0};
    walk->name[0] = '\0';
}

/* From now on along `path`, which begins where it stands, or at the root. */
static bool turn(struct walk *walk, const char *path)
{
    char rest[PATH_MAX];
    if (!join(rest, path, walk->rest))
        return fail(walk, ENAMETOOLONG);
    memcpy(walk->rest, rest, sizeof rest);
    if (*path == '/')
        leave(walk);
    return true;
}

static bool follow(struct walk *walk, int link)
{
    char target[PATH_MAX];
    ssize_t size = readlinkat(link, "", target, sizeof target - 1);
    if (size < 0)
        return fail(walk, errno);
    target[size] = '\0';
    return ++walk->links <= MOST_LINKS ? turn(walk, target) : fail(walk, ELOOP);
}

/* The step to `name`, in the folder where it stands. */
static bool step(struct walk *walk, const char *name)
{
    struct stat status;
    char shown[PATH_MAX];
    if (!join(shown, walk->name, name))
        return fail(walk, ENAMETOOLONG);
    int opened = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0)
        return fail(walk, errno);
    bool fine = fstat(opened, &status) == 0 ? may_pass(walk, &status, shown) : fail(walk, errno);
    if (!fine || S_ISLNK(status.st_mode)) {
        fine = fine && follow(walk, opened);
        close(opened);
        return fine;
    }
    leave(walk);
    walk->at = opened;
    walk->status = status;
    memcpy(walk->name, shown, sizeof shown);
    return true;
}

/* Takes the next name of the path; false where none is left. One that is too long stays so. */
static bool next_name(struct walk *walk, char name[NAME_MAX + 2])
{
    const char *from = walk->rest + strspn(walk->rest, "/");
    size_t size = strcspn(from, "/");
    snprintf(name, NAME_MAX + 2, "%.*s", (int)size, from);
    memmove(walk->rest, from + size, strlen(from + size) + 1);
    return size > 0;
}

static bool walk_along(struct walk *walk, const char *path)
{
    char name[NAME_MAX + 2];
    walk->rest[0] = '\0';
    if (!turn(walk, path))
        return false;
    while (walk->at < 0 || next_name(walk, name))
        if (!step(walk, walk->at < 0 ? "/" : name))
            return false;
    return true;
}

/* A relative path begins in a folder that has a path, too. Messages show what follows as it was given. */
static bool walk_here(struct walk *walk)
{
    char here[PATH_MAX];
    if (!getcwd(here, sizeof here))
        return fail(walk, errno);
    if (*here != '/') /* "(unreachable)..." */
        return fail(walk, ENOENT);
    bool fine = walk_along(walk, here);
    walk->name[0] = '\0';
    return fine;
}

static bool is_same(const struct walk *walk, int descriptor)
{
    struct stat opened;
    if (fstat(descriptor, &opened))
        return fail(walk, errno);
    return (opened.st_dev == walk->status.st_dev && opened.st_ino == walk->status.st_ino) ||
           so_trouble_set(walk->trouble, "changed", "became another file while it was opened; try again");
}

bool so_trust_check(int descriptor, const char *path, struct so_trouble *out)
{
    struct walk walk = {.at = -1, .trouble = out};
    bool fine = (*path == '/' || walk_here(&walk)) && walk_along(&walk, path) && is_same(&walk, descriptor);
    leave(&walk);
    return fine;
}

bool so_trust_path(const char *path, mode_t type, struct so_trouble *out)
{
    struct stat status;
    int descriptor = so_file_open(path, &status, out);
    if (descriptor < 0)
        return false;
    bool fine = (status.st_mode & S_IFMT) == type || so_trouble_set(out, "not_file", "is a %s; name a %s",
                                                                    so_file_kind(status.st_mode), so_file_kind(type));
    fine = fine && so_trust_check(descriptor, path, out);
    close(descriptor);
    return fine;
}
