/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "thread.h"

enum { STACK = 512 * 1024, WAITING_MOST = 256, SLICE = 1 /* seconds, as clocks differ after the machine slept */ };
#define GRACE 0.5 /* seconds that the thread may be late */

const struct so_ports_v1 *so_link_core;
static struct so_link *links, *inherited; /* of this process; of its parents */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER; /* of the list */

void so_link_ports(const struct so_ports_v1 *given)
{
    pthread_mutex_lock(&starting);
    if (!so_link_core)
        so_link_core = given;
    pthread_mutex_unlock(&starting);
}

bool so_link_is_ours(const struct so_link *link)
{
    return link->process == so_link_core->forks();
}

static void wake(struct so_link *link)
{
    const uint64_t one = 1;
    if (write(link->event, &one, sizeof one) < 0)
        return; /* it is readable already */
}

static void free_link(struct so_link *link)
{
    close(link->event);
    so_target_free(&link->target);
    pthread_mutex_destroy(&link->lock);
    pthread_mutex_destroy(&link->working);
    pthread_cond_destroy(&link->answered);
    free(link);
}

void so_link_release(struct so_link *link)
{
    if (!so_link_is_ours(link))
        return;
    pthread_mutex_lock(&link->lock);
    bool last = --link->holders == 0;
    pthread_mutex_unlock(&link->lock);
    if (last)
        free_link(link);
}

/* Starting and stopping */

static void stop(struct so_link *link)
{
    pthread_mutex_lock(&link->lock);
    __atomic_store_n(&link->stopping, true, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&link->lock);
    wake(link);
}

static void hold(struct so_link *link)
{
    pthread_mutex_lock(&link->lock);
    link->holders++;
    pthread_mutex_unlock(&link->lock);
}

/* Runs before the exit handlers of libcrypto. A thread that waits for a name is left where it is, and stays out of the libraries. */
static void stop_at_exit(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&starting);
    struct so_link *all = links && so_link_is_ours(links) ? links : NULL;
    for (struct so_link *link = all; link; link = link->next) {
        link->joining = true;
        hold(link); /* for good */
        stop(link);
    }
    pthread_mutex_unlock(&starting);
    for (struct so_link *link = all; link; link = link->next)
        if (pthread_timedjoin_np(link->id, NULL, &until))
            atomic_store(&so_link_leaving, true);
}

/* As in the core's thread: the fork happens while the threads wait, but not later than that: one of them may wait for a name. */
static void before_fork(void)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&starting);
    for (struct so_link *link = links; link; link = link->next)
        link->held = pthread_mutex_timedlock(&link->working, &until) == 0;
}

static void after_fork_in_parent(void)
{
    for (struct so_link *link = links; link; link = link->next)
        if (link->held)
            pthread_mutex_unlock(&link->working);
    pthread_mutex_unlock(&starting);
}

/* The links belong to the parent. Their connections must not stay open for as long as the child lives. */
static void after_fork_in_child(void)
{
    for (struct so_link *link = links; link; link = link->next) {
        int socket = __atomic_load_n(&link->socket, __ATOMIC_RELAXED);
        if (socket >= 0)
            close(socket);
        close(link->event);
    }
    inherited = links ? links : inherited;
    links = NULL;
    pthread_mutex_unlock(&starting);
}

static void register_ends(void)
{
    OPENSSL_init_crypto(0, NULL); /* its handler runs after ours */
    atexit(stop_at_exit);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

static void leave_list(struct so_link *link)
{
    for (struct so_link **at = &links; *at; at = &(*at)->next)
        if (*at == link) {
            *at = link->next;
            break;
        }
}

static void *run(void *payload)
{
    struct so_link *link = payload;
    so_link_run(link);
    pthread_mutex_lock(&starting);
    if (!link->joining) {
        leave_list(link);
        pthread_detach(pthread_self());
    }
    pthread_mutex_unlock(&starting);
    so_link_release(link);
    return NULL;
}

static bool start_thread(struct so_link *link)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    if ((errno = pthread_attr_init(&attributes)))
        return false;
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&link->id, &attributes, run, link);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (!failed)
        pthread_setname_np(link->id, "signoff-farm");
    errno = failed;
    return !failed;
}

static void init(struct so_link *link)
{
    pthread_condattr_t monotonic;
    link->process = so_link_core->forks();
    link->socket = -1;
    link->holders = 1; /* the thread */
    pthread_mutex_init(&link->lock, NULL);
    pthread_mutex_init(&link->working, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&link->answered, &monotonic);
    pthread_condattr_destroy(&monotonic);
    so_wire_init(&link->wire, &link->target);
}

static struct so_link *new_link(const char *uri)
{
    struct so_reason ignored;
    struct so_link *link = calloc(1, sizeof *link);
    if (!link)
        return NULL;
    init(link);
    link->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    errno = link->event < 0 ? errno : ENOMEM;
    if (link->event >= 0 && so_target_read(&link->target, uri, &ignored) && start_thread(link))
        return link;
    int why = errno;
    free_link(link);
    errno = why;
    return NULL;
}

static struct so_link *find(const char *uri)
{
    for (struct so_link *link = links; link; link = link->next)
        if (!__atomic_load_n(&link->stopping, __ATOMIC_RELAXED) && !strcmp(link->target.uri, uri))
            return link;
    return NULL;
}

struct so_link *so_link_use(const char *uri)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, register_ends);
    pthread_mutex_lock(&starting);
    struct so_link *link = find(uri);
    if (!link && (link = new_link(uri))) {
        link->next = links;
        links = link;
    }
    if (link) {
        pthread_mutex_lock(&link->lock);
        link->users++;
        link->holders++;
        pthread_mutex_unlock(&link->lock);
    }
    pthread_mutex_unlock(&starting);
    return link;
}

void so_link_leave(struct so_link *link)
{
    if (!link || !so_link_is_ours(link))
        return;
    pthread_mutex_lock(&starting);
    pthread_mutex_lock(&link->lock);
    bool last = --link->users == 0;
    pthread_mutex_unlock(&link->lock);
    if (last)
        stop(link);
    pthread_mutex_unlock(&starting);
    so_link_release(link);
}

/* Queries */

/* Enters the query. False: the queue is full. `*wakes`: the thread must be woken to see it. */
static bool enter(struct so_link *link, struct so_query *query, unsigned long seen, bool *wakes)
{
    pthread_mutex_lock(&link->lock);
    bool room = link->waiting < WAITING_MOST || !query->statement;
    query->notified = !query->statement && link->heard != seen; /* it came already */
    if (room) {
        *wakes = link->wakes_at != 0 && ((!link->first && !link->busy) || query->ends < link->wakes_at);
        query->next = NULL;
        if (query->statement) {
            *(link->first ? link->end : &link->first) = query;
            link->end = &query->next;
            link->waiting++;
        } else {
            query->next = link->wishes;
            link->wishes = query;
        }
        link->holders++;
        query->link = link;
    }
    pthread_mutex_unlock(&link->lock);
    return room;
}

bool so_link_submit(struct so_link *link, struct so_query *query, struct so_port *port, double seconds, unsigned long seen)
{
    bool wakes = false;
    query->began = so_farm_now();
    query->ends = query->began + seconds;
    if (port && so_link_core->begin(port, &query->task) == 0) {
        so_reason_set(&query->reason, so_reason_away, "this process was forked from the one that waits");
        return false;
    }
    query->holders += port ? 2 : 1;
    if (enter(link, query, seen, &wakes)) {
        if (wakes)
            wake(link);
        return true;
    }
    query->holders -= port ? 2 : 1;
    if (port)
        so_link_core->withdraw(&query->task);
    so_reason_set(&query->reason, so_reason_full, "%d queries wait for the server already", WAITING_MOST);
    return false;
}

void so_link_wait(struct so_query *query)
{
    struct so_link *link = query->link;
    double latest = query->ends + GRACE;
    if (!so_link_is_ours(link))
        return;
    pthread_mutex_lock(&link->lock);
    for (double left; !query->done && (left = latest - so_farm_now()) > 0;) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        left = fmin(left, SLICE);
        until.tv_nsec += (long)(left * 1e9) % 1000000000;
        until.tv_sec += (time_t)left + until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&link->answered, &link->lock, &until);
    }
    pthread_mutex_unlock(&link->lock);
}
