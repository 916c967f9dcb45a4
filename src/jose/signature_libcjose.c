/* SPDX-License-Identifier: MIT */
#include <cjose/cjose.h>

#include "reasons.h"
#include "signature.h"

/* libcjose is never asked for its code of an error: a wrong signature and memory that is out have the same, and to give it, it takes
   libcrypto's reasons away. */

/* The struct is libcjose's own object under our name. */
static cjose_jwk_t *key_of(const struct so_verifier *verifier)
{
    return (cjose_jwk_t *)verifier;
}

static cjose_jwk_t *make_rsa(const struct so_public_key *key)
{
    cjose_jwk_rsa_keyspec numbers = {.n = key->first, .nlen = key->first_size, .e = key->second, .elen = key->second_size};
    return cjose_jwk_create_RSA_spec(&numbers, NULL);
}

static cjose_jwk_t *make_ec(const struct so_public_key *key)
{
    cjose_jwk_ec_keyspec point = {.crv = key->type == SO_KEY_P256 ? CJOSE_JWK_EC_P_256 : CJOSE_JWK_EC_P_384,
                                  .x = key->first, .xlen = key->first_size, .y = key->second, .ylen = key->second_size};
    return cjose_jwk_create_EC_spec(&point, NULL);
}

/* Sizes are right, so that libcrypto has only a point off the curve to complain of. */
enum so_signed so_verifier_new(struct so_verifier **out, const struct so_public_key *key)
{
    so_reasons_clear();
    *out = (struct so_verifier *)(key->type == SO_KEY_RSA ? make_rsa(key) : make_ec(key));
    if (*out)
        return SO_SIGNED_GOOD;
    return so_reasons_take() == SO_REASONS_WRONG ? SO_SIGNED_BAD : SO_SIGNED_FAILED;
}

/* A wrong RSA signature leaves a reason, and so does one by ECDSA that cannot be any. One by ECDSA that is merely wrong leaves none, nor
   does memory that is out in libcjose: it is checked twice. */
static enum so_signed verify(cjose_jws_t *jws, const cjose_jwk_t *key)
{
    enum so_reasons reasons = SO_REASONS_NONE;
    for (int i = 0; i < 2 && reasons == SO_REASONS_NONE; i++) {
        so_reasons_clear();
        if (cjose_jws_verify(jws, key, NULL))
            return SO_SIGNED_GOOD;
        reasons = so_reasons_take();
    }
    if (reasons == SO_REASONS_NONE && cjose_jwk_get_kty(key, NULL) == CJOSE_JWK_KTY_EC)
        return SO_SIGNED_BAD;
    return reasons == SO_REASONS_WRONG ? SO_SIGNED_BAD : SO_SIGNED_FAILED;
}

/* The gate is stricter than the import, which fails for want of memory alone. */
enum so_signed so_verifier_check(const struct so_verifier *verifier, const struct so_token *token, const char *text, size_t size)
{
    (void)token; /* libcjose reads it anew */
    cjose_jws_t *jws = cjose_jws_import(text, size, NULL);
    enum so_signed result = jws ? verify(jws, key_of(verifier)) : SO_SIGNED_FAILED;
    cjose_jws_release(jws);
    return result;
}

void so_verifier_free(struct so_verifier *verifier)
{
    cjose_jwk_release(key_of(verifier));
}
