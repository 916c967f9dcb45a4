/* SPDX-License-Identifier: MIT */
/* An engine on a thread of its own, one a process, for event loops that must never block. A mailbox is one Lua state's
   side of it: what it submitted comes back there, and a byte on a socket says so. Functions of one mailbox are called by
   one thread at a time. */
#ifndef SIGNOFF_BRIDGE_H
#define SIGNOFF_BRIDGE_H

#include "engine.h"

SO_BEGIN_INTERNAL

struct so_bridge;
struct so_mailbox;

/* A call between its Lua userdata and the bridge. */
struct so_letter {
    struct so_flight flight; /* first: the engine gives this back */
    struct so_bridge *bridge;
    struct so_mailbox *mailbox;
    double id;
    void *owner; /* whose call it is, while that is interested; else NULL */
};

/* A new mailbox; starts the thread where this process has none. NULL: memory, descriptors or threads are
   out, as errno says. */
struct so_mailbox *so_mailbox_new(void);

/* What finishes later is freed by the thread. */
void so_mailbox_detach(struct so_mailbox *mailbox);

/* Hands the call to the thread. NULL, and the call has failed as busy: too many are on their way. */
struct so_letter *so_mailbox_submit(struct so_mailbox *mailbox, struct so_call *call, void *owner);

/* The first finished letter, which stays; NULL where there is none. */
struct so_letter *so_mailbox_first(struct so_mailbox *mailbox);

/* Takes the first finished letter, frees it, and gives its call. */
struct so_call *so_mailbox_take(struct so_mailbox *mailbox);

/* How many letters have not been taken. */
int so_mailbox_count(struct so_mailbox *mailbox);

/* The call is not sent if its request has not begun. */
void so_letter_cancel(struct so_letter *letter);

/* Its owner is gone: cancelled, and freed when it is finished. */
void so_letter_abandon(struct so_letter *letter);

/* The socket: the path to connect to, then the accepting, by the same thread before anything else. NULL and false: errno
   says why; nothing is left behind. What is accepted gets a byte when a letter is finished where there was none, and one
   about every second. */
const char *so_mailbox_listen(struct so_mailbox *mailbox);
bool so_mailbox_accept(struct so_mailbox *mailbox);
void so_mailbox_hang_up(struct so_mailbox *mailbox);

SO_END_INTERNAL

#endif
