/* SPDX-License-Identifier: MIT */
/* Why a query has no answer: a code for programs, PostgreSQL's own where there is one, and a sentence that holds no secret. */
#ifndef SIGNOFF_REASON_H
#define SIGNOFF_REASON_H

#include <stdbool.h>

#include "../core/visibility.h"
#include "libpq.h"

SO_BEGIN_INTERNAL

/* The codes */
extern const char so_reason_away[];   /* the server cannot be reached, or cannot work now: ask again later */
extern const char so_reason_denied[]; /* it does not let us in, or we do not trust it: nothing changes until somebody does something */
extern const char so_reason_schema[]; /* what was asked for is not there */
extern const char so_reason_full[];   /* too many queries wait */
extern const char so_reason_failed[]; /* it refused what was asked for */

struct so_reason {
    const char *code; /* NULL: there is none */
    char sqlstate[6]; /* empty: it comes from no server */
    char message[512];
};

void so_reason_set(struct so_reason *out, const char *code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* That there was no answer in so many seconds. */
void so_reason_late(struct so_reason *out, double seconds);

/* The code for an SQLSTATE. */
const char *so_reason_code(const char *sqlstate);

/* Of a connection that was not made: libpq's text, in which each host has a line, with SQLSTATEs. `secret`: left out; or NULL. */
void so_reason_of_connecting(struct so_reason *out, const char *text, const char *secret);

/* Of a result that is none. */
void so_reason_of_result(struct so_reason *out, const PGresult *result);

SO_END_INTERNAL

#endif
