/* SPDX-License-Identifier: MIT */
/* Initialises libraries once for each process, on first use. This is never undone: Lua states come and go, and the host uses
   these libraries too. */
#ifndef SIGNOFF_INIT_H
#define SIGNOFF_INIT_H

#include "visibility.h"

SO_BEGIN_INTERNAL

void so_init_curl(void);
void so_init_xml(void);

/* How often this process, or one that it comes from, was forked since it first asked: what was noted with another number
   belongs to a parent. Asking for the process's number is a system call each time. */
unsigned so_init_forks(void);

/* Keeps the shared object that has this address in memory when the last Lua state closes it. */
void so_init_pin(const void *address);

SO_END_INTERNAL

#endif
