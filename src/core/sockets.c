/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "sockets.h"

/* The entry of a connection that is kept; NULL for all other sockets: libcurl does not report the end of a resolver's socket, or of
   a connection that is still being made. */
static struct so_watch *watch_of(const struct so_sockets *sockets, int socket)
{
    struct so_watch *watch = socket < sockets->count ? &sockets->watches[socket] : NULL;
    return watch && watch->kept ? watch : NULL;
}

/* Asks epoll for these events. The descriptor may or may not be known to epoll already: its number may have been used before. */
static bool ask(struct so_sockets *sockets, int socket, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = socket};
    return epoll_ctl(sockets->epoll, EPOLL_CTL_ADD, socket, &event) == 0 ||
           epoll_ctl(sockets->epoll, EPOLL_CTL_MOD, socket, &event) == 0;
}

static void forget(struct so_sockets *sockets, int socket)
{
    struct so_watch *watch = watch_of(sockets, socket);
    epoll_ctl(sockets->epoll, EPOLL_CTL_DEL, socket, &(struct epoll_event){0}); /* epoll may not know it */
    if (watch)
        watch->events = 0;
}

static bool want(struct so_sockets *sockets, int socket, uint32_t events)
{
    struct so_watch *watch = watch_of(sockets, socket);
    if (watch)
        watch->wanted = true;
    if (watch && watch->events == events)
        return true;
    bool asked = ask(sockets, socket, events);
    if (watch)
        watch->events = asked ? events : 0;
    return asked;
}

/* Callback of libcurl: it wants something else of a socket. */
static int on_change(CURL *easy, curl_socket_t socket, int what, void *payload, void *own)
{
    struct so_sockets *sockets = payload;
    struct so_watch *watch = watch_of(sockets, socket);
    (void)easy, (void)own;
    if (what != CURL_POLL_REMOVE)
        return want(sockets, socket, (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u)) ? 0 : -1;
    if (watch)
        watch->wanted = false;
    else
        forget(sockets, socket);
    return 0;
}

static int on_close(void *payload, curl_socket_t socket)
{
    struct so_sockets *sockets = payload;
    forget(sockets, socket); /* a child of this process may hold it open */
    if (socket < sockets->count)
        sockets->watches[socket].kept = false;
    return close(socket);
}

void so_sockets_follow(struct so_sockets *sockets, CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, sockets);
}

static bool make_room(struct so_sockets *sockets, int socket)
{
    int count = sockets->count ? sockets->count : 64;
    while (count <= socket)
        count *= 2;
    struct so_watch *watches = count > sockets->count ? realloc(sockets->watches, (size_t)count * sizeof *watches) : NULL;
    if (watches) {
        memset(watches + sockets->count, 0, (size_t)(count - sockets->count) * sizeof *watches);
        sockets->watches = watches;
        sockets->count = count;
    }
    return socket < sockets->count;
}

/* NSS closes its sockets itself. */
static bool tells_ends(void)
{
    const char *tls = curl_version_info(CURLVERSION_NOW)->ssl_version;
    return !tls || !strstr(tls, "NSS");
}

void so_sockets_keep(struct so_sockets *sockets, curl_socket_t socket)
{
    if (sockets->told && socket != CURL_SOCKET_BAD && make_room(sockets, socket) && !sockets->watches[socket].kept)
        sockets->watches[socket] = (struct so_watch){.kept = true};
}

bool so_sockets_open(struct so_sockets *sockets, CURLM *multi)
{
    sockets->multi = multi;
    sockets->told = tells_ends();
    sockets->epoll = epoll_create1(EPOLL_CLOEXEC);
    sockets->wakeup = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return sockets->epoll >= 0 && sockets->wakeup >= 0 && ask(sockets, sockets->wakeup, EPOLLIN) &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_change) == CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, sockets) == CURLM_OK;
}

void so_sockets_close(struct so_sockets *sockets)
{
    if (sockets->epoll >= 0)
        close(sockets->epoll);
    if (sockets->wakeup >= 0)
        close(sockets->wakeup);
    free(sockets->watches);
    *sockets = (struct so_sockets){.epoll = -1, .wakeup = -1};
}

void so_sockets_wake(struct so_sockets *sockets)
{
    if (eventfd_write(sockets->wakeup, 1))
        return; /* full: it is readable already */
}

/* Clears the wakeup. The work that it announces is looked for after this. */
static void hear(const struct so_sockets *sockets)
{
    if (eventfd_read(sockets->wakeup, &(eventfd_t){0}))
        return;
}

/* Milliseconds until libcurl's next timeout; -1: there is none. */
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

double so_sockets_due(const struct so_sockets *sockets)
{
    long left = next_time(sockets);
    return left < 0 ? INFINITY : (double)left / 1000;
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
    int count = epoll_wait(sockets->epoll, sockets->events, SO_EVENTS, milliseconds(sockets, seconds));
    sockets->found = count > 0 ? count : 0;
    for (int i = 0; i < sockets->found; i++)
        if (sockets->events[i].data.fd == sockets->wakeup)
            hear(sockets);
}

/* An idle connection with an event is not watched again until it is used. */
static void act(struct so_sockets *sockets, int socket, uint32_t events)
{
    int running;
    const struct so_watch *watch = watch_of(sockets, socket);
    if (watch && !watch->wanted)
        forget(sockets, socket);
    else
        curl_multi_socket_action(sockets->multi, socket, bits_of(events), &running);
}

void so_sockets_act(struct so_sockets *sockets)
{
    for (int i = 0; i < sockets->found; i++)
        if (sockets->events[i].data.fd != sockets->wakeup)
            act(sockets, sockets->events[i].data.fd, sockets->events[i].events);
    sockets->found = 0;
    so_sockets_begin(sockets);
}
