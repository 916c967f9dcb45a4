/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sockets.h"

enum { EVENTS = 64 };

/* `known`: it is watched already. It may be, or not be, against all appearances: its number may have been another's. */
static bool watch(struct so_sockets *sockets, int socket, uint32_t events, bool known)
{
    struct epoll_event event = {.events = events, .data.fd = socket};
    int first = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, second = known ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
    return epoll_ctl(sockets->epoll, first, socket, &event) == 0 || epoll_ctl(sockets->epoll, second, socket, &event) == 0;
}

/* What libcurl calls when it wants something else of a socket; `own`: what it keeps for us with the socket. */
static int on_socket(CURL *easy, curl_socket_t socket, int what, void *payload, void *own)
{
    struct so_sockets *sockets = payload;
    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, socket, &(struct epoll_event){0});
        return 0;
    }
    uint32_t events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (!own)
        curl_multi_assign(sockets->multi, socket, sockets);
    return watch(sockets, socket, events, own != NULL) ? 0 : -1;
}

bool so_sockets_open(struct so_sockets *sockets, CURLM *multi)
{
    sockets->multi = multi;
    sockets->epoll = epoll_create1(EPOLL_CLOEXEC);
    sockets->bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return sockets->epoll >= 0 && sockets->bell >= 0 && watch(sockets, sockets->bell, EPOLLIN, false) &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets) == CURLM_OK;
}

void so_sockets_close(struct so_sockets *sockets)
{
    if (sockets->epoll >= 0)
        close(sockets->epoll);
    if (sockets->bell >= 0)
        close(sockets->bell);
    sockets->epoll = sockets->bell = -1;
}

void so_sockets_ring(struct so_sockets *sockets)
{
    if (eventfd_write(sockets->bell, 1))
        return; /* full: it rings already */
}

/* Only who waited has heard it: what was rung for may have come after the work before. */
static void hear(const struct so_sockets *sockets)
{
    if (eventfd_read(sockets->bell, &(eventfd_t){0}))
        return;
}

/* Until the next of libcurl's own times; -1: there is none. */
static long next_time(const struct so_sockets *sockets)
{
    long left = -1;
    curl_multi_timeout(sockets->multi, &left);
    return left;
}

static int milliseconds(const struct so_sockets *sockets, double seconds)
{
    double wanted = fmin(ceil(fmax(seconds, 0) * 1000), INT_MAX);
    long left = wanted > 0 ? next_time(sockets) : -1;
    return left >= 0 && left < wanted ? (int)left : (int)wanted;
}

static int bits_of(uint32_t events)
{
    return (events & EPOLLIN ? CURL_CSELECT_IN : 0) | (events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
           (events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
}

void so_sockets_begin(struct so_sockets *sockets)
{
    int running;
    if (next_time(sockets) == 0)
        curl_multi_socket_action(sockets->multi, CURL_SOCKET_TIMEOUT, 0, &running);
}

void so_sockets_wait(struct so_sockets *sockets, double seconds)
{
    struct epoll_event event;
    int count = epoll_wait(sockets->epoll, &event, 1, milliseconds(sockets, seconds));
    if (count == 1 && event.data.fd == sockets->bell)
        hear(sockets);
}

void so_sockets_act(struct so_sockets *sockets, double seconds)
{
    struct epoll_event events[EVENTS];
    int running, count = epoll_wait(sockets->epoll, events, EVENTS, milliseconds(sockets, seconds));
    for (int i = 0; i < count; i++) {
        if (events[i].data.fd != sockets->bell)
            curl_multi_socket_action(sockets->multi, events[i].data.fd, bits_of(events[i].events), &running);
        else if (seconds > 0)
            hear(sockets);
    }
    so_sockets_begin(sockets);
}
