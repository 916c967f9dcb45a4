/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "registry.h"

#define ADDRESS(backend) &backend,
const struct so_backend *const so_backends[] = {SO_BACKENDS(ADDRESS) NULL};
#undef ADDRESS

const struct so_backend *so_backend_find(const char *name)
{
    for (const struct so_backend *const *backend = so_backends; *backend; backend++)
        if (!strcmp((*backend)->name, name))
            return *backend;
    return NULL;
}

const struct so_operation *so_operation_find(const struct so_backend *backend, const char *name)
{
    for (const struct so_operation *operation = backend->operations; operation->name; operation++)
        if (!strcmp(operation->name, name))
            return operation;
    return NULL;
}

const char *so_operation_public_name(const struct so_operation *operation)
{
    return operation->public_name ? operation->public_name : operation->name;
}
