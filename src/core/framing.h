/* SPDX-License-Identifier: MIT */
/* Whether a reply's head agrees with itself on what its body is. libcurl takes the last of two lengths, passes over one
   that is too large, over the body of a 204, and over an encoding that nobody asked for: each may be a reply that was cut, or
   another's. */
#ifndef SIGNOFF_FRAMING_H
#define SIGNOFF_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_framing {
    bool bodiless;     /* the status has no body: 204 */
    size_t length;     /* as it is announced; 0: it is not */
    int lengths;       /* how many there are */
    bool bad_length;   /* one is no number, or none that a reply can have */
    bool encoded;      /* there is a Transfer-Encoding */
    bool strange;      /* that is not chunks */
    bool compressed;   /* there is a Content-Encoding */
    bool again;        /* there are two */
};

/* Takes one line of a head, its line break included; the status line begins a new head. */
void so_framing_line(struct so_framing *framing, const char *line, size_t size);

/* The fault of the head so far; NULL where it has none. `asked`: the body may be compressed. */
const char *so_framing_problem(const struct so_framing *framing, bool asked);

SO_END_INTERNAL

#endif
