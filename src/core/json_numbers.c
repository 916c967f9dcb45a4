/* SPDX-License-Identifier: MIT */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "json_numbers.h"

enum { EXPONENT_MAX = 100000000 /* far beyond any double */, EXPONENT_ROOM = 32 };

struct rewriting {
    const char *at, *end;
    char *out;
    bool pointed; /* a decimal point was seen */
};

static bool is_digit(const struct rewriting *text, const char *at)
{
    return at < text->end && *at >= '0' && *at <= '9';
}

static const char *skip_digits(const struct rewriting *text, const char *at)
{
    while (is_digit(text, at))
        at++;
    return at;
}

static void copy(struct rewriting *text, const char *to)
{
    memcpy(text->out, text->at, (size_t)(to - text->at));
    text->out += to - text->at;
    text->at = to;
}

/* From the quotation mark that begins a string to behind the one that ends it. */
static void copy_string(struct rewriting *text)
{
    const char *at = text->at + 1;
    while (at < text->end && *at != '"')
        at += *at == '\\' && at + 1 < text->end ? 2 : 1;
    copy(text, at < text->end ? at + 1 : text->end);
}

/* The exponent that begins at `*at`, which moves behind it; 0 where none does. */
static long take_exponent(const struct rewriting *text, const char **at)
{
    const char *from = *at;
    if (from >= text->end || (*from | 0x20) != 'e')
        return 0;
    bool minus = ++from < text->end && *from == '-';
    from += from < text->end && (*from == '-' || *from == '+');
    if (!is_digit(text, from))
        return 0;
    long exponent = 0;
    for (; is_digit(text, from); from++)
        if (exponent < EXPONENT_MAX)
            exponent = exponent * 10 + (*from - '0');
    *at = from;
    return minus ? -exponent : exponent;
}

/* Whether a number has a point, as strtod takes it. JSON allows no zero before another digit. */
static bool is_pointed(const struct rewriting *text, const char *point, const char *behind)
{
    return behind > point && *point == '.' && (*text->at != '0' || point == text->at + 1);
}

/* A number, from its first digit on. */
static void copy_number(struct rewriting *text)
{
    const char *point = skip_digits(text, text->at);
    const char *behind = skip_digits(text, point + (point < text->end)), *end = behind;
    if (!is_pointed(text, point, behind)) {
        copy(text, point);
        return;
    }
    long exponent = take_exponent(text, &end) - (long)(behind - point - 1);
    char *first = text->out;
    for (const char *at = text->at; at < behind; at++)
        if (at != point && !(text->out == first + 1 && *first == '0'))
            *text->out++ = *at;
        else if (at != point)
            *first = *at;
    text->out += snprintf(text->out, EXPONENT_ROOM, "e%ld", exponent);
    text->at = end;
    text->pointed = true;
}

const char *so_json_without_points(struct so_arena *arena, const char *text, size_t size, size_t *out_size)
{
    char *made = so_arena_alloc(arena, 2 * size + EXPONENT_ROOM); /* "1.5" takes two bytes more */
    struct rewriting rewriting = {.at = text, .end = text + size, .out = made};
    if (!made)
        return NULL;
    while (rewriting.at < rewriting.end)
        if (*rewriting.at == '"')
            copy_string(&rewriting);
        else if (is_digit(&rewriting, rewriting.at))
            copy_number(&rewriting);
        else
            copy(&rewriting, rewriting.at + 1);
    *out_size = rewriting.pointed ? (size_t)(rewriting.out - made) : size;
    return rewriting.pointed ? made : text;
}
