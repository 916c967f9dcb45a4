/* SPDX-License-Identifier: MIT */
/* The options of an easy handle that an exchange needs: set before it, taken off after it. */
#ifndef SIGNOFF_EASY_H
#define SIGNOFF_EASY_H

#include "exchange.h"
#include "handle.h"

SO_BEGIN_INTERNAL

/* Sets every option, and the address, of a handle without those of another exchange. False: memory is out. */
bool so_easy_set(struct so_exchange *exchange, struct so_handle *handle);

/* Takes off what the exchange set, after its end. Not by curl_easy_reset: that tells nobody when memory ran out under it, and
   leaves a handle that receives nothing any more. False: memory is out, and the handle of no use. */
bool so_easy_clear(struct so_exchange *exchange);

SO_END_INTERNAL

#endif
