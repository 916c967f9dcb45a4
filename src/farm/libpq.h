/* SPDX-License-Identifier: MIT */
/* libpq's header, where Debian has it, too. */
#ifndef SIGNOFF_LIBPQ_H
#define SIGNOFF_LIBPQ_H

#if !__has_include(<libpq-fe.h>) && __has_include(<postgresql/libpq-fe.h>)
#include <postgresql/libpq-fe.h>
#else
#include <libpq-fe.h>
#endif

#endif
