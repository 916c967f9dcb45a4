/* SPDX-License-Identifier: MIT */
/* Secrets in files, and from commands. */
#ifndef SIGNOFF_SECRET_H
#define SIGNOFF_SECRET_H

#include "buffer.h"
#include "file.h"

SO_BEGIN_INTERNAL

enum { SO_SECRET_LARGEST = 64 * 1024 };

/* Why bytes cannot be a credential, as the end of a sentence; NULL where they can. Logins with such bytes would be refused, and
   a few of them lock the account. `lines`: the bytes come from a file or a variable, where line breaks around them are an
   accident. */
const char *so_secret_refuse(const char *bytes, size_t size, bool lines);

/* Reads a secret into an empty buffer, without the newline that an editor adds at the end. Refuses a file that is not trusted
   (so_trust_check), or that anybody but its owner may read, write or run. A credential, of a folder that the manager of services
   names, may be read by its group, and where its mount is read-only by all. After a failure `out` keeps the bytes that were read. */
bool so_secret_read(struct so_buffer *out, const char *path, bool credential, struct so_trouble *trouble);

/* Takes a secret from a command, which must write it as its only line (so_command_run). */
bool so_secret_run(struct so_buffer *out, char *const *argv, double seconds, struct so_trouble *trouble);

SO_END_INTERNAL

#endif
