/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <time.h>

#include "sigpipe.h"

static bool is_pending(void)
{
    sigset_t pending;
    sigpending(&pending);
    return sigismember(&pending, SIGPIPE) == 1;
}

static sigset_t only_pipe(void)
{
    sigset_t pipe;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    return pipe;
}

struct so_sigpipe so_sigpipe_block(void)
{
    struct so_sigpipe state = {.pending = is_pending()};
    sigset_t pipe = only_pipe();
    pthread_sigmask(SIG_BLOCK, &pipe, &state.before);
    return state;
}

void so_sigpipe_restore(const struct so_sigpipe *state)
{
    sigset_t pipe = only_pipe();
    if (!state->pending && is_pending())
        sigtimedwait(&pipe, NULL, &(struct timespec){0});
    pthread_sigmask(SIG_SETMASK, &state->before, NULL);
}
