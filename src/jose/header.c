/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "../core/text.h"
#include "header.h"

/* Arrays and objects in all: jansson reads nested ones by recursion, and the largest header in use has a handful. */
enum { CONTAINERS_MAX = 32 };

static const struct so_refusal too_large = {SO_INVALID_REQUEST, "the token's header has more than 2,048 bytes"};
static const struct so_refusal no_object = {SO_INVALID_REQUEST, "the token's header is not a JSON object without repeated members"};
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

static const struct so_refusal *check_members(const json_t *members)
{
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (json_object_get(members, forbidden[i].name))
            return &forbidden[i].refusal;
    return NULL;
}

static const struct so_refusal *read_algorithm(struct so_header *out, const json_t *members)
{
    const json_t *member = json_object_get(members, "alg");
    if (!json_is_string(member))
        return &no_algorithm;
    const char *name = json_string_value(member);
    size_t size = json_string_length(member);
    out->algorithm = so_algorithm_find(name, size);
    if (out->algorithm)
        return NULL;
    return so_algorithm_find_alike(name, size) ? &miswritten : so_text_begins(name, size, "HS") ? &shared_secret : &unknown;
}

/* A member that may be missing. */
static bool read_text(const json_t *members, const char *name, char *out, size_t most)
{
    const json_t *member = json_object_get(members, name);
    *out = '\0';
    if (!member)
        return true;
    size_t size = json_string_length(member); /* 0 where it is no text */
    if (!size || size > most || !so_text_is_printable(json_string_value(member), size))
        return false;
    memcpy(out, json_string_value(member), size + 1);
    return true;
}

static const struct so_refusal *read_members(struct so_header *out, const json_t *members)
{
    const struct so_refusal *refusal = check_members(members);
    if (!refusal)
        refusal = read_algorithm(out, members);
    if (!refusal && !read_text(members, "kid", out->kid, SO_KID_MAX))
        refusal = &bad_kid;
    if (!refusal && !read_text(members, "typ", out->typ, SO_TYP_MAX))
        refusal = &bad_typ;
    return refusal;
}

static bool has_few_containers(const char *json, size_t size)
{
    int count = 0;
    for (size_t i = 0; i < size; i++)
        count += json[i] == '{' || json[i] == '[';
    return count <= CONTAINERS_MAX;
}

const struct so_refusal *so_header_read(struct so_header *out, const char *json, size_t size)
{
    json_error_t error;
    if (size > SO_HEADER_MAX)
        return &too_large;
    if (!has_few_containers(json, size))
        return &no_object;
    json_t *members = json_loadb(json, size, JSON_REJECT_DUPLICATES, &error);
    if (!members)
        return json_error_code(&error) == json_error_out_of_memory || !*error.text ? &so_refusal_memory : &no_object;
    const struct so_refusal *refusal = json_is_object(members) ? read_members(out, members) : &no_object;
    json_decref(members);
    return refusal;
}
