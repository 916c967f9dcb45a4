/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <time.h>

#include "easy.h"
#include "failure.h"
#include "locale.h"
#include "pool.h"
#include "sigpipe.h"
#include "text.h"
#include "transport.h"

enum { REPLY_MAX = 1 << 20, LIST_MAX = 64 << 20 };

double so_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

bool so_transport_start(struct so_exchange *exchange, struct so_call *call, struct so_handle *handle)
{
    *exchange = (struct so_exchange){.call = call, .easy = handle->easy, .started = so_now()};
    handle->exchange = exchange;
    exchange->expands_freely = call->limits.max_reply > 0;
    exchange->max_reply = call->limits.max_reply > 0 ? (size_t)call->limits.max_reply : call->list ? LIST_MAX : REPLY_MAX;
    if (so_easy_set(exchange, handle))
        return true;
    call->arena.failed = true;
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

/* The origin of a redirect's target, without its path, which may hold secrets. */
static const char *redirect_origin(struct so_call *call, CURL *easy)
{
    const char *url = NULL, *origin = NULL, *base;
    if (curl_easy_getinfo(easy, CURLINFO_REDIRECT_URL, &url) != CURLE_OK || !url)
        return NULL;
    const char *clean = so_arena_copy(&call->arena, url, strcspn(url, "?#"));
    return clean && !so_url_check(&call->arena, clean, &origin, &base) ? origin : "elsewhere";
}

/* Takes the end of the server's own certificate, the first of its chain. */
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

/* The value of a parameter of that name, which may have blanks around its '='; NULL where it is another one. */
static const char *value_of(const char *parameter, const char *name)
{
    size_t size = strlen(name);
    parameter += strspn(parameter, " \t");
    if (!so_text_begins(parameter, strlen(parameter), name))
        return NULL;
    parameter += size + strspn(parameter + size, " \t");
    return *parameter == '=' ? parameter + 1 + strspn(parameter + 1, " \t\"'") : NULL;
}

void so_transport_label(struct so_call *call, const char *content_type)
{
    const char *value = NULL;
    for (const char *at = content_type; at && !value && (at = strchr(at, ';'));)
        value = value_of(++at, "charset");
    if (value)
        call->reply.charset = so_arena_copy(&call->arena, value, strlen(value));
}

static void take_reply(struct so_exchange *exchange)
{
    const char *type = NULL;
    struct so_call *call = exchange->call;
    struct so_reply *reply = &call->reply;
    curl_off_t retry_after = 0, received = 0;
    curl_easy_getinfo(exchange->easy, CURLINFO_RESPONSE_CODE, &reply->http_status);
    curl_easy_getinfo(exchange->easy, CURLINFO_CONTENT_TYPE, &type);
    so_transport_label(call, type);
    if (reply->http_status >= 400)
        curl_easy_getinfo(exchange->easy, CURLINFO_RETRY_AFTER, &retry_after);
    if (retry_after > 0)
        reply->retry_after = (double)retry_after;
    if (reply->http_status / 100 == 3)
        reply->location = redirect_origin(call, exchange->easy);
    curl_easy_getinfo(exchange->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    reply->received = exchange->expands_freely ? reply->body.size : (size_t)received;
}

void so_transport_finish(struct so_exchange *exchange, CURLcode result)
{
    struct so_call *call = exchange->call;
    call->reply.sent = so_transport_was_sent(exchange);
    call->reading = call->limits.timeout - (so_now() - exchange->started);
    if (call->inspected)
        take_certificate(exchange);
    if (call->reply.cut && !call->arena.failed) /* by us */
        result = CURLE_OK;
    if (result == CURLE_OK && !exchange->headed)
        exchange->stopped = "it was cut inside its headers";
    if (result == CURLE_OK && exchange->headed) {
        take_reply(exchange);
        return;
    }
    so_buffer_free(&call->reply.body); /* here, and not in the thread that reads the failure */
    so_failure_take(exchange, result == CURLE_OK ? CURLE_PARTIAL_FILE : result);
}

void so_transport_carry(struct so_call *call)
{
    struct so_exchange exchange;
    if (call->failure.code != SO_OK) /* before anything was sent */
        return;
    struct so_handle *handle = so_pool_take(call->settings);
    if (!handle) {
        so_call_fail(call, &call->failure, SO_NOMEM, SO_SCOPE_NONE, true, "memory ran out");
        return;
    }
    struct so_sigpipe before = so_sigpipe_block();
    locale_t locale = so_locale_enter();
    CURLcode result = CURLE_OUT_OF_MEMORY;
    if (so_transport_start(&exchange, call, handle))
        result = curl_easy_perform(handle->easy);
    so_transport_finish(&exchange, result);
    if (so_easy_clear(&exchange))
        so_pool_give(handle);
    else
        so_handle_free(handle);
    so_locale_leave(locale);
    so_sigpipe_restore(&before);
}
