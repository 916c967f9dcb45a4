/* SPDX-License-Identifier: MIT */
/* Pushes each line of its standard input, a token, once, as fast as a receiver on loopback takes them:

      AUTHORIZATION=... push PORT PATH CONNECTIONS TAKEN < tokens

   TAKEN gets the number, from 0 on, of each line that was answered 202. Every line is counted once: as accepted, as refused (another
   status), or as unanswered (its connection ended first; such a one may be in the inbox or not). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 8192, SECONDS = 60 };

struct connection {
    int socket;
    long line; /* that is on its way; -1: none */
    double since;
    size_t size; /* of the reply so far */
    char reply[ROOM];
};

static struct {
    struct sockaddr_in address;
    const char *path, *authorization;
    FILE *taken;
    int epoll;
    long lines, accepted, refused, unanswered;
    double *times; /* of those that were answered */
} all;

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void open_connection(struct connection *one)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = one};
    one->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    one->line = -1;
    if (connect(one->socket, (struct sockaddr *)&all.address, sizeof all.address) || epoll_ctl(all.epoll, EPOLL_CTL_ADD, one->socket, &event))
        err(1, "connect");
}

static bool send_all(int socket, const char *bytes, size_t size)
{
    for (ssize_t sent; size; bytes += sent, size -= (size_t)sent)
        if ((sent = send(socket, bytes, size, MSG_NOSIGNAL)) <= 0)
            return false;
    return true;
}

/* Sends the next line. False: there is none, and the connection is closed. */
static bool send_next(struct connection *one)
{
    static char *line, *request;
    static size_t room;
    ssize_t size = getline(&line, &room, stdin);
    if (size <= 1) {
        close(one->socket);
        return false;
    }
    line[--size] = '\0';
    free(request);
    int length = asprintf(&request, "POST %s HTTP/1.1\r\nHost: receiver\r\nContent-Type: application/secevent+jwt\r\nAuthorization: %s\r\nContent-Length: %zd\r\n\r\n%s",
                          all.path, all.authorization, size, line);
    all.times = realloc(all.times, (size_t)(all.lines + 1) * sizeof *all.times);
    if (length < 0 || !all.times)
        err(1, "memory");
    one->line = all.lines++;
    one->size = 0;
    one->since = now();
    if (!send_all(one->socket, request, (size_t)length))
        shutdown(one->socket, SHUT_RDWR); /* is read as its end */
    return true;
}

/* The status of a reply that is whole; 0: there is more to come. */
static int status_of(const struct connection *one, bool *closes)
{
    const char *end = memmem(one->reply, one->size, "\r\n\r\n", 4);
    if (!end)
        return 0;
    size_t head = (size_t)(end + 4 - one->reply);
    const char *length = strcasestr(one->reply, "\r\ncontent-length:"), *connection = strcasestr(one->reply, "\r\nconnection: close");
    *closes = connection && connection < end;
    if (!length || length > end || one->size < head + strtoul(length + strlen("\r\ncontent-length:"), NULL, 10))
        return 0;
    return atoi(one->reply + strlen("HTTP/1.1 "));
}

static void count(struct connection *one, int status)
{
    all.times[all.accepted + all.refused] = now() - one->since;
    all.accepted += status == 202;
    all.refused += status != 202;
    if (status == 202)
        fprintf(all.taken, "%ld\n", one->line);
    one->line = -1;
}

/* Reads what came. False: no more lines are left, and the connection is closed. */
static bool proceed(struct connection *one)
{
    bool closes = false;
    ssize_t got = recv(one->socket, one->reply + one->size, ROOM - 1 - one->size, 0);
    if (got > 0) {
        one->size += (size_t)got;
        one->reply[one->size] = '\0';
        int status = status_of(one, &closes);
        if (!status)
            return true;
        count(one, status);
    }
    if (got <= 0 || closes) {
        all.unanswered += one->line >= 0;
        close(one->socket);
        open_connection(one);
    }
    return send_next(one);
}

static int ascending(const void *first, const void *second)
{
    double a = *(const double *)first, b = *(const double *)second;
    return (a > b) - (a < b);
}

static double percentile(double part)
{
    long answered = all.accepted + all.refused;
    return answered ? 1000 * all.times[(long)(part * (double)(answered - 1))] : 0;
}

static void run(int connections)
{
    struct connection *list = calloc((size_t)connections, sizeof *list);
    struct epoll_event ready[64];
    int active = 0;
    for (int i = 0; i < connections; i++) {
        open_connection(&list[i]);
        active += send_next(&list[i]);
    }
    while (active) {
        int count_ready = epoll_wait(all.epoll, ready, 64, SECONDS * 1000);
        if (count_ready <= 0)
            errx(1, "no answer within %d s; %ld of %ld lines are answered", SECONDS, all.accepted + all.refused, all.lines);
        for (int i = 0; i < count_ready; i++)
            active -= !proceed(ready[i].data.ptr);
    }
    free(list);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        errx(2, "push PORT PATH CONNECTIONS TAKEN < tokens");
    all.address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    all.path = argv[2];
    all.authorization = getenv("AUTHORIZATION");
    all.taken = fopen(argv[4], "w");
    all.epoll = epoll_create1(EPOLL_CLOEXEC);
    if (!all.authorization || !all.taken || all.epoll < 0)
        err(1, "AUTHORIZATION, or %s", argv[4]);
    double begins = now();
    run(atoi(argv[3]));
    double seconds = now() - begins;
    qsort(all.times, (size_t)(all.accepted + all.refused), sizeof *all.times, ascending);
    printf("lines %ld\naccepted %ld\nrefused %ld\nunanswered %ld\nseconds %.3f\nmiddle %.2f ms\np99 %.2f ms\n", all.lines, all.accepted, all.refused, all.unanswered,
           seconds, percentile(0.5), percentile(0.99));
    return fclose(all.taken) != 0;
}
