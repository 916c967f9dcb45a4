/* SPDX-License-Identifier: MIT */
/* A proxy's answer to the question for a way to a system's host: HTTP's CONNECT, or SOCKS. Nothing was sent to the system. */
#ifndef SIGNOFF_PROXY_H
#define SIGNOFF_PROXY_H

#include "exchange.h"

SO_BEGIN_INTERNAL

/* Takes one line of the answer to CONNECT. A refusal ends the exchange with its head: a body could be read for ever. */
void so_proxy_line(struct so_exchange *exchange, const char *line, size_t size);

/* Fills the call's failure where a proxy, and not the system, is why the exchange failed; or else gives false. */
bool so_proxy_failure(struct so_exchange *exchange, CURLcode result);

SO_END_INTERNAL

#endif
