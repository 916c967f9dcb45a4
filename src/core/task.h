/* SPDX-License-Identifier: MIT */
/* A task: work that another thread does for the user of a port. That is the disk's (thread.h), or one of another shared object
   (ports.h). */
#ifndef SIGNOFF_TASK_H
#define SIGNOFF_TASK_H

#include "disk.h"

SO_BEGIN_INTERNAL

struct so_port;

struct so_task {
    struct so_job job; /* first; of the disk: its `run` is the work. Of others `run` is NULL. */
    void (*drop)(struct so_task *task); /* frees one that was done when its port was closed already; in any thread */
    struct so_port *port;
    double id;
    struct so_task *next;
};

SO_END_INTERNAL

#endif
