/* SPDX-License-Identifier: MIT */
/* Reads what a token of the JD Edwards AIS Server says of itself. */
#ifndef SIGNOFF_JDE_TOKEN_H
#define SIGNOFF_JDE_TOKEN_H

#include "backend.h"

SO_BEGIN_INTERNAL

/* The name of the device that the token is bound to, in the arena; NULL where it names none, has another form than the known one,
   or memory is out (`arena->failed`). */
const char *so_jde_token_device(struct so_arena *arena, const struct so_value *token);

SO_END_INTERNAL

#endif
