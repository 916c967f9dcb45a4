/* SPDX-License-Identifier: MIT */
/* An engine carries many calls at once, on one libcurl multi handle that its user steps: the module's thread (thread.h), or the
   user of a port (port.h). Only one thread at a time uses an engine, but any thread may wake it. After a fork an engine belongs to
   the parent: the child leaves it alone, and does not free it.

       so_engine_submit(engine, transfer);
       while (...) {
           so_engine_step(engine, seconds);
           for (struct so_transfer *transfer; (transfer = so_engine_finished(engine));)
               ... transfer->call has its reply or its failure, and is its owner's again
       }
*/
#ifndef SIGNOFF_ENGINE_H
#define SIGNOFF_ENGINE_H

#include <stdatomic.h>

#include "transport.h"

SO_BEGIN_INTERNAL

struct so_engine;

/* A transfer: a call that an engine owns, from submission until it is handed back as finished. Zero-initialised except the
   call; must stay where it is meanwhile. */
struct so_transfer {
    struct so_call *call;
    atomic_bool unwanted; /* any thread may set this: then the request does not begin, unless it has */
    struct so_transfer *next; /* in the list of waiting or finished transfers; the owner of the transfer may use it otherwise */
    struct so_transfer *active_next, *active_previous;
    double ends;              /* when the call's time is over */
    struct so_handle *handle; /* NULL: not begun, or over */
    struct so_exchange exchange;
};

/* A queue of transfers. */
struct so_transfers {
    struct so_transfer *first, **end; /* NULL: empty */
};

void so_transfers_add(struct so_transfers *transfers, struct so_transfer *transfer);
struct so_transfer *so_transfers_take(struct so_transfers *transfers);

/* NULL: memory or descriptors are out, as errno says. At most that many requests are on their way at once; further transfers
   wait. */
struct so_engine *so_engine_new(int at_once);

/* Frees the engine. Fails the calls that it still owns as cancelled, and hands them to `drop` one after the other. */
void so_engine_free(struct so_engine *engine, void (*drop)(struct so_transfer *transfer));

/* Hands the transfer over. The call's time runs from here. */
void so_engine_submit(struct so_engine *engine, struct so_transfer *transfer);

/* Ends the call now, as cancelled, unless it is finished; either way it comes back on the finished list. */
void so_engine_cancel(struct so_engine *engine, struct so_transfer *transfer);

/* Makes progress on all transfers. If there is nothing to do and no call is finished, first waits until there is, the engine is
   woken, a signal comes, or that many seconds have passed; 0 does not wait. Clears a wake-up. */
void so_engine_step(struct so_engine *engine, double seconds);

/* Sends what was submitted, and does nothing else: its user polls the descriptor next. */
void so_engine_start(struct so_engine *engine);

/* Readable when a step would do something, or the engine was woken; it stays the same. */
int so_engine_descriptor(const struct so_engine *engine);

/* Seconds until a step would do something though the descriptor is not readable; INFINITY: never. */
double so_engine_due(const struct so_engine *engine);

/* The parts of a step, always in this order, for a thread that has SIGPIPE blocked and the locale C: calls that wait begin; then
   the thread waits until there is something to do, the engine is woken, a signal comes, or that many seconds have passed; then
   that is done. Waiting does no work: if the process forks meanwhile, nothing is half done. */
void so_engine_begin(struct so_engine *engine);
void so_engine_wait(struct so_engine *engine, double seconds);
void so_engine_act(struct so_engine *engine);

/* From any thread: ends the waiting, or the next one. */
void so_engine_wake(struct so_engine *engine);

/* Hands back the next call that is finished, or NULL. */
struct so_transfer *so_engine_finished(struct so_engine *engine);

SO_END_INTERNAL

#endif
