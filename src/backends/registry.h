/* SPDX-License-Identifier: MIT */
#ifndef SIGNOFF_REGISTRY_H
#define SIGNOFF_REGISTRY_H

#include "backend.h"

SO_BEGIN_INTERNAL

extern const struct so_backend so_cisco_em, so_isymphony, so_agvance, so_oracle_commerce, so_jde_ais;

SO_END_INTERNAL

#endif
