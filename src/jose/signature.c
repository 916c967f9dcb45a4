/* SPDX-License-Identifier: MIT */
#include <cjose/cjose.h>
#include <openssl/err.h>

#include "signature.h"

/* The struct is libcjose's own object under our name. */
static cjose_jwk_t *key_of(const struct so_verifier *verifier)
{
    return (cjose_jwk_t *)verifier;
}

/* Whether libcrypto noted a failure that says nothing of what it was given. */
static bool has_fatal_error(void)
{
    bool fatal = false;
    for (unsigned long error; (error = ERR_get_error());)
        fatal |= ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    return fatal;
}

/* The result of a call that failed. libcjose calls all that libcrypto does not like CJOSE_ERR_CRYPTO. */
static enum so_signed judge(const cjose_err *error)
{
    return has_fatal_error() || error->code == CJOSE_ERR_NO_MEMORY ? SO_SIGNED_FAILED : SO_SIGNED_BAD;
}

static cjose_jwk_t *make_rsa(const struct so_public_key *key, cjose_err *error)
{
    cjose_jwk_rsa_keyspec numbers = {.n = key->first, .nlen = key->first_size, .e = key->second, .elen = key->second_size};
    return cjose_jwk_create_RSA_spec(&numbers, error);
}

static cjose_jwk_t *make_ec(const struct so_public_key *key, cjose_err *error)
{
    cjose_jwk_ec_keyspec point = {.crv = key->type == SO_KEY_P256 ? CJOSE_JWK_EC_P_256 : CJOSE_JWK_EC_P_384,
                                  .x = key->first, .xlen = key->first_size, .y = key->second, .ylen = key->second_size};
    return cjose_jwk_create_EC_spec(&point, error);
}

enum so_signed so_verifier_new(struct so_verifier **out, const struct so_public_key *key)
{
    cjose_err error = {.code = CJOSE_ERR_NONE};
    ERR_clear_error();
    *out = (struct so_verifier *)(key->type == SO_KEY_RSA ? make_rsa(key, &error) : make_ec(key, &error));
    return *out ? SO_SIGNED_GOOD : judge(&error);
}

enum so_signed so_verifier_check(const struct so_verifier *verifier, const char *token, size_t size)
{
    cjose_err error = {.code = CJOSE_ERR_NONE};
    ERR_clear_error();
    cjose_jws_t *jws = cjose_jws_import(token, size, &error);
    bool good = jws && cjose_jws_verify(jws, key_of(verifier), &error);
    enum so_signed result = good ? SO_SIGNED_GOOD : judge(&error);
    cjose_jws_release(jws);
    return result;
}

void so_verifier_free(struct so_verifier *verifier)
{
    cjose_jwk_release(key_of(verifier));
}
