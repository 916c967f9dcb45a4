/* SPDX-License-Identifier: MIT */
/* Trust: decides about a file by its owner and mode, and by those of every folder on its path. */
#ifndef SIGNOFF_TRUST_H
#define SIGNOFF_TRUST_H

#include "file.h"

SO_BEGIN_INTERNAL

/* Whether only root and the user who runs this can have put there what `descriptor` has open: a file or a folder that was
   opened by `path`. It must belong to one of the two, and nobody else may write to it. The same holds for every folder of
   its real path, and for those of every link on the way.

   A folder that others may write to passes only if it is sticky, as /tmp is, and what the path takes from it belongs to
   root or to that user: others can then add names to it, but can neither remove nor replace that one. A file with a second
   name does not pass there, since anybody may have given it the name.

   Both the descriptor and the path must lead to the same file, so read from the descriptor, and never open the path again.
   False comes with "untrusted" or "changed", or with the meaning of an errno. */
bool so_trust_check(int descriptor, const char *path, struct so_trouble *out);

/* The same for a path that a library opens by itself, and that must lead to a file of that type (S_IFREG, S_IFDIR): after
   success, other users cannot make it lead elsewhere. */
bool so_trust_path(const char *path, mode_t type, struct so_trouble *out);

SO_END_INTERNAL

#endif
