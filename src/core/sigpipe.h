/* SPDX-License-Identifier: MIT */
/* Blocks SIGPIPE: OpenSSL writes without MSG_NOSIGNAL, and a peer that went away must not end the process. */
#ifndef SIGNOFF_SIGPIPE_H
#define SIGNOFF_SIGPIPE_H

#include <signal.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_sigpipe {
    sigset_t before;
};

/* Keeps SIGPIPE from the calling thread until `so_sigpipe_restore`, which forgets one that came meanwhile. */
struct so_sigpipe so_sigpipe_block(void);
void so_sigpipe_restore(const struct so_sigpipe *state);

SO_END_INTERNAL

#endif
