/* SPDX-License-Identifier: MIT */
/* A port carries calls while its user does something else. There are two kinds with one interface: an engine that its user
   steps (below), and a channel to the module's own thread (thread.h). Only one thread at a time uses a port. After a fork a port
   belongs to the parent: in the child it carries nothing, and is never freed.

       so_port_submit(port, &owner);
       while ((id = so_port_finished(port)))
           ... the call with that number has its reply or its failure, and is its owner's again
*/
#ifndef SIGNOFF_PORT_H
#define SIGNOFF_PORT_H

#include "engine.h"

SO_BEGIN_INTERNAL

struct so_port;

/* The owner of a call has the call itself or, while a port carries it, the ticket. It must stay where it is meanwhile. */
struct so_owner {
    struct so_call *call;
    struct so_ticket *ticket;
};

/* A call that a port carries. */
struct so_ticket {
    struct so_transfer transfer; /* first: the engine gives this back */
    struct so_port *port;
    struct so_owner *owner; /* NULL: the owner is gone */
    double id;
};

/* The functions of one kind of port. They are called only in the process that made the port. */
struct so_port_kind {
    bool (*submit)(struct so_port *port, struct so_ticket *ticket); /* false: the call has failed, and the ticket is not taken */
    struct so_ticket *(*take)(struct so_port *port);                /* the next finished ticket, or NULL */
    void (*cancel)(struct so_ticket *ticket);
    void (*abandon)(struct so_ticket *ticket); /* forgets the owner, and cancels */
    void (*close)(struct so_port *port);
};

/* The first member of every port. */
struct so_port {
    const struct so_port_kind *kind;
    unsigned process; /* as so_init_forks has it: the process that made the port */
    double last_id;
};

void so_port_init(struct so_port *port, const struct so_port_kind *kind);

/* Whether this process made the port. */
bool so_port_is_ours(const struct so_port *port);

/* Hands the owner's call to the port. Gives its number; 0: the call has failed, and stays with its owner. */
double so_port_submit(struct so_port *port, struct so_owner *owner);

/* Hands one finished call back to its owner. Gives its number; 0: no call is finished. */
double so_port_finished(struct so_port *port);

/* An engine hands all its calls back, those that are not finished as cancelled. A channel cancels its calls and frees them when
   they are finished. NULL is no port. */
void so_port_close(struct so_port *port);

/* Cancels the call, which still comes back as finished. An engine ends it now; a channel only keeps it from being sent. */
void so_ticket_cancel(struct so_ticket *ticket);

/* The owner goes away: the call is cancelled, and freed when it is finished. */
void so_ticket_abandon(struct so_ticket *ticket);

/* Fails a call that a port cannot take. Gives false. */
bool so_port_refuse(struct so_call *call, enum so_code code, const char *why);

/* A new engine that has at most that many requests on their way. NULL: memory or descriptors are out, as errno says. */
struct so_port *so_engine_port_new(int at_once);
extern const struct so_port_kind so_engine_port;

/* Does what can be done on an engine; if that finishes no call, waits at most that many seconds. */
void so_engine_port_step(struct so_port *port, double seconds);

/* As `so_engine_start`, `so_engine_descriptor`, `so_engine_due` and `so_engine_wake`. */
void so_engine_port_start(struct so_port *port);
int so_engine_port_descriptor(struct so_port *port);
double so_engine_port_due(struct so_port *port);
void so_engine_port_wake(struct so_port *port);

SO_END_INTERNAL

#endif
