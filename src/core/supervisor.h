/* SPDX-License-Identifier: MIT */
/* A process between this one and a program: it runs the program, limits it, and reports.

   It is a copy of this process. Its end sends no signal, and only a wait that asks for such children (__WALL) finds it. It alone is
   the parent of the program: whatever the host does with SIGCHLD, the program cannot disturb the host, and the host cannot take the
   program's exit status. Other threads may hold any lock when the copy is made, so supervisor and program make system calls only
   until the program runs. */
#ifndef SIGNOFF_SUPERVISOR_H
#define SIGNOFF_SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

enum { SO_OUTPUT_LARGEST = 64 * 1024 };

struct so_command {
    char *const *argv; /* ends with NULL, and begins with an absolute path */
    char *const *environment;
    double seconds;
    int input;  /* its standard input, above SO_LOWEST_INPUT; -1: an empty one */
    bool quiet; /* its output is counted with its complaints, and never too long */
};

enum { SO_LOWEST_INPUT = 10 };

enum so_ending { SO_ENDED, SO_KILLED, SO_LATE, SO_TOO_LONG, SO_NOT_RUN, SO_UNWATCHED };

/* The first that comes counts. `size` bytes of output follow. */
struct so_report {
    enum so_ending ending;
    int number;       /* exit status, signal or errno */
    size_t size;
    size_t complaint; /* bytes that came from standard error */
};

/* Starts a supervisor. It reports to that pipe, with at most SO_OUTPUT_LARGEST bytes of output, and at the latest one second after
   `seconds`. Gives its number, for waitpid with __WALL, or -1 and errno. */
pid_t so_supervisor_start(const struct so_command *command, int report_to);

SO_END_INTERNAL

#endif
