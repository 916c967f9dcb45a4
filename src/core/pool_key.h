/* SPDX-License-Identifier: MIT */
/* Pool keys: clients with equal keys may use each other's connections. */
#ifndef SIGNOFF_POOL_KEY_H
#define SIGNOFF_POOL_KEY_H

#include "settings.h"

SO_BEGIN_INTERNAL

/* Fills in the settings' pool key, a digest of origin and all TLS, proxy and credential settings, and of which files of
   certificates and keys are there now. False: memory is out. */
bool so_pool_key(struct so_settings *settings);

SO_END_INTERNAL

#endif
