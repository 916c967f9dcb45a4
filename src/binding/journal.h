/* SPDX-License-Identifier: MIT */
/* Journals that a userdata and a task on another thread share. */
#ifndef SIGNOFF_BINDING_JOURNAL_H
#define SIGNOFF_BINDING_JOURNAL_H

#include <stdatomic.h>

#include "../core/journal.h"
#include "binding.h"

SO_BEGIN_INTERNAL

/* Closed and freed by the last holder: until then its file stays locked. */
struct so_held_journal {
    struct so_journal journal;
    atomic_int holders;
    bool busy; /* lines are on their way to disk; only the Lua side uses this */
};

/* Pushes a journal that is not open yet. */
struct so_held_journal *so_bind_push_journal(lua_State *L);

/* The journal at `index`, which stays held; raises for one that is closed. */
struct so_held_journal *so_bind_check_journal(lua_State *L, int index);

void so_held_journal_release(struct so_held_journal *held);

SO_END_INTERNAL

#endif
