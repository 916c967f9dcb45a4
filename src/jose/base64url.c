/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdint.h>

#include "base64url.h"

/* For each of four characters in a row its 6 bits, where they belong in 24. Other bytes have a bit of their own. */
enum { OTHER = 1 << 24 };

static uint32_t values[4][256];

static void fill(void)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (int at = 0; at < 4; at++) {
        for (int byte = 0; byte < 256; byte++)
            values[at][byte] = OTHER;
        for (uint32_t i = 0; i < 64; i++)
            values[at][(unsigned char)alphabet[i]] = i << (18 - 6 * at);
    }
}

static void write_bytes(unsigned char *out, uint32_t bits)
{
    out[0] = (unsigned char)(bits >> 16), out[1] = (unsigned char)(bits >> 8), out[2] = (unsigned char)bits;
}

/* The last two or three characters. */
static size_t decode_rest(const unsigned char *text, size_t size, unsigned char *out, uint32_t *seen)
{
    uint32_t bits = values[0][text[0]] | values[1][text[1]] | (size == 3 ? values[2][text[2]] : 0);
    uint32_t loose = bits & (size == 2 ? 0xffff : 0xff);
    *seen |= bits | (loose ? OTHER : 0);
    out[0] = (unsigned char)(bits >> 16);
    if (size == 3)
        out[1] = (unsigned char)(bits >> 8);
    return size - 1;
}

bool so_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, fill);
    const unsigned char *at = (const unsigned char *)text;
    uint32_t seen = size % 4 == 1 ? OTHER : 0;
    *out_size = size / 4 * 3;
    for (size_t i = 0; i < size / 4; i++, at += 4, out += 3) {
        uint32_t bits = values[0][at[0]] | values[1][at[1]] | values[2][at[2]] | values[3][at[3]];
        seen |= bits;
        write_bytes(out, bits);
    }
    if (size % 4 > 1)
        *out_size += decode_rest(at, size % 4, out, &seen);
    return !(seen & OTHER);
}
