/* SPDX-License-Identifier: MIT */
/* The functions that signoff.core hands out to the other shared objects of signoff, as core.ports_v1, a light userdata: no symbol is
   exported for them. Another function needs a second version; this one stays as it is. */
#ifndef SIGNOFF_PORTS_H
#define SIGNOFF_PORTS_H

#include <stddef.h>

#include "task.h"

SO_BEGIN_INTERNAL

struct lua_State;

#define SO_PORTS_V1 "signoff.ports.1"

struct so_ports_v1 {
    const char *name; /* SO_PORTS_V1 */
    size_t size;      /* of this table: the same in both objects, or they were not built from the same sources */
    /* The open port at that index of the stack. Raises for anything else. */
    struct so_port *(*check)(struct lua_State *L, int index);
    /* As `so_port_begin`, `so_port_withdraw` and `so_port_done`: a task whose `job.run` is NULL, and which is dropped when it is handed
       back, too. */
    double (*begin)(struct so_port *port, struct so_task *task);
    void (*withdraw)(struct so_task *task);
    void (*done)(struct so_task *task);
    /* As `so_init_forks`. */
    unsigned (*forks)(void);
};

SO_END_INTERNAL

#endif
