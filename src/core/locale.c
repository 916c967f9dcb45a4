/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <pthread.h>
#include <stdint.h>
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

/* Writes the digits of a number, which end at `end`: gives where they begin. */
static char *write_backwards(char *end, uint64_t number)
{
    do
        *--end = (char)('0' + number % 10);
    while (number /= 10);
    return end;
}

static size_t write_whole(char out[SO_NUMBER_ROOM], double number)
{
    char digits[SO_NUMBER_ROOM], *end = digits + sizeof digits, *begin = write_backwards(end, (uint64_t)fabs(number));
    if (number < 0)
        *--begin = '-';
    memcpy(out, begin, (size_t)(end - begin));
    return (size_t)(end - begin);
}

/* A number of ten digits, and four behind the point. 0: it may lie in the middle between two of them. */
static size_t write_time(char out[SO_NUMBER_ROOM], double number)
{
    double all = number * 1e4, rest = all - floor(all);
    if (fabs(rest - 0.5) < 0.05)
        return 0;
    size_t size = write_whole(out, floor(all + 0.5)) + 1;
    memmove(out + size - 4, out + size - 5, 4);
    out[size - 5] = '.';
    while (out[size - 1] == '0')
        size--;
    return size - (out[size - 1] == '.');
}

size_t so_number_digits(char out[SO_NUMBER_ROOM], double number)
{
    size_t size = 0;
    if (number != 0 && fabs(number) < 1e14 && number == trunc(number))
        size = write_whole(out, number);
    else if (number >= 1e9 && number < 9e9)
        size = write_time(out, number);
    return size ? size : so_number_write(out, SO_NUMBER_ROOM, "%.14g", number);
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
