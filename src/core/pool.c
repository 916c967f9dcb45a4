/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "once.h"
#include "pool.h"

enum { KEPT = 64, KEPT_SECONDS = 60 };

static struct so_handle *idle[KEPT];
static int count;
static pid_t owner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void so_handle_free(struct so_handle *handle)
{
    if (!handle)
        return;
    curl_easy_cleanup(handle->easy);
    curl_url_cleanup(handle->parsed);
    free(handle->url);
    free(handle->origin);
    free(handle);
}

static struct so_handle *handle_new(const char *origin)
{
    struct so_handle *handle = calloc(1, sizeof *handle);
    if (!handle)
        return NULL;
    handle->easy = curl_easy_init();
    handle->parsed = curl_url();
    handle->origin = strdup(origin);
    if (handle->easy && handle->parsed && handle->origin)
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
    if (owner == getpid())
        return;
    owner = getpid();
    count = 0;
}

static struct so_handle *remove_at(int place)
{
    struct so_handle *handle = idle[place];
    idle[place] = idle[--count];
    return handle;
}

/* The newest of that origin. */
static struct so_handle *find(const char *origin)
{
    int found = -1;
    for (int i = 0; i < count; i++)
        if (!strcmp(idle[i]->origin, origin) && (found < 0 || idle[i]->idle_since > idle[found]->idle_since))
            found = i;
    return found < 0 || now() - idle[found]->idle_since > KEPT_SECONDS ? NULL : remove_at(found);
}

/* What a server sends unasked would be read as the next reply; or it closed the connection. */
static bool is_quiet(const struct so_handle *handle)
{
    struct pollfd waiting = {.fd = handle->socket, .events = POLLIN};
    return handle->socket == CURL_SOCKET_BAD || poll(&waiting, 1, 0) == 0;
}

struct so_handle *so_pool_take(const char *origin)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, guard_forks);
    so_once_curl();
    pthread_mutex_lock(&lock);
    forget_inherited();
    struct so_handle *handle = find(origin);
    pthread_mutex_unlock(&lock);
    if (handle && is_quiet(handle))
        return handle;
    so_handle_free(handle);
    return handle_new(origin);
}

/* The longest idle, when it is too old or the pool is full. */
static struct so_handle *find_surplus(void)
{
    int oldest = 0;
    for (int i = 1; i < count; i++)
        if (idle[i]->idle_since < idle[oldest]->idle_since)
            oldest = i;
    bool surplus = count == KEPT || (count && now() - idle[oldest]->idle_since > KEPT_SECONDS);
    return surplus ? remove_at(oldest) : NULL;
}

void so_pool_give(struct so_handle *handle)
{
    if (curl_easy_getinfo(handle->easy, CURLINFO_ACTIVESOCKET, &handle->socket) != CURLE_OK)
        handle->socket = CURL_SOCKET_BAD;
    handle->idle_since = now();
    pthread_mutex_lock(&lock);
    forget_inherited();
    struct so_handle *surplus = find_surplus();
    idle[count++] = handle;
    pthread_mutex_unlock(&lock);
    so_handle_free(surplus);
}
