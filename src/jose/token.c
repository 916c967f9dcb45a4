/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "token.h"

const struct so_refusal so_refusal_memory = {SO_UNAVAILABLE, "memory is out"};

static const struct so_refusal too_large = {SO_INVALID_REQUEST, "the token has more than 65,536 bytes"};
static const struct so_refusal no_parts = {SO_INVALID_REQUEST, "the token does not consist of three parts: header, payload, signature"};
static const struct so_refusal long_header = {SO_INVALID_REQUEST, "the token's header has more than 2,048 bytes"};
static const struct so_refusal no_base64url = {SO_INVALID_REQUEST, "the token is not Base64url without padding (RFC 7515)"};
static const struct so_refusal unsigned_token = {SO_INVALID_KEY, "the token has no signature"};
static const struct so_refusal not_listed = {SO_INVALID_KEY, "the token's algorithm is not in this issuer's list"};
static const struct so_refusal bad_payload = {SO_INVALID_REQUEST, "the token's payload is not a JSON object, with no member twice and 32 levels at most"};

struct part {
    const char *text;
    size_t size;
};

/* The three parts; only the last may be empty. */
static bool split(const char *text, size_t size, struct part parts[3])
{
    const char *end = text + size;
    for (int i = 0; i < 2; i++) {
        const char *dot = memchr(text, '.', (size_t)(end - text));
        if (!dot || dot == text)
            return false;
        parts[i] = (struct part){text, (size_t)(dot - text)};
        text = dot + 1;
    }
    parts[2] = (struct part){text, (size_t)(end - text)};
    return !memchr(text, '.', parts[2].size);
}

static bool decode(const struct part *part, unsigned char *room, struct so_bytes *out)
{
    out->bytes = room;
    return so_base64url_decode(part->text, part->size, room, &out->size);
}

static void remember(struct so_header_memo *memo, const struct part *part, const struct so_header *header)
{
    memcpy(memo->text, part->text, part->size);
    memo->size = part->size;
    memo->header = *header;
}

static const struct so_refusal *read_header(struct so_header *out, const struct part *part, unsigned char *room, struct so_header_memo *memo)
{
    struct so_bytes json;
    if (part->size > SO_HEADER_TEXT_MAX)
        return &long_header;
    if (memo && memo->size == part->size && !memcmp(memo->text, part->text, part->size)) {
        *out = memo->header;
        return NULL;
    }
    if (!decode(part, room, &json))
        return &no_base64url;
    const struct so_refusal *refusal = so_header_read(out, (const char *)json.bytes, json.size);
    if (!refusal && memo)
        remember(memo, part, out);
    return refusal;
}

const struct so_refusal *so_token_read(struct so_token *out, const char *text, size_t size, unsigned char *room, struct so_header_memo *memo)
{
    struct part parts[3];
    if (size > SO_TOKEN_MAX)
        return &too_large;
    if (!split(text, size, parts))
        return &no_parts;
    out->signed_size = (size_t)(parts[2].text - 1 - text);
    const struct so_refusal *refusal = read_header(&out->header, &parts[0], room, memo);
    if (refusal)
        return refusal;
    if (!decode(&parts[1], room, &out->payload) || !decode(&parts[2], room + out->payload.size, &out->signature))
        return &no_base64url;
    return out->signature.size ? NULL : &unsigned_token;
}

const struct so_refusal *so_token_check(const struct so_token *token, unsigned algorithms, struct so_value_text *claims)
{
    if (!(so_algorithm_bit(token->header.algorithm) & algorithms))
        return &not_listed;
    return so_object_read(claims, (const char *)token->payload.bytes, token->payload.size) ? NULL : &bad_payload;
}
