/* SPDX-License-Identifier: MIT */
#include <curl/curl.h>
#include <string.h>

#include "buffer.h"
#include "request.h"
#include "text.h"

bool so_request_header(struct so_request *request, struct so_arena *arena, const char *name, const char *value)
{
    struct so_header *header = so_arena_alloc(arena, sizeof *header);
    if (!header || !name || !value)
        return false;
    *header = (struct so_header){name, value, NULL};
    struct so_header **end = &request->headers;
    while (*end)
        end = &(*end)->next;
    *end = header;
    return true;
}

bool so_header_is_cookie(const struct so_header *header)
{
    return so_text_same(header->name, strlen(header->name), "Cookie", sizeof "Cookie" - 1);
}

enum so_format so_format_of(const char *media_type)
{
    static const struct { const char *subtype; enum so_format format; } formats[] = {
        {"json", SO_FORMAT_JSON}, {"xml", SO_FORMAT_XML}, {"form", SO_FORMAT_FORM},
        {"x-www-form-urlencoded", SO_FORMAT_FORM},
    };
    const char *slash = strchr(media_type, '/');
    const char *subtype = slash ? slash + 1 : media_type;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        if (so_text_same(subtype, strlen(subtype), formats[i].subtype, strlen(formats[i].subtype)))
            return formats[i].format;
    return SO_FORMAT_NONE;
}

/* The unreserved characters of RFC 3986, in every locale. */
static bool is_unreserved(unsigned char byte)
{
    unsigned char lower = byte | 0x20;
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '.' ||
           byte == '_' || byte == '~';
}

/* libcurl's own function prints each byte with printf, which took a sixth of the time of an exchange. */
const char *so_url_escape(struct so_arena *arena, const char *text, size_t size)
{
    static const char digits[] = "0123456789ABCDEF";
    char *escaped = so_arena_alloc(arena, 3 * size + 1), *end = escaped;
    for (size_t i = 0; escaped && i < size; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (is_unreserved(byte)) {
            *end++ = (char)byte;
            continue;
        }
        *end++ = '%';
        *end++ = digits[byte >> 4];
        *end++ = digits[byte & 15];
    }
    return escaped;
}

/* The part of a parsed URL, in the arena; NULL where it has none. */
static const char *url_part(struct so_arena *arena, CURLU *parsed, CURLUPart part, unsigned flags)
{
    char *text = NULL;
    CURLUcode result = curl_url_get(parsed, part, &text, flags);
    arena->failed = arena->failed || result == CURLUE_OUT_OF_MEMORY || result == CURLUE_URLDECODE; /* so it says, too */
    if (result != CURLUE_OK)
        return NULL;
    const char *kept = so_arena_copy(arena, text, strlen(text));
    curl_free(text);
    return kept;
}

/* NULL where it is no URL, or memory is out: then `failed` is set. */
static CURLU *parse_url(struct so_arena *arena, const char *url, unsigned flags)
{
    CURLU *parsed = curl_url();
    CURLUcode result = parsed ? curl_url_set(parsed, CURLUPART_URL, url, flags) : CURLUE_OUT_OF_MEMORY;
    if (result == CURLUE_OK)
        return parsed;
    arena->failed = arena->failed || result == CURLUE_OUT_OF_MEMORY;
#if LIBCURL_VERSION_NUM >= 0x075100
    arena->failed = arena->failed || result == CURLUE_BAD_LOGIN; /* so it says, too */
#endif
    curl_url_cleanup(parsed);
    return NULL;
}

/* Appends the zone of an IPv6 address, which libcurl gives separately. */
static const char *url_host(struct so_arena *arena, CURLU *parsed)
{
    const char *host = url_part(arena, parsed, CURLUPART_HOST, 0), *zone = url_part(arena, parsed, CURLUPART_ZONEID, 0);
    size_t size = host ? strlen(host) : 0;
    if (!zone || !size || host[size - 1] != ']')
        return host;
    const char *address = so_arena_copy(arena, host, size - 1);
    return address ? so_arena_join(arena, address, "%25", zone, "]", NULL) : NULL;
}

/* Whether the name of a host has characters beyond ASCII. */
static bool has_foreign_host(const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    for (size_t i = 0, size = strcspn(host, "/"); i < size; i++)
        if ((unsigned char)host[i] >= 0x80)
            return true;
    return false;
}

static const char *check_parts(struct so_arena *arena, CURLU *parsed, const char **origin, const char **base)
{
    const char *scheme = url_part(arena, parsed, CURLUPART_SCHEME, 0);
    if (!scheme || (strcmp(scheme, "http") && strcmp(scheme, "https")))
        return "is neither http nor https";
    if (url_part(arena, parsed, CURLUPART_USER, 0) || url_part(arena, parsed, CURLUPART_PASSWORD, 0))
        return "holds credentials, which belong into their own options";
    if (url_part(arena, parsed, CURLUPART_QUERY, 0) || url_part(arena, parsed, CURLUPART_FRAGMENT, 0))
        return "holds a '?' or '#'";
    const char *host = url_host(arena, parsed);
    const char *port = url_part(arena, parsed, CURLUPART_PORT, 0);
    char *path = (char *)url_part(arena, parsed, CURLUPART_PATH, 0);
    if (!host || !path)
        return "cannot be understood as a URL";
    for (size_t end = strlen(path); end && path[end - 1] == '/'; end--)
        path[end - 1] = '\0';
    *origin = so_arena_join(arena, scheme, "://", host, port ? ":" : "", port ? port : "", NULL);
    *base = *origin ? so_arena_join(arena, *origin, path, NULL) : NULL;
    return NULL;
}

const char *so_url_check(struct so_arena *arena, const char *url, const char **origin, const char **base)
{
    if (strlen(url) > 2048)
        return "is longer than 2,048 bytes";
    if (strpbrk(url, "?#")) /* an empty query is one, too */
        return "holds a '?' or '#'";
    if (has_foreign_host(url))
        return "has a host with letters beyond ASCII; write the name that DNS has, which begins with xn-- (idn2 NAME prints it)";
    for (const char *at = url; *at; at++)
        if ((unsigned char)*at <= 0x20 || (unsigned char)*at >= 0x7f || strchr("\\\"<>^`{|}", *at))
            return "holds a character that no URL has; percent-encode it";
    const char *why = so_text_refuse_url(url, strlen(url));
    if (why)
        return why;
    CURLU *parsed = parse_url(arena, url, CURLU_NON_SUPPORT_SCHEME | CURLU_PATH_AS_IS);
    const char *refusal = parsed ? check_parts(arena, parsed, origin, base)
                                 : "cannot be understood as a URL (scheme://host[:port][/prefix])";
    curl_url_cleanup(parsed);
    return arena->failed ? NULL : refusal;
}

bool so_url_credentials(struct so_arena *arena, const char *url, const char **user, const char **password)
{
    CURLU *parsed = parse_url(arena, url, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);
    *user = *password = NULL;
    if (parsed) {
        *user = url_part(arena, parsed, CURLUPART_USER, CURLU_URLDECODE);
        *password = url_part(arena, parsed, CURLUPART_PASSWORD, CURLU_URLDECODE);
    }
    curl_url_cleanup(parsed);
    return parsed && !arena->failed;
}

const char *so_url_host(struct so_arena *arena, const char *url, bool always)
{
    CURLU *parsed = parse_url(arena, url, CURLU_GUESS_SCHEME | CURLU_NON_SUPPORT_SCHEME);
    const char *host = parsed ? url_host(arena, parsed) : NULL;
    const char *port = host ? url_part(arena, parsed, CURLUPART_PORT, always ? CURLU_DEFAULT_PORT : 0) : NULL;
    curl_url_cleanup(parsed);
    return host ? so_arena_join(arena, host, port ? ":" : "", port ? port : "", NULL) : NULL;
}

/* One name=value, with the prefix of its place in a list. */
static bool form_pair(struct so_arena *arena, struct so_buffer *form, const char *prefix, const struct so_value *value)
{
    const char *name = so_url_escape(arena, value->name, strlen(value->name));
    const char *text = so_url_escape(arena, value->text, value->size);
    return name && text && (!form->size || so_buffer_text(form, "&")) && so_buffer_text(form, prefix) &&
           so_buffer_text(form, name) && so_buffer_text(form, "=") && so_buffer_text(form, text);
}

static bool form_table(struct so_arena *arena, struct so_buffer *form, const char *prefix, const struct so_value *table)
{
    for (const struct so_value *member = table->first; member; member = member->next)
        if (!form_pair(arena, form, prefix, member))
            return false;
    return true;
}

static bool form_list(struct so_arena *arena, struct so_buffer *form, const struct so_value *list)
{
    size_t index = 0;
    for (const struct so_value *item = list->first; item; item = item->next) {
        const char *prefix = so_arena_format(arena, "%%5B%zu%%5D.", index++);
        if (!prefix || !form_table(arena, form, prefix, item))
            return false;
    }
    return true;
}

bool so_form_write(struct so_arena *arena, const struct so_value *body, const char **bytes, size_t *size)
{
    struct so_buffer form = {0};
    bool written = body->type == SO_LIST ? form_list(arena, &form, body) : form_table(arena, &form, "", body);
    *bytes = written ? so_arena_copy(arena, form.size ? form.bytes : "", form.size) : NULL;
    *size = form.size;
    so_buffer_free(&form);
    return *bytes != NULL;
}
