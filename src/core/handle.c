/* SPDX-License-Identifier: MIT */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "callbacks.h"
#include "handle.h"

#if LIBCURL_VERSION_NUM < 0x074600
#error "libcurl 7.70 or newer is needed"
#endif

void so_handle_free(struct so_handle *handle)
{
    if (!handle)
        return;
    curl_easy_cleanup(handle->easy);
    curl_share_cleanup(handle->share);
    curl_url_cleanup(handle->parsed);
    free(handle->url);
    free(handle->origin);
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

static void set_callbacks(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, so_on_header);
    curl_easy_setopt(easy, CURLOPT_HEADER, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, so_on_body);
    curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, so_on_socket);
#if LIBCURL_VERSION_NUM >= 0x075000
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, so_on_request);
#endif
}

/* None of these takes memory. */
static void set_for_good(struct so_handle *handle)
{
    CURL *easy = handle->easy;
    set_callbacks(easy);
    curl_easy_setopt(easy, CURLOPT_CURLU, handle->parsed);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, 60L);
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
}

struct so_handle *so_handle_new(const char *origin, struct so_sockets *sockets)
{
    struct so_handle *handle = calloc(1, sizeof *handle);
    if (!handle)
        return NULL;
    handle->easy = curl_easy_init();
    handle->parsed = curl_url();
    handle->origin = strdup(origin);
    if (!handle->easy || !handle->parsed || !handle->origin || (sockets && !keep_connection(handle)) ||
        curl_easy_setopt(handle->easy, CURLOPT_PROXY, "") != CURLE_OK) { /* or it would be the environment's */
        so_handle_free(handle);
        return NULL;
    }
    set_for_good(handle);
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

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
    return time.tv_sec;
}

bool so_handle_is_quiet(const struct so_handle *handle)
{
    struct pollfd waiting = {.fd = handle->socket, .events = POLLIN};
    return handle->socket == CURL_SOCKET_BAD || poll(&waiting, 1, 0) == 0;
}

time_t so_handle_idle(const struct so_handle *handle)
{
    return now() - handle->idle_since;
}

void so_handle_rest(struct so_handle *handle, CURLM *multi)
{
    if (curl_easy_getinfo(handle->easy, CURLINFO_ACTIVESOCKET, &handle->socket) != CURLE_OK)
        handle->socket = CURL_SOCKET_BAD;
    if (multi)
        curl_multi_remove_handle(multi, handle->easy);
    handle->idle_since = now();
}
