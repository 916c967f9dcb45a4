/* SPDX-License-Identifier: MIT */
/* Certificates and keys that are no PEM: libcurl finds that out when it connects, and says no more than that it cannot read them. */
#ifndef SIGNOFF_PEM_H
#define SIGNOFF_PEM_H

#include "file.h"

SO_BEGIN_INTERNAL

/* Whether a file may be PEM; false, with what it is and how it becomes PEM, where it is a form of another kind. */
bool so_pem_check(const char *path, struct so_trouble *out);

SO_END_INTERNAL

#endif
