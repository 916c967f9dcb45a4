/* SPDX-License-Identifier: MIT */
/* One request onto one easy handle, and its reply off it. Every carrier sends through here. */
#ifndef SIGNOFF_TRANSPORT_H
#define SIGNOFF_TRANSPORT_H

#include <curl/curl.h>

#include "call.h"
#include "framing.h"
#include "pool.h"

SO_BEGIN_INTERNAL

/* A call on its way; must stay where it is until `so_transport_finish`. */
struct so_exchange {
    struct so_call *call;
    CURL *easy; /* the handle's */
    struct curl_slist *headers; /* nodes and texts stand in the call's arena */
    size_t max_reply, header_bytes;
    struct so_framing framing;   /* of the head that came last */
    bool unset;                  /* an option could not be set: memory is out */
    bool headed;                 /* the final reply's headers are complete */
    bool named;                  /* a header with a name came; see on_head_line */
    bool body;                   /* what comes now is the body */
    int starts;                  /* how often libcurl was about to send */
    const char *stopped;         /* why we ended it ourselves */
    char text[CURL_ERROR_SIZE];  /* libcurl's own words */
};

/* Sets every option of a handle without any. False: memory is out. */
bool so_transport_start(struct so_exchange *exchange, struct so_call *call, struct so_handle *handle);

/* Whether the request left, or some of it: the system may have acted. */
bool so_transport_was_sent(const struct so_exchange *exchange);

/* Takes off what the exchange set, after its end. Not by curl_easy_reset: that tells nobody when memory ran out under it, and
   leaves a handle that receives nothing any more. False: memory is out, and the handle of no use. */
bool so_transport_clear(struct so_exchange *exchange);

/* Fills the call's reply or failure from what happened. */
void so_transport_finish(struct so_exchange *exchange, CURLcode result);

/* The blocking carrier: the whole exchange in the caller's thread. */
void so_transport_carry(struct so_call *call);

SO_END_INTERNAL

#endif
