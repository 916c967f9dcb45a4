/* SPDX-License-Identifier: MIT */
/* The module signoff.jose, as lua/signoff/jose.lua describes it: strings in, values out. */
#include <stdint.h>
#include <string.h>

#include "../binding/compat.h"
#include "../core/digest.h"
#include "../core/pin.h"
#include "key_set.h"
#include "values.h"

SO_BEGIN_INTERNAL

#define SO_KEY_SET "signoff.key_set"

/* nil, code, sentence */
static int push_refusal(lua_State *L, const struct so_refusal *refusal)
{
    lua_pushnil(L);
    lua_pushstring(L, refusal->code);
    lua_pushstring(L, refusal->sentence);
    return 3;
}

static void set_text(lua_State *L, const char *name, const char *text)
{
    if (*text) {
        lua_pushstring(L, text);
        lua_setfield(L, -2, name);
    }
}

/* The memo of this Lua state, in the registry under this address. It is read and written without a call of Lua between: an
   allocation may run a finalizer, which may parse a token itself. */
static const char memo_key;

static struct so_header_memo *memo_of(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&memo_key);
    lua_rawget(L, LUA_REGISTRYINDEX);
    struct so_header_memo *memo = lua_touserdata(L, -1);
    lua_pop(L, 1);
    return memo;
}

static void make_memo(lua_State *L)
{
    lua_pushlightuserdata(L, (void *)(uintptr_t)&memo_key);
    struct so_header_memo *memo = lua_newuserdatauv(L, sizeof *memo, 0);
    memo->size = 0;
    lua_rawset(L, LUA_REGISTRYINDEX);
}

/* Room for the parts of most tokens, on the stack: memory of Lua's costs more than their decoding. */
enum { SMALL_ROOM = 4096 };

/* Reads the token at `index`. The room of a larger one is pushed. */
static const struct so_refusal *read_token(lua_State *L, int index, struct so_token *out, unsigned char small[SMALL_ROOM])
{
    size_t size;
    const char *text = luaL_checklstring(L, index, &size);
    size_t room = size > SO_TOKEN_MAX ? 0 : so_base64url_room(size); /* more is refused before it is decoded */
    return so_token_read(out, text, size, room > SMALL_ROOM ? lua_newuserdatauv(L, room, 0) : small, memo_of(L));
}

/* The algorithms of the list at `index`, as a mask. */
static unsigned check_algorithms(lua_State *L, int index)
{
    unsigned mask = 0;
    luaL_checktype(L, index, LUA_TTABLE);
    for (int i = 1; lua_rawgeti(L, index, i), !lua_isnil(L, -1); i++) {
        size_t size;
        const char *name = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &size) : NULL;
        const struct so_algorithm *algorithm = name ? so_algorithm_find(name, size) : NULL;
        luaL_argcheck(L, algorithm, index, "a list of RS256, PS256, ES256 and ES384 is expected");
        mask |= so_algorithm_bit(algorithm);
        lua_pop(L, 1);
    }
    lua_pop(L, 1);
    luaL_argcheck(L, mask, index, "a list of algorithms is expected, which is not empty");
    return mask;
}

/* A token that passed the gate. */
struct opened {
    struct so_token token;
    struct so_value_text claims;
    char digits[SO_SHA256_DIGITS + 1];
    unsigned char room[SMALL_ROOM];
};

/* Reads the token at 1, for the algorithms at 2. The room of a larger one is pushed. */
static const struct so_refusal *pass_gate(lua_State *L, struct opened *out)
{
    size_t size;
    unsigned algorithms = check_algorithms(L, 2);
    const struct so_refusal *refusal = read_token(L, 1, &out->token, out->room);
    if (!refusal)
        refusal = so_token_check(&out->token, algorithms, &out->claims);
    const char *text = lua_tolstring(L, 1, &size);
    return refusal || so_sha256(text, size, out->digits) ? refusal : &so_refusal_memory;
}

static void push_facts(lua_State *L, const struct opened *opened)
{
    lua_createtable(L, 0, 5);
    set_text(L, "alg", opened->token.header.algorithm->name);
    set_text(L, "kid", opened->token.header.kid);
    set_text(L, "typ", opened->token.header.typ);
    set_text(L, "sha256", opened->digits);
}

/* jose.parse(token, algorithms) */
static int parse(lua_State *L)
{
    struct opened opened;
    const struct so_refusal *refusal = pass_gate(L, &opened);
    if (refusal)
        return push_refusal(L, refusal);
    push_facts(L, &opened);
    lua_pushlstring(L, (const char *)opened.token.payload.bytes, opened.token.payload.size);
    lua_setfield(L, -2, "payload");
    return 1;
}

/* jose.claims(token, algorithms) */
static int claims(lua_State *L)
{
    struct opened opened;
    const struct so_refusal *refusal = pass_gate(L, &opened);
    if (refusal)
        return push_refusal(L, refusal);
    push_facts(L, &opened);
    so_values_push(L, &opened.claims);
    lua_setfield(L, -2, "claims");
    return 1;
}

/* Key sets. They are never closed but by the collector. */

static struct so_key_set *check_set(lua_State *L)
{
    return luaL_checkudata(L, 1, SO_KEY_SET);
}

static int set_collect(lua_State *L)
{
    so_key_set_free(check_set(L));
    return 0;
}

/* Refusals while a set is read: no call of Lua, which might raise. */
struct refused {
    size_t count;
    struct {
        char kid[SO_KID_MAX + 1];
        const char *reason;
    } keys[SO_KEYS_MAX];
};

static void note_refused(void *payload, const char *kid, const char *reason)
{
    struct refused *refused = payload;
    memcpy(refused->keys[refused->count].kid, kid, strlen(kid) + 1);
    refused->keys[refused->count++].reason = reason;
}

static void push_refused(lua_State *L, const struct refused *refused)
{
    lua_createtable(L, (int)refused->count, 0);
    for (size_t i = 0; i < refused->count; i++) {
        lua_createtable(L, 0, 2);
        set_text(L, "kid", refused->keys[i].kid);
        set_text(L, "reason", refused->keys[i].reason);
        lua_rawseti(L, -2, (int)i + 1);
    }
}

/* jose.key_set(text) */
static int key_set(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    struct refused *refused = lua_newuserdatauv(L, sizeof *refused, 0);
    struct so_key_set *set = lua_newuserdatauv(L, sizeof *set, 0);
    *set = (struct so_key_set){NULL, 0};
    refused->count = 0;
    luaL_getmetatable(L, SO_KEY_SET);
    lua_setmetatable(L, -2);
    const struct so_refusal *refusal = so_key_set_read(set, text, size, note_refused, refused);
    if (refusal || !set->count) {
        lua_pushnil(L);
        lua_pushstring(L, refusal ? refusal->sentence : "the key set has no key that can be used");
    }
    push_refused(L, refused);
    return refusal || !set->count ? 3 : 2;
}

static void push_kid(lua_State *L, const struct so_key *key)
{
    if (*key->kid)
        lua_pushstring(L, key->kid);
    else
        lua_pushnil(L);
}

/* Reads the token at 2, and finds the key that signed it. */
static const struct so_refusal *verify_token(lua_State *L, struct so_token *out, unsigned char room[SMALL_ROOM], const struct so_key **used)
{
    size_t size;
    const struct so_key_set *set = check_set(L);
    const struct so_refusal *refusal = read_token(L, 2, out, room);
    const char *text = lua_tolstring(L, 2, &size);
    return refusal ? refusal : so_key_set_verify(set, out, text, size, used);
}

/* set:verify(token) */
static int set_verify(lua_State *L)
{
    struct so_token token;
    unsigned char room[SMALL_ROOM];
    const struct so_key *used;
    const struct so_refusal *refusal = verify_token(L, &token, room, &used);
    if (refusal)
        return push_refusal(L, refusal);
    lua_pushlstring(L, (const char *)token.payload.bytes, token.payload.size);
    push_kid(L, used);
    return 2;
}

/* set:signed(token) */
static int set_signed(lua_State *L)
{
    struct so_token token;
    unsigned char room[SMALL_ROOM];
    const struct so_key *used;
    const struct so_refusal *refusal = verify_token(L, &token, room, &used);
    if (refusal)
        return push_refusal(L, refusal);
    lua_pushboolean(L, 1);
    push_kid(L, used);
    return 2;
}

/* set:kids(): those of the keys that have one */
static int set_kids(lua_State *L)
{
    const struct so_key_set *set = check_set(L);
    lua_newtable(L);
    for (size_t i = 0, count = 0; i < set->count; i++)
        if (*set->keys[i].kid) {
            lua_pushstring(L, set->keys[i].kid);
            lua_rawseti(L, -2, (int)++count);
        }
    return 1;
}

static int set_text_of(lua_State *L)
{
    lua_pushfstring(L, SO_KEY_SET ": %d keys", (int)check_set(L)->count);
    return 1;
}

static void make_set_type(lua_State *L)
{
    static const luaL_Reg methods[] = {{"verify", set_verify}, {"signed", set_signed}, {"kids", set_kids}, {NULL, NULL}};
    static const luaL_Reg meta[] = {{"__gc", set_collect}, {"__tostring", set_text_of}, {NULL, NULL}};
    if (!luaL_newmetatable(L, SO_KEY_SET)) {
        lua_pop(L, 1);
        return;
    }
    luaL_setfuncs(L, meta, 0);
    luaL_newlib(L, methods);
    lua_setfield(L, -2, "__index");
    lua_pushliteral(L, SO_KEY_SET);
    lua_setfield(L, -2, "__metatable");
    lua_pop(L, 1);
}

SO_END_INTERNAL

__attribute__((visibility("default"))) int luaopen_signoff_jose(lua_State *L);

int luaopen_signoff_jose(lua_State *L)
{
    static const luaL_Reg functions[] = {{"parse", parse}, {"claims", claims}, {"key_set", key_set}, {NULL, NULL}};
    so_pin(functions);
    make_memo(L);
    make_set_type(L);
    luaL_newlib(L, functions);
    return 1;
}
