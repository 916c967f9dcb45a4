/* SPDX-License-Identifier: MIT */
/* The meanings of HTTP statuses, from a system or a proxy. */
#ifndef SIGNOFF_STATUS_H
#define SIGNOFF_STATUS_H

#include "error.h"

SO_BEGIN_INTERNAL

/* The meaning of an HTTP status. Lists end with a row without a status. */
struct so_status_rule {
    long first, last;
    enum so_code code;
    enum so_scope scope;
    bool retriable;
};

/* The rule for a status that is no success: of `own` (NULL: none), or else the common one; never NULL. */
const struct so_status_rule *so_status_rule(const struct so_status_rule *own, long status);

SO_END_INTERNAL

#endif
