/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "thread.h"
#include "notifier.h"
#include "init.h"

enum { STACK = 512 * 1024, LOAD_MAX = 4096, AT_ONCE = 1024, AT_ONCE_LEAST = 16, IDLE_SECONDS = 60, HEARTBEAT_SECONDS = 1 };

struct so_thread {
    unsigned owner; /* as `so_init_forks` has it: what a fork inherits has no thread, and is left alone */
    pthread_t id;
    pthread_mutex_t working; /* held by the thread but while it waits: libraries may be in the middle of something */
    pthread_mutex_t lock; /* of all below, of channels, and of what tickets say of their owners */
    struct so_engine *engine; /* but this is the thread's alone */
    struct so_transfers submitted;
    struct so_channel *channels;
    int load; /* tickets that are not finished */
    int listeners; /* sockets that are open */
    bool stopping;
};

struct so_channel {
    struct so_thread *thread;
    struct so_transfers finished;
    struct so_transfers taken; /* off `finished`, and not asked for yet: its Lua state's alone, until it detaches */
    int count;               /* tickets that were submitted and not taken; likewise */
    double last_id;
    bool detached;
    struct so_notifier notifier;
    struct so_channel *next, **link; /* among the thread's; link: what points here */
};

/* The thread */

/* An owner that has not gone yet still has a ticket without a call. */
static void free_ticket(struct so_ticket *ticket)
{
    so_call_free(ticket->transfer.call);
    ticket->transfer.call = NULL;
    if (!ticket->owner)
        free(ticket);
}

static void free_channel(struct so_channel *channel)
{
    if (channel->detached && channel->count == 0)
        free(channel);
}

static void drop(struct so_transfer *transfer)
{
    struct so_ticket *ticket = (struct so_ticket *)transfer;
    struct so_channel *channel = ticket->channel;
    free_ticket(ticket);
    channel->count--;
    free_channel(channel);
}

static void deliver(struct so_thread *thread, struct so_transfer *transfer)
{
    struct so_channel *channel = ((struct so_ticket *)transfer)->channel;
    thread->load--;
    if (channel->detached) {
        drop(transfer);
        return;
    }
    bool was_empty = !channel->finished.first;
    so_transfers_add(&channel->finished, transfer);
    if (was_empty)
        so_notifier_send(&channel->notifier);
}

/* False: it is to end. `wait`: how long the thread may sleep. */
static bool take_submitted(struct so_thread *thread, double *wait)
{
    pthread_mutex_lock(&thread->lock);
    struct so_transfers all = thread->submitted;
    thread->submitted = (struct so_transfers){0};
    bool stopping = thread->stopping;
    *wait = thread->listeners ? HEARTBEAT_SECONDS : IDLE_SECONDS;
    pthread_mutex_unlock(&thread->lock);
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&all));)
        so_engine_submit(thread->engine, transfer);
    return !stopping;
}

static void deliver_all(struct so_thread *thread)
{
    struct so_transfer *transfer = so_engine_finished(thread->engine);
    if (!transfer)
        return;
    pthread_mutex_lock(&thread->lock);
    for (; transfer; transfer = so_engine_finished(thread->engine))
        deliver(thread, transfer);
    pthread_mutex_unlock(&thread->lock);
}

/* Once a second whoever listens is woken, to see whether there still is something to wait for: time-outs of their own
   would fill the host's error log. */
static void heartbeat(struct so_thread *thread, time_t *last)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    if (time.tv_sec - *last < HEARTBEAT_SECONDS)
        return;
    *last = time.tv_sec;
    pthread_mutex_lock(&thread->lock);
    for (struct so_channel *channel = thread->channels; channel; channel = channel->next)
        so_notifier_send(&channel->notifier);
    pthread_mutex_unlock(&thread->lock);
}

static void *run(void *payload)
{
    struct so_thread *thread = payload;
    time_t last_heartbeat = 0;
    pthread_mutex_lock(&thread->working);
    for (double wait; take_submitted(thread, &wait);) {
        so_engine_step(thread->engine, 0);
        deliver_all(thread);
        heartbeat(thread, &last_heartbeat);
        pthread_mutex_unlock(&thread->working);
        so_engine_wait(thread->engine, wait);
        pthread_mutex_lock(&thread->working);
    }
    pthread_mutex_unlock(&thread->working);
    return NULL;
}

/* Starting and stopping */

static struct so_thread *current; /* of this process if it is its owner's */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static bool is_current(void)
{
    return current && current->owner == so_init_forks();
}

/* Runs before the exit handlers of the libraries under libcurl, since it was registered after theirs. The engine stays as
   it is: the process ends. */
static void stop_at_exit(void)
{
    struct so_thread *thread = current;
    if (!is_current())
        return;
    pthread_mutex_lock(&thread->lock);
    thread->stopping = true;
    pthread_mutex_unlock(&thread->lock);
    so_engine_wake(thread->engine);
    pthread_join(thread->id, NULL);
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

static bool start_thread(struct so_thread *thread)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    if ((errno = pthread_attr_init(&attributes)))
        return false;
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&thread->id, &attributes, run, thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    if (!failed)
        pthread_setname_np(thread->id, "signoff");
    errno = failed;
    return !failed;
}

static struct so_thread *new_thread(void)
{
    struct so_thread *thread = calloc(1, sizeof *thread);
    if (!thread)
        return NULL;
    thread->owner = so_init_forks();
    pthread_mutex_init(&thread->lock, NULL);
    pthread_mutex_init(&thread->working, NULL);
    thread->engine = so_engine_new(most_at_once());
    if (thread->engine && start_thread(thread))
        return thread;
    int why = errno;
    if (thread->engine)
        so_engine_free(thread->engine, NULL);
    free(thread);
    errno = why;
    return NULL;
}

static struct so_thread *get_thread(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    so_init_curl();
    pthread_once(&once, register_ends);
    pthread_mutex_lock(&starting);
    if (!is_current())
        current = new_thread();
    struct so_thread *thread = current;
    pthread_mutex_unlock(&starting);
    return thread;
}

/* Channels */

static void add_channel(struct so_thread *thread, struct so_channel *channel)
{
    channel->next = thread->channels;
    channel->link = &thread->channels;
    if (channel->next)
        channel->next->link = &channel->next;
    thread->channels = channel;
}

static void remove_channel(struct so_channel *channel)
{
    *channel->link = channel->next;
    if (channel->next)
        channel->next->link = channel->link;
}

struct so_channel *so_channel_new(void)
{
    struct so_thread *thread = get_thread();
    struct so_channel *channel = thread ? calloc(1, sizeof *channel) : NULL;
    if (!channel)
        return NULL;
    channel->thread = thread;
    so_notifier_init(&channel->notifier);
    pthread_mutex_lock(&thread->lock);
    add_channel(thread, channel);
    pthread_mutex_unlock(&thread->lock);
    return channel;
}

/* False in a process that inherited it. */
static bool is_ours(const struct so_channel *channel)
{
    return channel->thread->owner == so_init_forks();
}

/* Locks what the channel shares with the thread. */
static bool lock_up(struct so_channel *channel)
{
    return is_ours(channel) && pthread_mutex_lock(&channel->thread->lock) == 0;
}

static void disconnect(struct so_channel *channel)
{
    if (channel->notifier.socket >= 0)
        channel->thread->listeners--;
    so_notifier_close(&channel->notifier);
}

void so_channel_detach(struct so_channel *channel)
{
    if (!channel || !lock_up(channel))
        return;
    struct so_thread *thread = channel->thread;
    disconnect(channel);
    remove_channel(channel);
    channel->detached = true;
    channel->count++; /* for us, while we empty it */
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&channel->taken));)
        drop(transfer);
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&channel->finished));)
        drop(transfer);
    channel->count--;
    free_channel(channel);
    pthread_mutex_unlock(&thread->lock);
}

static struct so_ticket *refuse(struct so_call *call, enum so_code code, const char *why)
{
    so_call_fail(call, &call->failure, code, SO_SCOPE_NONE, true, "%s", why);
    return NULL;
}

struct so_ticket *so_channel_submit(struct so_channel *channel, struct so_call *call, void *owner)
{
    struct so_thread *thread = channel->thread;
    if (!is_ours(channel))
        return refuse(call, SO_CANCELLED, "this process was forked from the one that has the connections; nothing was sent");
    struct so_ticket *ticket = calloc(1, sizeof *ticket);
    if (!ticket)
        return refuse(call, SO_NOMEM, "memory ran out");
    pthread_mutex_lock(&thread->lock);
    bool full = thread->load >= LOAD_MAX, was_empty = !thread->submitted.first;
    if (!full) {
        ticket->transfer.call = call;
        ticket->channel = channel;
        ticket->thread = thread;
        ticket->id = ++channel->last_id;
        ticket->owner = owner;
        channel->count++;
        thread->load++;
        so_transfers_add(&thread->submitted, &ticket->transfer);
    }
    pthread_mutex_unlock(&thread->lock);
    if (full) {
        free(ticket);
        return refuse(call, SO_BUSY, "this process has too many calls on their way; nothing was sent");
    }
    if (was_empty)
        so_engine_wake(thread->engine);
    return ticket;
}

struct so_ticket *so_channel_first(struct so_channel *channel)
{
    if (!channel->taken.first && lock_up(channel)) {
        channel->taken = channel->finished;
        channel->finished = (struct so_transfers){0};
        pthread_mutex_unlock(&channel->thread->lock);
    }
    return is_ours(channel) ? (struct so_ticket *)channel->taken.first : NULL;
}

struct so_call *so_channel_take(struct so_channel *channel)
{
    struct so_ticket *ticket = (struct so_ticket *)so_transfers_take(&channel->taken);
    channel->count--;
    struct so_call *call = ticket->transfer.call;
    free(ticket);
    return call;
}

int so_channel_count(struct so_channel *channel)
{
    return is_ours(channel) ? channel->count : 0;
}

/* Tickets */

void so_ticket_cancel(struct so_ticket *ticket)
{
    atomic_store_explicit(&ticket->transfer.unwanted, true, memory_order_relaxed);
}

void so_ticket_abandon(struct so_ticket *ticket)
{
    struct so_thread *thread = ticket->thread;
    if (thread->owner != so_init_forks())
        return;
    so_ticket_cancel(ticket);
    pthread_mutex_lock(&thread->lock);
    ticket->owner = NULL;
    if (!ticket->transfer.call)
        free(ticket);
    pthread_mutex_unlock(&thread->lock);
}

/* The socket */

void so_channel_disconnect(struct so_channel *channel)
{
    if (!lock_up(channel))
        return;
    disconnect(channel);
    pthread_mutex_unlock(&channel->thread->lock);
}

const char *so_channel_listen(struct so_channel *channel)
{
    so_channel_disconnect(channel);
    return so_notifier_listen(&channel->notifier);
}

bool so_channel_accept(struct so_channel *channel)
{
    if (!lock_up(channel))
        return false;
    bool accepted = channel->notifier.socket < 0 && so_notifier_accept(&channel->notifier);
    if (accepted && (channel->finished.first || channel->taken.first))
        so_notifier_send(&channel->notifier);
    channel->thread->listeners += accepted;
    pthread_mutex_unlock(&channel->thread->lock);
    if (accepted)
        so_engine_wake(channel->thread->engine); /* its sleep may have been longer */
    return accepted;
}
