/* SPDX-License-Identifier: MIT */
/* The codes of errors that a caller distinguishes. A script's own mistakes have no code: they raise. */
#ifndef SIGNOFF_ERROR_H
#define SIGNOFF_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

SO_BEGIN_INTERNAL

enum so_code {
    SO_OK,
    SO_UNREACHABLE,
    SO_TIMEOUT,
    SO_TLS,
    SO_DENIED,
    SO_REJECTED,
    SO_NOT_FOUND,
    SO_BUSY,
    SO_SERVER,
    SO_UNUSABLE,
    SO_UNSUPPORTED,
    SO_CANCELLED,
    SO_NOMEM,
    SO_CODES
};

/* The scope of a refusal: our account and address (stop asking), or this one target. */
enum so_scope { SO_SCOPE_NONE, SO_SCOPE_CLIENT, SO_SCOPE_TARGET };

struct so_error {
    enum so_code code;
    enum so_scope scope;
    bool retriable;      /* a later try may succeed; says nothing of whether this one acted */
    const char *message; /* what happened, in the call's arena or static */
    const char *advice;  /* what to do, where it is more than the code's general advice; static */
};

/* "unreachable", "timeout", ... as Lua sees it; NULL for SO_OK. */
const char *so_code_name(enum so_code code);

/* Advice for a person about such an error, as a sentence without its full stop; NULL where there is no general advice. */
const char *so_code_advice(enum so_code code);

/* "client", "target", or NULL. */
const char *so_scope_name(enum so_scope scope);

SO_END_INTERNAL

#endif
