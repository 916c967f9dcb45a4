/* SPDX-License-Identifier: MIT */
#include <cjose/cjose.h>
#include <openssl/err.h>

#include "signature.h"

/* The struct is libcjose's own object under our name. */
static cjose_jwk_t *key_of(const struct so_verifier *verifier)
{
    return (cjose_jwk_t *)verifier;
}

/* The reasons that libcrypto noted since the queue was cleared: one of RSA or ECDSA says that a signature or a point is wrong; those that
   all parts of libcrypto share say that something failed, such as memory. libcjose has one code for both. Asked for that code, it empties
   the queue, and so it is never asked. */
struct noted {
    bool wrong, failed;
};

static struct noted read_errors(void)
{
    struct noted noted = {false, false};
    for (unsigned long each; (each = ERR_get_error());) {
        int library = ERR_GET_LIB(each);
        bool wrong = (library == ERR_LIB_RSA || library == ERR_LIB_EC) && !(ERR_GET_REASON(each) & ERR_RFLAG_COMMON);
        noted.wrong |= wrong;
        noted.failed |= !wrong;
    }
    return noted;
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
    ERR_clear_error();
    *out = (struct so_verifier *)(key->type == SO_KEY_RSA ? make_rsa(key) : make_ec(key));
    if (*out)
        return SO_SIGNED_GOOD;
    struct noted noted = read_errors();
    return noted.wrong && !noted.failed ? SO_SIGNED_BAD : SO_SIGNED_FAILED;
}

/* A wrong RSA signature leaves a reason, and so does one by ECDSA that cannot be any. One by ECDSA that is merely wrong leaves none, nor
   does memory that is out in libcjose: it is checked twice. */
static enum so_signed verify(cjose_jws_t *jws, const cjose_jwk_t *key)
{
    struct noted noted = {false, false};
    for (int i = 0; i < 2 && !noted.wrong && !noted.failed; i++) {
        ERR_clear_error();
        if (cjose_jws_verify(jws, key, NULL))
            return SO_SIGNED_GOOD;
        noted = read_errors();
    }
    bool is_wrong = noted.wrong || cjose_jwk_get_kty(key, NULL) == CJOSE_JWK_KTY_EC;
    return is_wrong && !noted.failed ? SO_SIGNED_BAD : SO_SIGNED_FAILED;
}

/* The gate is stricter than the import, which fails for want of memory alone. */
enum so_signed so_verifier_check(const struct so_verifier *verifier, const char *token, size_t size)
{
    cjose_jws_t *jws = cjose_jws_import(token, size, NULL);
    enum so_signed result = jws ? verify(jws, key_of(verifier)) : SO_SIGNED_FAILED;
    cjose_jws_release(jws);
    return result;
}

void so_verifier_free(struct so_verifier *verifier)
{
    cjose_jwk_release(key_of(verifier));
}
