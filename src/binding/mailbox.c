/* SPDX-License-Identifier: MIT */
/* Calls that a thread of the module's own carries: a Lua state's side of it. Nothing here waits. */
#include <errno.h>
#include <string.h>

#include "../core/descriptors.h"
#include "../core/locale.h"
#include "binding.h"

struct box {
    struct so_mailbox *mailbox; /* NULL: closed */
};

static const char mark;

static struct so_mailbox *check_mailbox(lua_State *L, int index)
{
    struct box *box = so_bind_check(L, index, &mark, SO_MAILBOX);
    luaL_argcheck(L, box->mailbox, index, "the mailbox is closed");
    return box->mailbox;
}

static int mailbox_close(lua_State *L)
{
    struct box *box = so_bind_check(L, 1, &mark, SO_MAILBOX);
    so_mailbox_detach(box->mailbox);
    box->mailbox = NULL;
    return 0;
}

/* core.mailbox(): a new one; nil, message where nothing can carry calls */
static int mailbox_new(lua_State *L)
{
    struct box *box = lua_newuserdatauv(L, sizeof *box, 0);
    box->mailbox = NULL;
    so_bind_set_type(L, &mark);
    box->mailbox = so_mailbox_new();
    if (box->mailbox)
        return 1;
    const char *problem = so_descriptors_problem(errno), *why = so_errno_text(errno);
    lua_pushnil(L);
    if (problem)
        lua_pushstring(L, problem);
    else
        lua_pushfstring(L, "no thread could be started: %s", why);
    return 2;
}

/* core.submit(call, mailbox): its number; nil where the call has failed already, and is to be read */
static int mailbox_submit(lua_State *L)
{
    struct so_bound *bound = so_bind_check_call(L, 1);
    struct so_letter *letter = so_mailbox_submit(check_mailbox(L, 2), bound->call, bound);
    if (!letter)
        return 0;
    bound->call = NULL;
    bound->letter = letter;
    lua_pushnumber(L, letter->id);
    return 1;
}

/* core.cancel(call): it is not sent if its request has not begun */
static int mailbox_cancel(lua_State *L)
{
    struct so_bound *bound = so_bind_check_any_call(L, 1);
    if (bound->letter)
        so_letter_cancel(bound->letter);
    return 0;
}

/* core.finished(mailbox): the numbers of those that are finished, and may be read now */
static int mailbox_finished(lua_State *L)
{
    int count = 0;
    lua_newtable(L);
    struct so_mailbox *mailbox = check_mailbox(L, 1);
    for (struct so_letter *letter; (letter = so_mailbox_first(mailbox));) {
        struct so_bound *bound = letter->owner;
        if (bound) {
            lua_pushnumber(L, letter->id);
            lua_rawseti(L, -2, ++count);
        }
        struct so_call *call = so_mailbox_take(mailbox);
        if (!bound) {
            so_call_free(call);
            continue;
        }
        bound->call = call;
        bound->letter = NULL;
    }
    return 1;
}

/* core.pending(mailbox): how many it has that are not finished, or not asked for */
static int mailbox_pending(lua_State *L)
{
    lua_pushinteger(L, so_mailbox_count(check_mailbox(L, 1)));
    return 1;
}

static int push_failure(lua_State *L, const char *what)
{
    const char *why = so_errno_text(errno);
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s", what, why);
    return 2;
}

/* core.listen(mailbox): the path of a socket to connect to; or nil, message. core.accept follows. */
static int mailbox_listen(lua_State *L)
{
    struct so_arena *arena = so_bind_arena(L);
    const char *path = so_mailbox_listen(check_mailbox(L, 1));
    if (!path)
        return push_failure(L, "a socket in a directory of its own");
    path = so_arena_copy(arena, path, strlen(path));
    if (!path)
        return so_bind_nomem(L);
    lua_pushstring(L, path);
    return 1;
}

/* core.accept(mailbox): what has connected gets a byte whenever there is something where there was nothing */
static int mailbox_accept(lua_State *L)
{
    if (!so_mailbox_accept(check_mailbox(L, 1)))
        return push_failure(L, "a connection from this process");
    lua_pushboolean(L, 1);
    return 1;
}

/* core.hang_up(mailbox): closes the socket */
static int mailbox_hang_up(lua_State *L)
{
    so_mailbox_hang_up(check_mailbox(L, 1));
    return 0;
}

void so_bind_mailbox_type(lua_State *L)
{
    so_bind_type(L, SO_MAILBOX, &mark, mailbox_close, NULL);
    so_bind_keep(L, &mark);
}

const luaL_Reg so_bind_mailbox[] = {
    {"mailbox", mailbox_new},   {"submit", mailbox_submit},  {"cancel", mailbox_cancel},
    {"finished", mailbox_finished}, {"pending", mailbox_pending}, {"listen", mailbox_listen},
    {"accept", mailbox_accept}, {"hang_up", mailbox_hang_up}, {NULL, NULL},
};
