/* SPDX-License-Identifier: MIT */
/* What came back: status and body as received, and the little of the headers that matters here. */
#ifndef SIGNOFF_REPLY_H
#define SIGNOFF_REPLY_H

#include "buffer.h"

SO_BEGIN_INTERNAL

struct so_reply {
    long http_status;     /* 0 when no complete reply came */
    bool sent;            /* the request began to leave: the system may have acted */
    double retry_after;   /* seconds; negative where the reply has none */
    const char *location; /* where a redirect points: scheme, host and port only; NULL where there is none */
    struct so_buffer body;
    double date;             /* the server's clock, Unix seconds; 0 where it is not known */
    double certificate_ends; /* of the server's certificate, the same */
};

SO_END_INTERNAL

#endif
