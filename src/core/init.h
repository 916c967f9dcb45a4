/* SPDX-License-Identifier: MIT */
/* Initialises libraries once for each process, on first use. This is never undone: Lua states come and go, and the host uses
   these libraries too. */
#ifndef SIGNOFF_INIT_H
#define SIGNOFF_INIT_H

#include "visibility.h"

SO_BEGIN_INTERNAL

void so_init_curl(void);
void so_init_xml(void);

/* Counts the forks between the first call and this process. An object that was made under another count belongs to a parent.
   This is cheaper than getpid, which is a system call. */
unsigned so_init_forks(void);

/* Calls `each` with the name and the version of each library that is at work in this process. */
void so_init_libraries(void (*each)(void *payload, const char *name, const char *version), void *payload);

SO_END_INTERNAL

#endif
