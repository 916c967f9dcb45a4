/* SPDX-License-Identifier: MIT */
/* Members that stand twice in one JSON object: lua-cjson keeps the last one and says nothing. */
#ifndef SIGNOFF_JSON_MEMBERS_H
#define SIGNOFF_JSON_MEMBERS_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* Whether an object of that text has a member twice, or more members than any answer. The text is valid JSON. */
bool so_json_repeats(const char *bytes, size_t size);

SO_END_INTERNAL

#endif
