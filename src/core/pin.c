/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

#include "pin.h"

void so_pin(const void *address)
{
    Dl_info object;
    void *opened = dladdr(address, &object) ? dlopen(object.dli_fname, RTLD_LAZY | RTLD_NODELETE | RTLD_NOLOAD) : NULL;
    if (opened)
        dlclose(opened);
}
