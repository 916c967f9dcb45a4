/* SPDX-License-Identifier: MIT */
/* The inside of a link: what its users and its thread share, and what that thread does. */
#ifndef SIGNOFF_FARM_THREAD_H
#define SIGNOFF_FARM_THREAD_H

#include <pthread.h>

#include "link.h"
#include "wire.h"

SO_BEGIN_INTERNAL

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
    double wakes_at;                 /* when the thread goes on by itself; 0: it does not wait */
    bool busy;                    /* it has a statement, and takes the next one when that is over */
    bool stopping;
    bool joining, held;              /* under `starting`; held: `working` is, by who forks */
    int event, socket;            /* socket: that of the connection, for children */
    struct so_wire wire;          /* only the thread uses it, without the lock */
    struct so_link *next;         /* of this process */
};

/* The functions that signoff.core handed out. */
extern const struct so_ports_v1 *so_link_core;

/* The process ends while a thread waits for a name: from now on threads stay out of all libraries. */
extern atomic_bool so_link_leaving;

/* The work of the thread, until `stopping` is set. It has ended all queries when it returns. */
void so_link_run(struct so_link *link);

SO_END_INTERNAL

#endif
