/* SPDX-License-Identifier: MIT */
/* Callbacks of libcurl for an exchange on its way; handle.c sets them. Their payload is always the exchange. */
#ifndef SIGNOFF_CALLBACKS_H
#define SIGNOFF_CALLBACKS_H

#include "exchange.h"

SO_BEGIN_INTERNAL

/* Takes one line of a head, its line break included; ends the exchange where a head is too large, or contradicts itself. */
size_t so_on_header(char *bytes, size_t one, size_t size, void *payload);

/* Takes a part of the body, up to what the call allows; with CURLOPT_HEADER, is shown the lines of a head before that. */
size_t so_on_body(char *bytes, size_t one, size_t size, void *payload);

/* Opens a socket that child programs do not inherit; notes why it cannot. */
curl_socket_t so_on_open(void *payload, curlsocktype purpose, struct curl_sockaddr *address);

/* The text for a request without a reply, because its kept-alive connection turned out dead. */
extern const char so_not_sent_twice[];

#if LIBCURL_VERSION_NUM >= 0x075000
/* Keeps libcurl from sending a request again when a kept-alive connection is found dead: a call is sent once. */
int so_on_request(void *payload, char *to, char *from, int to_port, int from_port);
#endif

SO_END_INTERNAL

#endif
