/* SPDX-License-Identifier: MIT */
/* A thread with one connection to a server, one for each process and URI, for all Lua states that use it: libpq may wait for names, and
   nobody else waits for that. It begins with the first query, and ends with the last user. After a fork it belongs to the parent. */
#ifndef SIGNOFF_LINK_H
#define SIGNOFF_LINK_H

#include "query.h"

SO_BEGIN_INTERNAL

/* Takes the functions that signoff.core hands out. Those that are taken first count for the process. */
void so_link_ports(const struct so_ports_v1 *ports);

/* The link to a URI that this process has, or a new one, with one user more. NULL: memory, descriptors or threads are out, as errno says. */
struct so_link *so_link_use(const char *uri);

/* One user less: what still waits of the others goes on. NULL is none. In a child of the process that made it, nothing. */
void so_link_leave(struct so_link *link);

/* Whether this process made the link. */
bool so_link_is_ours(const struct so_link *link);

/* Lets go of its memory, for a query. */
void so_link_release(struct so_link *link);

/* Hands a query over, which must be done within so many seconds; on a port unless that is NULL. The thread and the port hold it from now
   on, besides the caller. False: `query->reason` says why; nobody else holds it. `seen`: of a wish to hear of notifications, up to
   where the user has heard. */
bool so_link_submit(struct so_link *link, struct so_query *query, struct so_port *port, double seconds, unsigned long seen);

/* Waits until the query is done, a little longer than its seconds. */
void so_link_wait(struct so_query *query);

SO_END_INTERNAL

#endif
