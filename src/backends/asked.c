/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "asked.h"

/* Reads a text byte by byte, percent-decoded or as it is, without a copy, since a reply may be long. */
struct text {
    const char *at, *end;
    bool decoded;
};

/* The next byte in lower case; false at the end, and where a '%' encodes nothing: then `at` is NULL. */
static bool next_byte(struct text *text, unsigned char *out)
{
    unsigned byte;
    if (text->at == text->end)
        return false;
    bool encoded = text->decoded && *text->at == '%';
    if (encoded && (text->end - text->at < 3 || !so_text_hex(text->at + 1, &byte))) {
        text->at = NULL;
        return false;
    }
    byte = encoded ? byte : (unsigned char)*text->at;
    text->at += encoded ? 3 : 1;
    *out = (unsigned char)so_text_lower((char)byte);
    return true;
}

/* FNV-1a. False where the text does not decode. */
static bool hash_of(struct text text, size_t *out)
{
    unsigned char byte;
    *out = 2166136261u;
    while (next_byte(&text, &byte))
        *out = (*out ^ byte) * 16777619u;
    return text.at != NULL;
}

static bool is_same(struct text text, const struct so_value *name)
{
    struct text other = {name->text, name->text + name->size, false};
    unsigned char byte, wanted;
    while (next_byte(&other, &wanted))
        if (!next_byte(&text, &byte) || byte != wanted)
            return false;
    return text.at == text.end;
}

static void add_name(struct so_asked_list *list, const struct so_value *name)
{
    size_t hash;
    struct so_asked *asked = &list->names[list->count++];
    hash_of((struct text){name->text, name->text + name->size, false}, &hash);
    *asked = (struct so_asked){.name = name, .next = list->table[hash % list->slots]};
    list->table[hash % list->slots] = asked;
}

bool so_asked_open(struct so_arena *arena, struct so_asked_list *out, const struct so_value *argument)
{
    size_t count = argument->type == SO_STRING ? 1 : so_value_count(argument);
    *out = (struct so_asked_list){.slots = count + 1};
    out->names = so_arena_alloc(arena, count * sizeof *out->names);
    out->table = so_arena_alloc(arena, out->slots * sizeof *out->table);
    if (!out->names || !out->table)
        return false;
    if (argument->type == SO_STRING)
        add_name(out, argument);
    for (const struct so_value *name = argument->first; name; name = name->next)
        add_name(out, name);
    return true;
}

static void find(const struct so_asked_list *list, struct text key, void (*take)(void *payload, size_t index), void *payload)
{
    size_t hash;
    if (!hash_of(key, &hash))
        return;
    for (const struct so_asked *asked = list->table[hash % list->slots]; asked; asked = asked->next)
        if (is_same(key, asked->name))
            take(payload, (size_t)(asked - list->names));
}

void so_asked_find(const struct so_asked_list *list, const char *key, size_t size, bool encoded,
                   void (*take)(void *payload, size_t index), void *payload)
{
    find(list, (struct text){key, key + size, false}, take, payload);
    if (encoded && memchr(key, '%', size))
        find(list, (struct text){key, key + size, true}, take, payload);
}
