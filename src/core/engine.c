/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "easy.h"
#include "engine.h"
#include "locale.h"
#include "once.h"
#include "pool.h"
#include "sigpipe.h"
#include "sockets.h"

struct so_engine {
    CURLM *multi;
    struct so_sockets sockets;
    struct so_flights waiting, finished;
    struct so_flight *flying; /* a ring's first, or NULL */
    int count, at_once;       /* of those on their way */
    double next_end;          /* no waiting call's time is over before */
    struct so_shelf shelf;
};

void so_flights_add(struct so_flights *flights, struct so_flight *flight)
{
    flight->next = NULL;
    *(flights->first ? flights->end : &flights->first) = flight;
    flights->end = &flight->next;
}

struct so_flight *so_flights_take(struct so_flights *flights)
{
    struct so_flight *flight = flights->first;
    if (flight)
        flights->first = flight->next;
    return flight;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

struct so_engine *so_engine_new(int at_once)
{
    so_once_curl();
    struct so_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->at_once = engine->shelf.capacity = at_once;
    engine->next_end = INFINITY;
    engine->multi = curl_multi_init();
    bool open = so_sockets_open(&engine->sockets, engine->multi);
    engine->shelf.idle = calloc((size_t)at_once, sizeof *engine->shelf.idle);
    if (engine->multi && open && engine->shelf.idle)
        return engine;
    int why = errno;
    so_engine_free(engine, NULL);
    errno = why;
    return NULL;
}

/* What is on its way: a list that anyone can leave */

static void add_flying(struct so_engine *engine, struct so_flight *flight)
{
    flight->flying_previous = NULL;
    flight->flying_next = engine->flying;
    if (engine->flying)
        engine->flying->flying_previous = flight;
    engine->flying = flight;
    engine->count++;
}

static void remove_flying(struct so_engine *engine, struct so_flight *flight)
{
    struct so_flight *next = flight->flying_next, *previous = flight->flying_previous;
    *(previous ? &previous->flying_next : &engine->flying) = next;
    if (next)
        next->flying_previous = previous;
    engine->count--;
}

static void fail(struct so_engine *engine, struct so_flight *flight, enum so_code code, const char *why)
{
    struct so_call *call = flight->call;
    so_call_fail(call, &call->failure, code, SO_SCOPE_NONE, code != SO_CANCELLED, "%s", why);
    so_flights_add(&engine->finished, flight);
}

/* Starting */

static struct so_handle *take_handle(struct so_engine *engine, const struct so_settings *settings)
{
    struct so_handle *handle = so_shelf_take(&engine->shelf, settings->pool_key);
    if (handle && so_handle_is_quiet(handle))
        return handle;
    so_handle_free(handle);
    return so_handle_new(settings, &engine->sockets);
}

static void fly(struct so_engine *engine, struct so_flight *flight)
{
    struct so_call *call = flight->call;
    struct so_handle *handle = take_handle(engine, call->settings);
    if (handle && so_transport_start(&flight->exchange, call, handle)) {
        curl_easy_setopt(handle->easy, CURLOPT_PRIVATE, flight);
        if (curl_multi_add_handle(engine->multi, handle->easy) == CURLM_OK) {
            flight->handle = handle;
            add_flying(engine, flight);
            return;
        }
    }
    so_handle_free(handle);
    fail(engine, flight, SO_NOMEM, "memory ran out");
}

/* Waiting took a part of the call's time. */
static void start(struct so_engine *engine, struct so_flight *flight, double time)
{
    struct so_limits *limits = &flight->call->limits;
    if (atomic_load_explicit(&flight->unwanted, memory_order_relaxed)) {
        fail(engine, flight, SO_CANCELLED, "nobody waits for it any more; nothing was sent");
    } else if (flight->ends <= time) {
        fail(engine, flight, SO_TIMEOUT, "its time was over before its turn came; nothing was sent");
    } else {
        limits->timeout = fmin(limits->timeout, flight->ends - time);
        fly(engine, flight);
    }
}

static void start_some(struct so_engine *engine)
{
    double time = engine->waiting.first ? now() : 0;
    while (engine->waiting.first && engine->count < engine->at_once)
        start(engine, so_flights_take(&engine->waiting), time);
}

/* Fails those whose time is over before their turn comes. */
static void expire(struct so_engine *engine)
{
    double time = now();
    if (time < engine->next_end)
        return;
    struct so_flights all = engine->waiting;
    engine->waiting = (struct so_flights){0};
    engine->next_end = INFINITY;
    for (struct so_flight *flight; (flight = so_flights_take(&all));) {
        if (flight->ends <= time) {
            start(engine, flight, time);
            continue;
        }
        engine->next_end = fmin(engine->next_end, flight->ends);
        so_flights_add(&engine->waiting, flight);
    }
}

void so_engine_submit(struct so_engine *engine, struct so_flight *flight)
{
    flight->ends = now() + flight->call->limits.timeout;
    flight->handle = NULL;
    engine->next_end = engine->waiting.first ? fmin(engine->next_end, flight->ends) : flight->ends;
    so_flights_add(&engine->waiting, flight);
}

/* Finishing */

static void finish(struct so_engine *engine, CURL *easy, CURLcode result)
{
    struct so_flight *flight = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&flight);
    so_transport_finish(&flight->exchange, result);
    remove_flying(engine, flight);
    so_handle_rest(flight->handle, engine->multi);
    so_sockets_keep(&engine->sockets, flight->handle->socket);
    bool cleared = so_easy_clear(&flight->exchange);
    so_handle_free(cleared ? so_shelf_give(&engine->shelf, flight->handle) : flight->handle);
    flight->handle = NULL;
    so_flights_add(&engine->finished, flight);
}

/* The longest that there is nothing to do without libcurl. */
static double patience(const struct so_engine *engine, double seconds)
{
    if (engine->finished.first || (engine->waiting.first && engine->count < engine->at_once))
        return 0;
    return engine->waiting.first ? fmin(seconds, engine->next_end - now()) : seconds;
}

static void finish_some(struct so_engine *engine)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(engine->multi, &left));)
        if (message->msg == CURLMSG_DONE)
            finish(engine, message->easy_handle, message->data.result);
}

static bool leave_waiting(struct so_engine *engine, struct so_flight *flight)
{
    struct so_flights all = engine->waiting;
    bool found = false;
    engine->waiting = (struct so_flights){0};
    for (struct so_flight *one; (one = so_flights_take(&all));) {
        if (one == flight)
            found = true;
        else
            so_flights_add(&engine->waiting, one);
    }
    return found;
}

void so_engine_cancel(struct so_engine *engine, struct so_flight *flight)
{
    if (flight->handle) {
        struct so_sigpipe before = so_sigpipe_block();
        flight->call->reply.sent = so_transport_was_sent(&flight->exchange);
        remove_flying(engine, flight);
        curl_multi_remove_handle(engine->multi, flight->handle->easy);
        so_handle_free(flight->handle);
        so_sigpipe_restore(&before);
        flight->handle = NULL;
        fail(engine, flight, SO_CANCELLED, "it was cancelled");
    } else if (leave_waiting(engine, flight)) {
        fail(engine, flight, SO_CANCELLED, "it was cancelled; nothing was sent");
    }
}

static void free_stale(struct so_shelf *shelf)
{
    for (struct so_handle *stale; (stale = so_shelf_stale(shelf));)
        so_handle_free(stale);
}

void so_engine_step(struct so_engine *engine, double seconds)
{
    struct so_sigpipe before = so_sigpipe_block();
    locale_t locale = so_locale_enter();
    start_some(engine);
    so_sockets_begin(&engine->sockets);
    finish_some(engine);
    so_sockets_act(&engine->sockets, patience(engine, seconds));
    finish_some(engine);
    if (engine->waiting.first)
        expire(engine);
    free_stale(&engine->shelf);
    so_locale_leave(locale);
    so_sigpipe_restore(&before);
}

void so_engine_wait(struct so_engine *engine, double seconds)
{
    so_sockets_wait(&engine->sockets, patience(engine, seconds));
}

void so_engine_wake(struct so_engine *engine)
{
    so_sockets_ring(&engine->sockets);
}

struct so_flight *so_engine_finished(struct so_engine *engine)
{
    return so_flights_take(&engine->finished);
}

void so_engine_free(struct so_engine *engine, void (*drop)(struct so_flight *flight))
{
    struct so_sigpipe before = so_sigpipe_block();
    while (engine->flying)
        so_engine_cancel(engine, engine->flying);
    for (struct so_flight *flight; (flight = so_flights_take(&engine->waiting));)
        fail(engine, flight, SO_CANCELLED, "it was cancelled; nothing was sent");
    for (struct so_flight *flight; (flight = so_flights_take(&engine->finished));)
        drop(flight);
    for (int i = 0; i < engine->shelf.count; i++)
        so_handle_free(engine->shelf.idle[i]);
    free(engine->shelf.idle);
    curl_multi_cleanup(engine->multi);
    so_sockets_close(&engine->sockets);
    so_sigpipe_restore(&before);
    free(engine);
}
