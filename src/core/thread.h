/* SPDX-License-Identifier: MIT */
/* An engine on a thread of its own, one a process, for event loops that must never block. A channel is one Lua state's
   side of it: what it submitted comes back there, and a byte on a socket says so. Functions of one channel are called by
   one thread at a time. */
#ifndef SIGNOFF_THREAD_H
#define SIGNOFF_THREAD_H

#include "engine.h"

SO_BEGIN_INTERNAL

struct so_thread;
struct so_channel;

/* A call between its Lua userdata and the thread. */
struct so_ticket {
    struct so_transfer transfer; /* first: the engine gives this back */
    struct so_thread *thread;
    struct so_channel *channel;
    double id;
    void *owner; /* whose call it is, while that is interested; else NULL */
};

/* A new channel; starts the thread where this process has none. NULL: memory, descriptors or threads are
   out, as errno says. */
struct so_channel *so_channel_new(void);

/* What finishes later is freed by the thread. */
void so_channel_detach(struct so_channel *channel);

/* Hands the call to the thread. NULL, and the call has failed as busy: too many are on their way. */
struct so_ticket *so_channel_submit(struct so_channel *channel, struct so_call *call, void *owner);

/* The first finished ticket, which stays; NULL where there is none. */
struct so_ticket *so_channel_first(struct so_channel *channel);

/* Takes the first finished ticket, frees it, and gives its call. */
struct so_call *so_channel_take(struct so_channel *channel);

/* How many tickets have not been taken. */
int so_channel_count(struct so_channel *channel);

/* The call is not sent if its request has not begun. */
void so_ticket_cancel(struct so_ticket *ticket);

/* Its owner is gone: cancelled, and freed when it is finished. */
void so_ticket_abandon(struct so_ticket *ticket);

/* The socket: the path to connect to, then the accepting, by the same thread before anything else. NULL and false: errno
   says why; nothing is left behind. What is accepted gets a byte when a ticket is finished where there was none, and one
   about every second. */
const char *so_channel_listen(struct so_channel *channel);
bool so_channel_accept(struct so_channel *channel);
void so_channel_disconnect(struct so_channel *channel);

SO_END_INTERNAL

#endif
