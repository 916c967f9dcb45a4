/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "../core/locale.h"
#include "../core/secret.h"
#include "parameters.h"

static const char *refuse_choice(const struct so_parameter *parameter, struct so_arena *arena, const char *text, size_t size)
{
    const char *all = "";
    for (const char *const *choice = parameter->choices; *choice; choice++) {
        if (strlen(*choice) == size && !memcmp(*choice, text, size))
            return NULL;
        all = all ? so_arena_join(arena, all, " ", *choice, NULL) : NULL;
    }
    return all ? so_arena_join(arena, "is none of", all, NULL) : NULL;
}

static const char *refuse_url(struct so_arena *arena, const char *text)
{
    const char *origin, *base;
    return so_url_check(arena, text, &origin, &base);
}

const char *so_parameter_refuse_text(const struct so_parameter *parameter, struct so_arena *arena, const char *text, size_t size)
{
    if (!size && !(parameter->flags & SO_MAY_BE_EMPTY))
        return "is empty";
    const char *why = so_text_refuse(parameter->place, text, size);
    if (!why && parameter->place == SO_PLACE_URL)
        why = refuse_url(arena, text);
    if (!why && parameter->flags & SO_SECRET)
        why = so_secret_refuse(text, size, false);
    return why || !parameter->choices ? why : refuse_choice(parameter, arena, text, size);
}

const char *so_parameter_refuse_number(const struct so_parameter *parameter, struct so_arena *arena, double number)
{
    char least[32], most[32];
    if (!isfinite(number))
        return "is not a finite number";
    if (parameter->flags & SO_WHOLE_NUMBER && number != floor(number))
        return "is not a whole number";
    if (parameter->least >= parameter->most || (number >= parameter->least && number <= parameter->most))
        return NULL;
    so_number_write(least, sizeof least, "%.14g", parameter->least);
    so_number_write(most, sizeof most, "%.14g", parameter->most);
    return so_arena_join(arena, "is not between ", least, " and ", most, NULL);
}

struct so_value *so_parameter_add_fallback(const struct so_parameter *parameter, struct so_arena *arena, struct so_value *into)
{
    if (!parameter->fallback)
        return so_value_add(arena, into, SO_NIL, parameter->name);
    if (parameter->type == SO_NUMBER)
        return so_value_add_number(arena, into, parameter->name, so_number_read(parameter->fallback, NULL));
    return so_value_add_string(arena, into, parameter->name, parameter->fallback);
}

bool so_parameter_is_listed(const struct so_parameter *list, const char *name)
{
    for (; list && list->name; list++)
        if (*list->name == *name && !strcmp(list->name, name))
            return true;
    return false;
}
