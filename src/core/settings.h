/* SPDX-License-Identifier: MIT */
/* The settings of a client: fixed when it is opened, shared by its calls, and freed with the last of them. */
#ifndef SIGNOFF_SETTINGS_H
#define SIGNOFF_SETTINGS_H

#include <stdatomic.h>

#include "digest.h"
#include "mask.h"
#include "request.h"

SO_BEGIN_INTERNAL

struct so_backend;

/* Limits of one call; it may override its client's. */
struct so_limits {
    double timeout, connect_timeout; /* seconds */
    double total_timeout;                 /* seconds, with the waiting before the exchange; infinite without a limit */
    double max_reply;                /* decoded bytes; 0: the operation's own */
};

struct so_tls {
    const char *ca_file, *ca_dir, *client_cert, *client_key, *client_key_password;
    bool verify;
};

/* An address for requests. */
struct so_address {
    const char *url;    /* without slashes at its end; prefix and path included */
    const char *origin; /* scheme://host:port */
};

struct so_settings {
    atomic_int owners;
    struct so_arena arena; /* all of the texts below */
    const struct so_backend *backend;
    const struct so_value *options; /* the backend's own, in the order of its table */
    const char *url, *origin;       /* of the client's address */
    struct so_address *nodes;       /* the client's nodes, each with an address of its own */
    int node_count;
    char pool_key[SO_SHA256_DIGITS + 1]; /* clients with the same key may share connections */
    const char *user_agent;
    const char *accept;       /* media type */
    const char *content_type; /* media type of bodies; NULL where the backend has none */
    const char *proxy;        /* "" none, NULL as the environment says */
    const char *no_proxy;
    struct so_limits limits;
    struct so_tls tls;
    struct so_header *headers; /* the site's own, sent with every call */
    struct so_masked *secrets; /* what must not appear in any output */
    struct so_mask *mask;      /* of these secrets; made when the first text is shown, by the thread that shows it */
    struct so_arena masks;     /* holds the mask */
};

struct so_settings *so_settings_new(void);
struct so_settings *so_settings_share(struct so_settings *settings);
void so_settings_free(struct so_settings *settings);

/* The mask that hides the secrets; NULL when memory is out. */
const struct so_mask *so_settings_mask(struct so_settings *settings);

SO_END_INTERNAL

#endif
