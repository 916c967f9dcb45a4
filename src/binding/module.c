/* SPDX-License-Identifier: MIT */
/* The module signoff.core, for the Lua side of signoff. Not for scripts. */
#include "../core/pin.h"
#include "binding.h"

/* core.facts and core.methods, by the systems' names */
static void set_systems(lua_State *L)
{
    lua_newtable(L);
    lua_newtable(L);
    for (const struct so_backend *const *backend = so_backends; *backend; backend++) {
        so_bind_facts(L, *backend);
        lua_setfield(L, -3, (*backend)->name);
        so_bind_client_type(L, *backend);
        lua_setfield(L, -2, (*backend)->name);
    }
    lua_setfield(L, -3, "methods");
    lua_setfield(L, -2, "facts");
}

__attribute__((visibility("default"))) int luaopen_signoff_core(lua_State *L);

int luaopen_signoff_core(lua_State *L)
{
    static const luaL_Reg *const functions[] = {so_bind_client, so_bind_call, so_bind_secret, so_bind_raising,
                                                so_bind_system, so_bind_journal, so_bind_transfer, so_bind_reading,
                                                so_bind_names, so_bind_json, so_bind_record, so_bind_text_functions, so_bind_define,
                                                so_bind_saving, so_bind_command};
    static const luaL_Reg none[] = {{NULL, NULL}};
    so_pin(none);
    so_json_open(L);
    so_bind_arena_type(L);
    so_bind_secret_type(L);
    so_bind_call_type(L);
    so_bind_file_type(L);
    so_bind_journal_type(L);
    so_bind_saving_type(L);
    so_bind_port_type(L);
    so_bind_define_open(L);
    luaL_newlib(L, none);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        luaL_setfuncs(L, functions[i], 0);
    set_systems(L);
    lua_pushlightuserdata(L, NULL); /* lua-cjson's null */
    lua_setfield(L, -2, "json_null");
    lua_pushliteral(L, SO_VERSION);
    lua_setfield(L, -2, "version");
    return 1;
}
