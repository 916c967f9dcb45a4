/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "digest.h"

static const EVP_MD *found;

static void find(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    found = EVP_MD_fetch(NULL, "SHA256", NULL);
#endif
    if (!found)
        found = EVP_sha256();
}

/* Since 3.0, libcrypto searches for the algorithm at each digest, which takes longer than the digest of a token. */
static const EVP_MD *algorithm(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, find);
    return found;
}

static void write_digits(const unsigned char *digest, char out[SO_SHA256_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < SO_SHA256_DIGITS / 2; i++) {
        out[2 * i] = digits[digest[i] >> 4];
        out[2 * i + 1] = digits[digest[i] & 15];
    }
    out[SO_SHA256_DIGITS] = '\0';
}

bool so_sha256(const void *bytes, size_t size, char out[SO_SHA256_DIGITS + 1])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!EVP_Digest(bytes, size, digest, NULL, algorithm(), NULL))
        return false;
    write_digits(digest, out);
    return true;
}

/* The struct is libcrypto's own object under our name. */
static EVP_MD_CTX *context(struct so_digest *digest)
{
    return (EVP_MD_CTX *)digest;
}

struct so_digest *so_digest_new(void)
{
    EVP_MD_CTX *made = EVP_MD_CTX_new();
    if (made && !EVP_DigestInit_ex(made, algorithm(), NULL)) {
        EVP_MD_CTX_free(made);
        made = NULL;
    }
    return (struct so_digest *)made;
}

bool so_digest_add(struct so_digest *digest, const void *bytes, size_t size)
{
    return EVP_DigestUpdate(context(digest), bytes, size) == 1;
}

bool so_digest_end(struct so_digest *digest, char out[SO_SHA256_DIGITS + 1])
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    if (!EVP_DigestFinal_ex(context(digest), bytes, NULL))
        return false;
    write_digits(bytes, out);
    return true;
}

void so_digest_free(struct so_digest *digest)
{
    EVP_MD_CTX_free(context(digest));
}

/* libcrypto ignores blanks at both ends, and accepts '=' anywhere. */
bool so_base64_decode(const char *text, size_t size, char *out, size_t *out_size)
{
    size_t padding = 0;
    while (padding < 2 && padding < size && text[size - 1 - padding] == '=')
        padding++;
    if (!size || size % 4 || size > INT_MAX || memchr(text, '=', size - padding))
        return false;
    int written = EVP_DecodeBlock((unsigned char *)out, (const unsigned char *)text, (int)size);
    if (written < 0 || (size_t)written != size / 4 * 3)
        return false;
    *out_size = (size_t)written - padding;
    return true;
}
