/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <string.h>

#include "once.h"
#include "pool.h"

enum { KEPT = 64 };

static struct so_handle *places[KEPT];
static struct so_shelf pool = {places, 0, KEPT};
static unsigned owner; /* as `so_once_forks` has it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Shelves */

static struct so_handle *remove_at(struct so_shelf *shelf, int place)
{
    struct so_handle *handle = shelf->idle[place];
    shelf->count--;
    memmove(shelf->idle + place, shelf->idle + place + 1, (size_t)(shelf->count - place) * sizeof *shelf->idle);
    return handle;
}

struct so_handle *so_shelf_take(struct so_shelf *shelf, const char *pool_key)
{
    for (int i = shelf->count - 1; i >= 0; i--)
        if (!strcmp(shelf->idle[i]->pool_key, pool_key))
            return so_handle_is_over(shelf->idle[i]) ? NULL : remove_at(shelf, i);
    return NULL;
}

struct so_handle *so_shelf_stale(struct so_shelf *shelf)
{
    return shelf->count && so_handle_is_over(shelf->idle[0]) ? remove_at(shelf, 0) : NULL;
}

struct so_handle *so_shelf_give(struct so_shelf *shelf, struct so_handle *handle)
{
    struct so_handle *surplus = shelf->count == shelf->capacity ? remove_at(shelf, 0) : so_shelf_stale(shelf);
    int place = shelf->count++;
    for (; place && shelf->idle[place - 1]->ends > handle->ends; place--)
        shelf->idle[place] = shelf->idle[place - 1];
    shelf->idle[place] = handle;
    return surplus;
}

/* The pool */

static void before_fork(void)
{
    pthread_mutex_lock(&lock);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&lock);
}

/* A child must not inherit the lock of a thread that it does not have. */
static void guard_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* After a fork the connections belong to the parent: closing them here would end them there. */
static void forget_inherited(void)
{
    if (owner == so_once_forks())
        return;
    owner = so_once_forks();
    pool.count = 0;
}

struct so_handle *so_pool_take(const struct so_settings *settings)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, guard_forks);
    so_once_curl();
    pthread_mutex_lock(&lock);
    forget_inherited();
    struct so_handle *handle = so_shelf_take(&pool, settings->pool_key);
    pthread_mutex_unlock(&lock);
    if (handle && so_handle_is_quiet(handle))
        return handle;
    so_handle_free(handle);
    return so_handle_new(settings, NULL);
}

void so_pool_give(struct so_handle *handle)
{
    so_handle_rest(handle, NULL);
    pthread_mutex_lock(&lock);
    forget_inherited();
    struct so_handle *surplus = so_shelf_give(&pool, handle);
    pthread_mutex_unlock(&lock);
    so_handle_free(surplus);
}
