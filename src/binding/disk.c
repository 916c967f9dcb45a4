/* SPDX-License-Identifier: MIT */
/* Tasks of channels for the Lua side: work that may wait for a disk. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../core/locale.h"
#include "../core/thread.h"
#include "journal.h"

struct work {
    struct so_task task; /* first */
    struct so_held_journal *held; /* NULL: there is none */
    struct so_batch batch;        /* of a commit */
    struct so_buffer bytes;       /* of a file that is saved */
    bool fine;
    struct so_trouble trouble;
    char path[];
};

static void free_work(struct work *work)
{
    so_batch_free(&work->batch);
    so_buffer_free(&work->bytes);
    so_held_journal_release(work->held);
    free(work);
}

static void drop(struct so_task *task)
{
    free_work((struct work *)task);
}

static void create(struct so_job *job)
{
    struct work *work = (struct work *)job;
    work->fine = so_journal_create(&work->held->journal, work->path, &work->trouble);
}

static void commit(struct so_job *job)
{
    so_batch_write(&((struct work *)job)->batch);
}

static void save(struct so_job *job)
{
    struct work *work = (struct work *)job;
    work->fine = so_file_save(work->path, work->bytes.bytes, work->bytes.size, &work->trouble);
}

static void remove_file(struct so_job *job)
{
    struct work *work = (struct work *)job;
    work->fine = !unlink(work->path) || so_trouble_from(&work->trouble, errno);
}

static struct work *new_work(lua_State *L, void (*run)(struct so_job *), const char *path)
{
    size_t size = strlen(path) + 1;
    struct work *work = calloc(1, sizeof *work + size);
    if (!work)
        so_bind_nomem(L);
    work->task.job.run = run;
    work->task.drop = drop;
    memcpy(work->path, path, size);
    return work;
}

/* Ends a commit on the Lua side's thread, which alone uses the journal. */
static void end_commit(struct work *work)
{
    struct so_journal *journal = &work->held->journal;
    work->held->busy = false;
    work->fine = so_journal_end(journal, &work->batch);
    if (!work->fine)
        work->trouble = journal->trouble;
}

static int fail(lua_State *L, struct work *work)
{
    int number = errno;
    const char *why = so_errno_text(number);
    so_trouble_from(&work->batch.trouble, number);
    if (work->task.job.run == commit)
        end_commit(work);
    free_work(work);
    lua_pushnil(L);
    lua_pushfstring(L, "no thread could be started: %s", why);
    return 2;
}

/* Hands the work over. Pushes its number, or nil and a message. */
static int submit(lua_State *L, struct so_port *channel, struct work *work)
{
    double id = so_channel_work(channel, &work->task);
    if (id == 0)
        return fail(L, work);
    lua_pushnumber(L, id);
    return 1;
}

/* channel:create(path): the number of the task, and the journal, which may be used when it was made; or nil, message */
static int disk_create(lua_State *L)
{
    const char *path = so_bind_path(L, 2);
    struct so_held_journal *held = so_bind_push_journal(L);
    struct so_port *channel = so_bind_check_channel(L, 1);
    struct work *work = new_work(L, create, path);
    work->held = held;
    held->holders++;
    int results = submit(L, channel, work);
    if (results == 1) {
        lua_pushvalue(L, -2);
        results = 2;
    }
    return results;
}

/* channel:commit(journal): the number of the task that writes all appended lines; or nil, message. Until it is done, nothing can
   be appended, and the journal's file stays locked even if it is closed. */
static int disk_commit(lua_State *L)
{
    struct so_port *channel = so_bind_check_channel(L, 1);
    struct so_held_journal *held = so_bind_check_journal(L, 2);
    luaL_argcheck(L, held->journal.state == SO_JOURNAL_OPEN && !held->busy, 2, "the journal cannot be written now");
    struct work *work = new_work(L, commit, "");
    so_journal_begin(&held->journal, &work->batch);
    work->held = held;
    held->holders++;
    int results = submit(L, channel, work);
    held->busy = results == 1;
    return results;
}

/* channel:save(path, bytes): the number of the task that does what core.save does; or nil, message */
static int disk_save(lua_State *L)
{
    size_t size;
    const char *path = so_bind_path(L, 2), *bytes = luaL_checklstring(L, 3, &size);
    struct so_port *channel = so_bind_check_channel(L, 1);
    struct work *work = new_work(L, save, path);
    if (so_buffer_append(&work->bytes, bytes, size))
        return submit(L, channel, work);
    free_work(work);
    return so_bind_nomem(L);
}

/* channel:remove(path): the number of the task that removes a file; or nil, message */
static int disk_remove(lua_State *L)
{
    const char *path = so_bind_path(L, 2);
    struct so_port *channel = so_bind_check_channel(L, 1);
    return submit(L, channel, new_work(L, remove_file, path));
}

/* channel:worked(): the number of the next task that is done, and true or nil, message, reason; nothing where there is none */
static int disk_worked(lua_State *L)
{
    char path[PATH_MAX];
    struct so_trouble trouble;
    lua_checkstack(L, 5);
    struct work *work = (struct work *)so_channel_worked(so_bind_check_channel(L, 1));
    if (!work)
        return 0;
    if (work->task.job.run == commit)
        end_commit(work);
    bool fine = work->fine;
    const char *place = *work->path ? work->path : work->held->journal.path;
    snprintf(path, sizeof path, "%s", place);
    double id = work->task.id;
    trouble = work->trouble;
    free_work(work);
    lua_pushnumber(L, id);
    if (!fine)
        return 1 + so_bind_trouble(L, path, &trouble);
    lua_pushboolean(L, 1);
    return 2;
}

const luaL_Reg so_bind_disk[] = {
    {"create", disk_create}, {"commit", disk_commit}, {"save", disk_save}, {"remove", disk_remove}, {"worked", disk_worked}, {NULL, NULL},
};
