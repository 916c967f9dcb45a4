/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "callbacks.h"
#include "handle.h"
#include "keylog.h"

#if LIBCURL_VERSION_NUM < 0x074600
#error "libcurl 7.70 or newer is needed"
#endif

/* Gives handles lifetimes that differ, so that those made together do not all end at once: reading the system's CAs takes libcurl
   40 ms. */
enum { LIFETIME = 60, SPREAD = 16 };

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec;
}

static time_t end_of_new(void)
{
    static atomic_uint made;
    return now() + LIFETIME - (time_t)(atomic_fetch_add_explicit(&made, 1, memory_order_relaxed) % SPREAD);
}

void so_handle_free(struct so_handle *handle)
{
    if (!handle)
        return;
    curl_easy_cleanup(handle->easy);
    curl_share_cleanup(handle->share);
    curl_url_cleanup(handle->parsed);
    free(handle->url);
    free(handle);
}

/* On a multi handle all easy handles would share its connections, and libcurl would choose one without asking whether it
   is quiet. */
static bool keep_connection(struct so_handle *handle)
{
    handle->share = curl_share_init();
    return handle->share && curl_share_setopt(handle->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK &&
           curl_easy_setopt(handle->easy, CURLOPT_SHARE, handle->share) == CURLE_OK;
}

static void set_callbacks(struct so_handle *handle)
{
    CURL *easy = handle->easy;
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, so_on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, handle);
    curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, so_on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, handle);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, so_on_open);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, handle);
#if LIBCURL_VERSION_NUM >= 0x075000
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, so_on_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, handle);
#endif
}

/* Every new connection checks the server anew: neither an earlier handshake nor CAs that were read before count. */
static void forget_trust(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);
#endif
}

/* None of these takes memory. */
static void set_for_good(struct so_handle *handle)
{
    CURL *easy = handle->easy;
    set_callbacks(handle);
    so_keylog_silence(easy);
    curl_easy_setopt(easy, CURLOPT_CURLU, handle->parsed);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
#if LIBCURL_VERSION_NUM >= 0x075700
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* do not wait for a resolver that is still at work */
#endif
#if LIBCURL_VERSION_NUM >= 0x075500
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    forget_trust(easy);
}

static bool set_text(CURL *easy, CURLoption option, const char *text)
{
    return curl_easy_setopt(easy, option, text) != CURLE_OUT_OF_MEMORY;
}

/* Given CAs replace the system's. */
static bool set_cas(CURL *easy, const struct so_tls *tls)
{
    return (!tls->ca_file && !tls->ca_dir) ||
           (set_text(easy, CURLOPT_CAINFO, tls->ca_file) && set_text(easy, CURLOPT_PROXY_CAINFO, tls->ca_file) &&
            set_text(easy, CURLOPT_CAPATH, tls->ca_dir) && set_text(easy, CURLOPT_PROXY_CAPATH, tls->ca_dir));
}

/* libcurl's own default checks certificates and their names. */
static void set_checks(CURL *easy, const struct so_tls *tls)
{
    if (tls->verify)
        return;
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
}

struct so_handle *so_handle_new(const struct so_settings *settings, struct so_sockets *sockets)
{
    struct so_handle *handle = calloc(1, sizeof *handle);
    if (!handle)
        return NULL;
    handle->easy = curl_easy_init();
    handle->parsed = curl_url();
    if (!handle->easy || !handle->parsed || (sockets && !keep_connection(handle)) || !set_cas(handle->easy, &settings->tls) ||
        curl_easy_setopt(handle->easy, CURLOPT_PROXY, "") != CURLE_OK) { /* or it would be the environment's */
        so_handle_free(handle);
        return NULL;
    }
    memcpy(handle->pool_key, settings->pool_key, sizeof handle->pool_key);
    handle->ends = end_of_new();
    set_for_good(handle);
    set_checks(handle->easy, &settings->tls);
    if (sockets)
        so_sockets_follow(sockets, handle->easy);
    return handle;
}

bool so_handle_url(struct so_handle *handle, const char *url)
{
    if (!handle->url || strcmp(handle->url, url)) {
        free(handle->url);
        bool parsed = curl_url_set(handle->parsed, CURLUPART_URL, url, CURLU_PATH_AS_IS) == CURLUE_OK;
        handle->url = parsed ? strdup(url) : NULL;
    }
    return handle->url != NULL;
}

bool so_handle_is_quiet(const struct so_handle *handle)
{
    struct pollfd waiting = {.fd = handle->socket, .events = POLLIN};
    return handle->socket == CURL_SOCKET_BAD || poll(&waiting, 1, 0) == 0;
}

bool so_handle_is_over(const struct so_handle *handle)
{
    return now() >= handle->ends;
}

void so_handle_rest(struct so_handle *handle, CURLM *multi)
{
    if (curl_easy_getinfo(handle->easy, CURLINFO_ACTIVESOCKET, &handle->socket) != CURLE_OK)
        handle->socket = CURL_SOCKET_BAD;
    if (multi)
        curl_multi_remove_handle(multi, handle->easy);
    handle->exchange = NULL;
}
