/* SPDX-License-Identifier: MIT */
/* Runs a program for what it writes, or hands it what it is to read. */
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

/* Runs `argv` likewise, but with these bytes as its standard input, and these variables (`NAME=value`; NULL ends them) in its
   environment as well. Drops what it writes, however much that is. */
enum { SO_VARIABLES_MOST = 8 };
bool so_command_feed(char *const *argv, char *const *variables, const char *bytes, size_t size, double seconds,
                     struct so_trouble *trouble);

/* Whether that program could be run now: its file is trusted, and this user may run it. */
bool so_command_check(const char *file, struct so_trouble *trouble);

SO_END_INTERNAL

#endif
