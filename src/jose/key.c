/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "../core/text.h"
#include "base64url.h"
#include "key.h"

enum { MODULUS_LEAST = 2048, MODULUS_MOST = 8192, EXPONENT_MOST = 4 /* bytes */, NUMBER_MAX = MODULUS_MOST / 8 + 1,
       DIGITS_MAX = (NUMBER_MAX + 2) / 3 * 4 };

static const struct so_refusal no_object = {SO_INVALID_KEY, "it is not a JSON object"};
static const struct so_refusal bad_kid = {SO_INVALID_KEY, "its kid is not a text of 1 to 256 printable ASCII characters"};
static const struct so_refusal symmetric = {SO_INVALID_KEY, "it is a secret that both sides know (kty oct): a public key is needed"};
static const struct so_refusal other_type = {SO_INVALID_KEY, "its type is none that is taken: RSA, or EC on P-256 or P-384"};
static const struct so_refusal private = {SO_INVALID_KEY, "it holds private members: the issuer has published its secret"};
static const struct so_refusal other_use = {SO_INVALID_KEY, "its use is not sig"};
static const struct so_refusal other_operations = {SO_INVALID_KEY, "its key_ops do not have verify"};
static const struct so_refusal other_algorithm = {SO_INVALID_KEY, "its alg is none that is taken with its type"};
static const struct so_refusal no_number = {SO_INVALID_KEY, "its n and e, or x and y, are not Base64url without padding, of 8,200 bits at most"};
static const struct so_refusal bad_modulus = {SO_INVALID_KEY, "its modulus is not an odd number of 2,048 to 8,192 bits"};
static const struct so_refusal bad_exponent = {SO_INVALID_KEY, "its exponent is not an odd number from 3 to 2^32"};
static const struct so_refusal bad_point = {SO_INVALID_KEY, "its x and y are not a point of its curve, each in full length"};

/* For each type of key: what a JWK calls it, its members that are numbers, and the size of a coordinate. */
static const struct key_type {
    const char *kty, *crv, *first, *second;
    size_t coordinate;
} types[] = {
    [SO_KEY_RSA] = {"RSA", NULL, "n", "e", 0},
    [SO_KEY_P256] = {"EC", "P-256", "x", "y", 32},
    [SO_KEY_P384] = {"EC", "P-384", "x", "y", 48},
};

struct numbers {
    unsigned char first[DIGITS_MAX], second[DIGITS_MAX];
};

static bool has_text(const struct so_value_text *jwk, const char *name, const char *text)
{
    struct so_value_text value;
    return so_object_get(jwk, name, &value) && so_object_is(&value, text);
}

static const struct so_refusal *read_kid(struct so_key *out, const struct so_value_text *jwk)
{
    struct so_value_text value;
    size_t size;
    if (!so_object_get(jwk, "kid", &value))
        return NULL;
    if (so_object_text(&value, out->kid, SO_KID_MAX, &size) && size && so_text_is_printable(out->kid, size))
        return NULL;
    *out->kid = '\0';
    return &bad_kid;
}

static const struct so_refusal *check_private(const struct so_value_text *jwk)
{
    static const char *const names[] = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
    struct so_value_text value;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (so_object_get(jwk, names[i], &value))
            return &private;
    return NULL;
}

static const struct so_refusal *read_type(struct so_public_key *out, const struct so_value_text *jwk)
{
    if (has_text(jwk, "kty", "oct"))
        return &symmetric;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (has_text(jwk, "kty", types[i].kty) && (!types[i].crv || has_text(jwk, "crv", types[i].crv))) {
            out->type = (enum so_key_type)i;
            return NULL;
        }
    return &other_type;
}

static bool has_verify(const struct so_value_text *operations)
{
    struct so_value_text item = {NULL, NULL};
    while (so_object_next(operations, &item))
        if (so_object_is(&item, "verify"))
            return true;
    return false;
}

static const struct so_refusal *check_use(const struct so_value_text *jwk)
{
    struct so_value_text value;
    if (so_object_get(jwk, "use", &value) && !so_object_is(&value, "sig"))
        return &other_use;
    return so_object_get(jwk, "key_ops", &value) && !has_verify(&value) ? &other_operations : NULL;
}

/* All algorithms for its type, or the one that it names. */
static const struct so_refusal *read_algorithms(struct so_key *out, enum so_key_type type, const struct so_value_text *jwk)
{
    struct so_value_text alg;
    bool named = so_object_get(jwk, "alg", &alg);
    out->algorithms = 0;
    for (const struct so_algorithm *each = so_algorithms; each->name; each++)
        if (each->type == type && (!named || so_object_is(&alg, each->name)))
            out->algorithms |= so_algorithm_bit(each);
    return out->algorithms ? NULL : &other_algorithm;
}

static bool read_number(const struct so_value_text *jwk, const char *name, unsigned char *out, size_t *size)
{
    struct so_value_text value;
    char digits[DIGITS_MAX + 1];
    size_t count;
    return so_object_get(jwk, name, &value) && so_object_text(&value, digits, DIGITS_MAX, &count) && count &&
           so_base64url_decode(digits, count, out, size);
}

static void skip_zeros(unsigned char **bytes, size_t *size)
{
    for (; *size && !**bytes; ++*bytes)
        --*size;
}

static const struct so_refusal *check_rsa(struct so_public_key *key)
{
    skip_zeros(&key->first, &key->first_size); /* some issuers write the sign's byte, too */
    skip_zeros(&key->second, &key->second_size);
    size_t bits = key->first_size * 8;
    for (unsigned top = bits ? key->first[0] : 0x80; top < 0x80; top <<= 1)
        bits--;
    if (bits < MODULUS_LEAST || bits > MODULUS_MOST || !(key->first[key->first_size - 1] & 1))
        return &bad_modulus;
    bool is_one = key->second_size == 1 && key->second[0] == 1;
    if (!key->second_size || key->second_size > EXPONENT_MOST || is_one || !(key->second[key->second_size - 1] & 1))
        return &bad_exponent;
    return NULL;
}

static const struct so_refusal *read_numbers(struct so_public_key *key, struct numbers *numbers, const struct so_value_text *jwk)
{
    const struct key_type *type = &types[key->type];
    key->first = numbers->first, key->second = numbers->second;
    if (!read_number(jwk, type->first, key->first, &key->first_size) || !read_number(jwk, type->second, key->second, &key->second_size))
        return &no_number;
    if (key->type == SO_KEY_RSA)
        return check_rsa(key);
    return key->first_size == type->coordinate && key->second_size == type->coordinate ? NULL : &bad_point;
}

static const struct so_refusal *make(struct so_key *out, const struct so_public_key *key)
{
    enum so_signed made = so_verifier_new(&out->verifier, key);
    out->signature_size = key->type == SO_KEY_RSA ? key->first_size : 2 * key->first_size;
    if (made == SO_SIGNED_FAILED)
        return &so_refusal_memory;
    return made == SO_SIGNED_GOOD ? NULL : key->type == SO_KEY_RSA ? &bad_modulus : &bad_point;
}

const struct so_refusal *so_key_read(struct so_key *out, const struct so_value_text *jwk)
{
    struct so_public_key key;
    struct numbers numbers;
    const struct so_refusal *refusal = so_object_is_object(jwk) ? read_kid(out, jwk) : &no_object;
    if (!refusal)
        refusal = read_type(&key, jwk);
    if (!refusal)
        refusal = check_private(jwk);
    if (!refusal)
        refusal = check_use(jwk);
    if (!refusal)
        refusal = read_algorithms(out, key.type, jwk);
    if (!refusal)
        refusal = read_numbers(&key, &numbers, jwk);
    return refusal ? refusal : make(out, &key);
}

void so_key_free(struct so_key *key)
{
    so_verifier_free(key->verifier);
    key->verifier = NULL;
}
