/* SPDX-License-Identifier: MIT */
/* A handle: one of libcurl's easy handles, with the options that never change, its address, and its open connection. Both sides
   authenticated only when the connection began. So a handle has a limited lifetime, and serves only clients with its pool key. */
#ifndef SIGNOFF_HANDLE_H
#define SIGNOFF_HANDLE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <time.h>

#include "settings.h"
#include "sockets.h"

SO_BEGIN_INTERNAL

struct so_exchange;

struct so_handle {
    CURL *easy;
    struct so_exchange *exchange; /* what the callbacks work for; NULL while it is idle */
    CURLU *parsed; /* of the URL it was last given: parsing one again takes libcurl a fifth of an exchange */
    char *url;     /* given to it last */
    char pool_key[SO_SHA256_DIGITS + 1]; /* of the clients that may use it */
    curl_socket_t socket; /* of its connection while it is idle */
    time_t ends;          /* no exchange begins on it from then on */
    CURLSH *share; /* holds its connection; NULL: the easy handle does, which is no use on a multi handle */
};

/* A new handle for clients with that pool key; it has their TLS settings but the client's certificate, and no proxy. `sockets`:
   of the multi handle that it will be on, where it also keeps a connection of its own; NULL: it will be on none. Gives NULL
   when memory is out. */
struct so_handle *so_handle_new(const struct so_settings *settings, struct so_sockets *sockets);
void so_handle_free(struct so_handle *handle);

/* Sets the address of the next exchange. False: memory is out. */
bool so_handle_url(struct so_handle *handle, const char *url);

/* Whether the connection is open and silent: bytes that a server sends unasked would be read as the next reply. */
bool so_handle_is_quiet(const struct so_handle *handle);

/* Notes the connection of a handle whose exchange is over, and takes it off its multi handle (NULL where it is on none). */
void so_handle_rest(struct so_handle *handle, CURLM *multi);

/* Whether it is too old for another exchange. */
bool so_handle_is_over(const struct so_handle *handle);

SO_END_INTERNAL

#endif
