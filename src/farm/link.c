/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <math.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "../core/locale.h"
#include "link.h"
#include "wire.h"

enum { STACK = 512 * 1024, WAITING_MOST = 256, SLICE = 1 /* seconds, as clocks differ after the machine slept */ };
#define GRACE 0.5 /* seconds that the thread may be late */

struct so_link {
    unsigned process; /* as `forks` has it: a child has no such thread, and leaves this alone */
    struct so_target target;
    pthread_t id;
    pthread_mutex_t working;      /* held by the thread except while it waits: libraries may be in the middle of something */
    pthread_mutex_t lock;         /* of all below */
    pthread_cond_t answered;
    struct so_query *first, **end; /* those that wait; end: of a list that is not empty */
    struct so_query *wishes;       /* that wait for a notification */
    int waiting, users, holders;
    unsigned long heard;
    double wakes_at;                 /* when the thread looks again by itself; 0: it does not wait */
    bool stopping;
    bool joining, held;              /* under `starting`; held: `working` is, by who forks */
    int event, socket;            /* socket: that of the connection, for children */
    struct so_wire wire;          /* only the thread uses it, without the lock */
    struct so_link *next;         /* of this process */
};

static const struct so_ports_v1 *ports;
static struct so_link *links, *inherited; /* of this process; of its parents */
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER; /* of the list */
static atomic_bool leaving; /* the process ends */

void so_link_ports(const struct so_ports_v1 *given)
{
    pthread_mutex_lock(&starting);
    if (!ports)
        ports = given;
    pthread_mutex_unlock(&starting);
}

bool so_link_is_ours(const struct so_link *link)
{
    return link->process == ports->forks();
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

/* The thread. `now` is so_farm_now(). */

/* Ends a query whose outcome is complete. Called without the lock. */
static void end(struct so_link *link, struct so_query *query)
{
    bool in_port = query->task.port;
    pthread_mutex_lock(&link->lock);
    atomic_store_explicit(&query->done, true, memory_order_release);
    if (!in_port)
        pthread_cond_broadcast(&link->answered);
    pthread_mutex_unlock(&link->lock);
    if (in_port)
        ports->done(&query->task); /* which may free it; the thread's own hold is given up below */
    so_query_release(query);
}

static void end_away(struct so_link *link, struct so_query *query, double now)
{
    const struct so_reason *why = &link->wire.reason;
    if (why->code)
        query->reason = *why;
    else
        so_reason_set(&query->reason, so_reason_away, "no answer within %.3g seconds", now - query->began);
    end(link, query);
}

static struct so_query *take(struct so_link *link)
{
    pthread_mutex_lock(&link->lock);
    struct so_query *query = link->first;
    if (query) {
        link->first = query->next;
        link->waiting--;
    }
    pthread_mutex_unlock(&link->lock);
    return query;
}

/* Takes out of a list those whose time is over, or all: a list of its own. */
static struct so_query *sort_out(struct so_query **list, bool (*wanted)(const struct so_query *, double), double now,
                                   struct so_query ***last)
{
    struct so_query *out = NULL, **end = &out;
    while (*list) {
        struct so_query *query = *list;
        if (!wanted(query, now)) {
            list = &query->next;
            continue;
        }
        *list = query->next;
        *end = query;
        end = &query->next;
    }
    *end = NULL;
    *last = list;
    return out;
}

static bool is_over(const struct so_query *query, double now)
{
    return query->ends <= now || query->notified || atomic_load_explicit(&query->unwanted, memory_order_relaxed);
}

static bool is_any(const struct so_query *query, double now)
{
    (void)query;
    (void)now;
    return true;
}

static int end_all(struct so_link *link, struct so_query *list, double now)
{
    int count = 0;
    for (struct so_query *next; list; list = next, count++) {
        next = list->next;
        if (list->statement)
            end_away(link, list, now);
        else
            end(link, list);
    }
    return count;
}

/* Ends those of the queue that `which` is true of. */
static void end_waiting(struct so_link *link, bool (*which)(const struct so_query *, double), double now)
{
    struct so_query **last;
    pthread_mutex_lock(&link->lock);
    struct so_query *out = sort_out(&link->first, which, now, &last);
    link->end = last;
    for (struct so_query *query = out; query; query = query->next)
        link->waiting--;
    pthread_mutex_unlock(&link->lock);
    end_all(link, out, now);
}

static void end_wishes(struct so_link *link, bool heard, double now)
{
    struct so_query **last;
    pthread_mutex_lock(&link->lock);
    link->heard += heard;
    struct so_query *out = sort_out(&link->wishes, heard ? is_any : is_over, now, &last);
    for (struct so_query *query = out; query; query = query->next)
        query->notified |= heard;
    pthread_mutex_unlock(&link->lock);
    end_all(link, out, now);
}

static void handle(struct so_link *link, enum so_wire_event event)
{
    struct so_wire *wire = &link->wire;
    struct so_query *current = wire->current;
    if (event == SO_WIRE_NOTHING)
        return;
    wire->current = NULL;
    if (event == SO_WIRE_FAILED)
        end_waiting(link, is_any, so_farm_now());
    else if (event == SO_WIRE_LOST && current) {
        current->reason = wire->reason;
        current->reason.code = so_reason_away;
        end(link, current);
    } else if (event == SO_WIRE_ANSWERED)
        end(link, current);
}

/* The statement that takes too long: its connection cannot be used for another one. */
static void give_up(struct so_link *link, double now)
{
    struct so_query *current = link->wire.current;
    if (!current || current->ends > now)
        return;
    link->wire.current = NULL;
    so_reason_set(&current->reason, so_reason_away, "no answer within %.3g seconds", now - current->began);
    so_wire_close(&link->wire);
    end(link, current);
}

static bool has_work(struct so_link *link, bool *wishes)
{
    pthread_mutex_lock(&link->lock);
    bool work = link->first;
    *wishes = link->wishes;
    pthread_mutex_unlock(&link->lock);
    return work;
}

/* Begins what can begin. */
static void begin(struct so_link *link, double now)
{
    struct so_wire *wire = &link->wire;
    bool wishes, work = has_work(link, &wishes);
    if (wire->state == SO_WIRE_DOWN && (work || wishes) && wire->retry_at <= now)
        handle(link, so_wire_connect(wire));
    else if (wire->state == SO_WIRE_READY && work)
        handle(link, so_wire_send(wire, take(link)));
    else if (wire->state == SO_WIRE_READY && wishes && wire->hearing == SO_WIRE_DEAF)
        handle(link, so_wire_listen(wire));
}

static double first_end(const struct so_query *list, double due)
{
    for (; list; list = list->next)
        due = fmin(due, list->notified ? 0 : list->ends);
    return due;
}

/* When the thread looks again by itself, at the latest. False: it must end, or go on at once. */
static bool may_wait(struct so_link *link, double *due)
{
    const struct so_wire *wire = &link->wire;
    pthread_mutex_lock(&link->lock);
    bool waits = !link->stopping;
    *due = first_end(link->first, first_end(link->wishes, so_wire_due(wire)));
    if (wire->current)
        *due = fmin(*due, wire->current->ends);
    if (wire->state == SO_WIRE_DOWN && (link->first || link->wishes))
        *due = fmin(*due, wire->retry_at);
    if (wire->state == SO_WIRE_READY && (link->first || (link->wishes && wire->hearing == SO_WIRE_DEAF)))
        waits = false;
    link->wakes_at = waits ? *due : 0;
    pthread_mutex_unlock(&link->lock);
    return waits;
}

static int milliseconds(double seconds)
{
    return isinf(seconds) ? -1 : (int)(ceil(fmax(0, fmin(seconds, SLICE)) * 1000));
}

static void clear_event(struct so_link *link)
{
    uint64_t count;
    if (read(link->event, &count, sizeof count) < 0)
        return;
}

/* Waits. What came of the connection, for which it is polled. */
static short wait(struct so_link *link, double due, double now)
{
    struct pollfd files[2] = {{link->event, POLLIN, 0}, {so_wire_descriptor(&link->wire), link->wire.events, 0}};
    pthread_mutex_unlock(&link->working);
    int count = poll(files, files[1].fd < 0 ? 1 : 2, milliseconds(due - now));
    pthread_mutex_lock(&link->working);
    if (count > 0 && files[0].revents)
        clear_event(link);
    return count > 0 ? files[1].revents : 0;
}

/* The process ends meanwhile: the libraries may be gone. */
static void stay_out(void)
{
    while (atomic_load(&leaving))
        pause();
}

static void turn(struct so_link *link, short events)
{
    double now;
    handle(link, so_wire_act(&link->wire, events));
    stay_out();
    now = so_farm_now();
    give_up(link, now);
    end_waiting(link, is_over, now);
    end_wishes(link, link->wire.heard, now);
    link->wire.heard = false;
    begin(link, now);
    stay_out();
    __atomic_store_n(&link->socket, so_wire_descriptor(&link->wire), __ATOMIC_RELAXED);
}

static void leave_list(struct so_link *link)
{
    for (struct so_link **at = &links; *at; at = &(*at)->next)
        if (*at == link) {
            *at = link->next;
            break;
        }
}

/* The last user is gone, or the process ends. */
static void shut(struct so_link *link)
{
    struct so_wire *wire = &link->wire;
    struct so_query *current = wire->current;
    double now = so_farm_now();
    wire->current = NULL;
    so_wire_close(wire);
    __atomic_store_n(&link->socket, -1, __ATOMIC_RELAXED);
    so_reason_set(&wire->reason, so_reason_away, "the connection was closed");
    if (current)
        end_away(link, current, now);
    end_waiting(link, is_any, now);
    end_wishes(link, true, now);
}

static void *run(void *payload)
{
    struct so_link *link = payload;
    double due;
    short events = 0;
    so_locale_enter(); /* for good, as all signals are blocked */
    pthread_mutex_lock(&link->working);
    do {
        turn(link, events);
        events = 0;
        if (may_wait(link, &due))
            events = wait(link, due, so_farm_now());
        stay_out();
    } while (!__atomic_load_n(&link->stopping, __ATOMIC_ACQUIRE));
    shut(link);
    pthread_mutex_unlock(&link->working);
    pthread_mutex_lock(&starting);
    bool joined = link->joining;
    if (!joined) {
        leave_list(link);
        pthread_detach(pthread_self());
    }
    pthread_mutex_unlock(&starting);
    so_link_release(link);
    return NULL;
}

/* Starting and stopping */

static void stop(struct so_link *link)
{
    pthread_mutex_lock(&link->lock);
    __atomic_store_n(&link->stopping, true, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&link->lock);
    wake(link);
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
        stop(link);
    }
    pthread_mutex_unlock(&starting);
    for (struct so_link *link = all; link; link = link->next)
        if (pthread_timedjoin_np(link->id, NULL, &until))
            atomic_store(&leaving, true);
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
    link->process = ports->forks();
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
        *wakes = link->wakes_at != 0 && (!link->first || query->ends < link->wakes_at);
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
    if (port && ports->begin(port, &query->task) == 0) {
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
        ports->withdraw(&query->task);
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

unsigned long so_link_heard(struct so_link *link)
{
    if (!so_link_is_ours(link))
        return 0;
    pthread_mutex_lock(&link->lock);
    unsigned long heard = link->heard;
    pthread_mutex_unlock(&link->lock);
    return heard;
}
