/* SPDX-License-Identifier: MIT */
/* A thread for work that may wait for a disk, one for each process: however slow the disk, nothing else waits for it. */
#ifndef SIGNOFF_DISK_H
#define SIGNOFF_DISK_H

#include <stdbool.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_job {
    void (*run)(struct so_job *job);  /* both in that thread, one after the other; it allocates and makes system calls only */
    void (*done)(struct so_job *job); /* the job is not used after it began */
    struct so_job *next;
};

/* Hands a job over; starts the thread where this process has none. False: memory or threads are out, as errno says. */
bool so_disk_submit(struct so_job *job);

SO_END_INTERNAL

#endif
