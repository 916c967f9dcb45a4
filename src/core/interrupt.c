/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "interrupt.h"

static atomic_int caught; /* the number of the first */

/* Gives the second signal its default action, which happens as soon as the handler returns: until then it is blocked. */
static void on_signal(int number)
{
    int none = 0;
    if (atomic_compare_exchange_strong(&caught, &none, number))
        return;
    signal(number, SIG_DFL);
    raise(number);
}

/* A terminal that goes away sends two of these, by the kernel and by the shell: so the second must not end the process. */
static void on_sighup(int number)
{
    int none = 0;
    atomic_compare_exchange_strong(&caught, &none, number);
}

static struct watched {
    int number;
    const char *name;
    void (*handler)(int);
    bool taken;
    struct sigaction before;
} watched[] = {
    {.number = SIGINT, .name = "SIGINT", .handler = on_signal},
    {.number = SIGTERM, .name = "SIGTERM", .handler = on_signal},
    {.number = SIGHUP, .name = "SIGHUP", .handler = on_sighup},
    {.number = SIGPIPE, .name = "SIGPIPE", .handler = SIG_IGN},
    {.number = SIGXFSZ, .name = "SIGXFSZ", .handler = SIG_IGN},
};

enum { WATCHED = sizeof watched / sizeof *watched };

static void take(struct watched *one)
{
    struct sigaction ours = {.sa_handler = one->handler, .sa_flags = SA_RESTART}; /* files are written to their end */
    if (one->taken || sigaction(one->number, NULL, &one->before) || one->before.sa_handler == SIG_IGN)
        return;
    sigemptyset(&ours.sa_mask);
    one->taken = sigaction(one->number, &ours, NULL) == 0;
}

void so_interrupt_watch(void)
{
    for (size_t i = 0; i < WATCHED; i++)
        take(watched + i);
}

void so_interrupt_release(void)
{
    for (size_t i = 0; i < WATCHED; i++)
        if (watched[i].taken)
            sigaction(watched[i].number, &watched[i].before, NULL);
    for (size_t i = 0; i < WATCHED; i++)
        watched[i].taken = false;
    atomic_store(&caught, 0);
}

const char *so_interrupt_caught(void)
{
    int number = atomic_load(&caught);
    for (size_t i = 0; i < WATCHED; i++)
        if (watched[i].number == number)
            return watched[i].name;
    return NULL;
}
