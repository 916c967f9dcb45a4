/* SPDX-License-Identifier: MIT */
/* SHA-256 and Base64, by libcrypto. */
#ifndef SIGNOFF_DIGEST_H
#define SIGNOFF_DIGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

enum { SO_SHA256_DIGITS = 64 };

/* As lower-case hexadecimal digits and a NUL. False when memory is out. */
bool so_sha256(const void *bytes, size_t size, char out[SO_SHA256_DIGITS + 1]);

/* The same of bytes that come in pieces. `new` gives NULL and the others false when memory is out; `end` takes no more pieces. */
struct so_digest;
struct so_digest *so_digest_new(void);
bool so_digest_add(struct so_digest *digest, const void *bytes, size_t size);
bool so_digest_end(struct so_digest *digest, char out[SO_SHA256_DIGITS + 1]);
void so_digest_free(struct so_digest *digest);

/* Decodes one run of Base64, which ends with its '=', into 3 bytes for each 4; false where it is none. */
bool so_base64_decode(const char *text, size_t size, char *out, size_t *out_size);

SO_END_INTERNAL

#endif
