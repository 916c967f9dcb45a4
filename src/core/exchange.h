/* SPDX-License-Identifier: MIT */
/* One request on its way on one easy handle, and what has come back so far. */
#ifndef SIGNOFF_EXCHANGE_H
#define SIGNOFF_EXCHANGE_H

#include <curl/curl.h>

#include "call.h"
#include "framing.h"

SO_BEGIN_INTERNAL

struct so_exchange {
    struct so_call *call;
    CURL *easy; /* the handle's */
    struct curl_slist *headers; /* nodes and texts stand in the call's arena, or are nobody's to write to */
    size_t max_reply, header_bytes;
    bool expands_freely;         /* somebody said how large the reply may become */
    double started;
    long http_status;            /* of the head that came last */
    struct so_framing framing;   /* of the head that came last */
    bool unset;                  /* an option could not be set: memory is out */
    int refused_socket;          /* the errno for which one could not be had; 0: none was refused */
    bool tunnelled;              /* a proxy has answered CONNECT, and leads to the system */
    long proxy_status;           /* or with this HTTP status, and does not; 0 otherwise */
    bool headed;                 /* the final reply's headers are complete */
    bool named;                  /* a header with a name came; see on_head_line */
    bool body;                   /* what comes now is the body */
    int starts;                  /* how often libcurl was about to send */
    const char *stopped;         /* why we ended it ourselves */
    char text[CURL_ERROR_SIZE];  /* libcurl's own words */
};

SO_END_INTERNAL

#endif
