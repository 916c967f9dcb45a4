/* SPDX-License-Identifier: MIT */
/* Preloaded: a host that waits for whatever child has ended, as nginx and FreeSWITCH do. At its end it prints what it heard and took. */
#define _GNU_SOURCE /* RTLD_NOLOAD */
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

static volatile sig_atomic_t heard, taken;

static void take_all(int number)
{
    (void)number;
    heard++;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        taken++;
}

__attribute__((constructor)) static void begin(void)
{
    struct sigaction action = {.sa_handler = take_all, .sa_flags = SA_RESTART};
    void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD); /* sanitizers have a sigaction of their own, not ready yet */
    ((__typeof__(&sigaction))dlsym(libc, "sigaction"))(SIGCHLD, &action, NULL);
}

__attribute__((destructor)) static void end(void)
{
    printf("heard %d, took %d\n", (int)heard, (int)taken);
}
