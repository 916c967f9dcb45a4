/* SPDX-License-Identifier: MIT */
/* An exchange: one request on its way on an easy handle, and the reply so far. */
#ifndef SIGNOFF_EXCHANGE_H
#define SIGNOFF_EXCHANGE_H

#include <curl/curl.h>

#include "call.h"
#include "framing.h"

SO_BEGIN_INTERNAL

struct so_exchange {
    struct so_call *call;
    CURL *easy; /* the handle's */
    struct curl_slist *headers; /* nodes and texts are in the call's arena, or constant */
    size_t max_reply, header_bytes;
    bool expands_freely;         /* the call sets its own limit for the size of the reply */
    double started;
    long http_status;            /* of the head that came last */
    struct so_framing framing;   /* of the head that came last */
    bool unset;                  /* an option could not be set: memory is out */
    int refused_socket;          /* the errno of a socket that could not be opened; 0: none failed */
    bool tunnelled;              /* a proxy has answered CONNECT, and leads to the system */
    long proxy_status;           /* or with this HTTP status, and does not; 0 otherwise */
    bool headed;                 /* the final reply's headers are complete */
    bool named;                  /* a header with a name came; see on_head_line */
    bool body;                   /* what comes now is the body */
    int starts;                  /* how many times libcurl was about to send */
    const char *stopped;         /* the reason why we ended the exchange */
    char text[CURL_ERROR_SIZE];  /* libcurl's own words */
};

SO_END_INTERNAL

#endif
