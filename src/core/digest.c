/* SPDX-License-Identifier: MIT */
#include <openssl/evp.h>

#include "digest.h"

bool so_sha256(const void *bytes, size_t size, char out[SO_SHA256_DIGITS + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!EVP_Digest(bytes, size, digest, NULL, EVP_sha256(), NULL))
        return false;
    for (int i = 0; i < SO_SHA256_DIGITS; i++)
        out[i] = digits[i % 2 ? digest[i / 2] & 15 : digest[i / 2] >> 4];
    out[SO_SHA256_DIGITS] = '\0';
    return true;
}
