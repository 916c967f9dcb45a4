/* SPDX-License-Identifier: MIT */
/* Everything the module's files share stays inside the shared object: other libraries of the host may
   use the same names. Every header of ours stands between these two, after its own includes, so that
   declarations of foreign headers keep their visibility. Works without compiler flags (LuaRocks). */
#ifndef SIGNOFF_VISIBILITY_H
#define SIGNOFF_VISIBILITY_H

#define SO_BEGIN_INTERNAL _Pragma("GCC visibility push(hidden)")
#define SO_END_INTERNAL _Pragma("GCC visibility pop")

#endif
