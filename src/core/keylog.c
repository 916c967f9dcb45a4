/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "keylog.h"
#include "init.h"

/* SSL_CTX_set_keylog_callback of the OpenSSL that this libcurl uses; NULL where it uses another library. Not linked: another
   OpenSSL than libcurl's would write into a context that it does not know. */
static void (*set_callback)(void *context, void (*callback)(const void *, const char *));

static bool uses_openssl(void)
{
    struct curl_tlssessioninfo *info = NULL;
    CURL *easy = curl_easy_init();
    bool found = easy && curl_easy_getinfo(easy, CURLINFO_TLS_SSL_PTR, &info) == CURLE_OK &&
                 info->backend == CURLSSLBACKEND_OPENSSL;
    curl_easy_cleanup(easy);
    return found;
}

static void find_callback(void)
{
    Dl_info libcurl;
    so_init_curl();
    if (!uses_openssl() || !dladdr(curl_version_info(CURLVERSION_NOW), &libcurl))
        return;
    void *library = dlopen(libcurl.dli_fname, RTLD_LAZY | RTLD_NOLOAD); /* never closed: it stays as long as this module does */
    void *found = library ? dlsym(library, "SSL_CTX_set_keylog_callback") : NULL;
    memcpy(&set_callback, &found, sizeof found); /* ISO C has no cast for it */
}

static bool is_openssl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find_callback);
    return set_callback != NULL;
}

/* libcurl calls it for each new connection, when it has set a callback of its own. */
static CURLcode on_tls_context(CURL *easy, void *context, void *payload)
{
    (void)easy, (void)payload;
    set_callback(context, NULL);
    return CURLE_OK;
}

void so_keylog_silence(CURL *easy)
{
    if (is_openssl())
        curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_tls_context);
}

bool so_keylog_is_silent(void)
{
    const char *path = getenv("SSLKEYLOGFILE");
    return !path || !*path || is_openssl();
}
