/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "easy.h"
#include "freshness.h"

/* Sets an option, and notes if memory is out: a missing password, CA or proxy must not go unnoticed. */
#define set(exchange, option, value) \
    ((exchange)->unset |= curl_easy_setopt((exchange)->easy, (option), (value)) == CURLE_OUT_OF_MEMORY)

static bool add_header(struct so_exchange *exchange, const char *name, const char *value)
{
    struct so_arena *arena = &exchange->call->arena;
    struct curl_slist *node = so_arena_alloc(arena, sizeof *node);
    /* "Name;" is libcurl's way to send a header without a value, "Name:" its way to leave one out */
    char *line = value && !*value ? so_arena_join(arena, name, ";", NULL)
                                  : so_arena_join(arena, name, ": ", value ? value : "", NULL);
    if (!node || !line)
        return false;
    if (!value)
        line[strlen(name) + 1] = '\0';
    *node = (struct curl_slist){line, exchange->headers};
    exchange->headers = node;
    return true;
}

static bool add_headers(struct so_exchange *exchange, const struct so_header *headers)
{
    for (; headers; headers = headers->next)
        if (!add_header(exchange, headers->name, headers->value))
            return false;
    return true;
}

/* Adds the site's own headers. If the call has cookies, they include the site's. */
static bool add_site_headers(struct so_exchange *exchange)
{
    struct so_call *call = exchange->call;
    if (!call->cookie)
        return add_headers(exchange, call->settings->headers);
    for (const struct so_header *header = call->settings->headers; header; header = header->next)
        if (!so_header_is_cookie(header) && !add_header(exchange, header->name, header->value))
            return false;
    const char *cookies = so_call_cookies(call);
    return cookies && add_header(exchange, "Cookie", cookies);
}

/* The end of every list, which is never written to. */
static struct curl_slist old_fresh = {SO_FRESH_OLD_HEADER ": " SO_FRESH_VALUE, NULL},
                         fresh = {SO_FRESH_HEADER ": " SO_FRESH_VALUE, &old_fresh};

/* The user agent comes first, and the site's headers before the request's: the list grows at its front. libcurl's own option for
   the user agent writes it twice, and byte by byte. */
static bool list_headers(struct so_exchange *exchange)
{
    const struct so_call *call = exchange->call;
    const struct so_request *request = &call->request;
    exchange->headers = &fresh;
    return add_headers(exchange, request->headers) && add_site_headers(exchange) &&
           (!request->content_type || add_header(exchange, "Content-Type", request->content_type)) &&
           (!call->accept || add_header(exchange, "Accept", call->accept)) &&
           (request->size <= 1024 || add_header(exchange, "Expect", NULL)) &&
           add_header(exchange, "User-Agent", call->settings->user_agent);
}

static void set_texts(struct so_exchange *exchange, const CURLoption *options, const char *text)
{
    for (; *options; options++)
        set(exchange, *options, text);
}

/* Options that every exchange sets */

static long milliseconds(double seconds)
{
    return lround(fmax(seconds * 1000, 1));
}

static void set_limits(struct so_exchange *exchange)
{
    const struct so_limits *limits = &exchange->call->limits;
    set(exchange, CURLOPT_TIMEOUT_MS, milliseconds(limits->timeout));
    set(exchange, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits->connect_timeout));
}

static bool always(const struct so_call *call)
{
    (void)call;
    return true;
}

static void set_own(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_HTTPHEADER, exchange->headers);
    set(exchange, CURLOPT_ERRORBUFFER, exchange->text);
#if LIBCURL_VERSION_NUM < 0x075000
    set(exchange, CURLOPT_FRESH_CONNECT, exchange->call->safe ? 0L : 1L);
#endif
    set_limits(exchange);
}

static void clear_own(struct so_exchange *exchange)
{
    static const CURLoption options[] = {CURLOPT_HTTPHEADER, CURLOPT_ERRORBUFFER, 0};
    set_texts(exchange, options, NULL);
}

/* A long reply */

static bool is_list(const struct so_call *call)
{
    return call->list;
}

static void set_encoding(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
}

static void clear_encoding(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_ACCEPT_ENCODING, NULL);
}

/* A body */

static bool is_method(const struct so_call *call, const char *method)
{
    return !strcmp(call->request.method, method);
}

static bool has_body(const struct so_call *call)
{
    return is_method(call, "POST") || call->request.bytes;
}

static void set_body(struct so_exchange *exchange)
{
    const struct so_request *request = &exchange->call->request;
    set(exchange, CURLOPT_POST, 1L);
    set(exchange, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
    set(exchange, CURLOPT_POSTFIELDS, request->bytes ? request->bytes : "");
}

static void clear_body(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_POSTFIELDS, NULL);
    set(exchange, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
    set(exchange, CURLOPT_HTTPGET, 1L); /* after POSTFIELDS, which sets the method to POST */
}

/* A method that libcurl does not choose itself */

static bool has_other_method(const struct so_call *call)
{
    return !is_method(call, "GET") && !is_method(call, "POST");
}

static void set_method(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_CUSTOMREQUEST, exchange->call->request.method);
}

static void clear_method(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_CUSTOMREQUEST, NULL);
}

/* A name and a password */

static bool has_login(const struct so_call *call)
{
    return call->request.username;
}

static void set_login(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    set(exchange, CURLOPT_USERNAME, exchange->call->request.username);
    set(exchange, CURLOPT_PASSWORD, exchange->call->request.password);
}

static void clear_login(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_USERNAME, NULL);
    set(exchange, CURLOPT_PASSWORD, NULL);
}

/* A certificate of our own */

static bool has_certificate(const struct so_call *call)
{
    const struct so_tls *tls = &call->settings->tls;
    return tls->client_cert || tls->client_key || tls->client_key_password;
}

static void set_certificate(struct so_exchange *exchange)
{
    const struct so_tls *tls = &exchange->call->settings->tls;
    set(exchange, CURLOPT_SSLCERT, tls->client_cert);
    set(exchange, CURLOPT_SSLKEY, tls->client_key);
    set(exchange, CURLOPT_KEYPASSWD, tls->client_key_password ? tls->client_key_password : ""); /* or OpenSSL asks on the terminal */
}

static void clear_certificate(struct so_exchange *exchange)
{
    static const CURLoption options[] = {CURLOPT_SSLCERT, CURLOPT_SSLKEY, CURLOPT_KEYPASSWD, 0};
    set_texts(exchange, options, NULL);
}

/* A proxy: a handle has none */

static bool has_proxy(const struct so_call *call)
{
    return !call->settings->proxy || *call->settings->proxy;
}

static void set_proxy(struct so_exchange *exchange)
{
    const struct so_settings *settings = exchange->call->settings;
    const char *none = settings->proxy ? "" : NULL; /* or as the environment says */
    set(exchange, CURLOPT_PROXY, settings->proxy);
    set(exchange, CURLOPT_NOPROXY, settings->no_proxy ? settings->no_proxy : none);
    set(exchange, CURLOPT_USERAGENT, settings->user_agent); /* for CONNECT, which our headers are not for */
}

static void clear_proxy(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_PROXY, "");
    set(exchange, CURLOPT_NOPROXY, NULL);
    set(exchange, CURLOPT_USERAGENT, NULL);
}

/* Inspection needs a new connection: one that is kept alive does not show its certificate again */

static bool is_inspected(const struct so_call *call)
{
    return call->inspected;
}

static void set_inspection(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_CERTINFO, 1L);
    set(exchange, CURLOPT_FRESH_CONNECT, 1L);
}

static void clear_inspection(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_CERTINFO, 0L);
    set(exchange, CURLOPT_FRESH_CONNECT, 0L);
}

/* All of them, and for which calls */

static const struct {
    bool (*applies)(const struct so_call *call);
    void (*apply)(struct so_exchange *exchange), (*remove)(struct so_exchange *exchange);
} parts[] = {
    {always, set_own, clear_own},
    {is_list, set_encoding, clear_encoding},
    {has_body, set_body, clear_body},
    {has_other_method, set_method, clear_method},
    {has_login, set_login, clear_login},
    {has_certificate, set_certificate, clear_certificate},
    {has_proxy, set_proxy, clear_proxy},
    {is_inspected, set_inspection, clear_inspection},
};

enum { PARTS = sizeof parts / sizeof *parts };

bool so_easy_set(struct so_exchange *exchange, struct so_handle *handle)
{
    const struct so_call *call = exchange->call;
    if (!so_handle_url(handle, call->request.url) || !list_headers(exchange))
        return false;
    for (int i = 0; i < PARTS; i++)
        if (parts[i].applies(exchange->call))
            parts[i].apply(exchange);
    return !exchange->unset;
}

bool so_easy_clear(struct so_exchange *exchange)
{
    exchange->unset = false;
    for (int i = 0; i < PARTS; i++)
        if (parts[i].applies(exchange->call))
            parts[i].remove(exchange);
    return !exchange->unset;
}
