/* SPDX-License-Identifier: MIT */
/* Checks that a reply's head describes one body without contradiction. libcurl takes the last of two lengths, and ignores a
   length that is too large, the body of a 204, and an encoding that was not asked for. Each may belong to a reply that was cut,
   or to another reply. */
#ifndef SIGNOFF_FRAMING_H
#define SIGNOFF_FRAMING_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_framing {
    bool bodiless;     /* the status has no body: 204 */
    size_t length;     /* as announced; 0: not announced */
    int lengths;       /* how many there are */
    bool bad_length;   /* an announced length is no number, or none that a reply can have */
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
