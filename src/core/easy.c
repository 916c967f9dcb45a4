/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "easy.h"

/* An option that there was no memory for must not be left out in silence: a password, a CA, a proxy. */
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

/* The client's own stand before the request's: the list grows at its front. */
static bool list_headers(struct so_exchange *exchange)
{
    const struct so_call *call = exchange->call;
    const struct so_request *request = &call->request;
    return add_headers(exchange, request->headers) && add_headers(exchange, call->settings->headers) &&
           (!request->content_type || add_header(exchange, "Content-Type", request->content_type)) &&
           (!call->accept || add_header(exchange, "Accept", call->accept)) &&
           (request->size <= 1024 || add_header(exchange, "Expect", NULL));
}

static void set_request(struct so_exchange *exchange)
{
    const struct so_request *request = &exchange->call->request;
    set(exchange, CURLOPT_HTTPHEADER, exchange->headers);
    set(exchange, CURLOPT_USERAGENT, exchange->call->settings->user_agent);
    if (exchange->call->list)
        set(exchange, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    if (!strcmp(request->method, "POST")) {
        set(exchange, CURLOPT_POST, 1L);
        set(exchange, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->size);
        set(exchange, CURLOPT_POSTFIELDS, request->bytes ? request->bytes : "");
    }
    if (request->username) {
        set(exchange, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
        set(exchange, CURLOPT_USERNAME, request->username);
        set(exchange, CURLOPT_PASSWORD, request->password);
    }
}

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

/* A CA that is named stands in place of the system's, not beside them. */
static void forget_system_cas(struct so_exchange *exchange)
{
    static const CURLoption options[] = {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        set(exchange, options[i], NULL);
}

static void set_tls(struct so_exchange *exchange)
{
    const struct so_tls *tls = &exchange->call->settings->tls;
    const struct { CURLoption option; const char *value; } files[] = {
        {CURLOPT_CAINFO, tls->ca_file},       {CURLOPT_PROXY_CAINFO, tls->ca_file}, {CURLOPT_CAPATH, tls->ca_dir},
        {CURLOPT_PROXY_CAPATH, tls->ca_dir},  {CURLOPT_SSLCERT, tls->client_cert},  {CURLOPT_SSLKEY, tls->client_key},
        {CURLOPT_KEYPASSWD, tls->client_key_password},
    };
    if (tls->ca_file || tls->ca_dir)
        forget_system_cas(exchange);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        if (files[i].value)
            set(exchange, files[i].option, files[i].value);
    if (tls->verify) /* libcurl's own default checks the certificate and its name */
        return;
    set(exchange, CURLOPT_SSL_VERIFYPEER, 0L);
    set(exchange, CURLOPT_SSL_VERIFYHOST, 0L);
    set(exchange, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
    set(exchange, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
}

/* A connection that is kept alive has shown its certificate to somebody else. */
static void set_inspection(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_CERTINFO, 1L);
    set(exchange, CURLOPT_FRESH_CONNECT, 1L);
}

static void set_proxy(struct so_exchange *exchange)
{
    const struct so_settings *settings = exchange->call->settings;
    if (settings->proxy) {
        set(exchange, CURLOPT_PROXY, settings->proxy);
        set(exchange, CURLOPT_NOPROXY, settings->no_proxy ? settings->no_proxy : "");
    } else if (settings->no_proxy) {
        set(exchange, CURLOPT_NOPROXY, settings->no_proxy);
    }
}

static void set_payload(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_ERRORBUFFER, exchange->text);
    set(exchange, CURLOPT_HEADERDATA, exchange);
    set(exchange, CURLOPT_WRITEDATA, exchange);
#if LIBCURL_VERSION_NUM >= 0x075000
    set(exchange, CURLOPT_PREREQDATA, exchange);
#else
    if (!exchange->call->safe)
        set(exchange, CURLOPT_FRESH_CONNECT, 1L);
#endif
}

bool so_easy_set(struct so_exchange *exchange, struct so_handle *handle)
{
    if (!so_handle_url(handle, exchange->call->request.url) || !list_headers(exchange))
        return false;
    set_request(exchange);
    set_limits(exchange);
    set_tls(exchange);
    set_proxy(exchange);
    set_payload(exchange);
    if (exchange->call->inspected)
        set_inspection(exchange);
    return !exchange->unset;
}

/* The paths of the system's CAs, where the client had its own. */
static void restore_cas(struct so_exchange *exchange)
{
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
    set(exchange, CURLOPT_CAINFO, built->cainfo);
    set(exchange, CURLOPT_PROXY_CAINFO, built->cainfo);
    set(exchange, CURLOPT_CAPATH, built->capath);
    set(exchange, CURLOPT_PROXY_CAPATH, built->capath);
}

bool so_easy_clear(struct so_exchange *exchange)
{
    static const CURLoption texts[] = {
        CURLOPT_HTTPHEADER, CURLOPT_USERAGENT, CURLOPT_POSTFIELDS, CURLOPT_USERNAME, CURLOPT_PASSWORD, CURLOPT_ACCEPT_ENCODING,
        CURLOPT_SSLCERT, CURLOPT_SSLKEY, CURLOPT_KEYPASSWD, CURLOPT_PROXY, CURLOPT_NOPROXY, CURLOPT_ERRORBUFFER,
        CURLOPT_HEADERDATA, CURLOPT_WRITEDATA,
    };
    static const struct { CURLoption option; long value; } numbers[] = {
        {CURLOPT_HTTPGET, 1}, {CURLOPT_SSL_VERIFYPEER, 1}, {CURLOPT_SSL_VERIFYHOST, 2}, {CURLOPT_PROXY_SSL_VERIFYPEER, 1},
        {CURLOPT_PROXY_SSL_VERIFYHOST, 2}, {CURLOPT_FRESH_CONNECT, 0}, {CURLOPT_CERTINFO, 0},
    };
    const struct so_tls *tls = &exchange->call->settings->tls;
    exchange->unset = false;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        set(exchange, texts[i], (char *)NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) /* after POSTFIELDS, which means POST whatever it is */
        set(exchange, numbers[i].option, numbers[i].value);
    set(exchange, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)-1);
    if (tls->ca_file || tls->ca_dir)
        restore_cas(exchange);
    return !exchange->unset;
}
