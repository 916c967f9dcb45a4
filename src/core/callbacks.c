/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "callbacks.h"
#include "handle.h"
#include "proxy.h"
#include "transport.h"

static const char too_large[] = "it is larger than 'max_reply' allows";

/* The exchange of a callback's handle. */
static struct so_exchange *exchange_of(void *payload)
{
    return ((struct so_handle *)payload)->exchange;
}

enum { HEADER_LINE_MAX = 16 * 1024, HEADERS_MAX = 64 * 1024 };

/* Whether reading may go on after that line of a head. Before 8.1, libcurl takes a first header that begins with a blank for
   the rest of the last one in the reply before, on the same easy handle, and reads what it has freed (curl/curl#11103): with
   CURLOPT_HEADER, so_on_body is shown the line before libcurl keeps it. */
static bool on_head_line(struct so_exchange *exchange, const char *line, size_t size)
{
    bool blank = size && (line[0] == ' ' || line[0] == '\t');
    if (blank && !exchange->named)
        exchange->stopped = "its first header begins with a blank";
    exchange->named = exchange->named || (!blank && memchr(line, ':', size) && (size < 5 || memcmp(line, "HTTP/", 5)));
    return !blank || exchange->named;
}

/* A reply may have several heads: one of 100 Continue may come first. */
static void end_head(struct so_exchange *exchange)
{
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &exchange->http_status);
    exchange->headed = true;
    exchange->body = exchange->http_status >= 200;
}

static const char *head_problem(const struct so_exchange *exchange)
{
    const char *problem = so_framing_problem(&exchange->framing, exchange->call->list);
    bool large = exchange->http_status < 300 && exchange->framing.length > exchange->max_reply;
    return problem ? problem : large ? too_large : NULL;
}

/* Called for each head: an earlier head does not describe the reply. */
static void begin_head(struct so_exchange *exchange)
{
    exchange->headed = false;
    so_head_clear(&exchange->call->reply.head);
}

/* Behind the body, a trailer may still say that a cache answered; it sets no cookie. */
static void take_line(struct so_exchange *exchange, const char *line, size_t size)
{
    struct so_call *call = exchange->call;
    so_framing_line(&exchange->framing, line, size);
    if (size >= 5 && !memcmp(line, "HTTP/", 5))
        begin_head(exchange);
    else if (size <= 2 && (line[0] == '\r' || line[0] == '\n'))
        end_head(exchange);
    else
        so_head_line(&call->reply.head, &call->arena, line, size, call->sticky && !exchange->body);
    if (exchange->headed)
        exchange->stopped = head_problem(exchange);
}

size_t so_on_header(char *bytes, size_t one, size_t size, void *payload)
{
    struct so_exchange *exchange = exchange_of(payload);
    (void)one;
    exchange->header_bytes += size;
    if (size > HEADER_LINE_MAX || exchange->header_bytes > HEADERS_MAX)
        exchange->stopped = "its headers are too large (16 KiB a line, 64 KiB in all)";
    else if (so_transport_was_sent(exchange))
        take_line(exchange, bytes, size);
    else
        so_proxy_line(exchange, bytes, size);
    return exchange->stopped ? 0 : size;
}

/* The most bytes that the body may have by now. A list shrinks to a tenth when it is compressed, a bomb to a thousandth. */
static size_t most_now(const struct so_exchange *exchange, curl_off_t *received)
{
    enum { EXPANDED_MAX = 512 * 1024, TIMES_MAX = 32 };
    curl_easy_getinfo(exchange->easy, CURLINFO_SIZE_DOWNLOAD_T, received);
    if (!exchange->framing.compressed || exchange->expands_freely)
        return exchange->max_reply;
    size_t most = EXPANDED_MAX + TIMES_MAX * (size_t)*received;
    return most < exchange->max_reply ? most : exchange->max_reply;
}

size_t so_on_body(char *bytes, size_t one, size_t size, void *payload)
{
    struct so_exchange *exchange = exchange_of(payload);
    struct so_buffer *body = &exchange->call->reply.body;
    (void)one;
    if (!exchange->body)
        return on_head_line(exchange, bytes, size) ? size : 0;
    curl_off_t received = 0;
    size_t most = most_now(exchange, &received);
    if (exchange->http_status < 300 && size > most - body->size) {
        exchange->stopped = most < exchange->max_reply ? "it expands to more than 32 times its size" : too_large;
        return 0;
    }
    exchange->call->arena.failed |= !so_call_receive(exchange->call, exchange->http_status, bytes, size);
    return exchange->call->arena.failed || exchange->call->reply.cut ? 0 : size;
}

curl_socket_t so_on_open(void *payload, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct so_exchange *exchange = exchange_of(payload);
    int opened = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    (void)purpose;
    if (opened < 0)
        exchange->refused_socket = errno;
    return opened;
}

const char so_not_sent_twice[] = "the connection was closed as the request was sent, and it is not sent twice";

#if LIBCURL_VERSION_NUM >= 0x075000
int so_on_request(void *payload, char *to, char *from, int to_port, int from_port)
{
    struct so_exchange *exchange = exchange_of(payload);
    (void)to, (void)from, (void)to_port, (void)from_port;
    if (exchange->starts++ == 0)
        return CURL_PREREQFUNC_OK;
    exchange->stopped = so_not_sent_twice;
    return CURL_PREREQFUNC_ABORT;
}
#endif
