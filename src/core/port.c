/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "init.h"
#include "port.h"

void so_port_init(struct so_port *port, const struct so_port_kind *kind)
{
    *port = (struct so_port){.kind = kind, .process = so_init_forks()};
}

bool so_port_is_ours(const struct so_port *port)
{
    return port->process == so_init_forks();
}

bool so_port_refuse(struct so_call *call, enum so_code code, const char *why)
{
    so_call_fail(call, &call->failure, code, SO_SCOPE_NONE, true, "%s", why);
    return false;
}

double so_port_submit(struct so_port *port, struct so_owner *owner)
{
    struct so_call *call = owner->call;
    if (call->failure.code != SO_OK)
        return 0;
    if (!so_port_is_ours(port))
        return so_port_refuse(call, SO_CANCELLED, "this process was forked from the one that has the connections; nothing was sent");
    struct so_ticket *ticket = malloc(sizeof *ticket); /* calloc would pass by glibc's fast lists */
    if (!ticket)
        return so_port_refuse(call, SO_NOMEM, "memory ran out");
    *ticket = (struct so_ticket){.transfer.call = call, .port = port, .owner = owner, .id = ++port->last_id};
    if (!port->kind->submit(port, ticket)) {
        free(ticket);
        return 0;
    }
    *owner = (struct so_owner){.ticket = ticket};
    return ticket->id;
}

/* Hands the call back to its owner; without an owner frees it. */
static void give_back(struct so_transfer *transfer)
{
    struct so_ticket *ticket = (struct so_ticket *)transfer;
    if (ticket->owner)
        *ticket->owner = (struct so_owner){.call = transfer->call};
    else
        so_call_free(transfer->call);
    free(ticket);
}

double so_port_finished(struct so_port *port)
{
    double id = 0;
    for (struct so_ticket *ticket; id == 0 && so_port_is_ours(port) && (ticket = port->kind->take(port));) {
        id = ticket->owner ? ticket->id : 0;
        give_back(&ticket->transfer);
    }
    return id;
}

void so_port_close(struct so_port *port)
{
    if (port && so_port_is_ours(port))
        port->kind->close(port);
}

void so_ticket_cancel(struct so_ticket *ticket)
{
    if (so_port_is_ours(ticket->port))
        ticket->port->kind->cancel(ticket);
}

void so_ticket_abandon(struct so_ticket *ticket)
{
    if (so_port_is_ours(ticket->port))
        ticket->port->kind->abandon(ticket);
}

/* Engines that their user steps */

struct engine_port {
    struct so_port port; /* first */
    struct so_engine *engine;
};

static struct so_engine *engine_of(struct so_port *port)
{
    return ((struct engine_port *)port)->engine;
}

static bool submit(struct so_port *port, struct so_ticket *ticket)
{
    so_engine_submit(engine_of(port), &ticket->transfer);
    return true;
}

static struct so_ticket *take(struct so_port *port)
{
    return (struct so_ticket *)so_engine_finished(engine_of(port));
}

static void cancel(struct so_ticket *ticket)
{
    so_engine_cancel(engine_of(ticket->port), &ticket->transfer);
}

static void abandon(struct so_ticket *ticket)
{
    ticket->owner = NULL;
    cancel(ticket);
}

static void close_engine(struct so_port *port)
{
    so_engine_free(engine_of(port), give_back);
    free(port);
}

const struct so_port_kind so_engine_port = {submit, take, cancel, abandon, close_engine};

struct so_port *so_engine_port_new(int at_once)
{
    struct engine_port *made = malloc(sizeof *made);
    if (!made)
        return NULL;
    so_port_init(&made->port, &so_engine_port);
    made->engine = so_engine_new(at_once);
    if (made->engine)
        return &made->port;
    int why = errno;
    free(made);
    errno = why;
    return NULL;
}

void so_engine_port_step(struct so_port *port, double seconds)
{
    so_engine_step(engine_of(port), seconds);
}

void so_engine_port_start(struct so_port *port)
{
    so_engine_start(engine_of(port));
}

int so_engine_port_descriptor(struct so_port *port)
{
    return so_engine_descriptor(engine_of(port));
}

double so_engine_port_due(struct so_port *port)
{
    return so_engine_due(engine_of(port));
}

void so_engine_port_wake(struct so_port *port)
{
    so_engine_wake(engine_of(port));
}
