/* SPDX-License-Identifier: MIT */
#ifndef SIGNOFF_PIN_H
#define SIGNOFF_PIN_H

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Keeps the shared object that has this address in memory when the last Lua state closes it. */
void so_pin(const void *address);

SO_END_INTERNAL

#endif
