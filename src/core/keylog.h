/* SPDX-License-Identifier: MIT */
/* libcurl writes the keys of TLS connections to the file that SSLKEYLOGFILE names. This keeps it from writing ours. */
#ifndef SIGNOFF_KEYLOG_H
#define SIGNOFF_KEYLOG_H

#include <curl/curl.h>
#include <stdbool.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Keeps libcurl from writing the keys of this handle's connections, if `so_keylog_is_silent`. Takes no memory. */
void so_keylog_silence(CURL *easy);

/* False if a file is named and libcurl's TLS library is not OpenSSL: then libcurl writes the keys. */
bool so_keylog_is_silent(void);

SO_END_INTERNAL

#endif
