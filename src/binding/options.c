/* SPDX-License-Identifier: MIT */
/* Options that every client has: reads and checks them, and fills settings. */
#include <math.h>
#include <string.h>

#include "../core/cookie.h"
#include "../core/freshness.h"
#include "../core/keylog.h"
#include "../core/pool_key.h"
#include "../core/proxy_secrets.h"
#include "../core/pem.h"
#include "../core/trust.h"
#include "binding.h"

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

/* The options that one call may override. */
static const struct so_parameter call_options[] = {
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

/* The media type that `given` means among those `taken`: one of them, or a short name; NULL when none fits. */
static const char *taken_type(const char *const *taken, const char *given)
{
    enum so_format format = strchr(given, '/') ? SO_FORMAT_NONE : so_format_of(given);
    for (; taken && *taken; taken++)
        if (!strcmp(*taken, given) || (format && so_format_of(*taken) == format))
            return *taken;
    return NULL;
}

static const char *text_of(const struct so_value *options, const char *name)
{
    return so_value_member(options, name)->text;
}

/* The media type that an option or an override means; raises when the system has no such format. */
static const char *media_type(lua_State *L, const struct so_value *options, const char *name, const char *const *taken,
                              const char *otherwise, const struct so_where *where)
{
    const char *given = text_of(options, name);
    const char *type = given ? taken_type(taken, given) : otherwise;
    if (given && !type)
        so_bind_raise(L, "%s.%s: option '%s' is '%s', which this system does not speak", where->first, where->second, name,
                     strlen(given) > 100 ? "a long text" : given);
    return type;
}

/* These files decide which servers are trusted, and hold our own certificate. */
static void check_files(lua_State *L, const struct so_value *common, const struct so_where *where)
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
            so_bind_raise(L, "%s.%s: option '%s': %s: %s", where->first, where->second, name, strlen(path) > 200 ? "a long path" : path,
                          trouble.text);
    }
}

/* https://, http:// and SOCKS proxies, as libcurl has them; "" is none and NULL the environment's. */
static const char *proxy_of(lua_State *L, const struct so_value *common, const struct so_where *where)
{
    const char *proxy = text_of(common, "proxy");
    if (!proxy)
        return "";
    if (!strcmp(proxy, "environment"))
        return NULL;
    if (strlen(proxy) > 2048 || strpbrk(proxy, " \"<>\\^`{|}"))
        so_bind_raise(L, "%s.%s: option 'proxy' is no URL", where->first, where->second);
    return proxy;
}

static void set_common(lua_State *L, struct so_settings *settings, const struct so_value *common, const struct so_where *where)
{
    const struct so_backend *backend = settings->backend;
    const struct so_value *verify = so_value_member(common, "verify");
    check_files(L, common, where);
    settings->user_agent = text_of(common, "user_agent");
    settings->accept = media_type(L, common, "accept", backend->accepts, backend->accepts[0], where);
    settings->content_type = media_type(L, common, "encoding", backend->encodings,
                                        backend->encodings ? backend->encodings[0] : NULL, where);
    settings->proxy = proxy_of(L, common, where);
    if (settings->proxy && !so_proxy_secrets(&settings->arena, &settings->secrets, settings->proxy))
        so_bind_nomem(L);
    settings->no_proxy = text_of(common, "no_proxy");
    settings->limits = (struct so_limits){
        .timeout = so_value_member(common, "timeout")->number,
        .connect_timeout = so_value_member(common, "connect_timeout")->number,
        .total_timeout = INFINITY,
        .max_reply = so_value_member(common, "max_reply")->number,
    };
    settings->tls = (struct so_tls){
        .ca_file = text_of(common, "ca_file"),
        .ca_dir = text_of(common, "ca_dir"),
        .client_cert = text_of(common, "client_cert"),
        .client_key = text_of(common, "client_key"),
        .client_key_password = text_of(common, "client_key_password"),
        .verify = verify->type != SO_BOOLEAN || verify->truth,
    };
}

static void check_keylog(lua_State *L, const struct so_where *where)
{
    if (!so_keylog_is_silent())
        so_bind_raise(L, "%s.%s: the environment has SSLKEYLOGFILE, and what libcurl does TLS with (%s) would write the keys there; "
                         "unset it before this program starts", where->first, where->second,
                      curl_version_info(CURLVERSION_NOW)->ssl_version);
}

static const char *without_slashes(struct so_arena *arena, const char *path)
{
    size_t size;
    path += strspn(path, "/");
    for (size = strlen(path); size && path[size - 1] == '/'; size--)
        continue;
    return so_arena_copy(arena, path, size);
}

/* One address from its URL and the path below it; raises what is wrong with the URL. */
static struct so_address address_of(lua_State *L, struct so_settings *settings, const char *option, const char *url, const char *path,
                                    const struct so_where *where)
{
    struct so_address address = {NULL, NULL};
    const char *base = NULL, *refusal = so_url_check(&settings->arena, url, &address.origin, &base);
    if (refusal)
        so_bind_raise(L, "%s.%s: option '%s' %s", where->first, where->second, option, refusal);
    address.url = base ? so_arena_join(&settings->arena, base, *path ? "/" : "", path, NULL) : NULL;
    if (!address.url)
        so_bind_nomem(L);
    return address;
}

/* The option `nodes`, where the system has it: a list, or one alone. */
static void set_nodes(lua_State *L, struct so_settings *settings, const char *path, const struct so_where *where)
{
    const struct so_value *nodes = so_value_member(settings->options, "nodes");
    if (!nodes || nodes->type == SO_NIL)
        return;
    const struct so_value *node = nodes->type == SO_LIST ? nodes->first : nodes;
    size_t count = nodes->type == SO_LIST ? so_value_count(nodes) : 1;
    if (count > NODES_MAX)
        so_bind_raise(L, "%s.%s: option 'nodes' has more than %d", where->first, where->second, (int)NODES_MAX);
    settings->nodes = so_arena_alloc(&settings->arena, count * sizeof *settings->nodes);
    if (!settings->nodes)
        so_bind_nomem(L);
    for (; settings->node_count < (int)count; node = node->next)
        settings->nodes[settings->node_count++] = address_of(L, settings, "nodes", node->text, path, where);
}

static void set_address(lua_State *L, struct so_settings *settings, const struct so_value *common, const struct so_where *where)
{
    const struct so_backend *backend = settings->backend;
    const char *url = text_of(common, "url"), *path = text_of(common, "path");
    const char *refusal = backend->address ? backend->address(settings, url, &url)
                          : url            ? NULL
                                           : "option 'url' is missing";
    if (refusal)
        so_bind_raise(L, "%s.%s: %s", where->first, where->second, refusal);
    if (!path)
        path = backend->default_path ? backend->default_path : "";
    path = without_slashes(&settings->arena, path);
    if (!url || !path)
        so_bind_nomem(L);
    const struct so_address address = address_of(L, settings, "url", url, path, where);
    settings->url = address.url;
    settings->origin = address.origin;
    set_nodes(L, settings, path, where);
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

/* Sorted by name, since Lua's tables have no order. */
static void insert_header(struct so_header **list, struct so_header *header)
{
    while (*list && strcmp((*list)->name, header->name) < 0)
        list = &(*list)->next;
    header->next = *list;
    *list = header;
}

/* The name and value of a header at -2 and -1. A server may echo any value, and it may be a credential. */
struct so_header *so_bind_header(lua_State *L, const struct so_backend *backend, struct so_arena *arena, struct so_masked **masked,
                                 const struct so_where *where, const char *what)
{
    size_t name_size = 0, size;
    bool secret;
    const char *name = lua_type(L, -2) == LUA_TSTRING ? lua_tolstring(L, -2, &name_size) : NULL;
    const char *value = so_bind_bytes(L, -1, &size, &secret);
    if (!name || so_text_refuse(SO_PLACE_TOKEN, name, name_size) || name_size > 200)
        so_bind_raise(L, "%s.%s: %s: a name is no header's name", where->first, where->second, what);
    if (is_taken(backend, name, name_size))
        so_bind_raise(L, "%s.%s: %s: '%s' is set by the module itself", where->first, where->second, what, name);
    if (!value)
        so_bind_raise(L, "%s.%s: %s: '%s' must be a string or a secret, not %s", where->first, where->second, what, name,
                      luaL_typename(L, -1));
    const char *why = so_text_refuse(SO_PLACE_HEADER, value, size);
    if (why)
        so_bind_raise(L, "%s.%s: %s: '%s' %s", where->first, where->second, what, name, why);
    struct so_header *header = so_arena_alloc(arena, sizeof *header);
    if (!header)
        so_bind_nomem(L);
    header->name = so_arena_copy(arena, name, name_size);
    header->value = so_arena_copy(arena, value, size);
    if (!header->name || !header->value || (masked && !so_mask_add(arena, masked, header->value, size)) ||
        (masked && so_header_is_cookie(header) && !so_cookie_mask(arena, masked, header->value)))
        so_bind_nomem(L);
    return header;
}

static void add_header(lua_State *L, struct so_settings *settings, const struct so_where *where)
{
    insert_header(&settings->headers, so_bind_header(L, settings->backend, &settings->arena, &settings->secrets, where, "option 'headers'"));
}

static void set_headers(lua_State *L, int index, struct so_settings *settings, const struct so_where *where)
{
    lua_getfield(L, index, "headers");
    if (!lua_isnil(L, -1) && !lua_istable(L, -1))
        so_bind_raise(L, "%s.%s: option 'headers' must be a table, not %s", where->first, where->second, luaL_typename(L, -1));
    if (lua_istable(L, -1))
        for (lua_pushnil(L); lua_next(L, -2); lua_pop(L, 1))
            add_header(L, settings, where);
    lua_pop(L, 1);
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

void so_bind_settings_fill(lua_State *L, int index, struct so_settings *settings, const struct so_where *where)
{
    const struct so_backend *backend = settings->backend;
    struct so_arena *arena = &settings->arena;
    struct so_value *common = so_value_new(arena, SO_TABLE, NULL), *own = so_value_new(arena, SO_TABLE, NULL);
    if (!common || !own)
        so_bind_nomem(L);
    so_bind_parameters(L, index, so_common_options, 0, where, "option", arena, common, &settings->secrets);
    so_bind_parameters(L, index, backend->options, 0, where, "option", arena, own, &settings->secrets);
    settings->options = own;
    set_headers(L, index, settings, where);
    set_common(L, settings, common, where);
    set_address(L, settings, common, where);
    check_keylog(L, where);
    if (!mask_basic(settings) || !settings->url || settings->arena.failed || !so_pool_key(settings))
        so_bind_nomem(L);
}

/* core.check_defaults(options): raises what is wrong with options that all clients have */
int so_bind_check_defaults(lua_State *L)
{
    const struct so_where where = {"signoff", "defaults"};
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_settop(L, 1);
    struct so_arena *arena = so_bind_arena(L);
    struct so_value *values = so_value_new(arena, SO_TABLE, NULL);
    struct so_masked *masked = NULL;
    if (!values)
        return so_bind_nomem(L);
    so_bind_refuse_unknown(L, 1, so_common_options, NULL, &where, "option");
    so_bind_parameters(L, 1, so_common_options, 0, &where, "option", arena, values, &masked);
    return arena->failed ? so_bind_nomem(L) : 0;
}

/* Overrides of the address and of the credentials. */
static void take_route(lua_State *L, struct so_call *call, const struct so_value *given, const struct so_where *where)
{
    const struct so_settings *settings = call->settings;
    const struct so_value *cookie = so_value_member(given, "cookie"), *own = so_value_member(given, "own");
    int node = (int)so_value_member(given, "node")->number;
    const char *why = cookie->text ? so_cookie_refuse(cookie->text, cookie->size) : NULL;
    if (why)
        so_bind_raise(L, "%s.%s: option 'cookie' %s", where->first, where->second, why);
    if (node > settings->node_count)
        so_bind_raise(L, "%s.%s: option 'node' is %d, and the client's option 'nodes' has %d", where->first, where->second, node,
                      settings->node_count);
    if (own->truth && !so_value_member(settings->options, "token"))
        so_bind_raise(L, "%s.%s: option 'own': this system's clients have no token of their own", where->first, where->second);
    call->cookie = cookie->text;
    call->node = node ? &settings->nodes[node - 1] : NULL;
    call->own = own->truth;
}

void so_bind_overrides(lua_State *L, int index, struct so_call *call, const struct so_where *where)
{
    struct so_value *given = so_value_new(&call->arena, SO_TABLE, NULL);
    const struct so_backend *backend = call->settings->backend;
    if (!given)
        so_bind_nomem(L);
    luaL_checktype(L, index, LUA_TTABLE);
    so_bind_refuse_unknown(L, index, call_options, NULL, where, "option");
    so_bind_parameters(L, index, call_options, 0, where, "option", &call->arena, given, &call->secrets);
    const struct { const char *name; double *limit; } limits[] = {
        {"timeout", &call->limits.timeout},
        {"connect_timeout", &call->limits.connect_timeout},
        {"max_reply", &call->limits.max_reply},
    };
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (so_value_member(given, limits[i].name)->type == SO_NUMBER)
            *limits[i].limit = so_value_member(given, limits[i].name)->number;
    const struct so_value *deadline = so_value_member(given, "deadline");
    if (deadline->type == SO_NUMBER) {
        call->limits.total_timeout = deadline->number;
        call->limits.timeout = fmin(call->limits.timeout, deadline->number);
    }
    take_route(L, call, given, where);
    call->accept = media_type(L, given, "accept", backend->accepts, call->accept, where);
    call->content_type = media_type(L, given, "encoding", backend->encodings, call->content_type, where);
}
