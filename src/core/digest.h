/* SPDX-License-Identifier: MIT */
/* SHA-256, by libcrypto. */
#ifndef SIGNOFF_DIGEST_H
#define SIGNOFF_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

enum { SO_SHA256_DIGITS = 64 };

/* As lower-case hexadecimal digits and a NUL. False when memory is out. */
bool so_sha256(const void *bytes, size_t size, char out[SO_SHA256_DIGITS + 1]);

SO_END_INTERNAL

#endif
