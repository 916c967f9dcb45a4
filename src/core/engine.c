/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "easy.h"
#include "engine.h"
#include "locale.h"
#include "init.h"
#include "pool.h"
#include "sigpipe.h"
#include "sockets.h"

struct so_engine {
    CURLM *multi;
    struct so_sockets sockets;
    struct so_transfers waiting, finished;
    struct so_transfer *active; /* the first of a list, or NULL */
    int count, at_once;       /* of those on their way */
    double next_end;          /* when the time of the first waiting call is over, or earlier */
    struct so_idle_list idle;
};

void so_transfers_add(struct so_transfers *transfers, struct so_transfer *transfer)
{
    transfer->next = NULL;
    *(transfers->first ? transfers->end : &transfers->first) = transfer;
    transfers->end = &transfer->next;
}

struct so_transfer *so_transfers_take(struct so_transfers *transfers)
{
    struct so_transfer *transfer = transfers->first;
    if (transfer)
        transfers->first = transfer->next;
    return transfer;
}

struct so_engine *so_engine_new(int at_once)
{
    so_init_curl();
    struct so_engine *engine = calloc(1, sizeof *engine);
    if (!engine)
        return NULL;
    engine->at_once = engine->idle.capacity = at_once;
    engine->next_end = INFINITY;
    engine->multi = curl_multi_init();
    bool open = so_sockets_open(&engine->sockets, engine->multi);
    engine->idle.handles = calloc((size_t)at_once, sizeof *engine->idle.handles);
    if (engine->multi && open && engine->idle.handles)
        return engine;
    int why = errno;
    so_engine_free(engine, NULL);
    errno = why;
    return NULL;
}

/* Transfers on their way: a list that any of them can leave */

static void add_active(struct so_engine *engine, struct so_transfer *transfer)
{
    transfer->active_previous = NULL;
    transfer->active_next = engine->active;
    if (engine->active)
        engine->active->active_previous = transfer;
    engine->active = transfer;
    engine->count++;
}

static void remove_active(struct so_engine *engine, struct so_transfer *transfer)
{
    struct so_transfer *next = transfer->active_next, *previous = transfer->active_previous;
    *(previous ? &previous->active_next : &engine->active) = next;
    if (next)
        next->active_previous = previous;
    engine->count--;
}

static void fail(struct so_engine *engine, struct so_transfer *transfer, enum so_code code, const char *why)
{
    struct so_call *call = transfer->call;
    so_call_fail(call, &call->failure, code, SO_SCOPE_NONE, code != SO_CANCELLED, "%s", why);
    so_transfers_add(&engine->finished, transfer);
}

/* Starting */

static struct so_handle *take_handle(struct so_engine *engine, const struct so_settings *settings)
{
    struct so_handle *handle = so_idle_list_take(&engine->idle, settings->pool_key);
    if (handle && so_handle_is_quiet(handle))
        return handle;
    so_handle_free(handle);
    return so_handle_new(settings, &engine->sockets);
}

static void begin(struct so_engine *engine, struct so_transfer *transfer)
{
    struct so_call *call = transfer->call;
    struct so_handle *handle = take_handle(engine, call->settings);
    if (handle && so_transport_start(&transfer->exchange, call, handle)) {
        curl_easy_setopt(handle->easy, CURLOPT_PRIVATE, transfer);
        if (curl_multi_add_handle(engine->multi, handle->easy) == CURLM_OK) {
            transfer->handle = handle;
            add_active(engine, transfer);
            return;
        }
    }
    so_handle_free(handle);
    fail(engine, transfer, SO_NOMEM, "memory ran out");
}

/* Starts a transfer. Its waiting took a part of the call's time. */
static void start(struct so_engine *engine, struct so_transfer *transfer, double time)
{
    struct so_limits *limits = &transfer->call->limits;
    if (atomic_load_explicit(&transfer->unwanted, memory_order_relaxed)) {
        fail(engine, transfer, SO_CANCELLED, "nobody waits for it any more; nothing was sent");
    } else if (transfer->ends <= time) {
        fail(engine, transfer, SO_TIMEOUT, "its time was over before its turn came; nothing was sent");
    } else {
        limits->timeout = fmin(limits->timeout, transfer->ends - time);
        begin(engine, transfer);
    }
}

static void start_some(struct so_engine *engine)
{
    double time = engine->waiting.first ? so_now() : 0;
    while (engine->waiting.first && engine->count < engine->at_once)
        start(engine, so_transfers_take(&engine->waiting), time);
}

/* Fails the waiting transfers whose time is over. */
static void expire(struct so_engine *engine)
{
    double time = so_now();
    if (time < engine->next_end)
        return;
    struct so_transfers all = engine->waiting;
    engine->waiting = (struct so_transfers){0};
    engine->next_end = INFINITY;
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&all));) {
        if (transfer->ends <= time) {
            start(engine, transfer, time);
            continue;
        }
        engine->next_end = fmin(engine->next_end, transfer->ends);
        so_transfers_add(&engine->waiting, transfer);
    }
}

void so_engine_submit(struct so_engine *engine, struct so_transfer *transfer)
{
    transfer->ends = so_now() + transfer->call->limits.timeout;
    transfer->handle = NULL;
    engine->next_end = engine->waiting.first ? fmin(engine->next_end, transfer->ends) : transfer->ends;
    so_transfers_add(&engine->waiting, transfer);
}

/* Finishing */

static void finish(struct so_engine *engine, CURL *easy, CURLcode result)
{
    struct so_transfer *transfer = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&transfer);
    so_transport_finish(&transfer->exchange, result);
    remove_active(engine, transfer);
    so_handle_rest(transfer->handle, engine->multi);
    so_sockets_keep(&engine->sockets, transfer->handle->socket);
    bool cleared = so_easy_clear(&transfer->exchange);
    so_handle_free(cleared ? so_idle_list_give(&engine->idle, transfer->handle) : transfer->handle);
    transfer->handle = NULL;
    so_transfers_add(&engine->finished, transfer);
}

/* The seconds for which only libcurl can have something to do, at most `seconds`. */
static double idle_seconds(const struct so_engine *engine, double seconds)
{
    if (engine->finished.first || (engine->waiting.first && engine->count < engine->at_once))
        return 0;
    return engine->waiting.first ? fmin(seconds, engine->next_end - so_now()) : seconds;
}

static void finish_some(struct so_engine *engine)
{
    int left;
    for (CURLMsg *message; (message = curl_multi_info_read(engine->multi, &left));)
        if (message->msg == CURLMSG_DONE)
            finish(engine, message->easy_handle, message->data.result);
}

static bool leave_waiting(struct so_engine *engine, struct so_transfer *transfer)
{
    struct so_transfers all = engine->waiting;
    bool found = false;
    engine->waiting = (struct so_transfers){0};
    for (struct so_transfer *one; (one = so_transfers_take(&all));) {
        if (one == transfer)
            found = true;
        else
            so_transfers_add(&engine->waiting, one);
    }
    return found;
}

void so_engine_cancel(struct so_engine *engine, struct so_transfer *transfer)
{
    if (transfer->handle) {
        struct so_sigpipe before = so_sigpipe_block();
        transfer->call->reply.sent = so_transport_was_sent(&transfer->exchange);
        remove_active(engine, transfer);
        curl_multi_remove_handle(engine->multi, transfer->handle->easy);
        so_handle_free(transfer->handle);
        so_sigpipe_restore(&before);
        transfer->handle = NULL;
        fail(engine, transfer, SO_CANCELLED, "it was cancelled");
    } else if (leave_waiting(engine, transfer)) {
        fail(engine, transfer, SO_CANCELLED, "it was cancelled; nothing was sent");
    }
}

static void free_stale(struct so_idle_list *list)
{
    for (struct so_handle *stale; (stale = so_idle_list_stale(list));)
        so_handle_free(stale);
}

void so_engine_begin(struct so_engine *engine)
{
    start_some(engine);
    so_sockets_begin(&engine->sockets);
    finish_some(engine);
}

void so_engine_wait(struct so_engine *engine, double seconds)
{
    so_sockets_wait(&engine->sockets, idle_seconds(engine, seconds));
}

void so_engine_act(struct so_engine *engine)
{
    so_sockets_act(&engine->sockets);
    finish_some(engine);
    if (engine->waiting.first)
        expire(engine);
    free_stale(&engine->idle);
}

void so_engine_step(struct so_engine *engine, double seconds)
{
    struct so_sigpipe before = so_sigpipe_block();
    locale_t locale = so_locale_enter();
    so_engine_begin(engine);
    so_engine_wait(engine, seconds);
    so_engine_act(engine);
    so_locale_leave(locale);
    so_sigpipe_restore(&before);
}

void so_engine_start(struct so_engine *engine)
{
    struct so_sigpipe before = so_sigpipe_block();
    locale_t locale = so_locale_enter();
    so_engine_begin(engine);
    so_locale_leave(locale);
    so_sigpipe_restore(&before);
}

int so_engine_descriptor(const struct so_engine *engine)
{
    return engine->sockets.epoll;
}

double so_engine_due(const struct so_engine *engine)
{
    return fmax(0, fmin(idle_seconds(engine, INFINITY), so_sockets_due(&engine->sockets)));
}

void so_engine_wake(struct so_engine *engine)
{
    so_sockets_wake(&engine->sockets);
}

struct so_transfer *so_engine_finished(struct so_engine *engine)
{
    return so_transfers_take(&engine->finished);
}

void so_engine_free(struct so_engine *engine, void (*drop)(struct so_transfer *transfer))
{
    struct so_sigpipe before = so_sigpipe_block();
    while (engine->active)
        so_engine_cancel(engine, engine->active);
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&engine->waiting));)
        fail(engine, transfer, SO_CANCELLED, "it was cancelled; nothing was sent");
    for (struct so_transfer *transfer; (transfer = so_transfers_take(&engine->finished));)
        drop(transfer);
    for (int i = 0; i < engine->idle.count; i++)
        so_handle_free(engine->idle.handles[i]);
    free(engine->idle.handles);
    curl_multi_cleanup(engine->multi);
    so_sockets_close(&engine->sockets);
    so_sigpipe_restore(&before);
    free(engine);
}
