/* SPDX-License-Identifier: MIT */
/* Keeps the symbols that the module's files share inside the shared object: other libraries of the host may use the same names.
   Every header has its declarations between these two, after its includes, so that declarations of foreign headers keep their
   visibility. Works without compiler flags (LuaRocks). */
#ifndef SIGNOFF_VISIBILITY_H
#define SIGNOFF_VISIBILITY_H

#define SO_BEGIN_INTERNAL _Pragma("GCC visibility push(hidden)")
#define SO_END_INTERNAL _Pragma("GCC visibility pop")

#endif
