/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <string.h>

#include "init.h"
#include "pool.h"

enum { KEPT = 64 };

static struct so_handle *kept[KEPT];
static struct so_idle_list pool = {kept, 0, KEPT};
static unsigned owner; /* as `so_init_forks` has it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Lists of idle handles */

static struct so_handle *remove_at(struct so_idle_list *list, int place)
{
    struct so_handle *handle = list->handles[place];
    list->count--;
    memmove(list->handles + place, list->handles + place + 1, (size_t)(list->count - place) * sizeof *list->handles);
    return handle;
}

struct so_handle *so_idle_list_take(struct so_idle_list *list, const char *pool_key)
{
    for (int i = list->count - 1; i >= 0; i--)
        if (!strcmp(list->handles[i]->pool_key, pool_key))
            return so_handle_is_over(list->handles[i]) ? NULL : remove_at(list, i);
    return NULL;
}

struct so_handle *so_idle_list_stale(struct so_idle_list *list)
{
    return list->count && so_handle_is_over(list->handles[0]) ? remove_at(list, 0) : NULL;
}

struct so_handle *so_idle_list_give(struct so_idle_list *list, struct so_handle *handle)
{
    struct so_handle *surplus = list->count == list->capacity ? remove_at(list, 0) : so_idle_list_stale(list);
    int place = list->count++;
    for (; place && list->handles[place - 1]->ends > handle->ends; place--)
        list->handles[place] = list->handles[place - 1];
    list->handles[place] = handle;
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

/* Without this, a child could inherit a lock that is held by a thread it does not have. */
static void handle_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

/* After a fork the connections belong to the parent: closing them here would end them there. */
static void forget_inherited(void)
{
    if (owner == so_init_forks())
        return;
    owner = so_init_forks();
    pool.count = 0;
}

struct so_handle *so_pool_take(const struct so_settings *settings)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, handle_forks);
    so_init_curl();
    pthread_mutex_lock(&lock);
    forget_inherited();
    struct so_handle *handle = so_idle_list_take(&pool, settings->pool_key);
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
    struct so_handle *surplus = so_idle_list_give(&pool, handle);
    pthread_mutex_unlock(&lock);
    so_handle_free(surplus);
}
