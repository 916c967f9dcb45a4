/* SPDX-License-Identifier: MIT */
/* A unix socket that an event loop waits on, for one byte that says "there is something". The file that leads to it stands
   in a directory of its own, and only between listening and accepting. */
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

/* Accepts who has connected, if that is this very process, and removes the path. False: nobody did. */
bool so_notifier_accept(struct so_notifier *notifier);

/* Sends the byte, where somebody is connected. */
void so_notifier_send(struct so_notifier *notifier);

void so_notifier_close(struct so_notifier *notifier);

SO_END_INTERNAL

#endif
