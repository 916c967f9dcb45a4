/* SPDX-License-Identifier: MIT */
/* The operating system for the Lua side: clocks, the process and its terminal, users, and files. */
#define _GNU_SOURCE /* O_PATH */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "../core/init.h"
#include "../core/interrupt.h"
#include "../core/trust.h"
#include "binding.h"

/* Clocks */

/* core.now() */
static int read_now(lua_State *L)
{
    lua_pushnumber(L, so_now());
    return 1;
}

/* core.time(): Unix seconds, with their fraction */
static int read_time(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_REALTIME, &time);
    lua_pushnumber(L, (double)time.tv_sec + (double)time.tv_nsec / 1e9);
    return 1;
}

/* core.sleep(seconds): blocks the thread */
static int sleep_for(lua_State *L)
{
    double seconds = luaL_checknumber(L, 1);
    if (!(seconds > 0))
        return 0;
    struct timespec left = {(time_t)fmin(seconds, 86400), 0};
    left.tv_nsec = (long)((fmin(seconds, 86400) - (double)left.tv_sec) * 1e9);
    while (clock_nanosleep(CLOCK_MONOTONIC, 0, &left, &left) == EINTR)
        continue;
    return 0;
}

/* The process */

/* core.interrupt(boolean): starts to watch for Ctrl-C and similar signals, or ends this */
static int interrupt(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TBOOLEAN);
    if (lua_toboolean(L, 1))
        so_interrupt_watch();
    else
        so_interrupt_release();
    return 0;
}

/* core.interrupted(): the name of the signal that came, or nil */
static int interrupted(lua_State *L)
{
    lua_pushstring(L, so_interrupt_caught());
    return 1;
}

static void add_library(void *payload, const char *name, const char *version)
{
    lua_State *L = payload;
    lua_pushstring(L, version);
    lua_setfield(L, -2, name);
}

/* core.libraries(): the version of each library that is at work, by its name */
static int libraries(lua_State *L)
{
    lua_newtable(L);
    so_init_libraries(add_library, L);
    return 1;
}

/* core.hold_standard(): opens standard input, output and error where they are closed, so that no file and no connection gets
   one of their numbers. They can then be neither read nor written. */
static int hold_standard(lua_State *L)
{
    (void)L;
    int descriptor;
    do
        descriptor = open("/dev/null", O_PATH);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
    return 0;
}

/* core.terminal(descriptor): the columns of the terminal there, or nothing where there is none */
static int terminal(lua_State *L)
{
    int descriptor = (int)luaL_checkinteger(L, 1);
    struct winsize size = {0};
    if (!isatty(descriptor))
        return 0;
    bool known = !ioctl(descriptor, TIOCGWINSZ, &size) && size.ws_col;
    lua_pushinteger(L, known ? size.ws_col : 80);
    return 1;
}

/* core.zone(text): the time zone of this process, as TZ has it */
static int zone(lua_State *L)
{
    setenv("TZ", so_bind_text(L, 1, "a zone"), 1);
    tzset();
    return 0;
}

/* core.process_users(): the numbers of its real and of its effective user */
static int process_users(lua_State *L)
{
    lua_pushnumber(L, getuid());
    lua_pushnumber(L, geteuid());
    return 2;
}

/* core.account(number or name): name and number of that user of this machine; nothing if there is none */
static int account(lua_State *L)
{
    char texts[16384];
    struct passwd entry, *found = NULL;
    if (lua_type(L, 1) == LUA_TNUMBER)
        getpwuid_r((uid_t)lua_tonumber(L, 1), &entry, texts, sizeof texts, &found);
    else
        getpwnam_r(so_bind_text(L, 1, "the name of a user"), &entry, texts, sizeof texts, &found);
    if (!found)
        return 0;
    lua_pushstring(L, found->pw_name);
    lua_pushnumber(L, found->pw_uid);
    return 2;
}

/* Files by their paths */

enum { PERMISSIONS = 07777 };

const char *so_bind_path(lua_State *L, int index)
{
    const char *path = so_bind_text(L, index, "a path");
    luaL_argcheck(L, *path, index, "a path must not be empty");
    return path;
}

int so_bind_trouble(lua_State *L, const char *path, const struct so_trouble *trouble)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", path, trouble->text);
    lua_pushstring(L, trouble->reason);
    return 3;
}

/* Pushes true where it was done; else nil, message, reason. */
static int push_outcome(lua_State *L, bool done, const char *path, const struct so_trouble *trouble)
{
    if (!done)
        return so_bind_trouble(L, path, trouble);
    lua_pushboolean(L, 1);
    return 1;
}

/* core.save(path, bytes): true, or nil, message, reason */
static int file_save(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    return push_outcome(L, so_file_save(path, bytes, size, &trouble), path, &trouble);
}

/* core.publish(path, bytes): as core.save, of a file that everybody may read */
static int file_publish(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    return push_outcome(L, so_file_publish(path, bytes, size, &trouble), path, &trouble);
}

/* core.real_path(path): the absolute path of a file that is there, without links; or nil, message, reason */
static int file_real_path(lua_State *L)
{
    char real[PATH_MAX];
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    if (realpath(path, real)) {
        lua_pushstring(L, real);
        return 1;
    }
    so_trouble_from(&trouble, errno);
    return so_bind_trouble(L, path, &trouble);
}

/* core.save_begin(path, bytes): the name of a temporary file beside it with these bytes, or nil, message, reason */
static int file_save_begin(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1), *bytes = luaL_checklstring(L, 2, &size);
    char *made = lua_newuserdatauv(L, strlen(path) + SO_FILE_SUFFIX, 0);
    if (!so_file_begin(made, path, bytes, size, &trouble))
        return so_bind_trouble(L, path, &trouble);
    lua_pushstring(L, made);
    return 1;
}

/* core.save_end(temporary, path, bytes): as core.save, by that temporary file, which stays where it fails */
static int file_save_end(lua_State *L)
{
    size_t size;
    struct so_trouble trouble;
    const char *made = so_bind_path(L, 1), *path = so_bind_path(L, 2), *bytes = luaL_checklstring(L, 3, &size);
    return push_outcome(L, so_file_end(made, path, bytes, size, &trouble), path, &trouble);
}

static int push_status(lua_State *L, const struct stat *status)
{
    char id[64];
    snprintf(id, sizeof id, "%ju:%ju", (uintmax_t)status->st_dev, (uintmax_t)status->st_ino);
    lua_createtable(L, 0, 5);
    so_bind_set_text(L, "id", id);
    so_bind_set_text(L, "kind", so_file_kind(status->st_mode));
    so_bind_push_number(L, (double)status->st_size);
    lua_setfield(L, -2, "size");
    lua_pushinteger(L, status->st_mode & PERMISSIONS);
    lua_setfield(L, -2, "mode");
    so_bind_push_number(L, (double)status->st_mtime);
    lua_setfield(L, -2, "mtime");
    return 1;
}

/* core.stat(path): {kind=, size=, mode=, mtime=, id=} of the file, or nil, message, reason; files with one `id` are the same */
static int file_stat(lua_State *L)
{
    struct stat status;
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    if (stat(path, &status)) {
        so_trouble_from(&trouble, errno);
        return so_bind_trouble(L, path, &trouble);
    }
    return push_status(L, &status);
}

struct name {
    const char *text;
    struct name *next;
};

/* The names in a folder but those with a dot in front; false: errno says why. */
static bool read_names(struct so_arena *arena, const char *path, struct name **first)
{
    DIR *folder = opendir(path);
    if (!folder)
        return false;
    for (const struct dirent *entry; (entry = readdir(folder));) {
        struct name *name = *entry->d_name == '.' ? NULL : so_arena_alloc(arena, sizeof *name);
        if (!name)
            continue;
        *name = (struct name){so_arena_copy(arena, entry->d_name, strlen(entry->d_name)), *first};
        *first = name;
    }
    closedir(folder);
    return true;
}

/* core.list(folder): the names of the files in it, in any order; or nil, message, reason */
static int file_list(lua_State *L)
{
    struct so_trouble trouble;
    struct name *name = NULL;
    const char *path = so_bind_path(L, 1);
    struct so_arena *arena = so_bind_arena(L);
    if (!read_names(arena, path, &name)) {
        so_trouble_from(&trouble, errno);
        return so_bind_trouble(L, path, &trouble);
    }
    if (arena->failed)
        return so_bind_nomem(L);
    lua_newtable(L);
    for (int count = 1; name; name = name->next, count++) {
        lua_pushstring(L, name->text);
        lua_rawseti(L, -2, count);
    }
    return 1;
}

/* An open file. Its status and its bytes come from the same file, even if its path leads elsewhere by now. */

struct reading {
    int descriptor; /* -1: closed */
    struct stat status;
    char path[];
};

static const char mark;

static struct reading *check_reading(lua_State *L)
{
    struct reading *reading = so_bind_check(L, 1, &mark, SO_FILE_TYPE);
    if (reading->descriptor < 0)
        so_bind_raise(L, "the file was closed");
    return reading;
}

/* core.file(path): opens a file of any kind; or nil, message, reason */
static int reading_open(lua_State *L)
{
    struct so_trouble trouble;
    const char *path = so_bind_path(L, 1);
    size_t size = strlen(path) + 1;
    struct reading *reading = lua_newuserdatauv(L, sizeof *reading + size, 0);
    reading->descriptor = -1;
    memcpy(reading->path, path, size);
    so_bind_set_type(L, &mark);
    reading->descriptor = so_file_open(path, &reading->status, &trouble);
    return reading->descriptor >= 0 ? 1 : so_bind_trouble(L, path, &trouble);
}

/* file:about(): as core.stat, when it was opened; `fixed`: its mount is read-only */
static int reading_about(lua_State *L)
{
    const struct reading *reading = check_reading(L);
    bool fixed = so_file_is_fixed(reading->descriptor);
    push_status(L, &reading->status);
    if (fixed) {
        lua_pushboolean(L, fixed);
        lua_setfield(L, -2, "fixed");
    }
    return 1;
}

/* file:trust(): true if only root and the user of this process can have put it there; or nil, message, reason */
static int reading_trust(lua_State *L)
{
    struct so_trouble trouble;
    const struct reading *reading = check_reading(L);
    return push_outcome(L, so_trust_check(reading->descriptor, reading->path, &trouble), reading->path, &trouble);
}

int so_bind_read(lua_State *L, int descriptor)
{
    char bytes[64 * 1024];
    struct so_trouble trouble;
    ssize_t count = so_file_read(descriptor, bytes, sizeof bytes);
    if (count > 0) {
        lua_pushlstring(L, bytes, (size_t)count);
        return 1;
    }
    lua_pushnil(L);
    if (count == 0)
        return 1;
    so_trouble_from(&trouble, errno);
    lua_pushstring(L, trouble.text);
    lua_pushstring(L, trouble.reason);
    return 3;
}

/* file:read(): the next bytes, nil at the end; or nil, message, reason */
static int reading_read(lua_State *L)
{
    return so_bind_read(L, check_reading(L)->descriptor);
}

/* file:seek(offset): reading goes on there */
static int reading_seek(lua_State *L)
{
    double offset = luaL_checknumber(L, 2);
    const struct reading *reading = check_reading(L);
    luaL_argcheck(L, offset >= 0 && offset < 0x1p53, 2, "an offset is needed");
    lua_pushboolean(L, lseek(reading->descriptor, (off_t)offset, SEEK_SET) >= 0);
    return 1;
}

static int reading_close(lua_State *L)
{
    struct reading *reading = so_bind_check(L, 1, &mark, SO_FILE_TYPE);
    if (reading->descriptor >= 0)
        close(reading->descriptor);
    reading->descriptor = -1;
    return 0;
}

static int reading_text(lua_State *L)
{
    const struct reading *reading = so_bind_check(L, 1, &mark, SO_FILE_TYPE);
    lua_pushfstring(L, SO_FILE_TYPE ": %s", reading->descriptor >= 0 ? reading->path : "closed");
    return 1;
}

void so_bind_file_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"about", reading_about}, {"trust", reading_trust}, {"read", reading_read}, {"seek", reading_seek},
        {"close", reading_close}, {NULL, NULL},
    };
    so_bind_type(L, SO_FILE_TYPE, &mark, reading_close, reading_text);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_system[] = {
    {"now", read_now}, {"time", read_time}, {"sleep", sleep_for},
    {"interrupt", interrupt}, {"interrupted", interrupted}, {"hold_standard", hold_standard},
    {"libraries", libraries}, {"terminal", terminal},
    {"zone", zone}, {"process_users", process_users}, {"account", account},
    {"file", reading_open}, {"save", file_save}, {"publish", file_publish}, {"real_path", file_real_path},
    {"save_begin", file_save_begin}, {"save_end", file_save_end},
    {"stat", file_stat}, {"list", file_list}, {NULL, NULL},
};
