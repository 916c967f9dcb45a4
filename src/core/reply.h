/* SPDX-License-Identifier: MIT */
/* A reply: status and body as received, and the few header lines that matter here. */
#ifndef SIGNOFF_REPLY_H
#define SIGNOFF_REPLY_H

#include "buffer.h"
#include "head.h"

SO_BEGIN_INTERNAL

struct so_reply {
    long http_status;     /* 0 when no complete reply came */
    bool sent;            /* the request began to leave: the system may have acted */
    double retry_after;   /* seconds; negative where the reply has none */
    const char *location; /* where a redirect points: scheme, host and port only; NULL where there is none */
    struct so_buffer body;
    bool cut;             /* the body is longer: a refusal is not read to its end */
    const char *charset;  /* as the body is labelled; NULL: not at all */
    size_t received;      /* bytes of the body as they came, before they were expanded */
    struct so_head head;
    double date;        /* of the head, Unix seconds; 0: none, or two that differ */
    const char *stale;  /* why it is not fresh; NULL: nothing says so */
    bool sets_cookie;   /* the cookies to be sent next change: */
    const char *cookie; /* NULL: none any more */
    double certificate_ends; /* of the server's certificate, Unix seconds; 0 where it is not known */
};

SO_END_INTERNAL

#endif
