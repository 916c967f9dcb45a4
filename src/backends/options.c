/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../core/cookie.h"
#include "../core/freshness.h"
#include "../core/pem.h"
#include "../core/pool_key.h"
#include "../core/proxy_secrets.h"
#include "../core/trust.h"
#include "options.h"

enum {
    URL, PATH, TIMEOUT, CONNECT_TIMEOUT, MAX_REPLY, CA_FILE, CA_DIR, CLIENT_CERT, CLIENT_KEY, CLIENT_KEY_PASSWORD, VERIFY,
    PROXY, NO_PROXY, USER_AGENT, ACCEPT, ENCODING
};

enum { NODES_MAX = 64 };

#define A_DAY 86400
#define FILE_NAME .type = SO_STRING, .place = SO_PLACE_LOCAL
#define SECONDS .type = SO_NUMBER, .least = 0.001, .most = A_DAY

const struct so_parameter so_common_options[] = {
    [URL] = {.name = "url", .type = SO_STRING, .place = SO_PLACE_URL, .what = "scheme, host, port and any prefix"},
    [PATH] = {.name = "path", .type = SO_STRING, .place = SO_PLACE_PATH, .flags = SO_MAY_BE_EMPTY,
              .what = "appended to url"},
    [TIMEOUT] = {.name = "timeout", SECONDS, .fallback = "15", .what = "of one exchange, in seconds"},
    [CONNECT_TIMEOUT] = {.name = "connect_timeout", SECONDS, .fallback = "5", .what = "in seconds"},
    [MAX_REPLY] = {.name = "max_reply", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER, .least = 1, .most = 2147483647,
                   .what = "decoded bytes; 1 MiB, lists 64 MiB"},
    [CA_FILE] = {.name = "ca_file", FILE_NAME, .what = "PEM; the system's own CAs otherwise"},
    [CA_DIR] = {.name = "ca_dir", FILE_NAME, .what = "of hashed CA files"},
    [CLIENT_CERT] = {.name = "client_cert", FILE_NAME, .what = "PEM"},
    [CLIENT_KEY] = {.name = "client_key", FILE_NAME, .what = "PEM"},
    [CLIENT_KEY_PASSWORD] = {.name = "client_key_password", .type = SO_STRING, .place = SO_PLACE_LOCAL,
                             .flags = SO_SECRET},
    [VERIFY] = {.name = "verify", .type = SO_BOOLEAN, .what = "the server's certificate and its name; true"},
    [PROXY] = {.name = "proxy", .type = SO_STRING, .place = SO_PLACE_HEADER,
               .what = "its URL, or \"environment\"; none otherwise"},
    [NO_PROXY] = {.name = "no_proxy", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_MAY_BE_EMPTY,
                  .what = "hosts to reach without it, with commas between"},
    [USER_AGENT] = {.name = "user_agent", .type = SO_STRING, .place = SO_PLACE_HEADER,
                    .fallback = "signoff/" SO_VERSION},
    [ACCEPT] = {.name = "accept", .type = SO_STRING, .place = SO_PLACE_HEADER,
                .what = "\"json\", \"xml\" or a media type of replies"},
    [ENCODING] = {.name = "encoding", .type = SO_STRING, .place = SO_PLACE_HEADER,
                  .what = "\"json\", \"xml\", \"form\" or a media type of request bodies"},
    {.name = "headers", .type = SO_NIL, .what = "name and value; a value may be a secret"},
    {0},
};

const struct so_parameter so_call_options[] = {
    {.name = "timeout", SECONDS},
    {.name = "deadline", SECONDS, .what = "of all exchanges of the method together"},
    {.name = "connect_timeout", SECONDS},
    {.name = "max_reply", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER, .least = 1, .most = 2147483647},
    {.name = "accept", .type = SO_STRING, .place = SO_PLACE_HEADER},
    {.name = "encoding", .type = SO_STRING, .place = SO_PLACE_HEADER},
    {.name = "cookie", .type = SO_STRING, .place = SO_PLACE_HEADER, .flags = SO_SECRET},
    {.name = "node", .type = SO_NUMBER, .flags = SO_WHOLE_NUMBER, .least = 0, .most = NODES_MAX},
    {.name = "own", .type = SO_BOOLEAN, .what = "the client's own token is meant"},
    {0},
};

/* Notes in the arena that memory is out. */
static const char *no_memory(struct so_arena *arena)
{
    arena->failed = true;
    return NULL;
}

static const char *text_of(const struct so_value *options, const char *name)
{
    return so_value_member(options, name)->text;
}

/* The media type that `given` means among those `taken`: one of them, or a short name; NULL when none fits. */
static const char *taken_type(const char *const *taken, const char *given)
{
    enum so_format format = strchr(given, '/') ? SO_FORMAT_NONE : so_format_of(given);
    for (; taken && *taken; taken++)
        if (!strcmp(*taken, given) || (format && so_format_of(*taken) == format))
            return *taken;
    return NULL;
}

/* Sets the media type that an option or an override means. */
static const char *set_type(const char **type, struct so_arena *arena, const struct so_value *options, const char *name,
                            const char *const *taken)
{
    const char *given = text_of(options, name), *found = given ? taken_type(taken, given) : *type;
    if (given && !found)
        return so_arena_join(arena, "option '", name, "' is '", strlen(given) > 100 ? "a long text" : given,
                             "', which this system does not speak", NULL);
    *type = found;
    return NULL;
}

static const char *set_types(const char **accept, const char **content_type, struct so_arena *arena, const struct so_value *options,
                             const struct so_backend *backend)
{
    const char *why = set_type(accept, arena, options, "accept", backend->accepts);
    return why ? why : set_type(content_type, arena, options, "encoding", backend->encodings);
}

/* These files decide which servers are trusted, and hold our own certificate. */
static const char *check_files(struct so_arena *arena, const struct so_value *common)
{
    static const struct { int option; mode_t type; } files[] = {
        {CA_FILE, S_IFREG}, {CA_DIR, S_IFDIR}, {CLIENT_CERT, S_IFREG}, {CLIENT_KEY, S_IFREG},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct so_trouble trouble;
        const char *name = so_common_options[files[i].option].name, *path = text_of(common, name);
        bool fine = !path || (so_trust_path(path, files[i].type, &trouble) &&
                              (files[i].type != S_IFREG || so_pem_check(path, &trouble)));
        if (!fine)
            return so_arena_join(arena, "option '", name, "': ", strlen(path) > 200 ? "a long path" : path, ": ", trouble.text, NULL);
    }
    return NULL;
}

/* https://, http:// and SOCKS proxies, as libcurl has them; "" is none and NULL the environment's. */
static const char *set_proxy(struct so_settings *settings, const struct so_value *common)
{
    const char *proxy = text_of(common, "proxy");
    settings->no_proxy = text_of(common, "no_proxy");
    settings->proxy = proxy ? proxy : "";
    if (!proxy)
        return NULL;
    if (!strcmp(proxy, "environment"))
        settings->proxy = NULL;
    else if (strlen(proxy) > 2048 || strpbrk(proxy, " \"<>\\^`{|}"))
        return "option 'proxy' is no URL";
    else if (!so_proxy_secrets(&settings->arena, &settings->secrets, proxy))
        return no_memory(&settings->arena);
    return NULL;
}

static void set_limits(struct so_settings *settings, const struct so_value *common)
{
    settings->limits = (struct so_limits){
        .timeout = so_value_member(common, "timeout")->number,
        .connect_timeout = so_value_member(common, "connect_timeout")->number,
        .total_timeout = INFINITY,
        .max_reply = so_value_member(common, "max_reply")->number,
    };
}

static void set_tls(struct so_settings *settings, const struct so_value *common)
{
    const struct so_value *verify = so_value_member(common, "verify");
    settings->tls = (struct so_tls){
        .ca_file = text_of(common, "ca_file"),
        .ca_dir = text_of(common, "ca_dir"),
        .client_cert = text_of(common, "client_cert"),
        .client_key = text_of(common, "client_key"),
        .client_key_password = text_of(common, "client_key_password"),
        .verify = verify->type != SO_BOOLEAN || verify->truth,
    };
}

static const char *set_common(struct so_settings *settings, const struct so_value *common)
{
    const struct so_backend *backend = settings->backend;
    const char *why = check_files(&settings->arena, common);
    settings->user_agent = text_of(common, "user_agent");
    settings->accept = backend->accepts[0];
    settings->content_type = backend->encodings ? backend->encodings[0] : NULL;
    set_limits(settings, common);
    set_tls(settings, common);
    if (!why)
        why = set_types(&settings->accept, &settings->content_type, &settings->arena, common, backend);
    return why ? why : set_proxy(settings, common);
}

static const char *without_slashes(struct so_arena *arena, const char *path)
{
    size_t size;
    path += strspn(path, "/");
    for (size = strlen(path); size && path[size - 1] == '/'; size--)
        continue;
    return so_arena_copy(arena, path, size);
}

/* One address from its URL and the path below it. */
static const char *make_address(struct so_address *out, struct so_arena *arena, const char *option, const char *url, const char *path)
{
    const char *base = NULL, *why = so_url_check(arena, url, &out->origin, &base);
    if (why)
        return so_arena_join(arena, "option '", option, "' ", why, NULL);
    out->url = base ? so_arena_join(arena, base, *path ? "/" : "", path, NULL) : NULL;
    return out->url ? NULL : no_memory(arena);
}

/* The option `nodes`, where the system has it: a list, or one alone. */
static const char *set_nodes(struct so_settings *settings, const char *path)
{
    const struct so_value *nodes = so_value_member(settings->options, "nodes");
    if (!nodes || nodes->type == SO_NIL)
        return NULL;
    const struct so_value *node = nodes->type == SO_LIST ? nodes->first : nodes;
    size_t count = nodes->type == SO_LIST ? so_value_count(nodes) : 1;
    if (count > NODES_MAX)
        return so_arena_format(&settings->arena, "option 'nodes' has more than %d", (int)NODES_MAX);
    settings->nodes = so_arena_alloc(&settings->arena, count * sizeof *settings->nodes);
    const char *why = NULL;
    for (; settings->nodes && !why && settings->node_count < (int)count; node = node->next)
        why = make_address(&settings->nodes[settings->node_count++], &settings->arena, "nodes", node->text, path);
    return why;
}

static const char *set_address(struct so_settings *settings, const struct so_value *common)
{
    const struct so_backend *backend = settings->backend;
    struct so_address address = {NULL, NULL};
    const char *url = text_of(common, "url"), *path = text_of(common, "path");
    const char *why = backend->address ? backend->address(settings, url, &url) : url ? NULL : "option 'url' is missing";
    if (why)
        return why;
    if (!path)
        path = backend->default_path ? backend->default_path : "";
    path = without_slashes(&settings->arena, path);
    if (!url || !path)
        return no_memory(&settings->arena);
    why = make_address(&address, &settings->arena, "url", url, path);
    settings->url = address.url;
    settings->origin = address.origin;
    return why || settings->arena.failed ? why : set_nodes(settings, path);
}

static bool is_among(const char *const *list, const char *name, size_t size)
{
    for (; list && *list; list++)
        if (so_text_same(name, size, *list, strlen(*list)))
            return true;
    return false;
}

/* Headers that the request itself has, or that libcurl writes: a server picks one of two. */
static bool is_taken(const struct so_backend *backend, const char *name, size_t size)
{
    static const char *const taken[] = {"Host", "Content-Length", "Transfer-Encoding", "Content-Type", "Accept", "Range",
                                        "Connection", "Expect", "User-Agent", "Accept-Encoding", "TE", "Upgrade",
                                        SO_FRESH_HEADER, SO_FRESH_OLD_HEADER, "If-None-Match", "If-Modified-Since", NULL};
    return is_among(taken, name, size) || is_among(backend->headers, name, size);
}

const char *so_header_refuse(const struct so_backend *backend, struct so_arena *arena, const char *name, size_t name_size,
                             const char *value, size_t size)
{
    if (!name || so_text_refuse(SO_PLACE_TOKEN, name, name_size) || name_size > 200)
        return "a name is no header's name";
    const char *why = is_taken(backend, name, name_size) ? "is set by the module itself"
                      : value                            ? so_text_refuse(SO_PLACE_HEADER, value, size)
                                                         : NULL;
    return why ? so_arena_join(arena, "'", name, "' ", why, NULL) : NULL;
}

struct so_header *so_header_new(struct so_arena *arena, struct so_masked **masked, const char *name, size_t name_size,
                                const char *value, size_t size)
{
    struct so_header *header = so_arena_alloc(arena, sizeof *header);
    if (!header)
        return NULL;
    header->name = so_arena_copy(arena, name, name_size);
    header->value = so_arena_copy(arena, value, size);
    if (!header->name || !header->value)
        return NULL;
    bool masks = !masked || (so_mask_add(arena, masked, header->value, size) &&
                             (!so_header_is_cookie(header) || so_cookie_mask(arena, masked, header->value)));
    return masks ? header : NULL;
}

void so_header_insert(struct so_header **list, struct so_header *header)
{
    while (*list && strcmp((*list)->name, header->name) < 0)
        list = &(*list)->next;
    header->next = *list;
    *list = header;
}

/* Basic authentication joins the two before it encodes them, and a server may echo the result. */
static bool mask_basic(struct so_settings *settings)
{
    const char *user = NULL, *password = NULL;
    const struct so_value *value = settings->options->first;
    for (const struct so_parameter *option = settings->backend->options; option->name; option++, value = value->next) {
        user = option->place == SO_PLACE_BASIC_USER ? value->text : user;
        password = option->place == SO_PLACE_BASIC_PASSWORD ? value->text : password;
    }
    if (!user || !password)
        return true;
    const char *both = so_arena_join(&settings->arena, user, ":", password, NULL);
    return both && so_mask_add(&settings->arena, &settings->secrets, both, strlen(both));
}

const char *so_options_take(struct so_settings *settings, const struct so_value *common)
{
    const char *why = set_common(settings, common);
    if (!why && !settings->arena.failed)
        why = set_address(settings, common);
    bool fine = !why && !settings->arena.failed;
    if (fine && (!mask_basic(settings) || !settings->url || !so_pool_key(settings)))
        no_memory(&settings->arena);
    return why;
}

/* Overrides of the address and of the credentials. */
static const char *take_route(struct so_call *call, const struct so_value *given)
{
    const struct so_settings *settings = call->settings;
    const struct so_value *cookie = so_value_member(given, "cookie"), *own = so_value_member(given, "own");
    int node = (int)so_value_member(given, "node")->number;
    const char *why = cookie->text ? so_cookie_refuse(cookie->text, cookie->size) : NULL;
    if (why)
        return so_arena_join(&call->arena, "option 'cookie' ", why, NULL);
    if (node > settings->node_count)
        return so_arena_format(&call->arena, "option 'node' is %d, and the client's option 'nodes' has %d", node, settings->node_count);
    if (own->truth && !so_value_member(settings->options, "token"))
        return "option 'own': this system's clients have no token of their own";
    call->cookie = cookie->text;
    call->node = node ? &settings->nodes[node - 1] : NULL;
    call->own = own->truth;
    return NULL;
}

/* Takes a number that is given. */
static void take_limit(double *limit, const struct so_value *given, const char *name)
{
    const struct so_value *value = so_value_member(given, name);
    if (value->type == SO_NUMBER)
        *limit = value->number;
}

const char *so_options_override(struct so_call *call, const struct so_value *given)
{
    struct so_limits *limits = &call->limits;
    take_limit(&limits->timeout, given, "timeout");
    take_limit(&limits->connect_timeout, given, "connect_timeout");
    take_limit(&limits->max_reply, given, "max_reply");
    take_limit(&limits->total_timeout, given, "deadline");
    limits->timeout = fmin(limits->timeout, limits->total_timeout);
    const char *why = take_route(call, given);
    return why ? why : set_types(&call->accept, &call->content_type, &call->arena, given, call->settings->backend);
}
