/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "init.h"
#include "locale.h"
#include "notifier.h"
#include "thread.h"

enum { STACK = 512 * 1024, LOAD_MAX = 4096, AT_ONCE = 1024, AT_ONCE_LEAST = 16, IDLE_SECONDS = 60, HEARTBEAT_SECONDS = 1 };

struct so_thread {
    unsigned process; /* as so_init_forks has it: a child has no such thread, and leaves this alone */
    pthread_t id;
    pthread_mutex_t working; /* held by the thread except while it waits: libraries may be in the middle of something */
    pthread_mutex_t lock;     /* of all below, of channels, and of the owners of tickets */
    struct so_engine *engine; /* only the thread uses it, without the lock */
    struct so_transfers submitted;
    struct channel *channels;
    int load, listeners; /* tickets that are not finished; sockets that are open */
    bool stopping;
};

struct channel {
    struct so_port port; /* first */
    struct so_thread *thread;
    struct so_transfers finished, taken; /* taken: off `finished`, not handed back; used without the lock until the channel is closed */
    struct so_task *worked, **worked_end; /* tasks that are done; worked_end: of a list that is not empty */
    int count; /* tickets and tasks that were submitted and not handed back; likewise without the lock */
    bool closed;
    struct so_notifier notifier;
    struct channel *next, **link; /* in the thread's list; link: what points here */
};

/* The thread */

/* A closed channel is freed with its last ticket. */
static void free_channel(struct channel *channel)
{
    if (channel->closed && channel->count == 0)
        free(channel);
}

static void free_ticket(struct so_ticket *ticket)
{
    struct channel *channel = (struct channel *)ticket->port;
    free(ticket);
    channel->count--;
    free_channel(channel);
}

/* Frees a call whose channel is closed. The ticket stays as long as its owner does. */
static void drop(struct so_transfer *transfer)
{
    struct so_ticket *ticket = (struct so_ticket *)transfer;
    so_call_free(transfer->call);
    transfer->call = NULL;
    if (!ticket->owner)
        free_ticket(ticket);
}

static void deliver(struct so_thread *thread, struct so_transfer *transfer)
{
    struct channel *channel = (struct channel *)((struct so_ticket *)transfer)->port;
    thread->load--;
    if (channel->closed) {
        drop(transfer);
        return;
    }
    bool was_empty = !channel->finished.first;
    so_transfers_add(&channel->finished, transfer);
    if (was_empty)
        so_notifier_send(&channel->notifier);
}

/* Hands new transfers to the engine. `wait`: how long the thread may sleep. False: the thread must end. */
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

/* Notifies all channels once a second, so that their readers can check whether to go on waiting: timeouts of their own would
   fill the host's error log. */
static void heartbeat(struct so_thread *thread, time_t *last)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    if (time.tv_sec - *last < HEARTBEAT_SECONDS)
        return;
    *last = time.tv_sec;
    pthread_mutex_lock(&thread->lock);
    for (struct channel *channel = thread->channels; channel; channel = channel->next)
        so_notifier_send(&channel->notifier);
    pthread_mutex_unlock(&thread->lock);
}

static void *run(void *payload)
{
    struct so_thread *thread = payload;
    time_t last_heartbeat = 0;
    so_locale_enter(); /* for good, as all signals are blocked */
    pthread_mutex_lock(&thread->working);
    for (double wait; take_submitted(thread, &wait);) {
        so_engine_begin(thread->engine);
        pthread_mutex_unlock(&thread->working);
        so_engine_wait(thread->engine, wait);
        pthread_mutex_lock(&thread->working);
        so_engine_act(thread->engine);
        deliver_all(thread);
        heartbeat(thread, &last_heartbeat);
    }
    pthread_mutex_unlock(&thread->working);
    return NULL;
}

/* Starting and stopping */

static struct so_thread *current; /* belongs to this process if `process` says so */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static bool is_current(void)
{
    return current && current->process == so_init_forks();
}

/* Runs before the exit handlers of the libraries under libcurl, since it was registered after theirs. Leaves the engine as it
   is: the process ends. */
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

/* A child inherits the locks of TLS and its libraries, but not the thread that would release them: so the fork happens while
   the thread waits. */
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

/* Half of the descriptors that the process may have, within limits: the rest is for its host. */
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
    thread->process = so_init_forks();
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

static struct channel *channel_of(struct so_port *port)
{
    return (struct channel *)port;
}

static void add_channel(struct so_thread *thread, struct channel *channel)
{
    channel->next = thread->channels;
    channel->link = &thread->channels;
    if (channel->next)
        channel->next->link = &channel->next;
    thread->channels = channel;
}

static void remove_channel(struct channel *channel)
{
    *channel->link = channel->next;
    if (channel->next)
        channel->next->link = channel->link;
}

struct so_port *so_channel_new(void)
{
    struct so_thread *thread = get_thread();
    struct channel *channel = thread ? calloc(1, sizeof *channel) : NULL;
    if (!channel)
        return NULL;
    so_port_init(&channel->port, &so_channel_port);
    channel->thread = thread;
    so_notifier_init(&channel->notifier);
    pthread_mutex_lock(&thread->lock);
    add_channel(thread, channel);
    pthread_mutex_unlock(&thread->lock);
    return &channel->port;
}

/* Locks what the channel shares with the thread. */
static bool lock_up(struct so_port *port)
{
    return so_port_is_ours(port) && pthread_mutex_lock(&channel_of(port)->thread->lock) == 0;
}

static bool submit(struct so_port *port, struct so_ticket *ticket)
{
    struct channel *channel = channel_of(port);
    struct so_thread *thread = channel->thread;
    pthread_mutex_lock(&thread->lock);
    bool full = thread->load >= LOAD_MAX, was_empty = !thread->submitted.first;
    if (!full) {
        channel->count++;
        thread->load++;
        so_transfers_add(&thread->submitted, &ticket->transfer);
    }
    pthread_mutex_unlock(&thread->lock);
    if (full)
        return so_port_refuse(ticket->transfer.call, SO_BUSY, "this process has too many calls on their way; nothing was sent");
    if (was_empty)
        so_engine_wake(thread->engine);
    return true;
}

static struct so_ticket *take(struct so_port *port)
{
    struct channel *channel = channel_of(port);
    if (!channel->taken.first) {
        pthread_mutex_lock(&channel->thread->lock);
        channel->taken = channel->finished;
        channel->finished = (struct so_transfers){0};
        pthread_mutex_unlock(&channel->thread->lock);
    }
    struct so_ticket *ticket = (struct so_ticket *)so_transfers_take(&channel->taken);
    channel->count -= ticket != NULL;
    return ticket;
}

/* Runs in the thread that did the work. */
static void task_done(struct so_job *job)
{
    struct so_task *task = (struct so_task *)job;
    struct channel *channel = channel_of(task->port);
    struct so_thread *thread = channel->thread;
    pthread_mutex_lock(&thread->lock);
    if (channel->closed) {
        task->drop(task);
        channel->count--;
        free_channel(channel);
    } else {
        bool was_empty = !channel->worked;
        *(was_empty ? &channel->worked : channel->worked_end) = task;
        channel->worked_end = &task->next;
        if (was_empty)
            so_notifier_send(&channel->notifier);
    }
    pthread_mutex_unlock(&thread->lock);
}

double so_channel_work(struct so_port *port, struct so_task *task)
{
    struct channel *channel = channel_of(port);
    task->job.done = task_done;
    task->port = port;
    task->next = NULL;
    task->id = ++port->last_id;
    if (!so_port_is_ours(port)) {
        errno = ECHILD;
        return 0;
    }
    channel->count++;
    if (so_disk_submit(&task->job))
        return task->id;
    channel->count--;
    return 0;
}

struct so_task *so_channel_worked(struct so_port *port)
{
    struct channel *channel = channel_of(port);
    if (!lock_up(port))
        return NULL;
    struct so_task *task = channel->worked;
    channel->worked = task ? task->next : NULL;
    pthread_mutex_unlock(&channel->thread->lock);
    channel->count -= task != NULL;
    return task;
}

/* Keeps the request from beginning, unless it has begun. */
static void cancel(struct so_ticket *ticket)
{
    atomic_store_explicit(&ticket->transfer.unwanted, true, memory_order_relaxed);
}

static void abandon(struct so_ticket *ticket)
{
    struct so_thread *thread = channel_of(ticket->port)->thread;
    cancel(ticket);
    pthread_mutex_lock(&thread->lock);
    ticket->owner = NULL;
    if (!ticket->transfer.call)
        free_ticket(ticket);
    pthread_mutex_unlock(&thread->lock);
}

static void disconnect(struct channel *channel)
{
    if (channel->notifier.socket >= 0)
        channel->thread->listeners--;
    so_notifier_close(&channel->notifier);
}

static void drop_tasks(struct channel *channel)
{
    for (struct so_task *task; (task = channel->worked);) {
        channel->worked = task->next;
        channel->count--;
        task->drop(task);
    }
}

/* The thread frees the calls that finish later. */
static void close_channel(struct so_port *port)
{
    struct channel *channel = channel_of(port);
    struct so_thread *thread = channel->thread;
    pthread_mutex_lock(&thread->lock);
    disconnect(channel);
    remove_channel(channel);
    channel->closed = true;
    channel->count++; /* keeps the channel while it is emptied */
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&channel->taken));)
        drop(transfer);
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&channel->finished));)
        drop(transfer);
    drop_tasks(channel);
    channel->count--;
    free_channel(channel);
    pthread_mutex_unlock(&thread->lock);
}

const struct so_port_kind so_channel_port = {submit, take, cancel, abandon, close_channel};

int so_channel_pending(struct so_port *port)
{
    return so_port_is_ours(port) ? channel_of(port)->count : 0;
}

void so_channel_disconnect(struct so_port *port)
{
    if (!lock_up(port))
        return;
    disconnect(channel_of(port));
    pthread_mutex_unlock(&channel_of(port)->thread->lock);
}

const char *so_channel_listen(struct so_port *port)
{
    so_channel_disconnect(port);
    return so_notifier_listen(&channel_of(port)->notifier);
}

bool so_channel_accept(struct so_port *port)
{
    struct channel *channel = channel_of(port);
    if (!lock_up(port))
        return false;
    bool accepted = channel->notifier.socket < 0 && so_notifier_accept(&channel->notifier);
    if (accepted && (channel->finished.first || channel->taken.first || channel->worked))
        so_notifier_send(&channel->notifier);
    channel->thread->listeners += accepted;
    pthread_mutex_unlock(&channel->thread->lock);
    if (accepted)
        so_engine_wake(channel->thread->engine); /* the thread may be asleep for longer than it should from now on */
    return accepted;
}
