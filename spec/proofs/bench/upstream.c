/* SPDX-License-Identifier: MIT */
/* A system that answers every request alike and keeps the connection: upstream CONTENT-TYPE BODY RECORD.
   Prints its port. Adds to RECORD each request that differs from the one before it: as long as all are the same bytes,
   RECORD is one request. It takes its time before it answers: then a client always waits, and never happens to find the
   reply there already. Serves one connection after the other, and ends by itself after ten minutes. */
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listening.h"

enum { REQUEST_MAX = 8192, LIFETIME = 600, MICROSECONDS = 2000 };

struct text {
    char bytes[REQUEST_MAX + 1];
    size_t size;
};

static void make_reply(struct text *reply, const char *type, const char *body)
{
    reply->size = (size_t)snprintf(reply->bytes, sizeof reply->bytes,
                                   "HTTP/1.1 200 OK\r\n"
                                   "Date: Mon, 06 Jan 2025 08:00:00 GMT\r\n"
                                   "Server: Apache-Coyote/1.1\r\n"
                                   "Cache-Control: no-store\r\n"
                                   "Content-Type: %s\r\n"
                                   "Content-Length: %zu\r\n"
                                   "\r\n%s", type, strlen(body), body);
    require(reply->size < sizeof reply->bytes, "the reply is too long");
}

/* Bytes that the request has in all, 0 while its headers are not there. */
static size_t whole_size(const char *request)
{
    const char *end = strstr(request, "\r\n\r\n"), *length = strcasestr(request, "\r\nContent-Length:");
    if (!end)
        return 0;
    return (size_t)(end - request) + 4 + (length && length < end ? strtoul(length + 17, NULL, 10) : 0);
}

static int read_request(int connection, struct text *request)
{
    request->size = 0;
    for (size_t whole = 0; !whole || request->size < whole; whole = whole_size(request->bytes)) {
        ssize_t got = read(connection, request->bytes + request->size, REQUEST_MAX - request->size);
        if (got <= 0)
            return 0;
        request->size += (size_t)got;
        request->bytes[request->size] = '\0';
    }
    return 1;
}

static void record(FILE *out, const struct text *request)
{
    static struct text before;
    if (request->size == before.size && !memcmp(request->bytes, before.bytes, before.size))
        return;
    before = *request;
    fwrite(request->bytes, 1, request->size, out);
    fflush(out);
}

static void serve(int connection, const struct text *reply, FILE *out)
{
    static struct text request;
    setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    while (read_request(connection, &request)) {
        record(out, &request);
        usleep(MICROSECONDS);
        if (write(connection, reply->bytes, reply->size) != (ssize_t)reply->size)
            return;
    }
}

int main(int count, char **arguments)
{
    static struct text reply;
    require(count == 4, "upstream CONTENT-TYPE BODY RECORD");
    FILE *out = fopen(arguments[3], "wb");
    require(out != NULL, arguments[3]);
    make_reply(&reply, arguments[1], arguments[2]);
    signal(SIGPIPE, SIG_IGN);
    alarm(LIFETIME);
    for (int listener = start_listening(4), connection; (connection = accept(listener, NULL, NULL)) >= 0;) {
        serve(connection, &reply, out);
        close(connection);
    }
    return 1;
}
