/* SPDX-License-Identifier: MIT */
/* Detects that file descriptors are used up: the functions that then fail report another reason, or none. */
#ifndef SIGNOFF_DESCRIPTORS_H
#define SIGNOFF_DESCRIPTORS_H

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Explains an errno about descriptors, as a sentence without its full stop that tells what to do; NULL for any other errno. */
const char *so_descriptors_problem(int number);

/* EMFILE or ENFILE where fewer are left than the resolver and TLS need at once, or else 0. */
int so_descriptors_short(void);

SO_END_INTERNAL

#endif
