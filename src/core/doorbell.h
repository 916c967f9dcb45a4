/* SPDX-License-Identifier: MIT */
/* A unix socket that an event loop waits on, for one byte that says "there is something". The file that leads to it stands
   in a directory of its own, and only between listening and accepting. */
#ifndef SIGNOFF_DOORBELL_H
#define SIGNOFF_DOORBELL_H

#include <stdbool.h>
#include <sys/un.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_doorbell {
    struct sockaddr_un address;
    char directory[sizeof(((struct sockaddr_un *)0)->sun_path)];
    int listener, socket; /* -1: none */
};

void so_doorbell_init(struct so_doorbell *bell);

/* The path to connect to. NULL: errno says why. */
const char *so_doorbell_listen(struct so_doorbell *bell);

/* Accepts who has connected, if that is this very process, and removes the path. False: nobody did. */
bool so_doorbell_accept(struct so_doorbell *bell);

/* Sends the byte, where somebody is connected. */
void so_doorbell_ring(struct so_doorbell *bell);

void so_doorbell_close(struct so_doorbell *bell);

SO_END_INTERNAL

#endif
