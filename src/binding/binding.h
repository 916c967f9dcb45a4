/* SPDX-License-Identifier: MIT */
/* Declarations that the files of the binding share. Lua meets the core here; nothing here knows a system's name. */
#ifndef SIGNOFF_BINDING_H
#define SIGNOFF_BINDING_H

#include "../backends/options.h"
#include "../core/port.h"
#include "../core/xml.h"
#include "compat.h"

SO_BEGIN_INTERNAL

#define SO_CLIENT "signoff.client"
#define SO_CALL "signoff.call"
#define SO_PORT "signoff.port"
#define SO_SECRET_TYPE "signoff.secret"
#define SO_JOURNAL_TYPE "signoff.journal"
#define SO_FILE_TYPE "signoff.file"
#define SO_SAVING_TYPE "signoff.saving"

/* Functions of the module `signoff.core`, by file. */
extern const luaL_Reg so_bind_client[], so_bind_call[], so_bind_secret[], so_bind_raising[], so_bind_system[],
    so_bind_journal[], so_bind_define[], so_bind_transfer[], so_bind_reading[], so_bind_names[], so_bind_json[], so_bind_record[], so_bind_text_functions[],
    so_bind_saving[], so_bind_command[];

/* Makes the metatable of one system's clients, and pushes the table of their methods. */
void so_bind_client_type(lua_State *L, const struct so_backend *backend);
void so_bind_call_type(lua_State *L);
void so_bind_secret_type(lua_State *L);
void so_bind_file_type(lua_State *L);
void so_bind_journal_type(lua_State *L);
void so_bind_saving_type(lua_State *L);
void so_bind_port_type(lua_State *L);

/* The channel at `index`; raises for anything else, and for one that is closed. Its methods that hand over work for a disk. */
struct so_port *so_bind_check_channel(lua_State *L, int index);
extern const luaL_Reg so_bind_disk[];
void so_bind_define_open(lua_State *L);

/* Every allocation in Lua may start a collection, which runs finalizers of the script: one may close a client, a secret, a
   journal or a port while a function of ours works with it. So our functions read the contents of such an object after the last
   allocation, or first copy them into an arena that is on the stack. Calls keep the settings that they began with. */

/* The userdata of a call. It owns neither call nor ticket once the call was read. */
struct so_lua_call {
    struct so_owner owner;
    struct so_call *borrowed; /* the call, while Lua values are made of it */
    struct so_xml xml;
};

/* The call at `index`. The first raises where it was read, or is on its way. */
struct so_lua_call *so_bind_check_call(lua_State *L, int index);
struct so_lua_call *so_bind_check_any_call(lua_State *L, int index);

/* Takes the call while Lua values are made of it: a finalizer that asks for it meanwhile finds none. */
struct so_call *so_bind_borrow(struct so_lua_call *lua_call);

/* The place that a message names: "signoff.SYSTEM", "SYSTEM.OPERATION". */
struct so_where {
    const char *first, *second;
};

/* Pushes a new metatable that scripts cannot reach; `close` is its __gc and __close. A mark, the address of a static object,
   identifies its userdata; several metatables may share one mark. */
void so_bind_type(lua_State *L, const char *name, const void *mark, lua_CFunction close, lua_CFunction text);

/* Makes an arena that is freed when it is collected, and pushes its userdata. */
void so_bind_arena_type(lua_State *L);
struct so_arena *so_bind_arena(lua_State *L);

/* The first moves the metatable on top into the registry, the second sets it on the userdata on top. */
void so_bind_keep(lua_State *L, const void *key);
void so_bind_set_type(lua_State *L, const void *key);

/* The object at `index` if it has that mark; `check` raises where `test` gives NULL. */
void *so_bind_test(lua_State *L, int index, const void *mark);
void *so_bind_check(lua_State *L, int index, const void *mark, const char *name);

/* Raises, with the position of the script that called the module's Lua function. */
int so_bind_raise(lua_State *L, const char *format, ...);
int so_bind_nomem(lua_State *L);

/* The argument at `index` as a text that C can take: one without a NUL byte. `what` names it where that raises. */
const char *so_bind_text(lua_State *L, int index, const char *what);

/* The same, of the path of a file. */
const char *so_bind_path(lua_State *L, int index);

/* Pushes nil, "PATH: the fault", and the reason. */
struct so_trouble;
int so_bind_trouble(lua_State *L, const char *path, const struct so_trouble *trouble);

/* Pushes the next bytes of a file, or nil at its end; or nil, a message, and the reason. */
int so_bind_read(lua_State *L, int descriptor);

/* Reads the name and value of a header at -2 and -1, which are checked, and adds the value to `masked` (NULL: it may be shown); raises "WHERE: WHAT: ...". */
struct so_header *so_bind_header(lua_State *L, const struct so_backend *backend, struct so_arena *arena, struct so_masked **masked,
                                 const struct so_where *where, const char *what);

/* A system by its name: of those in C, or of those that scripts of this state described; NULL where there is none. */
const struct so_backend *so_bind_find_system(lua_State *L, const char *name);

/* The part of `build` and `read` for a system that is described in Lua. The first fills the call's request, and raises what is wrong.
   The second leaves the answer on the stack (`answer.slot`), or fails the call. */
void so_bind_script_build(lua_State *L, struct so_call *call, const struct so_where *where);
void so_bind_script_read(lua_State *L, struct so_call *call, const struct so_document *document);

/* Pushes the functions that a described system's calls are built and read by: a table. */
void so_bind_push_hooks(lua_State *L, const struct so_backend *backend);

/* The settings of an open client, until something may collect; raises for a closed one. */
struct so_settings *so_bind_settings(lua_State *L, int index);

/* Fills `facts` (on top of the stack) of one system, for the Lua side and the documentation. */
void so_bind_facts(lua_State *L, const struct so_backend *backend);

/* The bytes of a string or a secret at `index`, those of a secret until something may collect; NULL for anything else. */
const char *so_bind_bytes(lua_State *L, int index, size_t *size, bool *secret);

/* Whether that is a secret. */
bool so_bind_is_secret(lua_State *L, int index);

/* Pushes an arena with copies of the texts of a list of a program's arguments, and NULL behind them; raises where it is none. */
char **so_bind_argv(lua_State *L, int list, const char *where);

/* Pushes a new secret. */
void so_bind_push_secret(lua_State *L, const char *bytes, size_t size);

/* Reads the Lua value at `index` as that parameter and adds it to `into`; raises "WHERE: KIND 'name' ...". Adds secrets to
   `masked`. */
void so_bind_parameter(lua_State *L, int index, const struct so_parameter *parameter, const struct so_where *where, const char *kind,
                       struct so_arena *arena, struct so_value *into, struct so_masked **masked);

/* The same for every parameter of a list, taken from the table at `index` (0: none of them is given), from `first` on. */
void so_bind_parameters(lua_State *L, int index, const struct so_parameter *list, int first, const struct so_where *where,
                        const char *kind, struct so_arena *arena, struct so_value *into, struct so_masked **masked);

/* Raises when the table at `index` has a member that is in none of the two lists (either may be NULL). */
void so_bind_refuse_unknown(lua_State *L, int index, const struct so_parameter *list, const struct so_parameter *other,
                            const struct so_where *where, const char *kind);

int so_bind_check_defaults(lua_State *L);

/* Fills new settings from the table of options at `index`; raises what is wrong with them. */
void so_bind_settings_fill(lua_State *L, int index, struct so_settings *settings, const struct so_where *where);

/* Takes the overrides at `index` into the call. */
void so_bind_overrides(lua_State *L, int index, struct so_call *call, const struct so_where *where);

/* A JSON document, decoded by an instance of lua-cjson of our own. */
struct so_json {
    struct so_document document;
    lua_State *L;
    int end;    /* of its slots on the stack */
    char first; /* byte of the text: it tells whether an empty root is an array or an object */
};

void so_json_open(lua_State *L); /* makes the instance; raises when lua-cjson is not there */
void so_json_write(lua_State *L, struct so_call *call);

/* Decodes JSON. Gives NULL, or why these bytes are no JSON, or have more than that many values. The decoded value, and slots
   for walking through it, stay on the stack. `arrays`: as so_json_refuse takes them. */
const char *so_json_read(lua_State *L, struct so_json *out, struct so_arena *arena, const char *bytes, size_t size, size_t values_max,
                         const char *const *arrays);

/* A described value as a Lua value. A whole number is an integer where Lua has them. */
void so_bind_push(lua_State *L, const struct so_value *value);
void so_bind_push_number(lua_State *L, double number);

/* Sets a member of the table on top; NULL sets none. */
void so_bind_set_text(lua_State *L, const char *name, const char *text);

/* Pushes the list that an answer consists of, with the members of its items renamed. */
void so_bind_rows(lua_State *L, struct so_call *call);

/* The first `limit` bytes of a text at most, masked: `text` itself where it holds no secret. Raises when memory is out. */
const char *so_bind_masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t limit, size_t *out_size);
void so_bind_push_masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t limit);
bool so_bind_hides_number(lua_State *L, struct so_call *call, double number);

/* Pushes the reply's own members, at most as many as a person reads. */
void so_bind_fields(lua_State *L, struct so_call *call, const struct so_document *document);

/* Pushes all of a document for a script that reads it: JSON as it was decoded, XML in the same form as in `fields`; there the
   backend's attributes stand as members, and elements that may be repeated as lists. */
void so_bind_view(lua_State *L, const struct so_document *document, const struct so_backend *backend);

/* The result of a call: an answer, or nil, message, code, detail. Both functions push values, and give their count. */
int so_bind_answer(lua_State *L, struct so_call *call, const struct so_document *document);
int so_bind_error(lua_State *L, struct so_call *call, const struct so_error *error, const struct so_document *document);

SO_END_INTERNAL

#endif
