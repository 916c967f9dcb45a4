/* SPDX-License-Identifier: MIT */
/* Keeps our texts independent of the host's locale, which may change at any time. */
#ifndef SIGNOFF_LOCALE_H
#define SIGNOFF_LOCALE_H

#include <locale.h>
#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* This thread's locale is C from `enter` until `leave`: around libraries that write and read numbers, compare names or look for
   words in error messages. Nothing between the two may jump past the second. */
locale_t so_locale_enter(void);
void so_locale_leave(locale_t before);

/* printf's conversion of one number, and strtod. */
size_t so_number_write(char *out, size_t room, const char *format, double number);
double so_number_read(const char *text, char **end);

/* As so_number_write with "%.14g", and a tenth of its price for whole numbers and for times. Gives the size. */
enum { SO_NUMBER_ROOM = 32 };
size_t so_number_digits(char out[SO_NUMBER_ROOM], double number);

/* The text for an errno, in English like all other messages. */
const char *so_errno_text(int number);

SO_END_INTERNAL

#endif
