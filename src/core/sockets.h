/* SPDX-License-Identifier: MIT */
/* The sockets of a multi handle. libcurl's own waiting checks every socket each time, which takes most of the time with a
   thousand idle ones. */
#ifndef SIGNOFF_SOCKETS_H
#define SIGNOFF_SOCKETS_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* A connection that is kept from one exchange to the next: the events that epoll watches, and whether libcurl wants them.
   libcurl reports the end of such a connection (not with NSS: then none is kept), so epoll is changed only when libcurl wants
   other events: mostly it wants the same again for the next exchange. */
struct so_watch {
    uint32_t events; /* 0: nothing */
    bool kept, wanted;
};

enum { SO_EVENTS = 64 }; /* that are taken from epoll at once */

struct so_sockets {
    CURLM *multi;
    int epoll, wakeup; /* -1: none */
    bool told;       /* of each connection's end */
    struct so_watch *watches; /* by descriptor */
    int count;
    struct epoll_event events[SO_EVENTS]; /* that the last wait found, until libcurl is told of them */
    int found;
};

/* False: the process has no descriptors left. Close it in either case. */
bool so_sockets_open(struct so_sockets *sockets, CURLM *multi);

/* After the multi handle was cleaned up, and every easy handle that it followed. */
void so_sockets_close(struct so_sockets *sockets);

/* Called before the first exchange of that easy handle: its connections report their ends from then on. */
void so_sockets_follow(struct so_sockets *sockets, CURL *easy);

/* After an exchange: the easy handle's connection is kept (CURL_SOCKET_BAD: it has none). Without memory it is just not kept. */
void so_sockets_keep(struct so_sockets *sockets, curl_socket_t socket);

/* Lets libcurl do the work that is due by the clock: transfers that were just added begin. */
void so_sockets_begin(struct so_sockets *sockets);

/* Waits until libcurl can do something, so_sockets_wake is called, or that many seconds have passed. Only so_sockets_act may
   follow: what the wait found is about sockets that are open now. */
void so_sockets_wait(struct so_sockets *sockets, double seconds);

/* Lets libcurl do all it can after the wait. */
void so_sockets_act(struct so_sockets *sockets);

/* Seconds until libcurl's next timeout; INFINITY: there is none. */
double so_sockets_due(const struct so_sockets *sockets);

/* From any thread: ends the waiting, or the next one. `epoll` is readable until it is heard. */
void so_sockets_wake(struct so_sockets *sockets);

SO_END_INTERNAL

#endif
