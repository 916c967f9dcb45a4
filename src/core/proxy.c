/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "proxy.h"
#include "status.h"
#include "text.h"

/* Reading */

static void take_retry_after(struct so_reply *reply, const char *line, size_t size)
{
    static const char name[] = "Retry-After:";
    enum { LENGTH = sizeof name - 1, A_YEAR = 366 * 86400 };
    long seconds;
    if (size <= LENGTH || !so_text_same(line, LENGTH, name, LENGTH))
        return;
    line += LENGTH, size -= LENGTH;
    so_text_trim(&line, &size);
    if (so_text_integer(line, size, 0, A_YEAR, &seconds))
        reply->retry_after = (double)seconds;
}

static void end_answer(struct so_exchange *exchange)
{
    long status = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_HTTP_CONNECTCODE, &status);
    exchange->tunnelled = status / 100 == 2;
    if (exchange->tunnelled) {
        exchange->call->reply.retry_after = -1; /* the system's own counts */
        return;
    }
    exchange->proxy_status = status;
    exchange->stopped = "it has no status";
}

void so_proxy_line(struct so_exchange *exchange, const char *line, size_t size)
{
    bool first = exchange->header_bytes == size;
    if (first && (size < 5 || memcmp(line, "HTTP/", 5)))
        exchange->stopped = "it is no HTTP";
    else if (size <= 2 && (line[0] == '\r' || line[0] == '\n'))
        end_answer(exchange);
    else
        take_retry_after(&exchange->call->reply, line, size);
}

/* Failing */

/* Names the proxy by its address alone, since its URL may hold a password. */
static const char *name_proxy(struct so_exchange *exchange)
{
    struct so_arena *arena = &exchange->call->arena;
    const char *url = exchange->call->settings->proxy, *host = url ? so_url_host(arena, url, false) : NULL;
    char *address = NULL;
    long port = 0;
    if (url)
        return host ? so_arena_join(arena, "the proxy ", host, NULL) : NULL;
    curl_easy_getinfo(exchange->easy, CURLINFO_PRIMARY_IP, &address);
    curl_easy_getinfo(exchange->easy, CURLINFO_PRIMARY_PORT, &port);
    return so_arena_format(arena, "the environment's proxy (%s port %ld)", address ? address : "", port);
}

static const char *advice_for(enum so_code code, long status)
{
    static const char *const advice[SO_CODES] = {
        [SO_DENIED] = "have that proxy allow this machine the way to the host and port",
        [SO_REJECTED] = "check that this is a proxy which leads to the host and port",
        [SO_NOT_FOUND] = "check that this is a proxy which leads to the host and port",
        [SO_UNUSABLE] = "check that this is a proxy, and of the kind that its URL says",
        [SO_SERVER] = "look at the way from that proxy to the host",
        [SO_UNREACHABLE] = "check that proxy, and the way from it to the host",
    };
    return status == 407 ? "give that proxy's URL a user and a password which it takes" : advice[code];
}

static bool fail(struct so_exchange *exchange, const struct so_status_rule *rule, const char *what)
{
    struct so_call *call = exchange->call;
    const char *proxy = name_proxy(exchange);
    enum so_scope scope = rule->scope == SO_SCOPE_TARGET ? SO_SCOPE_CLIENT : rule->scope; /* a proxy knows no targets */
    so_call_fail(call, &call->failure, rule->code, scope, rule->retriable, "%s%s", proxy ? proxy : "the proxy", what ? what : "");
    call->failure.advice = advice_for(rule->code, exchange->proxy_status);
    return true;
}

/* Whether the proxy did not answer: libcurl's other codes mean that the answer could not be understood. */
static bool broke_off(const struct so_exchange *exchange, CURLcode result)
{
    bool ended = result == CURLE_RECV_ERROR || result == CURLE_SEND_ERROR;
    return ended && !exchange->stopped && !strstr(exchange->text, "too large");
}

static bool fail_connect(struct so_exchange *exchange, CURLcode result)
{
    static const struct so_status_rule ended = {0, 0, SO_UNREACHABLE, SO_SCOPE_NONE, true};
    static const struct so_status_rule nonsense = {0, 0, SO_UNUSABLE, SO_SCOPE_NONE, false};
    struct so_arena *arena = &exchange->call->arena;
    long status = exchange->proxy_status;
    const char *why = exchange->stopped ? exchange->stopped : exchange->text[0] ? exchange->text : "a line of it is no header";
    const char *host = so_url_host(arena, exchange->call->request.url, true), *what;
    if (status)
        what = so_arena_format(arena, " answered CONNECT %s with HTTP %ld", host ? host : "", status);
    else if (broke_off(exchange, result))
        what = so_arena_format(arena, " did not answer CONNECT %s: %s", host ? host : "", why);
    else
        what = so_arena_format(arena, ": its answer to CONNECT %s cannot be used: %s", host ? host : "", why);
    return fail(exchange, status ? so_status_rule(NULL, status) : broke_off(exchange, result) ? &ended : &nonsense, what);
}

#if LIBCURL_VERSION_NUM >= 0x074900
static const struct so_status_rule socks[] = {
    {CURLPX_IDENTD, CURLPX_IDENTD_DIFFER, SO_DENIED, SO_SCOPE_CLIENT, false},
    {CURLPX_NO_AUTH, CURLPX_NO_AUTH, SO_DENIED, SO_SCOPE_CLIENT, false},
    {CURLPX_REPLY_NOT_ALLOWED, CURLPX_REPLY_NOT_ALLOWED, SO_DENIED, SO_SCOPE_CLIENT, false},
    {CURLPX_REQUEST_FAILED, CURLPX_REQUEST_FAILED, SO_DENIED, SO_SCOPE_CLIENT, false}, /* of SOCKS 4: refused or failed */
    {CURLPX_USER_REJECTED, CURLPX_USER_REJECTED, SO_DENIED, SO_SCOPE_CLIENT, false},
    {CURLPX_REPLY_ADDRESS_TYPE_NOT_SUPPORTED, CURLPX_REPLY_COMMAND_NOT_SUPPORTED, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {CURLPX_REPLY_GENERAL_SERVER_FAILURE, CURLPX_REPLY_GENERAL_SERVER_FAILURE, SO_SERVER, SO_SCOPE_NONE, true},
    {CURLPX_BAD_ADDRESS_TYPE, CURLPX_BAD_VERSION, SO_UNUSABLE, SO_SCOPE_NONE, false},
    {CURLPX_UNKNOWN_FAIL, CURLPX_UNKNOWN_MODE, SO_UNUSABLE, SO_SCOPE_NONE, false},
    {CURLPX_OK, CURLPX_LAST, SO_UNREACHABLE, SO_SCOPE_NONE, true},
};

static bool fail_socks(struct so_exchange *exchange)
{
    long why = CURLPX_OK;
    const struct so_status_rule *rule = socks;
    curl_easy_getinfo(exchange->easy, CURLINFO_PROXY_ERROR, &why);
    while (why < rule->first || why > rule->last)
        rule++;
    return fail(exchange, rule, so_arena_join(&exchange->call->arena, ": ", exchange->text, NULL));
}
#endif

/* Whether the connection that broke is known to be one to a proxy that had not answered CONNECT yet. */
static bool awaits_answer(const struct so_exchange *exchange, CURLcode result)
{
    const struct so_settings *settings = exchange->call->settings;
    bool always = settings->proxy && *settings->proxy && (!settings->no_proxy || !*settings->no_proxy) &&
                  !so_text_begins(settings->proxy, strlen(settings->proxy), "socks");
    return always && !strncmp(exchange->call->request.url, "https:", 6) && broke_off(exchange, result);
}

bool so_proxy_failure(struct so_exchange *exchange, CURLcode result)
{
    struct so_call *call = exchange->call;
    bool generic = result == CURLE_OUT_OF_MEMORY || result == CURLE_OPERATION_TIMEDOUT;
    if (call->reply.sent || exchange->tunnelled || call->arena.failed || generic)
        return false;
#if LIBCURL_VERSION_NUM >= 0x074900
    if (result == CURLE_PROXY)
        return fail_socks(exchange);
#endif
    bool asked = exchange->header_bytes || strstr(exchange->text, "CONNECT ") || awaits_answer(exchange, result);
    return asked && fail_connect(exchange, result);
}
