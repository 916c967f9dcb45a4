/* SPDX-License-Identifier: MIT */
/* Runs a program for what it writes. */
#ifndef SIGNOFF_COMMAND_H
#define SIGNOFF_COMMAND_H

#include "buffer.h"
#include "file.h"

SO_BEGIN_INTERNAL

/* Runs `argv`, which ends with NULL and begins with an absolute path, without a shell, and puts what it writes to its standard
   output into an empty buffer. False if its file is not trusted (so_trust_check) or cannot be run, or it does not end within
   `seconds`, writes more than SO_OUTPUT_LARGEST bytes, or ends with another exit status than 0. The text is the end of a sentence
   that begins with the path, and holds nothing that the program wrote.

   The program gets a session of its own, an empty standard input, the root folder, the default action of every signal, no file
   of this process, and of its environment the variables in command.c only, since the others may hold secrets. When it has ended
   or its time is over, what is left of its process group is killed. */
bool so_command_run(struct so_buffer *out, char *const *argv, double seconds, struct so_trouble *trouble);

SO_END_INTERNAL

#endif
