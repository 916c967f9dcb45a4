/* SPDX-License-Identifier: MIT */
/* A notifier: a unix socket on which an event loop waits; one byte says that there is something to do. The socket's file is in
   a directory of its own, and exists only between listening and accepting. */
#ifndef SIGNOFF_NOTIFIER_H
#define SIGNOFF_NOTIFIER_H

#include <stdbool.h>
#include <sys/un.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_notifier {
    struct sockaddr_un address;
    char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
    int listener, socket; /* -1: none */
};

void so_notifier_init(struct so_notifier *notifier);

/* The path to connect to. NULL: errno says why. */
const char *so_notifier_listen(struct so_notifier *notifier);

/* Accepts a connection from this process, and removes the path. False: there is none. */
bool so_notifier_accept(struct so_notifier *notifier);

/* Sends the byte, if there is a connection. */
void so_notifier_send(struct so_notifier *notifier);

void so_notifier_close(struct so_notifier *notifier);

SO_END_INTERNAL

#endif
