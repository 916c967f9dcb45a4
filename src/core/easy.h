/* SPDX-License-Identifier: MIT */
/* The options of an easy handle that one exchange needs: set before it, removed after it. */
#ifndef SIGNOFF_EASY_H
#define SIGNOFF_EASY_H

#include "exchange.h"
#include "handle.h"

SO_BEGIN_INTERNAL

/* Sets every option, and the address, of a handle without those of another exchange. False: memory is out. */
bool so_easy_set(struct so_exchange *exchange, struct so_handle *handle);

/* Removes the options of an exchange after its end. curl_easy_reset is no use: it does not report that memory ran out, and then
   leaves a handle that receives nothing. False: memory is out, and the handle is of no use. */
bool so_easy_clear(struct so_exchange *exchange);

SO_END_INTERNAL

#endif
