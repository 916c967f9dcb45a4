/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "buffer.h"
#include "pool_key.h"

/* With its size, so that no two settings make the same bytes. */
static bool add(struct so_buffer *out, const void *bytes, size_t size)
{
    return so_buffer_append(out, &size, sizeof size) && so_buffer_append(out, bytes, size);
}

static bool add_text(struct so_buffer *out, const char *text)
{
    static const size_t none = SIZE_MAX;
    return text ? add(out, text, strlen(text)) : so_buffer_append(out, &none, sizeof none);
}

static bool add_texts(struct so_buffer *out, const char *const *texts, size_t count)
{
    while (count--)
        if (!add_text(out, *texts++))
            return false;
    return true;
}

/* A file that was replaced, or written to, is another one. */
static bool add_file(struct so_buffer *out, const char *path)
{
    struct stat status;
    if (!path || stat(path, &status))
        return add_text(out, path);
    const long long identity[] = {
        (long long)status.st_dev, (long long)status.st_ino, status.st_size,
        status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
    };
    return add_text(out, path) && add(out, identity, sizeof identity);
}

static bool add_tls(struct so_buffer *out, const struct so_tls *tls)
{
    return add_file(out, tls->ca_file) && add_file(out, tls->ca_dir) && add_file(out, tls->client_cert) &&
           add_file(out, tls->client_key) && add_text(out, tls->client_key_password) &&
           add(out, &tls->verify, sizeof tls->verify);
}

/* Where no option says it, libcurl asks the environment. */
static bool add_proxy(struct so_buffer *out, const struct so_settings *settings)
{
    static const char *const names[] = {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"};
    enum { COUNT = sizeof names / sizeof *names };
    const char *values[COUNT] = {NULL};
    for (int i = 0; i < COUNT && !settings->proxy; i++)
        values[i] = getenv(names[i]);
    return add_text(out, settings->proxy) && add_text(out, settings->no_proxy) && add_texts(out, values, COUNT);
}

/* All options of the system's own: most are credentials, or say whose they are. */
static bool add_options(struct so_buffer *out, const struct so_value *table)
{
    for (const struct so_value *value = table->first; value; value = value->next)
        if (!add(out, &value->type, sizeof value->type) || !add(out, &value->truth, sizeof value->truth) ||
            !add(out, &value->number, sizeof value->number) || !add(out, value->text, value->size) ||
            !add_options(out, value))
            return false;
    return true;
}

static bool add_headers(struct so_buffer *out, const struct so_header *headers)
{
    for (; headers; headers = headers->next)
        if (!add_text(out, headers->name) || !add_text(out, headers->value))
            return false;
    return true;
}

bool so_pool_key(struct so_settings *settings)
{
    struct so_buffer all = {0};
    bool fine = add_text(&all, settings->origin) && add_tls(&all, &settings->tls) && add_proxy(&all, settings) &&
                add_options(&all, settings->options) && add_headers(&all, settings->headers) &&
                so_sha256(all.bytes, all.size, settings->pool_key);
    so_buffer_free(&all);
    return fine;
}
