/* SPDX-License-Identifier: MIT */
/* Answers of proxies that were asked for a connection to a system, by HTTP's CONNECT or by SOCKS. Nothing was sent to the
   system. */
#ifndef SIGNOFF_PROXY_H
#define SIGNOFF_PROXY_H

#include "exchange.h"

SO_BEGIN_INTERNAL

/* Takes one line of the answer to CONNECT. A refusal ends the exchange behind its head: its body could be endless. */
void so_proxy_line(struct so_exchange *exchange, const char *line, size_t size);

/* Fills the call's failure if a proxy, and not the system, caused it; otherwise gives false. */
bool so_proxy_failure(struct so_exchange *exchange, CURLcode result);

SO_END_INTERNAL

#endif
