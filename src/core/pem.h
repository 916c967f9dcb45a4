/* SPDX-License-Identifier: MIT */
/* Detects certificates and keys that are not PEM: libcurl would notice only when it connects, and would say only that it cannot
   read them. */
#ifndef SIGNOFF_PEM_H
#define SIGNOFF_PEM_H

#include "file.h"

SO_BEGIN_INTERNAL

/* Whether a file may be PEM. Gives false for another format, and tells how to convert it. */
bool so_pem_check(const char *path, struct so_trouble *out);

SO_END_INTERNAL

#endif
