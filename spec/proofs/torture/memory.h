/* SPDX-License-Identifier: MIT */
/* Four allocators that fail when they are told to: the module's own, which its shared object is linked to (--wrap), libcurl's,
   libxml2's and Lua's. Each counts what it gave and did not get back. */
#ifndef TORTURE_MEMORY_H
#define TORTURE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

enum memory { MEMORY_OWN, MEMORY_CURL, MEMORY_XML, MEMORY_LUA, MEMORY_KINDS };

extern const char *const memory_names[MEMORY_KINDS + 1]; /* up to NULL */

/* Gives libcurl and libxml2 theirs: before anything else of the two is called. */
void memory_start(void);

/* From now on the n-th of that kind fails, and with `lasting` all that come after it; 0: none does. */
void memory_arm(enum memory kind, long n, bool lasting);

/* None fails any more. How many were asked for since they were armed, and how many of them failed. */
void memory_disarm(void);
long memory_asked(enum memory kind);
long memory_failed(void);

/* How many blocks are out. */
long memory_live(enum memory kind);

/* A lua_Alloc that counts as MEMORY_LUA. Shrinking never fails: Lua counts on that. */
void *memory_lua(void *payload, void *block, size_t before, size_t size);

#endif
