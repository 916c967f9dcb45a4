/* SPDX-License-Identifier: MIT */
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "reasons.h"
#include "signature.h"

/* A context for each algorithm of the key's type, kept: making one takes a tenth of the time of a check. */
struct so_verifier {
    EVP_PKEY_CTX *contexts[4]; /* by the rows of so_algorithms */
};

enum { COORDINATE_MAX = 48, DER_MAX = 2 * (COORDINATE_MAX + 3) + 3 };

/* For each row of so_algorithms. libcrypto searches for an algorithm by its name at each use, unless it is kept. */
static const struct {
    const char *digest;
    int padding; /* 0: not RSA */
} facts[] = {{"SHA256", RSA_PKCS1_PADDING}, {"SHA256", RSA_PKCS1_PSS_PADDING}, {"SHA256", 0}, {"SHA384", 0}};

static EVP_MD *digests[sizeof facts / sizeof *facts];

static void fetch(void)
{
    for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
        digests[i] = EVP_MD_fetch(NULL, facts[i].digest, NULL);
}

/* Keys */

static bool push_rsa(OSSL_PARAM_BLD *builder, BIGNUM *numbers[2])
{
    return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, numbers[0]) && OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, numbers[1]);
}

static OSSL_PARAM *rsa_parameters(const struct so_public_key *key)
{
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    BIGNUM *numbers[2] = {BN_bin2bn(key->first, (int)key->first_size, NULL), BN_bin2bn(key->second, (int)key->second_size, NULL)};
    bool pushed = builder && numbers[0] && numbers[1] && push_rsa(builder, numbers);
    OSSL_PARAM *parameters = pushed ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    OSSL_PARAM_BLD_free(builder);
    BN_free(numbers[0]);
    BN_free(numbers[1]);
    return parameters;
}

static bool push_ec(OSSL_PARAM_BLD *builder, const struct so_public_key *key, const unsigned char *point)
{
    return OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, key->type == SO_KEY_P256 ? "P-256" : "P-384", 0) &&
           OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * key->first_size);
}

static OSSL_PARAM *ec_parameters(const struct so_public_key *key)
{
    unsigned char point[1 + 2 * COORDINATE_MAX] = {4}; /* both coordinates follow */
    memcpy(point + 1, key->first, key->first_size);
    memcpy(point + 1 + key->first_size, key->second, key->second_size);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    OSSL_PARAM *parameters = builder && push_ec(builder, key, point) ? OSSL_PARAM_BLD_to_param(builder) : NULL;
    OSSL_PARAM_BLD_free(builder);
    return parameters;
}

static EVP_PKEY *make_key(const struct so_public_key *key)
{
    EVP_PKEY *made = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, key->type == SO_KEY_RSA ? "RSA" : "EC", NULL);
    OSSL_PARAM *parameters = key->type == SO_KEY_RSA ? rsa_parameters(key) : ec_parameters(key);
    if (context && parameters && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &made, EVP_PKEY_PUBLIC_KEY, parameters);
    OSSL_PARAM_free(parameters);
    EVP_PKEY_CTX_free(context);
    return made;
}

static bool start(EVP_PKEY_CTX *context, size_t row)
{
    int padding = facts[row].padding;
    if (!digests[row] || EVP_PKEY_verify_init(context) != 1 || EVP_PKEY_CTX_set_signature_md(context, digests[row]) != 1)
        return false;
    if (padding && EVP_PKEY_CTX_set_rsa_padding(context, padding) != 1)
        return false;
    return padding != RSA_PKCS1_PSS_PADDING || EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
}

static bool make_contexts(struct so_verifier *verifier, enum so_key_type type, EVP_PKEY *key)
{
    for (size_t i = 0; so_algorithms[i].name; i++) {
        if (so_algorithms[i].type != type)
            continue;
        verifier->contexts[i] = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
        if (!verifier->contexts[i] || !start(verifier->contexts[i], i))
            return false;
    }
    return true;
}

enum so_signed so_verifier_new(struct so_verifier **out, const struct so_public_key *key)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fetch);
    so_reasons_clear();
    EVP_PKEY *made = make_key(key);
    enum so_reasons reasons = so_reasons_take();
    *out = made ? calloc(1, sizeof **out) : NULL;
    bool good = *out && make_contexts(*out, key->type, made);
    EVP_PKEY_free(made);
    if (good)
        return SO_SIGNED_GOOD;
    so_verifier_free(*out);
    *out = NULL;
    return reasons == SO_REASONS_WRONG ? SO_SIGNED_BAD : SO_SIGNED_FAILED;
}

void so_verifier_free(struct so_verifier *verifier)
{
    for (size_t i = 0; verifier && i < sizeof verifier->contexts / sizeof *verifier->contexts; i++)
        EVP_PKEY_CTX_free(verifier->contexts[i]);
    free(verifier);
}

/* Signatures */

/* A positive number in DER: gives what is behind it. */
static unsigned char *write_number(unsigned char *out, const unsigned char *bytes, size_t size)
{
    for (; size > 1 && !*bytes; bytes++)
        size--;
    bool sign = *bytes & 0x80;
    *out++ = 2;
    *out++ = (unsigned char)(size + sign);
    if (sign)
        *out++ = 0;
    memcpy(out, bytes, size);
    return out + size;
}

/* The two numbers of an ECDSA signature, as libcrypto takes them. */
static size_t write_der(unsigned char out[DER_MAX], const struct so_bytes *signature)
{
    size_t half = signature->size / 2;
    unsigned char *end = write_number(write_number(out + 2, signature->bytes, half), signature->bytes + half, half);
    out[0] = 0x30;
    out[1] = (unsigned char)(end - out - 2); /* under 0x80 for P-384, too */
    return (size_t)(end - out);
}

enum so_signed so_verifier_check(const struct so_verifier *verifier, const struct so_token *token, const char *text, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE], der[DER_MAX];
    unsigned digest_size;
    size_t row = (size_t)(token->header.algorithm - so_algorithms);
    struct so_bytes signature = token->signature;
    (void)size;
    so_reasons_clear();
    if (!EVP_Digest(text, token->signed_size, digest, &digest_size, digests[row], NULL))
        return SO_SIGNED_FAILED;
    if (!facts[row].padding)
        signature = (struct so_bytes){der, write_der(der, &signature)};
    /* One by ECDSA that is merely wrong leaves no reason. */
    if (EVP_PKEY_verify(verifier->contexts[row], signature.bytes, signature.size, digest, digest_size) == 1)
        return SO_SIGNED_GOOD;
    return so_reasons_take() == SO_REASONS_FAILED ? SO_SIGNED_FAILED : SO_SIGNED_BAD;
}
