/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "notifier.h"

void so_notifier_init(struct so_notifier *notifier)
{
    notifier->listener = notifier->socket = -1;
    *notifier->directory = '\0';
}

static bool make_directory(struct so_notifier *notifier)
{
    const char *parent = getenv("TMPDIR");
    int size = snprintf(notifier->directory, sizeof notifier->directory, "%s/signoff-XXXXXX", parent && *parent ? parent : "/tmp");
    if (size > 0 && (size_t)size + sizeof "/s" <= sizeof notifier->directory && mkdtemp(notifier->directory))
        return true;
    *notifier->directory = '\0';
    return false;
}

static void stop_listening(struct so_notifier *notifier)
{
    int why = errno;
    if (notifier->listener >= 0)
        close(notifier->listener);
    notifier->listener = -1;
    if (*notifier->directory) {
        unlink(notifier->address.sun_path);
        rmdir(notifier->directory);
    }
    *notifier->directory = '\0';
    errno = why;
}

const char *so_notifier_listen(struct so_notifier *notifier)
{
    so_notifier_close(notifier);
    if (!make_directory(notifier))
        return NULL;
    notifier->address.sun_family = AF_UNIX;
    snprintf(notifier->address.sun_path, sizeof notifier->address.sun_path, "%.*s/s", (int)sizeof notifier->directory - 3, notifier->directory);
    notifier->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (notifier->listener >= 0 && bind(notifier->listener, (struct sockaddr *)&notifier->address, sizeof notifier->address) == 0 &&
        listen(notifier->listener, 4) == 0)
        return notifier->address.sun_path;
    stop_listening(notifier);
    return NULL;
}

static bool is_us(int socket)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == getpid() && peer.uid == geteuid();
}

bool so_notifier_accept(struct so_notifier *notifier)
{
    int socket;
    while (notifier->socket < 0 && (socket = accept4(notifier->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0) {
        if (is_us(socket))
            notifier->socket = socket;
        else
            close(socket);
    }
    stop_listening(notifier);
    return notifier->socket >= 0;
}

/* A full socket already has bytes; a closed one has no reader. */
void so_notifier_send(struct so_notifier *notifier)
{
    if (notifier->socket >= 0 && send(notifier->socket, "", 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return;
}

void so_notifier_close(struct so_notifier *notifier)
{
    stop_listening(notifier);
    if (notifier->socket >= 0)
        close(notifier->socket);
    notifier->socket = -1;
}
