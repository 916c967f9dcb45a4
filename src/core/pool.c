/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "once.h"
#include "pool.h"

enum { KEPT = 64, KEPT_SECONDS = 60 };

static struct so_handle *places[KEPT];
static struct so_shelf pool = {places, 0, KEPT};
static unsigned owner; /* as `so_once_forks` has it */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Handles */

void so_handle_free(struct so_handle *handle)
{
    if (!handle)
        return;
    curl_easy_cleanup(handle->easy);
    curl_share_cleanup(handle->share);
    curl_url_cleanup(handle->parsed);
    free(handle->url);
    free(handle->origin);
    free(handle);
}

/* On a multi handle all easy handles would share its connections, and libcurl would choose one without asking whether it
   is quiet. */
static bool keep_connection(struct so_handle *handle)
{
    handle->share = curl_share_init();
    return handle->share && curl_share_setopt(handle->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK &&
           curl_easy_setopt(handle->easy, CURLOPT_SHARE, handle->share) == CURLE_OK;
}

struct so_handle *so_handle_new(const char *origin, bool shared)
{
    struct so_handle *handle = calloc(1, sizeof *handle);
    if (!handle)
        return NULL;
    handle->easy = curl_easy_init();
    handle->parsed = curl_url();
    handle->origin = strdup(origin);
    if (handle->easy && handle->parsed && handle->origin && (!shared || keep_connection(handle)))
        return handle;
    so_handle_free(handle);
    return NULL;
}

bool so_handle_url(struct so_handle *handle, const char *url)
{
    if (!handle->url || strcmp(handle->url, url)) {
        free(handle->url);
        bool parsed = curl_url_set(handle->parsed, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK;
        handle->url = parsed ? strdup(url) : NULL;
    }
    return handle->url && curl_easy_setopt(handle->easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(handle->easy, CURLOPT_CURLU, handle->parsed) == CURLE_OK;
}

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec;
}

bool so_handle_is_quiet(const struct so_handle *handle)
{
    struct pollfd waiting = {.fd = handle->socket, .events = POLLIN};
    return handle->socket == CURL_SOCKET_BAD || poll(&waiting, 1, 0) == 0;
}

void so_handle_rest(struct so_handle *handle, CURLM *multi)
{
    if (curl_easy_getinfo(handle->easy, CURLINFO_ACTIVESOCKET, &handle->socket) != CURLE_OK)
        handle->socket = CURL_SOCKET_BAD;
    if (multi)
        curl_multi_remove_handle(multi, handle->easy);
    handle->idle_since = now();
}

/* Shelves */

static struct so_handle *remove_at(struct so_shelf *shelf, int place)
{
    struct so_handle *handle = shelf->idle[place];
    shelf->count--;
    memmove(shelf->idle + place, shelf->idle + place + 1, (size_t)(shelf->count - place) * sizeof *shelf->idle);
    return handle;
}

struct so_handle *so_shelf_take(struct so_shelf *shelf, const char *origin)
{
    for (int i = shelf->count - 1; i >= 0; i--)
        if (!strcmp(shelf->idle[i]->origin, origin))
            return now() - shelf->idle[i]->idle_since > KEPT_SECONDS ? NULL : remove_at(shelf, i);
    return NULL;
}

struct so_handle *so_shelf_stale(struct so_shelf *shelf)
{
    bool stale = shelf->count && now() - shelf->idle[0]->idle_since > KEPT_SECONDS;
    return stale ? remove_at(shelf, 0) : NULL;
}

struct so_handle *so_shelf_give(struct so_shelf *shelf, struct so_handle *handle)
{
    struct so_handle *surplus = shelf->count == shelf->capacity ? remove_at(shelf, 0) : so_shelf_stale(shelf);
    shelf->idle[shelf->count++] = handle;
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

struct so_handle *so_pool_take(const char *origin)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, guard_forks);
    so_once_curl();
    pthread_mutex_lock(&lock);
    forget_inherited();
    struct so_handle *handle = so_shelf_take(&pool, origin);
    pthread_mutex_unlock(&lock);
    if (handle && so_handle_is_quiet(handle))
        return handle;
    so_handle_free(handle);
    return so_handle_new(origin, false);
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
