/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <string.h>

#include "digest.h"

static const EVP_MD *algorithm;

/* Since 3.0, libcrypto searches for the algorithm at each digest, which takes longer than the digest of a token. */
static void find_algorithm(void)
{
#if OPENSSL_VERSION_NUMBER >= 0x30000000L
    algorithm = EVP_MD_fetch(NULL, "SHA256", NULL);
#endif
    if (!algorithm)
        algorithm = EVP_sha256();
}

bool so_sha256(const void *bytes, size_t size, char out[SO_SHA256_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    unsigned char digest[EVP_MAX_MD_SIZE];
    pthread_once(&once, find_algorithm);
    if (!EVP_Digest(bytes, size, digest, NULL, algorithm, NULL))
        return false;
    for (int i = 0; i < SO_SHA256_DIGITS; i++)
        out[i] = digits[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    out[SO_SHA256_DIGITS] = '\0';
    return true;
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
