/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <time.h>

#include "sigpipe.h"

static sigset_t only_pipe(void)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    return pipe;
}

struct so_sigpipe so_sigpipe_block(void)
{
    struct so_sigpipe state;
    sigset_t pipe = only_pipe();
    pthread_sigmask(SIG_BLOCK, &pipe, &state.before);
    return state;
}

void so_sigpipe_restore(const struct so_sigpipe *state)
{
    sigset_t pipe = only_pipe(), pending;
    if (sigismember(&state->before, SIGPIPE) == 1)
        return; /* a pending signal may belong to other code */
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1)
        sigtimedwait(&pipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &state->before, NULL);
}
