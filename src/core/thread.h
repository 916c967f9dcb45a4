/* SPDX-License-Identifier: MIT */
/* An engine on a thread of its own, one for each process, for event loops that must never block. A channel is a port to it, one for
   each Lua state: a byte on a socket says that calls are finished. */
#ifndef SIGNOFF_THREAD_H
#define SIGNOFF_THREAD_H

#include "disk.h"
#include "port.h"

SO_BEGIN_INTERNAL

/* A new channel; starts the thread where this process has none. NULL: memory, descriptors or threads are out, as errno says. */
struct so_port *so_channel_new(void);
extern const struct so_port_kind so_channel_port;

/* How many calls and tasks were submitted to the channel and not handed back. */
int so_channel_pending(struct so_port *channel);

/* Work that may wait for a disk: another thread does it, one after the other, and neither calls nor the channel's user wait for it. */
struct so_task {
    struct so_job job; /* first; its `run` is the work */
    void (*drop)(struct so_task *task); /* frees one that was done when its channel was closed already; in any thread */
    struct so_port *port;
    double id;
    struct so_task *next;
};

/* Hands a task over. Gives its number, of which no call has the same; 0: memory or threads are out, as errno says, and the task stays
   the caller's. */
double so_channel_work(struct so_port *channel, struct so_task *task);

/* Hands back the next task that is done, or NULL. The channel's connection gets a byte for it as for a call. */
struct so_task *so_channel_worked(struct so_port *channel);

/* Opens the socket: the caller connects to this path, then accepts, in the same thread and before anything else. NULL and false:
   errno says why, and nothing is left behind. The connection gets a byte when a call is finished and none was before, and one
   about every second. */
const char *so_channel_listen(struct so_port *channel);
bool so_channel_accept(struct so_port *channel);

/* Closes the socket. The channel goes on, and may listen again. */
void so_channel_disconnect(struct so_port *channel);

SO_END_INTERNAL

#endif
