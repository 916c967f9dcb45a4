/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* strcasestr */
#include <fcntl.h>
#include <math.h>
#include <string.h>

#include "sigpipe.h"
#include "transport.h"

enum { HEADER_LINE_MAX = 16 * 1024, HEADERS_MAX = 64 * 1024, REPLY_MAX = 1 << 20, LIST_MAX = 64 << 20 };

/* What libcurl calls while it works */

/* "Date: Sun, 06 Nov 1994 08:49:37 GMT" */
static void take_date(struct so_reply *reply, const char *bytes, size_t size)
{
    char text[64];
    if (size < 6 || size > sizeof text || strncasecmp(bytes, "Date:", 5) != 0)
        return;
    memcpy(text, bytes + 5, size - 5);
    text[size - 5] = '\0';
    time_t date = curl_getdate(text, NULL);
    if (date > 0)
        reply->date = (double)date;
}

/* Whether a reply with that line in its head can be read on. Before 8.1, libcurl takes a first header that begins with a
   blank for the rest of the last one in the reply before, on the same easy handle, and reads what it has freed
   (curl/curl#11103): with CURLOPT_HEADER, on_body is shown the line before libcurl keeps it. */
static bool on_head_line(struct so_exchange *exchange, const char *line, size_t size)
{
    bool blank = size && (line[0] == ' ' || line[0] == '\t');
    if (blank && !exchange->named)
        exchange->stopped = "its first header begins with a blank";
    exchange->named = exchange->named || (!blank && memchr(line, ':', size) && (size < 5 || memcmp(line, "HTTP/", 5)));
    return !blank || exchange->named;
}

/* One head may stand behind another: 100 Continue, a proxy's. */
static bool is_body_next(CURL *easy)
{
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status >= 200;
}

static size_t on_header(char *bytes, size_t one, size_t size, void *payload)
{
    struct so_exchange *exchange = payload;
    (void)one;
    exchange->header_bytes += size;
    if (exchange->call->inspected)
        take_date(&exchange->call->reply, bytes, size);
    so_framing_line(&exchange->framing, bytes, size);
    if (size >= 5 && !memcmp(bytes, "HTTP/", 5))
        exchange->headed = false; /* one head behind another: 100 Continue, a proxy's */
    else if (size <= 2 && (bytes[0] == '\r' || bytes[0] == '\n'))
        exchange->headed = true, exchange->body = is_body_next(exchange->easy);
    if (size > HEADER_LINE_MAX || exchange->header_bytes > HEADERS_MAX)
        exchange->stopped = "its headers are too large (16 KiB a line, 64 KiB in all)";
    else if (exchange->headed)
        exchange->stopped = so_framing_problem(&exchange->framing, exchange->call->list);
    return exchange->stopped ? 0 : size;
}

static size_t on_body(char *bytes, size_t one, size_t size, void *payload)
{
    struct so_exchange *exchange = payload;
    struct so_buffer *body = &exchange->call->reply.body;
    (void)one;
    if (!exchange->body)
        return on_head_line(exchange, bytes, size) ? size : 0;
    if (size > exchange->max_reply - body->size) {
        exchange->stopped = "it is larger than 'max_reply' allows";
        return 0;
    }
    if (so_buffer_append(body, bytes, size))
        return size;
    exchange->call->arena.failed = true;
    return 0;
}

/* What the program starts must not hold our connections. */
static int on_socket(void *payload, curl_socket_t socket, curlsocktype purpose)
{
    (void)payload, (void)purpose;
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    return CURL_SOCKOPT_OK;
}

#if LIBCURL_VERSION_NUM >= 0x075000
/* Left alone, libcurl sends a request again when a kept-alive connection turns out dead: a call is sent once. */
static int on_request(void *payload, char *to, char *from, int to_port, int from_port)
{
    struct so_exchange *exchange = payload;
    (void)to, (void)from, (void)to_port, (void)from_port;
    if (exchange->starts++ == 0)
        return CURL_PREREQFUNC_OK;
    exchange->stopped = "the connection was closed as the request was sent, and it is not sent twice";
    return CURL_PREREQFUNC_ABORT;
}
#endif

/* Options */

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

/* An option that there was no memory for must not be left out in silence: a password, a CA, a proxy. */
#define set(exchange, option, value) \
    ((exchange)->unset |= curl_easy_setopt((exchange)->easy, (option), (value)) == CURLE_OUT_OF_MEMORY)

static void set_request(struct so_exchange *exchange)
{
    const struct so_request *request = &exchange->call->request;
    set(exchange, CURLOPT_HTTPHEADER, exchange->headers);
    set(exchange, CURLOPT_USERAGENT, exchange->call->settings->user_agent);
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

static void set_protocol(struct so_exchange *exchange)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    set(exchange, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    set(exchange, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    set(exchange, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    set(exchange, CURLOPT_MAXAGE_CONN, 60L);
    if (exchange->call->list)
        set(exchange, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
}

static long milliseconds(double seconds)
{
    return lround(fmax(seconds * 1000, 1));
}

static void set_limits(struct so_exchange *exchange)
{
    const struct so_limits *limits = &exchange->call->limits;
    set(exchange, CURLOPT_NOSIGNAL, 1L);
    set(exchange, CURLOPT_TIMEOUT_MS, milliseconds(limits->timeout));
    set(exchange, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(limits->connect_timeout));
#if LIBCURL_VERSION_NUM >= 0x075700
    set(exchange, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that is still at work */
#endif
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
    set(exchange, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    set(exchange, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
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

static void set_callbacks(struct so_exchange *exchange)
{
    set(exchange, CURLOPT_ERRORBUFFER, exchange->text);
    set(exchange, CURLOPT_HEADERFUNCTION, on_header);
    set(exchange, CURLOPT_HEADERDATA, exchange);
    set(exchange, CURLOPT_HEADER, 1L);
    set(exchange, CURLOPT_WRITEFUNCTION, on_body);
    set(exchange, CURLOPT_WRITEDATA, exchange);
    set(exchange, CURLOPT_SOCKOPTFUNCTION, on_socket);
#if LIBCURL_VERSION_NUM >= 0x075000
    set(exchange, CURLOPT_PREREQFUNCTION, on_request);
    set(exchange, CURLOPT_PREREQDATA, exchange);
#else
    if (!exchange->call->safe)
        set(exchange, CURLOPT_FRESH_CONNECT, 1L);
#endif
}

bool so_transport_start(struct so_exchange *exchange, struct so_call *call, struct so_handle *handle)
{
    const struct so_request *request = &call->request;
    const struct so_settings *settings = call->settings;
    *exchange = (struct so_exchange){.call = call, .easy = handle->easy};
    exchange->max_reply = call->limits.max_reply > 0 ? (size_t)call->limits.max_reply : call->list ? LIST_MAX : REPLY_MAX;
    if (!so_handle_url(handle, request->url) || !add_headers(exchange, request->headers) || !add_headers(exchange, settings->headers) ||
        (request->content_type && !add_header(exchange, "Content-Type", request->content_type)) ||
        (call->accept && !add_header(exchange, "Accept", call->accept)) ||
        (request->size > 1024 && !add_header(exchange, "Expect", NULL))) {
        call->arena.failed = true;
        return false;
    }
    set_request(exchange);
    set_protocol(exchange);
    set_limits(exchange);
    set_tls(exchange);
    set_proxy(exchange);
    set_callbacks(exchange);
    if (call->inspected)
        set_inspection(exchange);
    call->arena.failed = call->arena.failed || exchange->unset;
    return !exchange->unset;
}

/* The paths of the system's CAs, where the client had its own. */
static void restore_cas(struct so_exchange *exchange)
{
#if LIBCURL_VERSION_NUM >= 0x075400
    static const struct { CURLINFO from; CURLoption to, of_proxy; } paths[] = {
        {CURLINFO_CAINFO, CURLOPT_CAINFO, CURLOPT_PROXY_CAINFO}, {CURLINFO_CAPATH, CURLOPT_CAPATH, CURLOPT_PROXY_CAPATH},
    };
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const char *path = NULL;
        curl_easy_getinfo(exchange->easy, paths[i].from, &path);
        set(exchange, paths[i].to, path);
        set(exchange, paths[i].of_proxy, path);
    }
#else
    curl_easy_reset(exchange->easy);
#endif
}

bool so_transport_clear(struct so_exchange *exchange)
{
    static const CURLoption texts[] = {
        CURLOPT_HTTPHEADER, CURLOPT_USERAGENT, CURLOPT_POSTFIELDS, CURLOPT_USERNAME, CURLOPT_PASSWORD, CURLOPT_ACCEPT_ENCODING,
        CURLOPT_SSLCERT, CURLOPT_SSLKEY, CURLOPT_KEYPASSWD, CURLOPT_PROXY, CURLOPT_NOPROXY, CURLOPT_ERRORBUFFER,
        CURLOPT_HEADERFUNCTION, CURLOPT_HEADERDATA, CURLOPT_WRITEFUNCTION, CURLOPT_WRITEDATA,
        CURLOPT_SOCKOPTFUNCTION,
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

/* What came of it */

/* libcurl's codes that mean something else than "unreachable". */
static const struct { CURLcode result; enum so_code code; bool retriable; } meanings[] = {
    {CURLE_OPERATION_TIMEDOUT, SO_TIMEOUT, true},
    {CURLE_SSL_CONNECT_ERROR, SO_TLS, false},
    {CURLE_PEER_FAILED_VERIFICATION, SO_TLS, false},
    {CURLE_SSL_CERTPROBLEM, SO_TLS, false},
    {CURLE_SSL_CIPHER, SO_TLS, false},
    {CURLE_SSL_CACERT_BADFILE, SO_TLS, false},
    {CURLE_SSL_ISSUER_ERROR, SO_TLS, false},
    {CURLE_SSL_CRL_BADFILE, SO_TLS, false},
    {CURLE_SSL_INVALIDCERTSTATUS, SO_TLS, false},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, SO_TLS, false},
#if LIBCURL_VERSION_NUM >= 0x074d00
    {CURLE_SSL_CLIENTCERT, SO_TLS, false},
#endif
    {CURLE_SSL_ENGINE_SETFAILED, SO_TLS, false},
    {CURLE_USE_SSL_FAILED, SO_TLS, false},
    {CURLE_PARTIAL_FILE, SO_UNUSABLE, true},
    {CURLE_WEIRD_SERVER_REPLY, SO_UNUSABLE, false},
    {CURLE_BAD_CONTENT_ENCODING, SO_UNUSABLE, false},
    {CURLE_WRITE_ERROR, SO_UNUSABLE, false},
    {CURLE_UNSUPPORTED_PROTOCOL, SO_UNUSABLE, false},
    {CURLE_OUT_OF_MEMORY, SO_NOMEM, true},
};

/* The origin of the place that a redirect points at: its path may carry what nobody should read. */
static const char *redirect_origin(struct so_call *call, CURL *easy)
{
    const char *url = NULL, *origin = NULL, *base;
    if (curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url) != CURLE_OK || !url)
        return NULL;
    const char *clean = so_arena_copy(&call->arena, url, strcspn(url, "?#"));
    return clean && !so_url_check(&call->arena, clean, &origin, &base) ? origin : "elsewhere";
}

/* When the server's own certificate ends: the first of its chain. */
static void take_certificate(struct so_exchange *exchange)
{
    static const char label[] = "Expire date:";
    struct curl_certinfo *chain = NULL;
    if (curl_easy_getinfo(exchange->easy, CURLINFO_CERTINFO, &chain) != CURLE_OK || !chain || chain->num_of_certs < 1)
        return;
    for (const struct curl_slist *line = chain->certinfo[0]; line; line = line->next)
        if (!strncmp(line->data, label, sizeof label - 1)) {
            time_t ends = curl_getdate(line->data + sizeof label - 1, NULL);
            exchange->call->reply.certificate_ends = ends > 0 ? (double)ends : 0;
        }
}

static void take_reply(struct so_exchange *exchange)
{
    struct so_call *call = exchange->call;
    struct so_reply *reply = &call->reply;
    curl_off_t retry_after = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &reply->http_status);
    if (reply->http_status >= 400)
        curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0)
        reply->retry_after = (double)retry_after;
    if (reply->http_status / 100 == 3)
        reply->location = redirect_origin(call, exchange->easy);
}

/* What to do about libcurl's words, where that is not what its code advises; NULL where it is. */
static const char *advice_for(const char *text)
{
    static const struct { const char *words, *advice; } known[] = {
        {"wrong version number", "that port answers without TLS: use its TLS port, or no TLS (http, 'tls = false')"},
        {"packet length too long", "that port answers without TLS: use its TLS port, or no TLS (http, 'tls = false')"},
        {"HTTP/0.9", "a port that wants TLS answers so: use https"},
        {"alert certificate required", "the server wants a client certificate: name ours with 'client_cert' and 'client_key'"},
        {"alert certificate expired", "the server finds our client certificate too old, 'client_cert'"},
        {"alert unknown ca", "the server does not know the CA of our client certificate, 'client_cert'"},
        {"alert protocol version", "the server speaks no TLS that is safe: 1.2 is the least"},
        {"alert handshake failure", "the server may want a client certificate: name ours with 'client_cert' and 'client_key'"},
        {"private key file", "check 'client_key': it must belong to 'client_cert', and 'client_key_password' open it"},
        {"client certificate", "check 'client_cert'"},
        {"not yet valid", "compare this machine's clock with the server's certificate"},
        {"has expired", "the server needs a new certificate; or this machine's clock is wrong"},
        {"subject name", "the certificate is another host's: check the name in the address"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(text, known[i].words))
            return known[i].advice;
    return NULL;
}

/* A connection that breaks in the handshake says nothing of certificates. */
static bool broke_off(const char *text)
{
    static const char *const words[] = {"reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof", "Broken pipe"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(text, words[i]))
            return true;
    return false;
}

bool so_transport_was_sent(const struct so_exchange *exchange)
{
#if LIBCURL_VERSION_NUM >= 0x075000
    return exchange->starts > 0;
#else
    curl_off_t begun = 0; /* when libcurl was about to send; microseconds */
    curl_easy_getinfo(exchange->easy, CURLINFO_PRETRANSFER_TIME_T, &begun);
    return begun > 0;
#endif
}

/* Whether some of the reply came, but not all of its headers. */
static bool is_in_head(const struct so_exchange *exchange)
{
    curl_off_t begun = 0; /* when its first byte came; microseconds */
    curl_easy_getinfo(exchange->easy, CURLINFO_STARTTRANSFER_TIME_T, &begun);
    return begun > 0 && !exchange->headed;
}

static enum so_code code_of(const struct so_exchange *exchange, CURLcode result, bool *retriable)
{
    enum so_code code = SO_UNREACHABLE;
    *retriable = true;
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++)
        if (meanings[i].result == result) {
            code = meanings[i].code;
            *retriable = meanings[i].retriable;
        }
    if (exchange->call->arena.failed)
        return SO_NOMEM;
    if (code == SO_NOMEM && is_in_head(exchange)) { /* libcurl's word for a header line beyond its own limit, too */
        *retriable = false;
        return SO_UNUSABLE;
    }
    if (code == SO_UNREACHABLE && exchange->headed && !exchange->stopped)
        return SO_UNUSABLE; /* a reply began, and was cut */
    if (code == SO_UNREACHABLE && strstr(exchange->text, " alert ")) { /* TLS 1.3 refuses our certificate when we have sent */
        *retriable = false;
        return SO_TLS;
    }
    if (code == SO_TLS && broke_off(exchange->text)) {
        *retriable = true;
        return SO_UNREACHABLE;
    }
    return code;
}

static void take_failure(struct so_exchange *exchange, CURLcode result)
{
    struct so_call *call = exchange->call;
    bool retriable;
    enum so_code code = code_of(exchange, result, &retriable);
    const char *why = exchange->stopped ? exchange->stopped : exchange->text[0] ? exchange->text
                                                                                : curl_easy_strerror(result);
    so_call_fail(call, &call->failure, code, SO_SCOPE_NONE, retriable, "%s%s",
                 code == SO_UNUSABLE ? "the reply cannot be used: " : "", why);
    call->failure.advice = advice_for(why);
}

void so_transport_finish(struct so_exchange *exchange, CURLcode result)
{
    exchange->call->reply.sent = so_transport_was_sent(exchange);
    if (exchange->call->inspected)
        take_certificate(exchange);
    if (result == CURLE_OK && !exchange->headed)
        exchange->stopped = "it was cut inside its headers";
    if (result == CURLE_OK && exchange->headed)
        take_reply(exchange);
    else
        take_failure(exchange, result == CURLE_OK ? CURLE_PARTIAL_FILE : result);
}

/* The blocking carrier */

void so_transport_carry(struct so_call *call)
{
    struct so_exchange exchange;
    struct so_handle *handle = so_pool_take(call->settings->origin);
    if (!handle) {
        so_call_fail(call, &call->failure, SO_NOMEM, SO_SCOPE_NONE, true, "memory ran out");
        return;
    }
    struct so_sigpipe before = so_sigpipe_block();
    CURLcode result = CURLE_OUT_OF_MEMORY;
    if (so_transport_start(&exchange, call, handle))
        result = curl_easy_perform(handle->easy);
    so_transport_finish(&exchange, result);
    if (so_transport_clear(&exchange))
        so_pool_give(handle);
    else
        so_handle_free(handle);
    so_sigpipe_restore(&before);
}
