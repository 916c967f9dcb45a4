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

/* A walk along a path, name by name. Each name is opened in the folder before it, and its status is taken from the open
   descriptor: a name that is changed meanwhile cannot lead elsewhere. */
struct walk {
    int at;              /* the file or folder that was reached last; -1 before the first step */
    struct stat status;  /* of that */
    char name[PATH_MAX]; /* as messages show it: the path that was reached, or that is being checked */
    char rest[PATH_MAX]; /* of the path */
    int links;
    struct so_trouble *trouble;
};

/* Refusals: each text is the end of a sentence that begins with the path. */

static bool refuse_owner(const struct walk *walk, const struct stat *status)
{
    const char *name = walk->name;
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

static bool refuse_mode(const struct walk *walk, const struct stat *status)
{
    const char *name = walk->name;
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
    return so_trouble_set(walk->trouble, "untrusted", "has a second name, and others may write to the folder where '%s' stands: "
                          "they may have put it there; copy it into a folder of your own", walk->name);
}

/* Accepted owners and modes */

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

/* The mode of a link does not matter; its owner matters only where others may make links. */
static bool may_pass(const struct walk *walk, const struct stat *status)
{
    bool shared = others_write(&walk->status), link = S_ISLNK(status->st_mode);
    if (!is_ours(status) && (shared || !link))
        return refuse_owner(walk, status);
    if (!link && others_write(status) && !is_sticky(status))
        return refuse_mode(walk, status);
    return !shared || !S_ISREG(status->st_mode) || status->st_nlink < 2 || refuse_second_name(walk);
}

/* Steps. After false, `trouble` has the reason. */

static bool fail(const struct walk *walk, int number)
{
    return so_trouble_from(walk->trouble, number);
}

static void leave(struct walk *walk)
{
    if (walk->at >= 0)
        close(walk->at);
    walk->at = -1;
    walk->status = (struct stat){0};
    walk->name[0] = '\0';
}

/* Continues along `path`, from the current folder or from the root, and then along the rest. */
static bool turn(struct walk *walk, const char *path)
{
    size_t size = strlen(path), rest = strlen(walk->rest);
    if (size + rest + 2 > sizeof walk->rest)
        return fail(walk, ENAMETOOLONG);
    memmove(walk->rest + size + 1, walk->rest, rest + 1);
    memcpy(walk->rest, path, size);
    walk->rest[size] = '/';
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

/* Steps to `name` in the current folder. A link is no step, but changes the path to follow. */
static bool step(struct walk *walk, const char *name)
{
    struct stat status;
    size_t before = strlen(walk->name), room = sizeof walk->name - before;
    const char *slash = before && walk->name[before - 1] != '/' ? "/" : "";
    if (snprintf(walk->name + before, room, "%s%s", slash, name) >= (int)room)
        return fail(walk, ENAMETOOLONG);
    int opened = openat(walk->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (opened < 0)
        return fail(walk, errno);
    bool fine = fstat(opened, &status) == 0 ? may_pass(walk, &status) : fail(walk, errno);
    int done = opened;
    if (fine && S_ISLNK(status.st_mode)) {
        walk->name[before] = '\0';
        fine = follow(walk, opened);
    } else if (fine) {
        done = walk->at;
        walk->at = opened;
        walk->status = status;
    }
    if (done >= 0)
        close(done);
    return fine;
}

/* Takes the next name of the path; false where none is left. A name that is too long is cut, and is still too long then. */
static bool next_name(struct walk *walk, char name[NAME_MAX + 2])
{
    const char *from = walk->rest + strspn(walk->rest, "/");
    size_t size = strcspn(from, "/");
    snprintf(name, NAME_MAX + 2, "%.*s", (int)size, from);
    memmove(walk->rest, from + size, strlen(from + size) + 1);
    return size > 0;
}

static bool walk_along(struct walk *walk)
{
    char name[NAME_MAX + 2];
    while (walk->at < 0 || next_name(walk, name))
        if (!step(walk, walk->at < 0 ? "/" : name))
            return false;
    return true;
}

/* A relative path begins in a folder that has a path, too. Messages show what follows as it was given. */
static bool walk_here(struct walk *walk)
{
    if (!getcwd(walk->rest, sizeof walk->rest))
        return fail(walk, errno);
    if (walk->rest[0] != '/') /* "(unreachable)..." */
        return fail(walk, ENOENT);
    bool fine = walk_along(walk);
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
    bool fine = (*path == '/' || walk_here(&walk)) && turn(&walk, path) && walk_along(&walk) && is_same(&walk, descriptor);
    leave(&walk);
    if (!fine && !strcmp(out->reason, "untrusted") && so_file_is_fixed(descriptor))
        strncat(out->text, "; its mount is read-only: set its owner and mode where it is mounted (Docker: uid, mode; Kubernetes: "
                "defaultMode)", sizeof out->text - strlen(out->text) - 1);
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
