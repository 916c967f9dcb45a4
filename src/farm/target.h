/* SPDX-License-Identifier: MIT */
/* A server, or several of which one is the right one: a connection string or URI, as libpq reads it. It may hold a password. */
#ifndef SIGNOFF_TARGET_H
#define SIGNOFF_TARGET_H

#include "reason.h"

SO_BEGIN_INTERNAL

struct so_target {
    char *uri;
    char *password; /* of the URI; NULL: there is none */
    char *name;     /* hosts, database and user, for messages; never the password */
};

/* Reads a URI. False: `why` says why, without any part of it. */
bool so_target_read(struct so_target *out, const char *uri, struct so_reason *why);

/* Wipes it. Of one that is all zeros, nothing. */
void so_target_free(struct so_target *target);

/* Begins to connect, to the hosts of the list after the first `skipped` of them, which come last. `known` has the list: a connection to
   the same target; NULL where none are skipped. NULL: memory is out. */
PGconn *so_target_connect(const struct so_target *target, PGconn *known, int skipped);

/* How many hosts the connection has in its list, and the place of the one that it is at. */
int so_target_hosts(PGconn *connection);
int so_target_host(PGconn *connection);

/* The seconds that one host may be silent while a connection is made. */
double so_target_host_seconds(PGconn *connection);

SO_END_INTERNAL

#endif
