/* SPDX-License-Identifier: MIT */
/* A system that many ask at once: crowd CONTENT-TYPE BODY MILLISECONDS. Prints its port. Answers every request alike, that
   long after it came, and keeps the connections. Ends by itself after ten minutes. */
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "listening.h"

enum { REQUEST_MAX = 8192, LIFETIME = 600, EVENTS = 256, WAITING_MAX = 65536 };

struct reply {
    char bytes[REQUEST_MAX];
    size_t size;
    double seconds;
};

/* Requests in the order in which they came, which is that in which they are answered. */
static struct { int connection; double due; } waiting[WAITING_MAX];
static unsigned first, last;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void make_reply(struct reply *reply, char **arguments)
{
    int size = snprintf(reply->bytes, sizeof reply->bytes,
                        "HTTP/1.1 200 OK\r\nDate: Mon, 06 Jan 2025 08:00:00 GMT\r\nServer: Apache-Coyote/1.1\r\n"
                        "Cache-Control: no-store\r\nContent-Type: %s\r\nContent-Length: %zu\r\n\r\n%s",
                        arguments[1], strlen(arguments[2]), arguments[2]);
    require(size > 0 && (size_t)size < sizeof reply->bytes, "the reply is too long");
    reply->size = (size_t)size;
    reply->seconds = atof(arguments[3]) / 1000;
}

static void watch(int set, int descriptor)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    require(!epoll_ctl(set, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
}

static void take_connection(int set, int listener)
{
    int connection = accept(listener, NULL, NULL);
    require(connection >= 0, "accept");
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    watch(set, connection);
}

/* A request comes in one piece, and nobody sends the next one before the reply. */
static void take_request(int connection, const struct reply *reply)
{
    static char request[REQUEST_MAX];
    if (read(connection, request, sizeof request) <= 0) {
        close(connection);
        return;
    }
    waiting[last % WAITING_MAX].connection = connection;
    waiting[last++ % WAITING_MAX].due = now() + reply->seconds;
    require(last - first < WAITING_MAX, "too many at once");
}

/* Gives the milliseconds until the next one is due; -1 when none waits. */
static int answer_due(const struct reply *reply)
{
    double time = now();
    for (; first != last && waiting[first % WAITING_MAX].due <= time; first++)
        if (write(waiting[first % WAITING_MAX].connection, reply->bytes, reply->size) < 0)
            continue; /* it left before its reply came */
    return first == last ? -1 : (int)((waiting[first % WAITING_MAX].due - time) * 1000) + 1;
}

int main(int count, char **arguments)
{
    static struct reply reply;
    struct epoll_event events[EVENTS];
    require(count == 4, "crowd CONTENT-TYPE BODY MILLISECONDS");
    make_reply(&reply, arguments);
    signal(SIGPIPE, SIG_IGN);
    alarm(LIFETIME);
    int listener = start_listening(1024), set = epoll_create1(0);
    require(set >= 0, "epoll_create1");
    watch(set, listener);
    for (int ready; (ready = epoll_wait(set, events, EVENTS, answer_due(&reply))) >= 0;)
        for (int i = 0; i < ready; i++)
            if (events[i].data.fd == listener)
                take_connection(set, listener);
            else
                take_request(events[i].data.fd, &reply);
    return 1;
}
