/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "key_set.h"

static const struct so_refusal too_large = {SO_INVALID_KEY, "the key set has more than 262,144 bytes"};
static const struct so_refusal no_object = {SO_INVALID_KEY, "the key set is not a JSON object without repeated members"};
static const struct so_refusal no_keys = {SO_INVALID_KEY, "the key set has no list 'keys'"};
static const struct so_refusal too_many = {SO_INVALID_KEY, "the key set has more than 64 keys"};
static const struct so_refusal unknown_kid = {SO_UNKNOWN_KID, "no key of the issuer has the token's kid"};
static const struct so_refusal unfit = {SO_INVALID_KEY, "no key of the issuer fits the token's algorithm"};
static const struct so_refusal bad_length = {SO_INVALID_KEY, "the signature's length is not that of its key"};
static const struct so_refusal bad_signature = {SO_INVALID_KEY, "the signature is wrong"};

static const struct so_refusal *add(struct so_key_set *set, const struct so_value_text *jwk, so_key_refused *refused, void *payload)
{
    struct so_key *key = &set->keys[set->count];
    const struct so_refusal *refusal = so_key_read(key, jwk);
    if (refusal == &so_refusal_memory)
        return refusal;
    if (refusal) {
        refused(payload, key->kid, refusal->sentence);
        *key = (struct so_key){.kid = ""};
    } else {
        set->count++;
    }
    return NULL;
}

static size_t count_items(const struct so_value_text *list)
{
    size_t count = 0;
    for (struct so_value_text item = {NULL, NULL}; so_object_next(list, &item);)
        count++;
    return count;
}

static const struct so_refusal *add_all(struct so_key_set *set, const struct so_value_text *list, so_key_refused *refused, void *payload)
{
    const struct so_refusal *refusal = NULL;
    size_t count = count_items(list);
    if (count > SO_KEYS_MAX)
        return &too_many;
    set->keys = calloc(count + 1, sizeof *set->keys);
    if (!set->keys)
        return &so_refusal_memory;
    for (struct so_value_text item = {NULL, NULL}; so_object_next(list, &item) && !refusal;)
        refusal = add(set, &item, refused, payload);
    return refusal;
}

const struct so_refusal *so_key_set_read(struct so_key_set *out, const char *json, size_t size, so_key_refused *refused, void *payload)
{
    struct so_value_text members, list;
    if (size > SO_KEYS_TEXT_MAX)
        return &too_large;
    if (!so_object_read(&members, json, size))
        return &no_object;
    if (!so_object_get(&members, "keys", &list) || *list.at != '[')
        return &no_keys;
    return add_all(out, &list, refused, payload);
}

void so_key_set_free(struct so_key_set *set)
{
    for (size_t i = 0; i < set->count; i++)
        so_key_free(&set->keys[i]);
    free(set->keys);
    *set = (struct so_key_set){NULL, 0};
}

/* Every key may be meant by a token without a kid. */
static bool is_meant(const struct so_key *key, const struct so_token *token)
{
    return !*token->header.kid || !strcmp(key->kid, token->header.kid);
}

static const struct so_refusal *verify(const struct so_key *key, const struct so_token *token, const char *text, size_t size)
{
    if (token->signature.size != key->signature_size)
        return &bad_length;
    switch (so_verifier_check(key->verifier, token, text, size)) {
    case SO_SIGNED_GOOD:
        return NULL;
    case SO_SIGNED_FAILED:
        return &so_refusal_memory;
    default:
        return &bad_signature;
    }
}

const struct so_refusal *so_key_set_verify(const struct so_key_set *set, const struct so_token *token, const char *text, size_t size,
                                           const struct so_key **used)
{
    const struct so_refusal *refusal = *token->header.kid ? &unknown_kid : &unfit;
    int tries = 0;
    for (size_t i = 0; i < set->count && tries < SO_TRIES_MAX; i++) {
        *used = &set->keys[i];
        if (!is_meant(*used, token))
            continue;
        if (!((*used)->algorithms & so_algorithm_bit(token->header.algorithm))) {
            refusal = tries ? refusal : &unfit;
            continue;
        }
        tries++;
        refusal = verify(*used, token, text, size);
        if (!refusal || refusal == &so_refusal_memory)
            return refusal;
    }
    return refusal;
}
