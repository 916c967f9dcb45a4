/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "once.h"
#include "pool.h"

enum { KEPT = 64, KEPT_SECONDS = 60, ORIGIN_SIZE = 300 };

static struct idle {
    CURL *easy;
    char origin[ORIGIN_SIZE];
    time_t since;
} idle[KEPT];
static int count;
static pid_t owner;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec;
}

/* After a fork the connections belong to the parent: closing them here would end them there. */
static void forget_inherited(void)
{
    if (owner == getpid())
        return;
    owner = getpid();
    count = 0;
}

static CURL *remove_at(int place)
{
    CURL *easy = idle[place].easy;
    idle[place] = idle[--count];
    return easy;
}

/* The newest of that origin. */
static CURL *find(const char *origin)
{
    int found = -1;
    for (int i = 0; i < count; i++)
        if (!strcmp(idle[i].origin, origin) && (found < 0 || idle[i].since > idle[found].since))
            found = i;
    return found < 0 || now() - idle[found].since > KEPT_SECONDS ? NULL : remove_at(found);
}

CURL *so_pool_take(const char *origin)
{
    so_once_curl();
    pthread_mutex_lock(&lock);
    forget_inherited();
    CURL *easy = find(origin);
    pthread_mutex_unlock(&lock);
    return easy ? easy : curl_easy_init();
}

/* The longest idle, when it is too old or the pool is full. */
static CURL *find_surplus(void)
{
    int oldest = 0;
    for (int i = 1; i < count; i++)
        if (idle[i].since < idle[oldest].since)
            oldest = i;
    bool surplus = count == KEPT || (count && now() - idle[oldest].since > KEPT_SECONDS);
    return surplus ? remove_at(oldest) : NULL;
}

void so_pool_give(CURL *easy, const char *origin)
{
    curl_easy_reset(easy);
    if (strlen(origin) >= ORIGIN_SIZE) {
        curl_easy_cleanup(easy);
        return;
    }
    pthread_mutex_lock(&lock);
    forget_inherited();
    CURL *surplus = find_surplus();
    struct idle *place = &idle[count++];
    place->easy = easy;
    place->since = now();
    strcpy(place->origin, origin);
    pthread_mutex_unlock(&lock);
    curl_easy_cleanup(surplus);
}
