/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "bridge.h"
#include "doorbell.h"
#include "once.h"

enum { STACK = 512 * 1024, LOAD_MAX = 4096, AT_ONCE = 1024, AT_ONCE_LEAST = 16, IDLE_SECONDS = 60, BEAT_SECONDS = 1 };

struct so_bridge {
    unsigned owner; /* as `so_once_forks` has it: what a fork inherits has no thread, and is left alone */
    pthread_t thread;
    pthread_mutex_t working; /* held by the thread but while it waits: libraries may be in the middle of something */
    pthread_mutex_t lock; /* of all below, of mailboxes, and of what letters say of their owners */
    struct so_engine *engine; /* but this is the thread's alone */
    struct so_flights inbox;
    struct so_mailbox *mailboxes;
    int load; /* letters that are not finished */
    int bells; /* sockets that are open */
    bool stopping;
};

struct so_mailbox {
    struct so_bridge *bridge;
    struct so_flights finished;
    struct so_flights taken; /* off `finished`, and not asked for yet: its Lua state's alone, until it detaches */
    int count;               /* letters that were submitted and not taken; likewise */
    double last_id;
    bool detached;
    struct so_doorbell bell;
    struct so_mailbox *next, **link; /* among the bridge's; link: what points here */
};

/* The thread */

/* An owner that has not gone yet still has a letter without a call. */
static void free_letter(struct so_letter *letter)
{
    so_call_free(letter->flight.call);
    letter->flight.call = NULL;
    if (!letter->owner)
        free(letter);
}

static void free_mailbox(struct so_mailbox *mailbox)
{
    if (mailbox->detached && mailbox->count == 0)
        free(mailbox);
}

static void drop(struct so_flight *flight)
{
    struct so_letter *letter = (struct so_letter *)flight;
    struct so_mailbox *mailbox = letter->mailbox;
    free_letter(letter);
    mailbox->count--;
    free_mailbox(mailbox);
}

static void deliver(struct so_bridge *bridge, struct so_flight *flight)
{
    struct so_mailbox *mailbox = ((struct so_letter *)flight)->mailbox;
    bridge->load--;
    if (mailbox->detached) {
        drop(flight);
        return;
    }
    bool was_empty = !mailbox->finished.first;
    so_flights_add(&mailbox->finished, flight);
    if (was_empty)
        so_doorbell_ring(&mailbox->bell);
}

/* False: it is to end. `wait`: how long the thread may sleep. */
static bool take_inbox(struct so_bridge *bridge, double *wait)
{
    pthread_mutex_lock(&bridge->lock);
    struct so_flights all = bridge->inbox;
    bridge->inbox = (struct so_flights){0};
    bool stopping = bridge->stopping;
    *wait = bridge->bells ? BEAT_SECONDS : IDLE_SECONDS;
    pthread_mutex_unlock(&bridge->lock);
    for (struct so_flight *flight; (flight = so_flights_take(&all));)
        so_engine_submit(bridge->engine, flight);
    return !stopping;
}

static void deliver_all(struct so_bridge *bridge)
{
    struct so_flight *flight = so_engine_finished(bridge->engine);
    if (!flight)
        return;
    pthread_mutex_lock(&bridge->lock);
    for (; flight; flight = so_engine_finished(bridge->engine))
        deliver(bridge, flight);
    pthread_mutex_unlock(&bridge->lock);
}

/* Once a second whoever listens is woken, to see whether there still is something to wait for: time-outs of their own
   would fill the host's error log. */
static void beat(struct so_bridge *bridge, time_t *last)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    if (time.tv_sec - *last < BEAT_SECONDS)
        return;
    *last = time.tv_sec;
    pthread_mutex_lock(&bridge->lock);
    for (struct so_mailbox *mailbox = bridge->mailboxes; mailbox; mailbox = mailbox->next)
        so_doorbell_ring(&mailbox->bell);
    pthread_mutex_unlock(&bridge->lock);
}

static void *run(void *payload)
{
    struct so_bridge *bridge = payload;
    time_t last_beat = 0;
    pthread_mutex_lock(&bridge->working);
    for (double wait; take_inbox(bridge, &wait);) {
        so_engine_step(bridge->engine, 0);
        deliver_all(bridge);
        beat(bridge, &last_beat);
        pthread_mutex_unlock(&bridge->working);
        so_engine_wait(bridge->engine, wait);
        pthread_mutex_lock(&bridge->working);
    }
    pthread_mutex_unlock(&bridge->working);
    return NULL;
}

/* Starting and stopping */

static struct so_bridge *current; /* of this process if it is its owner's */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static bool is_current(void)
{
    return current && current->owner == so_once_forks();
}

/* Runs before the exit handlers of the libraries under libcurl, since it was registered after theirs. The engine stays as
   it is: the process ends. */
static void stop_at_exit(void)
{
    struct so_bridge *bridge = current;
    if (!is_current())
        return;
    pthread_mutex_lock(&bridge->lock);
    bridge->stopping = true;
    pthread_mutex_unlock(&bridge->lock);
    so_engine_wake(bridge->engine);
    pthread_join(bridge->thread, NULL);
}

/* A child has the locks of TLS and its libraries as they are, without the thread that would open them again: it is made
   while the thread waits. */
static void before_fork(void)
{
    pthread_mutex_lock(&starting);
    if (is_current())
        pthread_mutex_lock(&current->working);
}

static void after_fork_in_parent(void)
{
    if (is_current())
        pthread_mutex_unlock(&current->working);
    pthread_mutex_unlock(&starting);
}

static void after_fork_in_child(void)
{
    pthread_mutex_unlock(&starting);
}

static void register_ends(void)
{
    atexit(stop_at_exit);
    pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* A part of the descriptors that the process may have: the rest is its host's. */
static int most_at_once(void)
{
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur == RLIM_INFINITY || files.rlim_cur / 2 > AT_ONCE)
        return AT_ONCE;
    return files.rlim_cur / 2 > AT_ONCE_LEAST ? (int)(files.rlim_cur / 2) : AT_ONCE_LEAST;
}

static bool start_thread(struct so_bridge *bridge)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    if ((errno = pthread_attr_init(&attributes)))
        return false;
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&bridge->thread, &attributes, run, bridge);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (!failed)
        pthread_setname_np(bridge->thread, "signoff");
    errno = failed;
    return !failed;
}

static struct so_bridge *new_bridge(void)
{
    struct so_bridge *bridge = calloc(1, sizeof *bridge);
    if (!bridge)
        return NULL;
    bridge->owner = so_once_forks();
    pthread_mutex_init(&bridge->lock, NULL);
    pthread_mutex_init(&bridge->working, NULL);
    bridge->engine = so_engine_new(most_at_once());
    if (bridge->engine && start_thread(bridge))
        return bridge;
    int why = errno;
    if (bridge->engine)
        so_engine_free(bridge->engine, NULL);
    free(bridge);
    errno = why;
    return NULL;
}

static struct so_bridge *get_bridge(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    so_once_curl();
    pthread_once(&once, register_ends);
    pthread_mutex_lock(&starting);
    if (!is_current())
        current = new_bridge();
    struct so_bridge *bridge = current;
    pthread_mutex_unlock(&starting);
    return bridge;
}

/* Mailboxes */

static void add_mailbox(struct so_bridge *bridge, struct so_mailbox *mailbox)
{
    mailbox->next = bridge->mailboxes;
    mailbox->link = &bridge->mailboxes;
    if (mailbox->next)
        mailbox->next->link = &mailbox->next;
    bridge->mailboxes = mailbox;
}

static void remove_mailbox(struct so_mailbox *mailbox)
{
    *mailbox->link = mailbox->next;
    if (mailbox->next)
        mailbox->next->link = mailbox->link;
}

struct so_mailbox *so_mailbox_new(void)
{
    struct so_bridge *bridge = get_bridge();
    struct so_mailbox *mailbox = bridge ? calloc(1, sizeof *mailbox) : NULL;
    if (!mailbox)
        return NULL;
    mailbox->bridge = bridge;
    so_doorbell_init(&mailbox->bell);
    pthread_mutex_lock(&bridge->lock);
    add_mailbox(bridge, mailbox);
    pthread_mutex_unlock(&bridge->lock);
    return mailbox;
}

/* False in a process that inherited it. */
static bool is_ours(const struct so_mailbox *mailbox)
{
    return mailbox->bridge->owner == so_once_forks();
}

/* Locks what the mailbox shares with the thread. */
static bool lock_up(struct so_mailbox *mailbox)
{
    return is_ours(mailbox) && pthread_mutex_lock(&mailbox->bridge->lock) == 0;
}

static void hang_up(struct so_mailbox *mailbox)
{
    if (mailbox->bell.socket >= 0)
        mailbox->bridge->bells--;
    so_doorbell_close(&mailbox->bell);
}

void so_mailbox_detach(struct so_mailbox *mailbox)
{
    if (!mailbox || !lock_up(mailbox))
        return;
    struct so_bridge *bridge = mailbox->bridge;
    hang_up(mailbox);
    remove_mailbox(mailbox);
    mailbox->detached = true;
    mailbox->count++; /* for us, while we empty it */
    for (struct so_flight *flight; (flight = so_flights_take(&mailbox->taken));)
        drop(flight);
    for (struct so_flight *flight; (flight = so_flights_take(&mailbox->finished));)
        drop(flight);
    mailbox->count--;
    free_mailbox(mailbox);
    pthread_mutex_unlock(&bridge->lock);
}

static struct so_letter *refuse(struct so_call *call, enum so_code code, const char *why)
{
    so_call_fail(call, &call->failure, code, SO_SCOPE_NONE, true, "%s", why);
    return NULL;
}

struct so_letter *so_mailbox_submit(struct so_mailbox *mailbox, struct so_call *call, void *owner)
{
    struct so_bridge *bridge = mailbox->bridge;
    if (!is_ours(mailbox))
        return refuse(call, SO_CANCELLED, "this process was forked from the one that has the connections; nothing was sent");
    struct so_letter *letter = calloc(1, sizeof *letter);
    if (!letter)
        return refuse(call, SO_NOMEM, "memory ran out");
    pthread_mutex_lock(&bridge->lock);
    bool full = bridge->load >= LOAD_MAX, was_empty = !bridge->inbox.first;
    if (!full) {
        letter->flight.call = call;
        letter->mailbox = mailbox;
        letter->bridge = bridge;
        letter->id = ++mailbox->last_id;
        letter->owner = owner;
        mailbox->count++;
        bridge->load++;
        so_flights_add(&bridge->inbox, &letter->flight);
    }
    pthread_mutex_unlock(&bridge->lock);
    if (full) {
        free(letter);
        return refuse(call, SO_BUSY, "this process has too many calls on their way; nothing was sent");
    }
    if (was_empty)
        so_engine_wake(bridge->engine);
    return letter;
}

struct so_letter *so_mailbox_first(struct so_mailbox *mailbox)
{
    if (!mailbox->taken.first && lock_up(mailbox)) {
        mailbox->taken = mailbox->finished;
        mailbox->finished = (struct so_flights){0};
        pthread_mutex_unlock(&mailbox->bridge->lock);
    }
    return is_ours(mailbox) ? (struct so_letter *)mailbox->taken.first : NULL;
}

struct so_call *so_mailbox_take(struct so_mailbox *mailbox)
{
    struct so_letter *letter = (struct so_letter *)so_flights_take(&mailbox->taken);
    mailbox->count--;
    struct so_call *call = letter->flight.call;
    free(letter);
    return call;
}

int so_mailbox_count(struct so_mailbox *mailbox)
{
    return is_ours(mailbox) ? mailbox->count : 0;
}

/* Letters */

void so_letter_cancel(struct so_letter *letter)
{
    atomic_store_explicit(&letter->flight.unwanted, true, memory_order_relaxed);
}

void so_letter_abandon(struct so_letter *letter)
{
    struct so_bridge *bridge = letter->bridge;
    if (bridge->owner != so_once_forks())
        return;
    so_letter_cancel(letter);
    pthread_mutex_lock(&bridge->lock);
    letter->owner = NULL;
    if (!letter->flight.call)
        free(letter);
    pthread_mutex_unlock(&bridge->lock);
}

/* The socket */

void so_mailbox_hang_up(struct so_mailbox *mailbox)
{
    if (!lock_up(mailbox))
        return;
    hang_up(mailbox);
    pthread_mutex_unlock(&mailbox->bridge->lock);
}

const char *so_mailbox_listen(struct so_mailbox *mailbox)
{
    so_mailbox_hang_up(mailbox);
    return so_doorbell_listen(&mailbox->bell);
}

bool so_mailbox_accept(struct so_mailbox *mailbox)
{
    if (!lock_up(mailbox))
        return false;
    bool accepted = mailbox->bell.socket < 0 && so_doorbell_accept(&mailbox->bell);
    if (accepted && (mailbox->finished.first || mailbox->taken.first))
        so_doorbell_ring(&mailbox->bell);
    mailbox->bridge->bells += accepted;
    pthread_mutex_unlock(&mailbox->bridge->lock);
    if (accepted)
        so_engine_wake(mailbox->bridge->engine); /* its sleep may have been longer */
    return accepted;
}
