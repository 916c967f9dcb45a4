/* SPDX-License-Identifier: MIT */
/* One connection to a target, for one thread that never waits in it but for names that are resolved. It is made, and made again, with
   pauses that grow, and carries one query at a time. */
#ifndef SIGNOFF_WIRE_H
#define SIGNOFF_WIRE_H

#include <poll.h>

#include "query.h"
#include "target.h"

SO_BEGIN_INTERNAL

struct so_wire {
    const struct so_target *target;
    PGconn *connection;
    enum { SO_WIRE_DOWN, SO_WIRE_CONNECTING, SO_WIRE_READY, SO_WIRE_BUSY } state;
    short events;               /* that its descriptor is polled for */
    struct so_query *current; /* NULL while it asks for itself */
    enum { SO_WIRE_DEAF, SO_WIRE_ASKING, SO_WIRE_LISTENING, SO_WIRE_POOLED } hearing;
    PGresult *result;           /* of the statement that runs, the first */
    double retry_at, pause;     /* when the next attempt may begin, and how long after this one */
    double host_ends, host_seconds; /* of an attempt, and of a statement of its own */
    int skipped, tried, hosts;  /* hosts that were silent */
    int at_host;
    bool heard;                 /* notifications came */
    struct so_reason reason;    /* of the last failure; no code: there was none */
};

enum so_wire_event { SO_WIRE_NOTHING, SO_WIRE_FAILED, SO_WIRE_LOST, SO_WIRE_ANSWERED };

void so_wire_init(struct so_wire *wire, const struct so_target *target);

/* Begins to connect; it may fail at once. */
enum so_wire_event so_wire_connect(struct so_wire *wire);

/* Begins the query, on one that is ready. It is `current` until an event says what became of it. */
enum so_wire_event so_wire_send(struct so_wire *wire, struct so_query *query);

/* Begins to listen for notifications, if the server would send them to us. */
enum so_wire_event so_wire_listen(struct so_wire *wire);

/* Does what can be done. */
enum so_wire_event so_wire_act(struct so_wire *wire, short events);

/* When it must act though its descriptor says nothing; INFINITY: never. */
double so_wire_due(const struct so_wire *wire);

int so_wire_descriptor(const struct so_wire *wire);

/* Closes the connection. The next one is made at once. */
void so_wire_close(struct so_wire *wire);

SO_END_INTERNAL

#endif
