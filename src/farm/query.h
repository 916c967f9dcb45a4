/* SPDX-License-Identifier: MIT */
/* A query: a statement and its answer; or the wish to hear of the next notification. Lua holds it, the thread until it is done, and a
   port until that has handed it back. */
#ifndef SIGNOFF_QUERY_H
#define SIGNOFF_QUERY_H

#include <stdatomic.h>

#include "../core/ports.h"
#include "reason.h"

SO_BEGIN_INTERNAL

struct so_link;

struct so_query {
    struct so_task task; /* first; of a port: `task.port` is not NULL */
    atomic_int holders;
    atomic_bool done, unwanted; /* unwanted: Lua has let go of it */
    struct so_link *link;       /* held */
    struct so_query *next;    /* in the queue */
    double began, ends;         /* by so_farm_now */
    const char *statement;      /* NULL: it waits for a notification */
    int count;                  /* of values */
    /* The outcome, complete before `done` is set */
    PGresult *result;
    struct so_reason reason;
    bool sent, notified;
    unsigned long heard; /* up to where this tells of notifications */
    const char *values[]; /* as text; NULL is null */
};

/* Seconds since the machine began, with those that it slept. */
double so_farm_now(void);

/* A query with these texts, which are copied. NULL: memory is out. */
struct so_query *so_query_new(const char *statement, int count, const char *const *values);

void so_query_release(struct so_query *query);

SO_END_INTERNAL

#endif
