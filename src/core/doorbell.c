/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "doorbell.h"

void so_doorbell_init(struct so_doorbell *bell)
{
    bell->listener = bell->socket = -1;
    *bell->directory = '\0';
}

static bool make_directory(struct so_doorbell *bell)
{
    const char *parent = getenv("TMPDIR");
    int size = snprintf(bell->directory, sizeof bell->directory, "%s/signoff-XXXXXX", parent && *parent ? parent : "/tmp");
    if (size > 0 && (size_t)size + sizeof "/s" <= sizeof bell->directory && mkdtemp(bell->directory))
        return true;
    *bell->directory = '\0';
    return false;
}

static void stop_listening(struct so_doorbell *bell)
{
    int why = errno;
    if (bell->listener >= 0)
        close(bell->listener);
    bell->listener = -1;
    if (*bell->directory) {
        unlink(bell->address.sun_path);
        rmdir(bell->directory);
    }
    *bell->directory = '\0';
    errno = why;
}

const char *so_doorbell_listen(struct so_doorbell *bell)
{
    so_doorbell_close(bell);
    if (!make_directory(bell))
        return NULL;
    bell->address.sun_family = AF_UNIX;
    snprintf(bell->address.sun_path, sizeof bell->address.sun_path, "%.*s/s", (int)sizeof bell->directory - 3, bell->directory);
    bell->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (bell->listener >= 0 && bind(bell->listener, (struct sockaddr *)&bell->address, sizeof bell->address) == 0 &&
        listen(bell->listener, 4) == 0)
        return bell->address.sun_path;
    stop_listening(bell);
    return NULL;
}

static bool is_us(int socket)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid() && peer.uid == geteuid();
}

bool so_doorbell_accept(struct so_doorbell *bell)
{
    int socket;
    while (bell->socket < 0 && (socket = accept4(bell->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        if (is_us(socket))
            bell->socket = socket;
        else
            close(socket);
    }
    stop_listening(bell);
    return bell->socket >= 0;
}

/* A full socket has bytes that say the same; one that is closed has nobody to tell. */
void so_doorbell_ring(struct so_doorbell *bell)
{
    if (bell->socket >= 0 && send(bell->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
}

void so_doorbell_close(struct so_doorbell *bell)
{
    stop_listening(bell);
    if (bell->socket >= 0)
        close(bell->socket);
    bell->socket = -1;
}
