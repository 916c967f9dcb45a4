/* SPDX-License-Identifier: MIT */
/* Finds repeated members of a JSON object: lua-cjson silently keeps the last one. */
#ifndef SIGNOFF_JSON_MEMBERS_H
#define SIGNOFF_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Arrays and objects in one another; names of all objects that are open at once. */
enum { SO_JSON_DEPTH_MAX = 32, SO_JSON_NAMES_MAX = 512, SO_JSON_BITS = 256 };

/* Of a text that is being read. */
struct so_json_members {
    int count, levels;
    bool repeated; /* an object has a member twice, or more members than any answer */
    int first[SO_JSON_DEPTH_MAX]; /* of the names of each object or list that is open */
    uint64_t bits[SO_JSON_DEPTH_MAX][SO_JSON_BITS / 64]; /* one for each of its names, perhaps shared: a name whose bit is not set is new */
    uint64_t names[SO_JSON_NAMES_MAX]; /* a digest of each: no two names that a system has share one */
};

/* An object or a list begins, and ends; the object that began last has a member of that name, which is valid JSON. */
void so_json_members_open(struct so_json_members *members);
void so_json_members_close(struct so_json_members *members);
void so_json_members_add(struct so_json_members *members, const char *text, size_t size, bool escaped);

SO_END_INTERNAL

#endif
