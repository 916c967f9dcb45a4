/* SPDX-License-Identifier: MIT */
#ifndef SIGNOFF_REGISTRY_H
#define SIGNOFF_REGISTRY_H

#include "backend.h"

SO_BEGIN_INTERNAL

/* All systems, a row each. */
#define SO_BACKENDS(ROW)    \
    ROW(so_cisco_em)        \
    ROW(so_isymphony)       \
    ROW(so_agvance)         \
    ROW(so_oracle_commerce) \
    ROW(so_jde_ais)

#define SO_DECLARE(backend) extern const struct so_backend backend;
SO_BACKENDS(SO_DECLARE)
#undef SO_DECLARE

SO_END_INTERNAL

#endif
