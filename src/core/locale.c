/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "locale.h"

static locale_t plain;

static void make_plain(void)
{
    plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
}

static locale_t plain_locale(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_plain);
    return plain;
}

locale_t so_locale_enter(void)
{
    return uselocale(plain_locale());
}

void so_locale_leave(locale_t before)
{
    uselocale(before);
}

size_t so_number_write(char *out, size_t room, const char *format, double number)
{
    locale_t before = so_locale_enter();
    int size = snprintf(out, room, format, number);
    so_locale_leave(before);
    return size > 0 ? (size_t)size : 0;
}

double so_number_read(const char *text, char **end)
{
    locale_t before = so_locale_enter();
    double number = strtod(text, end);
    so_locale_leave(before);
    return number;
}

const char *so_errno_text(int number)
{
    return strerror_l(number, plain_locale());
}
