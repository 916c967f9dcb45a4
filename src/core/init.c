/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <libxml/parser.h>
#include <openssl/crypto.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

#include "init.h"

static void start_curl(void)
{
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

void so_init_curl(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_curl);
}

static void start_xml(void)
{
    xmlInitParser();
}

void so_init_xml(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, start_xml);
}

static atomic_uint forks;

static void count_fork(void)
{
    atomic_fetch_add_explicit(&forks, 1, memory_order_relaxed);
}

static void watch_forks(void)
{
    pthread_atfork(NULL, NULL, count_fork);
}

unsigned so_init_forks(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    return atomic_load_explicit(&forks, memory_order_relaxed);
}

void so_init_libraries(void (*each)(void *payload, const char *name, const char *version), void *payload)
{
    const curl_version_info_data *curl = curl_version_info(CURLVERSION_NOW);
    each(payload, "libcurl", curl->version);
    if (curl->ssl_version)
        each(payload, "tls", curl->ssl_version);
    long number = strtol(xmlParserVersion, NULL, 10); /* 20914 */
    char xml[32];
    snprintf(xml, sizeof xml, "%ld.%ld.%ld", number / 10000, number / 100 % 100, number % 100);
    each(payload, "libxml2", xml);
    each(payload, "libcrypto", OpenSSL_version(OPENSSL_VERSION));
    each(payload, "utf8proc", utf8proc_version());
}
