/* SPDX-License-Identifier: MIT */
/* Texts as they are shown to people: without invisible characters and those that control a terminal. Also counts the cells of
   texts. */
#ifndef SIGNOFF_DISPLAY_H
#define SIGNOFF_DISPLAY_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Room for the longest escape, "\u{10ffff}". */
enum { SO_DISPLAY_ESCAPE = 16 };

/* Gives the size of the first character of a text that is not empty. `*out` and `*out_size` are how it is shown: itself; an
   escape in `room` where it is a control character, a mark of direction, or invisible; U+FFFD for a byte that is no UTF-8. */
size_t so_display_character(const char *text, size_t size, char room[SO_DISPLAY_ESCAPE], const char **out, size_t *out_size);

/* Whether a text is shown as it is. */
bool so_display_is_plain(const char *text, size_t size);

/* The cells that a text takes, and the size of its longest prefix that takes at most that many cells. Both are for texts that
   are shown as they are. */
size_t so_display_width(const char *text, size_t size);
size_t so_display_cut(const char *text, size_t size, size_t cells);

SO_END_INTERNAL

#endif
