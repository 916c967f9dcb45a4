/* SPDX-License-Identifier: MIT */
/* The thread of a link. `now` is so_farm_now(), everywhere. */
#define _GNU_SOURCE
#include <math.h>
#include <stdint.h>
#include <unistd.h>

#include "../core/locale.h"
#include "thread.h"

enum { SLICE = 1 /* seconds, as clocks differ after the machine slept */ };

atomic_bool so_link_leaving;

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
        so_link_core->done(&query->task); /* which may free it; the thread's own hold is given up below */
    so_query_release(query);
}

static void end_away(struct so_link *link, struct so_query *query, double now)
{
    const struct so_reason *why = &link->wire.reason;
    if (why->code)
        query->reason = *why;
    else
        so_reason_late(&query->reason, now - query->began);
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
    for (struct so_query *query = out; query; query = query->next) {
        query->notified |= heard;
        query->heard = link->heard;
    }
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
    so_reason_late(&current->reason, now - current->began);
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

/* When the thread goes on by itself, at the latest. False: it must end, or go on at once. */
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
    link->busy = wire->state == SO_WIRE_BUSY;
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

/* Waits. Gives what came of that for which the connection is polled. */
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
    while (atomic_load(&so_link_leaving))
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

void so_link_run(struct so_link *link)
{
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
}
