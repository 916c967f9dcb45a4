/* SPDX-License-Identifier: MIT */
/* Sends one request on one easy handle, and takes its reply. Every carrier sends through here. */
#ifndef SIGNOFF_TRANSPORT_H
#define SIGNOFF_TRANSPORT_H

#include "exchange.h"
#include "handle.h"

SO_BEGIN_INTERNAL

/* Seconds of a clock that only moves forward. */
double so_now(void);

/* Begins an exchange, which must stay where it is until its end, on a handle without those of another. False: memory is out. */
bool so_transport_start(struct so_exchange *exchange, struct so_call *call, struct so_handle *handle);

/* Whether the request or a part of it was sent: the system may have acted. */
bool so_transport_was_sent(const struct so_exchange *exchange);

/* Fills the call's reply or failure from what happened. The handle needs so_easy_clear before it is used again. */
void so_transport_finish(struct so_exchange *exchange, CURLcode result);

/* The blocking carrier: the whole exchange in the caller's thread. */
void so_transport_carry(struct so_call *call);

/* Takes the charset of a Content-Type, NULL: there is none. */
void so_transport_label(struct so_call *call, const char *content_type);

SO_END_INTERNAL

#endif
