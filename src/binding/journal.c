/* SPDX-License-Identifier: MIT */
/* Journals for the Lua side: their userdata writes. */
#include <stdlib.h>
#include <string.h>

#include "journal.h"

/* The bytes that C adds to a line, and some room. */
enum { LONGEST = SO_JOURNAL_LINE - 128 };

static const char mark;

struct so_held_journal *so_bind_push_journal(lua_State *L)
{
    struct so_held_journal **slot = lua_newuserdatauv(L, sizeof *slot, 0);
    *slot = NULL;
    so_bind_set_type(L, &mark);
    *slot = calloc(1, sizeof **slot);
    if (!*slot)
        so_bind_nomem(L);
    (*slot)->holders = 1;
    return *slot;
}

struct so_held_journal *so_bind_check_journal(lua_State *L, int index)
{
    struct so_held_journal *held = *(struct so_held_journal **)so_bind_check(L, index, &mark, SO_JOURNAL_TYPE);
    if (!held || held->journal.state == SO_JOURNAL_CLOSED)
        so_bind_raise(L, "the journal was closed");
    return held;
}

void so_held_journal_release(struct so_held_journal *held)
{
    if (!held || atomic_fetch_sub(&held->holders, 1) > 1)
        return;
    so_journal_close(&held->journal);
    free(held);
}

static struct so_journal *check_open(lua_State *L)
{
    return &so_bind_check_journal(L, 1)->journal;
}

static struct so_journal *check_read(lua_State *L)
{
    struct so_journal *journal = check_open(L);
    if (journal->state == SO_JOURNAL_UNREAD)
        so_bind_raise(L, "the journal must be read and continued before it is written");
    return journal;
}

/* The path of the journal at 1, or "closed"; its holder stays on the stack. */
static const char *path_of(lua_State *L)
{
    struct so_arena *arena = so_bind_arena(L);
    const struct so_held_journal *held = *(struct so_held_journal **)so_bind_check(L, 1, &mark, SO_JOURNAL_TYPE);
    const char *path = held && held->journal.path ? held->journal.path : "closed";
    const char *copy = so_arena_copy(arena, path, strlen(path));
    if (!copy)
        so_bind_nomem(L);
    return copy;
}

/* Pushes the results of a method: true, or nil, message, reason. */
static int push_outcome(lua_State *L, const struct so_journal *journal)
{
    if (journal->state == SO_JOURNAL_FAILED) {
        const char *path = path_of(L);
        const struct so_trouble trouble = check_open(L)->trouble;
        return so_bind_trouble(L, path, &trouble);
    }
    lua_pushboolean(L, 1);
    return 1;
}

/* core.journal(path, "create" | "append"): a journal, or nil, message, reason */
static int journal_open(lua_State *L)
{
    static const char *const modes[] = {"create", "append", NULL};
    static bool (*const openers[])(struct so_journal *, const char *, struct so_trouble *) = {so_journal_create, so_journal_open};
    const char *path = so_bind_path(L, 1);
    so_bind_text(L, 2, "a mode");
    int mode = luaL_checkoption(L, 2, NULL, modes);
    struct so_trouble trouble;
    struct so_held_journal *held = so_bind_push_journal(L);
    return openers[mode](&held->journal, path, &trouble) ? 1 : so_bind_trouble(L, path, &trouble);
}

/* journal:read(): as file:read(), of a journal that is to be continued */
static int journal_bytes(lua_State *L)
{
    const struct so_journal *journal = check_open(L);
    luaL_argcheck(L, journal->state == SO_JOURNAL_UNREAD, 1, "the journal was continued already");
    return so_bind_read(L, journal->descriptor);
}

/* journal:continue(size, head): cuts off what is behind `size` bytes; `head` is the SHA-256 of their last line */
static int journal_continue(lua_State *L)
{
    size_t digits;
    double size = luaL_checknumber(L, 2);
    const char *head = luaL_checklstring(L, 3, &digits);
    struct so_journal *journal = check_open(L);
    luaL_argcheck(L, journal->state == SO_JOURNAL_UNREAD, 1, "the journal was continued already");
    luaL_argcheck(L, size >= 0 && size < 0x1p53, 2, "a size is needed");
    luaL_argcheck(L, digits == SO_SHA256_DIGITS, 3, "64 digits are needed");
    so_journal_continue(journal, (off_t)size, head);
    return push_outcome(L, journal);
}

/* journal:append(object): the text of a JSON object on one line; true, or nil, message, reason once the journal failed */
static int journal_append(lua_State *L)
{
    size_t size;
    const char *object = luaL_checklstring(L, 2, &size);
    struct so_journal *journal = check_read(L);
    luaL_argcheck(L, size >= 2 && object[0] == '{' && object[size - 1] == '}', 2, "the text of a JSON object is needed");
    luaL_argcheck(L, !memchr(object, '\n', size), 2, "a line of a journal must not hold a newline");
    luaL_argcheck(L, size <= LONGEST, 2, "a line of a journal has at most 4 MiB");
    if (journal->state == SO_JOURNAL_OPEN && !so_journal_append(journal, object, size))
        return so_bind_nomem(L);
    return push_outcome(L, journal);
}

/* journal:commit(): true when all appended lines are on disk; or nil, message, reason, and the journal takes no more lines */
static int journal_commit(lua_State *L)
{
    struct so_journal *journal = check_read(L);
    luaL_argcheck(L, !so_bind_check_journal(L, 1)->busy, 1, "the journal is being written");
    if (journal->state == SO_JOURNAL_OPEN)
        so_journal_commit(journal);
    return push_outcome(L, journal);
}

/* journal:head(): SHA-256 of the last line, 64 zeros where there is none */
static int journal_head(lua_State *L)
{
    char head[SO_SHA256_DIGITS + 1];
    memcpy(head, check_read(L)->head, sizeof head);
    lua_pushstring(L, head);
    return 1;
}

static int journal_close(lua_State *L)
{
    struct so_held_journal **slot = so_bind_check(L, 1, &mark, SO_JOURNAL_TYPE), *held = *slot;
    *slot = NULL;
    so_held_journal_release(held);
    return 0;
}

static int journal_text(lua_State *L)
{
    lua_pushfstring(L, SO_JOURNAL_TYPE ": %s", path_of(L));
    return 1;
}

void so_bind_journal_type(lua_State *L)
{
    static const luaL_Reg methods[] = {
        {"read", journal_bytes},    {"continue", journal_continue}, {"append", journal_append}, {"commit", journal_commit},
        {"head", journal_head},     {"close", journal_close},       {NULL, NULL},
    };
    so_bind_type(L, SO_JOURNAL_TYPE, &mark, journal_close, journal_text);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_journal[] = {
    {"journal", journal_open}, {NULL, NULL},
};
