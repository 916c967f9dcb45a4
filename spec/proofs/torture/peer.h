/* SPDX-License-Identifier: MIT */
/* A server of planned replies on a thread of this process, for the hosts of torture and fuzzing: it allocates nothing,
   and takes no part in what is counted or watched there. */
#ifndef TORTURE_PEER_H
#define TORTURE_PEER_H

#include <stdbool.h>
#include <stddef.h>

enum { PEER_REPLIES = 32, PEER_BYTES = 1 << 20, PEER_REQUESTS = 64 };

/* Gives its port on 127.0.0.1; ends the process where it cannot be started. */
int peer_start(void);

/* From now on the n-th request of all gets the n-th of these replies, and the last one ever after. An empty reply closes
   the connection without a byte; with `closes` every reply does so behind its last one. Forgets the requests before. */
void peer_plan(const char *const *replies, const size_t *sizes, int count, bool closes);

/* The n-th request since the plan, from 0: its bytes, valid until the next plan. NULL when there was none. */
const char *peer_request(int number, size_t *size);

#endif
