/* SPDX-License-Identifier: MIT */
/* The listening side of the small servers here. */
#ifndef SIGNOFF_BENCH_LISTENING_H
#define SIGNOFF_BENCH_LISTENING_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

/* Ends the program unless that went well. */
static void require(int fine, const char *what)
{
    if (fine)
        return;
    perror(what);
    exit(1);
}

/* On a free loopback port, which is printed; `backlog` as listen() takes it. */
static int start_listening(int backlog)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    require(listener >= 0 && !bind(listener, (struct sockaddr *)&address, size) && !listen(listener, backlog), "listen");
    require(!getsockname(listener, (struct sockaddr *)&address, &size), "getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

#endif
