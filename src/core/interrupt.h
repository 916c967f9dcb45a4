/* SPDX-License-Identifier: MIT */
/* A flag that Ctrl-C sets: long work checks it between two steps, finishes the current step, and ends by itself. Signals belong
   to the process, so this is for a command that owns its process, never for a module in a host. */
#ifndef SIGNOFF_INTERRUPT_H
#define SIGNOFF_INTERRUPT_H

#include "visibility.h"

SO_BEGIN_INTERNAL

/* From now on SIGINT, SIGTERM and SIGHUP set the flag, unless they are ignored (nohup, a shell's background job). A second one
   ends the process at once, unless it is SIGHUP: a terminal that goes away sends two. SIGPIPE and SIGXFSZ are ignored
   meanwhile: the reader of a log may go away, and the size of files may be limited. Watching twice is fine. */
void so_interrupt_watch(void);

/* Restores the former handlers, and clears the flag. Does nothing without a watch. */
void so_interrupt_release(void);

/* The name of the signal that came, such as "SIGINT"; NULL where none did. */
const char *so_interrupt_caught(void);

SO_END_INTERNAL

#endif
