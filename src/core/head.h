/* SPDX-License-Identifier: MIT */
/* Keeps the lines of a reply's head that matter here: its date, its cookies, and the signs that a cache answered. Lines of
   other heads (a proxy's tunnel, 100 Continue) do not count. The number of lines is bounded; `crowded` says that some are
   missing. */
#ifndef SIGNOFF_HEAD_H
#define SIGNOFF_HEAD_H

#include "arena.h"

SO_BEGIN_INTERNAL

enum { SO_FIELDS_MAX = 64, SO_FIELD_MAX = 4096 };

/* The way in which a value is read; those from SO_FIELD_NUMBER on may be a sign that a cache answered (freshness.c). */
enum so_field_kind {
    SO_FIELD_NONE, /* of no interest */
    SO_FIELD_DATE,
    SO_FIELD_COOKIE,
    SO_FIELD_CONTROL, /* Cache-Control */
    SO_FIELD_NUMBER,  /* 0: it came from the system */
    SO_FIELD_WARNING, /* RFC 7234's codes */
    SO_FIELD_IDS,     /* Varnish's: of this request, and of the one that the object was fetched for */
    SO_FIELD_STATUS,  /* RFC 9211 */
    SO_FIELD_TIMING,  /* Server-Timing, where a metric is about a cache */
    SO_FIELD_FLAG,    /* 1, true */
    SO_FIELD_WORDS,   /* HIT, MISS, ... */
    SO_FIELD_KINDS
};

struct so_field {
    enum so_field_kind kind;
    char *line;   /* "Name: value", without its line break; continuations joined by a blank */
    size_t size;
    size_t value; /* where it begins */
    size_t room;  /* of a line that goes on; 0: it does not */
    bool cut;     /* there was more than SO_FIELD_MAX */
    struct so_field *next;
};

struct so_head {
    struct so_field *first, *last;
    struct so_field *open; /* that the next line may continue */
    int count;
    bool crowded; /* there were more than SO_FIELDS_MAX */
};

/* Takes one line of a head, its line break included. `cookies`: those are of interest. */
void so_head_line(struct so_head *head, struct so_arena *arena, const char *line, size_t size, bool cookies);

/* A new head begins: the lines before belong to another one. */
void so_head_clear(struct so_head *head);

/* The seconds for which the server says that its reply may be kept (Cache-Control: max-age); 0 where it says that it must not be
   (no-store, no-cache); negative where it says nothing that can be read. */
double so_head_max_age(const struct so_head *head);

/* When the server says it answered, Unix seconds; 0 where it does not say, not in a known form, or not once. `twice`: it says two
   times that differ. */
double so_head_date(const struct so_head *head, bool *twice);

/* A date as HTTP writes it, Unix seconds. False: it is none. */
bool so_head_read_date(const char *text, size_t size, double *out);

SO_END_INTERNAL

#endif
