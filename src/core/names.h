/* SPDX-License-Identifier: MIT */
/* Compares names: the same, nearly the same, or different. Each name has two keys: two names are the same if their first keys
   are equal, nearly the same if only their second keys are. Both relations are equivalences, so that many names can be looked
   up by key. "Nearly" is generous (`a@x`, `a@y` and `X\a` are nearly the same): it allows no act and proves nothing. */
#ifndef SIGNOFF_NAMES_H
#define SIGNOFF_NAMES_H

#include <stdint.h>

#include "arena.h"

SO_BEGIN_INTERNAL

/* The rule by which a system compares texts of one kind. */
enum so_naming {
    SO_NAMES_EXACT,  /* names of people; nothing is documented */
    SO_NAMES_FOLDED, /* names of people; case and percent-encoded UTF-8 are documented to make no difference */
    SO_KEYS_EXACT,   /* opaque: session keys, tokens; a key has no domain */
};

enum so_likeness { SO_DIFFERENT, SO_NEARLY, SO_SAME };

/* `same` is the name without blanks of any script around it; of SO_NAMES_FOLDED also percent-decoded once and without case
   (character by character: one that folds into several stays). `nearly` is made of it: compatible forms as one (NFKD), without
   case, marks, blanks, `+`, controls and invisible characters, dashes and apostrophes of all kinds as one, percent-decoded
   however often, without quotes and brackets, the domain off (`name@domain`, `DOMAIN\name`, `DOMAIN/name`, `sip:name@domain`, a
   claim's `...|name`), of a directory's name the first value (`CN=name,OU=...`), a number without leading zeros; bytes that are
   no UTF-8 are read as Windows-1252. It is empty for a text that shows nothing: such a text names nobody. */
struct so_name {
    const char *same, *nearly;
    size_t same_size, nearly_size;
};

struct so_comparison {
    enum so_likeness likeness;
    const char *notice; /* why names that look alike are different; or NULL */
};

/* "exact", "folded", "key". */
const char *so_naming_name(enum so_naming rule);
bool so_naming_find(const char *name, enum so_naming *out);

/* Whether a text shows nothing: blanks of any script, controls and invisible characters. */
bool so_name_is_blank(const char *text, size_t size);

/* Whether a character shows nothing and takes no room: controls, marks of direction, joiners, selectors, fillers. */
bool so_name_is_invisible(int32_t character);

/* The results live in the arena. False when memory is out. Time and memory grow with the size of the texts, no faster. */
bool so_name_keys(struct so_arena *arena, enum so_naming rule, const char *text, size_t size, struct so_name *out);

/* A name that shows nothing is different from every other, and from itself. */
bool so_names_compare(struct so_arena *arena, const struct so_name *a, const struct so_name *b, struct so_comparison *out);

SO_END_INTERNAL

#endif
