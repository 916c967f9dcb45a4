/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <string.h>

#include "../core/text.h"
#include "header.h"
#include "object.h"

enum { ALGORITHM_MAX = 64, DIGITS_MAX = 19 };

static const struct so_refusal too_large = {SO_INVALID_REQUEST, "the token's header has more than 2,048 bytes"};
static const struct so_refusal no_object = {SO_INVALID_REQUEST, "the token's header is not a JSON object, or has a member twice, a NUL, or a number of 19 digits"};
static const struct so_refusal no_algorithm = {SO_INVALID_REQUEST, "the token's header names no algorithm"};
static const struct so_refusal miswritten = {SO_INVALID_REQUEST, "the token's header has the algorithm's name in another case"};
static const struct so_refusal shared_secret = {SO_INVALID_KEY, "the token is signed by a secret that both sides know (HS256, HS384 "
                                                                "or HS512): let the issuer sign with a key pair, RS256 or ES256"};
static const struct so_refusal unknown = {SO_INVALID_KEY, "the token's algorithm is none that is taken: RS256, PS256, ES256, ES384"};
static const struct so_refusal bad_kid = {SO_INVALID_REQUEST, "the token's kid is not a text of 1 to 256 printable ASCII characters"};
static const struct so_refusal bad_typ = {SO_INVALID_REQUEST, "the token's typ is not a text of 1 to 128 printable ASCII characters"};

/* Members that change what a signature covers, or say that this is no signed token: whoever ignores one is deceived. */
static const struct {
    const char *name;
    struct so_refusal refusal;
} forbidden[] = {
    {"crit", {SO_INVALID_REQUEST, "the token's header has crit: it demands an extension that is not known here"}},
    {"b64", {SO_INVALID_REQUEST, "the token's header has b64: payloads that are not encoded are not taken"}},
    {"zip", {SO_INVALID_REQUEST, "the token's header has zip: compressed payloads are not taken"}},
    {"enc", {SO_INVALID_REQUEST, "the token's header has enc: encrypted tokens are not taken"}},
};

static const struct so_refusal *check_members(const struct so_value_text *members)
{
    struct so_value_text value;
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (so_object_get(members, forbidden[i].name, &value))
            return &forbidden[i].refusal;
    return NULL;
}

static const struct so_refusal *read_algorithm(struct so_header *out, const struct so_value_text *members)
{
    struct so_value_text value;
    char name[ALGORITHM_MAX + 1];
    size_t size;
    if (!so_object_get(members, "alg", &value) || !so_object_text(&value, name, ALGORITHM_MAX, &size))
        return &no_algorithm;
    out->algorithm = so_algorithm_find(name, size);
    if (out->algorithm)
        return NULL;
    return so_algorithm_find_alike(name, size) ? &miswritten : so_text_begins(name, size, "HS") ? &shared_secret : &unknown;
}

/* A member that may be missing. */
static bool read_text(const struct so_value_text *members, const char *name, char *out, size_t most)
{
    struct so_value_text value;
    size_t size;
    *out = '\0';
    if (!so_object_get(members, name, &value))
        return true;
    return so_object_text(&value, out, most, &size) && size && so_text_is_printable(out, size);
}

/* Whether libcjose's reader would refuse what is valid JSON: a NUL in a text, or a whole number that has no room in 64 bits. Refused
   with either library. */
static bool is_beyond_libcjose(const char *json, size_t size)
{
    bool inside = false;
    int digits = 0;
    for (size_t i = 0; i < size && digits < DIGITS_MAX; i++) {
        digits = !inside && json[i] >= '0' && json[i] <= '9' ? digits + 1 : 0;
        if (json[i] == '"')
            inside = !inside;
        else if (json[i] == '\\' && size - i > 5 && !memcmp(json + i, "\\u0000", 6))
            return true;
        else
            i += json[i] == '\\';
    }
    return digits == DIGITS_MAX;
}

const struct so_refusal *so_header_read(struct so_header *out, const char *json, size_t size)
{
    struct so_value_text members;
    if (size > SO_HEADER_MAX)
        return &too_large;
    if (!so_object_read(&members, json, size) || is_beyond_libcjose(json, size))
        return &no_object;
    const struct so_refusal *refusal = check_members(&members);
    if (!refusal)
        refusal = read_algorithm(out, &members);
    if (!refusal && !read_text(&members, "kid", out->kid, SO_KID_MAX))
        refusal = &bad_kid;
    if (!refusal && !read_text(&members, "typ", out->typ, SO_TYP_MAX))
        refusal = &bad_typ;
    return refusal;
}
