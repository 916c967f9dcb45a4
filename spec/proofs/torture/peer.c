/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "peer.h"

enum { CONNECTIONS = 96, REQUEST_MAX = 64 * 1024 };

struct span { size_t start, size; };

static struct {
    char replies[PEER_BYTES], requests[PEER_BYTES];
    struct span reply[PEER_REPLIES], request[PEER_REQUESTS];
    size_t received;
    int replies_count, requests_count, served;
    bool closes;
} plan;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct pollfd sockets[CONNECTIONS]; /* the first one listens */
static struct { char bytes[REQUEST_MAX]; size_t size; } incoming[CONNECTIONS];
static int count;

static void fail(const char *what)
{
    fprintf(stderr, "peer: %s: %s\n", what, strerror(errno));
    exit(70);
}

void peer_plan(const char *const *replies, const size_t *sizes, int number, bool closes)
{
    size_t at = 0;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < number; i++) {
        if (number > PEER_REPLIES || sizes[i] > sizeof plan.replies - at)
            fail("the plan is too large");
        memcpy(plan.replies + at, replies[i], sizes[i]);
        plan.reply[i] = (struct span){at, sizes[i]};
        at += sizes[i];
    }
    plan.replies_count = number;
    plan.closes = closes;
    plan.received = 0;
    plan.requests_count = plan.served = 0;
    pthread_mutex_unlock(&lock);
}

const char *peer_request(int number, size_t *size)
{
    pthread_mutex_lock(&lock);
    bool there = number < plan.requests_count;
    *size = there ? plan.request[number].size : 0;
    const char *bytes = there ? plan.requests + plan.request[number].start : NULL;
    pthread_mutex_unlock(&lock);
    return bytes;
}

/* How long the request at the beginning of those bytes is; 0 while it is not whole. */
static size_t request_size(const char *bytes, size_t size)
{
    const char *end = memmem(bytes, size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t whole = (size_t)(end - bytes) + 4;
    for (const char *line = bytes; (line = memmem(line, (size_t)(end - line), "\r\n", 2)); line += 2)
        if (!strncasecmp(line + 2, "content-length:", 15))
            whole += strtoul(line + 17, NULL, 10);
    return whole <= size ? whole : 0;
}

static void note(const char *bytes, size_t size)
{
    if (plan.requests_count == PEER_REQUESTS || size > sizeof plan.requests - plan.received)
        return;
    memcpy(plan.requests + plan.received, bytes, size);
    plan.request[plan.requests_count++] = (struct span){plan.received, size};
    plan.received += size;
}

/* False: the connection is over. */
static bool answer(int socket, const char *request, size_t size)
{
    bool sent = true;
    pthread_mutex_lock(&lock);
    note(request, size);
    if (!plan.replies_count) {
        pthread_mutex_unlock(&lock);
        return false;
    }
    int number = plan.served < plan.replies_count ? plan.served : plan.replies_count - 1;
    const struct span reply = plan.reply[number];
    plan.served++;
    for (size_t at = 0; sent && at < reply.size;) {
        ssize_t step = send(socket, plan.replies + reply.start + at, reply.size - at, MSG_NOSIGNAL);
        sent = step > 0;
        at += sent ? (size_t)step : 0;
    }
    bool over = plan.closes || !reply.size;
    pthread_mutex_unlock(&lock);
    return sent && !over;
}

static void end(int place)
{
    close(sockets[place].fd);
    count--;
    if (place < count) {
        sockets[place] = sockets[count];
        memcpy(&incoming[place], &incoming[count], sizeof incoming[place]);
    }
}

static bool serve(int place)
{
    char *bytes = incoming[place].bytes;
    ssize_t got = recv(sockets[place].fd, bytes + incoming[place].size, REQUEST_MAX - incoming[place].size, 0);
    if (got <= 0)
        return false;
    incoming[place].size += (size_t)got;
    for (size_t whole; (whole = request_size(bytes, incoming[place].size)) > 0;) {
        if (!answer(sockets[place].fd, bytes, whole))
            return false;
        incoming[place].size -= whole;
        memmove(bytes, bytes + whole, incoming[place].size);
    }
    return incoming[place].size < REQUEST_MAX;
}

static void greet(void)
{
    int socket = accept4(sockets[0].fd, NULL, NULL, SOCK_CLOEXEC);
    if (socket < 0)
        return;
    if (count == CONNECTIONS) {
        close(socket);
        return;
    }
    setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    incoming[count].size = 0;
    sockets[count++] = (struct pollfd){.fd = socket, .events = POLLIN};
}

static void *work(void *payload)
{
    for (;;) {
        if (poll(sockets, (nfds_t)count, -1) < 0)
            continue;
        for (int place = count - 1; place > 0; place--)
            if (sockets[place].revents && !serve(place))
                end(place);
        if (sockets[0].revents)
            greet();
    }
    return payload;
}

int peer_start(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof address;
    pthread_t thread;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) || listen(listener, 64) ||
        getsockname(listener, (struct sockaddr *)&address, &size))
        fail("cannot listen");
    sockets[count++] = (struct pollfd){.fd = listener, .events = POLLIN};
    if (pthread_create(&thread, NULL, work, NULL))
        fail("no thread");
    pthread_detach(thread);
    return ntohs(address.sin_port);
}
