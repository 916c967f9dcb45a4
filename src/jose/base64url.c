/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "base64url.h"

/* The value of each character plus one; 0: it is none. */
static const uint8_t values[256] = {
    ['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10,
    ['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20,
    ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30,
    ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40,
    ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50,
    ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55, ['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60,
    ['8'] = 61, ['9'] = 62, ['-'] = 63, ['_'] = 64,
};

/* The next `count` characters as one number, 6 bits each. */
static uint32_t read_bits(const unsigned char *text, size_t count, unsigned *valid)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < count; i++) {
        uint8_t value = values[text[i]];
        *valid &= value != 0;
        bits = bits << 6 | (uint8_t)(value - 1);
    }
    return bits;
}

bool so_base64url_decode(const char *text, size_t size, unsigned char *out, size_t *out_size)
{
    const unsigned char *at = (const unsigned char *)text;
    unsigned char *to = out;
    size_t rest = size % 4;
    unsigned valid = rest != 1;
    for (size_t i = 0; i < size / 4; i++, at += 4, to += 3) {
        uint32_t bits = read_bits(at, 4, &valid);
        to[0] = (unsigned char)(bits >> 16), to[1] = (unsigned char)(bits >> 8), to[2] = (unsigned char)bits;
    }
    if (rest > 1) {
        uint32_t bits = read_bits(at, rest, &valid) << (rest == 2 ? 12 : 6);
        *to++ = (unsigned char)(bits >> 16);
        if (rest == 3)
            *to++ = (unsigned char)(bits >> 8);
        valid &= !(bits & (rest == 2 ? 0xffff : 0xff));
    }
    *out_size = (size_t)(to - out);
    return valid;
}
