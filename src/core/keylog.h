/* SPDX-License-Identifier: MIT */
/* libcurl writes the keys of its TLS connections to the file that SSLKEYLOGFILE names: not those of ours. */
#ifndef SIGNOFF_KEYLOG_H
#define SIGNOFF_KEYLOG_H

#include <curl/curl.h>
#include <stdbool.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Sets what keeps the keys of this handle's connections from being written, where `so_keylog_is_silent`. Takes no memory. */
void so_keylog_silence(CURL *easy);

/* False where a file is named, and libcurl's TLS library is not OpenSSL: then nothing keeps the keys from being written. */
bool so_keylog_is_silent(void);

SO_END_INTERNAL

#endif
