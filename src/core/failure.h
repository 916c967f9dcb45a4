/* SPDX-License-Identifier: MIT */
/* Errors of exchanges that brought no usable reply: translates libcurl's codes and words to a code of ours and advice. */
#ifndef SIGNOFF_FAILURE_H
#define SIGNOFF_FAILURE_H

#include "exchange.h"

SO_BEGIN_INTERNAL

/* Fills the call's failure from libcurl's result, or from the reason why we stopped. */
void so_failure_take(struct so_exchange *exchange, CURLcode result);

SO_END_INTERNAL

#endif
