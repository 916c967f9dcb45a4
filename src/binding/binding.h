/* SPDX-License-Identifier: MIT */
/* What the files of the binding share. Lua meets the core here; nothing here knows a system's name. */
#ifndef SIGNOFF_BINDING_H
#define SIGNOFF_BINDING_H

#include "../backends/backend.h"
#include "../core/bridge.h"
#include "../core/xml.h"
#include "compat.h"

SO_BEGIN_INTERNAL

#define SO_VERSION "0.1.0"

#define SO_CLIENT "signoff.client"
#define SO_CALL "signoff.call"
#define SO_ENGINE "signoff.engine"
#define SO_MAILBOX "signoff.mailbox"
#define SO_SECRET_TYPE "signoff.secret"
#define SO_JOURNAL_TYPE "signoff.journal"
#define SO_FILE_TYPE "signoff.file"

/* Functions of the module `signoff.core`, by file. */
extern const luaL_Reg so_bind_client[], so_bind_call[], so_bind_secret[], so_bind_raising[], so_bind_clock[],
    so_bind_file[], so_bind_journal[], so_bind_mailbox[], so_bind_engine[], so_bind_inspect[], so_bind_process[],
    so_bind_coroutine[], so_bind_names[], so_bind_json[], so_bind_plain[];

/* The metatable of one system's clients; pushes the table of their methods. */
void so_bind_client_type(lua_State *L, const struct so_backend *backend);
void so_bind_call_type(lua_State *L);
void so_bind_secret_type(lua_State *L);
void so_bind_file_type(lua_State *L);
void so_bind_journal_type(lua_State *L);
void so_bind_mailbox_type(lua_State *L);
void so_bind_engine_type(lua_State *L);

/* Whatever allocates in Lua may collect, and a collection runs finalizers of the script: one may close a client, a secret, a
   journal or a mailbox while a function of ours works with it. So what such an object holds is asked for behind all that may
   collect, or copied first into an arena that stands on the stack; calls keep the settings that they began with. */

/* What Lua holds of a call. */
struct so_bound {
    struct so_call *call;     /* NULL once it was read, or while it is on its way */
    struct so_call *borrowed; /* while Lua values are made of it */
    struct so_letter *letter; /* on its way by a bridge */
    struct so_launch *launch; /* on its way by an engine that Lua steps */
    struct so_xml xml;
};

/* Raises where the call was read, or is on its way. */
struct so_bound *so_bind_check_call(lua_State *L, int index);
struct so_bound *so_bind_check_any_call(lua_State *L, int index);

/* Its owner is gone: cancelled, and freed when it lands. */
void so_launch_abandon(struct so_launch *launch);

/* What a message is about: "signoff.SYSTEM", "SYSTEM.OPERATION". */
struct so_where {
    const char *first, *second;
};

/* A metatable that scripts cannot reach; `close` is its __gc and __close. Left on the stack. Its objects are known by
   the mark, the address of something static; several metatables may share one. */
void so_bind_type(lua_State *L, const char *name, const void *mark, lua_CFunction close, lua_CFunction text);

/* An arena that is freed when it is collected; pushes what holds it. */
void so_bind_arena_type(lua_State *L);
struct so_arena *so_bind_arena(lua_State *L);

/* Keeps the value on top in the registry, and gives a metatable that was kept so to the object on top. */
void so_bind_keep(lua_State *L, const void *key);
void so_bind_set_type(lua_State *L, const void *key);

/* The object at `index` if it has that mark; `check` raises where `test` gives NULL. */
void *so_bind_test(lua_State *L, int index, const void *mark);
void *so_bind_check(lua_State *L, int index, const void *mark, const char *name);

/* Seconds of a clock that only moves forward. */
double so_bind_now(void);

/* Raises, with the position of the script that called the module's Lua function. */
int so_bind_raise(lua_State *L, const char *format, ...);
int so_bind_nomem(lua_State *L);

/* The argument at `index` as a text that C can take: one without a NUL byte. `what` names it where that raises. */
const char *so_bind_text(lua_State *L, int index, const char *what);

/* The same, of the path of a file. */
const char *so_bind_path(lua_State *L, int index);

/* nil, "PATH: what is wrong with it", reason */
struct so_trouble;
int so_bind_trouble(lua_State *L, const char *path, const struct so_trouble *trouble);

/* The next bytes of a file, some at a time; nil at its end; or nil, what is wrong with it, reason. */
int so_bind_read(lua_State *L, int descriptor);

/* The settings of an open client, until something may collect; raises for a closed one. */
struct so_settings *so_bind_settings(lua_State *L, int index);

/* Fills `facts` (on top of the stack) of one system, for Lua's side and the documentation. */
void so_bind_facts(lua_State *L, const struct so_backend *backend);

/* The bytes of a string or a secret at `index`, those of a secret until something may collect; NULL for anything else. */
const char *so_bind_bytes(lua_State *L, int index, size_t *size, bool *secret);

/* Pushes a new secret. */
void so_bind_push_secret(lua_State *L, const char *bytes, size_t size);

/* Reads the Lua value at `index` as that parameter and adds it to `into`; raises "WHERE: KIND 'name' ...". Secrets are
   added to `masked`. */
void so_bind_parameter(lua_State *L, int index, const struct so_parameter *parameter, const struct so_where *where, const char *kind,
                       struct so_arena *arena, struct so_value *into, struct so_masked **masked);

/* The same for every parameter of a list, taken from the table at `index` (0: none of them is given), from `first` on. */
void so_bind_parameters(lua_State *L, int index, const struct so_parameter *list, int first, const struct so_where *where,
                        const char *kind, struct so_arena *arena, struct so_value *into, struct so_masked **masked);

/* Raises when the table at `index` has a member that is in none of the two lists (either may be NULL). */
void so_bind_refuse_unknown(lua_State *L, int index, const struct so_parameter *list, const struct so_parameter *other,
                            const struct so_where *where, const char *kind);

/* Options that every client has. */
extern const struct so_parameter so_common_options[];

int so_bind_check_defaults(lua_State *L);

/* Fills new settings from the table of options at `index`; raises what is wrong with them. */
void so_bind_settings_fill(lua_State *L, int index, struct so_settings *settings, const struct so_where *where);

/* Takes the overrides at `index` into the call. */
void so_bind_overrides(lua_State *L, int index, struct so_call *call, const struct so_where *where);

/* JSON by lua-cjson, in an instance of our own. */
struct so_json {
    struct so_document document;
    lua_State *L;
    int end;    /* of its places on the stack */
    char first; /* byte of the text: an empty root is the kind it says */
};

void so_json_open(lua_State *L); /* makes the instance; raises when lua-cjson is not there */
void so_json_write(lua_State *L, struct so_call *call);

/* NULL, or why these bytes are no JSON, or hold more than so many values. The decoded value and room to walk in it stay on
   the stack. */
const char *so_json_read(lua_State *L, struct so_json *out, struct so_arena *arena, const char *bytes, size_t size, size_t values_max);

/* A described value as a Lua value. A whole number is an integer where Lua has them. */
void so_bind_push(lua_State *L, const struct so_value *value);
void so_bind_push_number(lua_State *L, double number);

/* The list that an answer is made of, its items' members renamed. */
void so_bind_rows(lua_State *L, struct so_call *call);

/* The first `limit` bytes of a text at most, masked: `text` itself where it holds no secret. Raises when memory is out. */
const char *so_bind_masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t limit, size_t *out_size);
void so_bind_push_masked(lua_State *L, struct so_call *call, const char *text, size_t size, size_t limit);
bool so_bind_hides_number(lua_State *L, struct so_call *call, double number);

/* Pushes the reply's own members: no more of them than a person reads. */
void so_bind_fields(lua_State *L, struct so_call *call, const struct so_document *document);

/* What a call came to: an answer, or nil, message, code, detail. Both push, and give their count. */
int so_bind_answer(lua_State *L, struct so_call *call, const struct so_document *document);
int so_bind_error(lua_State *L, struct so_call *call, const struct so_error *error, const struct so_document *document);

SO_END_INTERNAL

#endif
