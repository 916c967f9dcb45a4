/* SPDX-License-Identifier: MIT */
/* The reasons that libcrypto notes of what failed. They tell a wrong signature from memory that is out. */
#ifndef SIGNOFF_JOSE_REASONS_H
#define SIGNOFF_JOSE_REASONS_H

#include "../core/visibility.h"

SO_BEGIN_INTERNAL

/* Wrong: RSA or ECDSA says that a signature or a point is. Failed: anything else, such as memory. */
enum so_reasons { SO_REASONS_NONE, SO_REASONS_WRONG, SO_REASONS_FAILED };

void so_reasons_clear(void);

/* Those since they were cleared, and clears them. */
enum so_reasons so_reasons_take(void);

SO_END_INTERNAL

#endif
