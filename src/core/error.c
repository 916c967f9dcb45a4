/* SPDX-License-Identifier: MIT */
#include "error.h"

static const struct { const char *name, *advice; } codes[SO_CODES] = {
    [SO_OK] = {NULL, NULL},
    [SO_UNREACHABLE] = {"unreachable", "check the name, the port and the way there"},
    [SO_TIMEOUT] = {"timeout", "look at the target before repeating"},
    [SO_TLS] = {"tls", "if the server's certificate comes from a CA of your own, name that CA with 'ca_file'"},
    [SO_DENIED] = {"denied", "check the credentials, their rights, and that this address may call"},
    [SO_REJECTED] = {"rejected", "repeating will not help"},
    [SO_NOT_FOUND] = {"not_found", "check the name, and that url and path point at this system"},
    [SO_BUSY] = {"busy", "try again later"},
    [SO_SERVER] = {"server", "look at the target, then try once more"},
    [SO_UNUSABLE] = {"unusable", "check that url and path point at this system, then look at the target"},
    [SO_UNSUPPORTED] = {"unsupported", NULL},
    [SO_CANCELLED] = {"cancelled", NULL},
    [SO_NOMEM] = {"nomem", NULL},
};

const char *so_code_name(enum so_code code)
{
    return codes[code].name;
}

const char *so_code_advice(enum so_code code)
{
    return codes[code].advice;
}

const char *so_scope_name(enum so_scope scope)
{
    static const char *const names[] = {[SO_SCOPE_CLIENT] = "client", [SO_SCOPE_TARGET] = "target"};
    return scope == SO_SCOPE_NONE ? NULL : names[scope];
}
