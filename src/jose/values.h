/* SPDX-License-Identifier: MIT */
/* The values of a JSON text for Lua, as lua-cjson gives them: the text is never one of Lua's own. LuaJIT finds a text by its length and some of
   its bytes, and the many payloads of one issuer, which are alike in these, can make it ten times slower. */
#ifndef SIGNOFF_JOSE_VALUES_H
#define SIGNOFF_JOSE_VALUES_H

#include <lua.h>

#include "object.h"

SO_BEGIN_INTERNAL

/* Pushes an object that so_object_read gave: null is a light userdata of no address, numbers are floats. Raises where memory is out. */
void so_values_push(lua_State *L, const struct so_value_text *object);

SO_END_INTERNAL

#endif
