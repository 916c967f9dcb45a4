/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include <openssl/evp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "buffer.h"
#include "mask.h"
#include "request.h"
#include "xml.h"

static const char replacement[] = "***";

/* One way to write a secret down; longer ones stand before shorter ones. */
struct so_mask_form {
    const char *text;
    size_t size;
    struct so_mask_form *next;
};

bool so_mask_add(struct so_arena *arena, struct so_masked **list, const char *text, size_t size)
{
    if (size < SO_MASK_SHORTEST)
        return true;
    struct so_masked *masked = so_arena_alloc(arena, sizeof *masked);
    if (!masked)
        return false;
    *masked = (struct so_masked){.text = text, .size = size, .next = *list};
    *list = masked;
    return true;
}

static bool may_hold(const struct so_masked *list, size_t size)
{
    for (; list; list = list->next)
        if (list->size <= size)
            return true;
    return false;
}

bool so_mask_may_apply(const struct so_masked *ours, const struct so_masked *theirs, size_t size)
{
    return may_hold(ours, size) || may_hold(theirs, size);
}

/* False only when memory is out; a form that is there already, or too short, is passed over. */
static bool add_form(struct so_arena *arena, struct so_masked *masked, const char *text, size_t size)
{
    if (!text)
        return false;
    struct so_mask_form **at = &masked->forms;
    for (; *at && (*at)->size >= size; at = &(*at)->next)
        if ((*at)->size == size && !memcmp((*at)->text, text, size))
            return true;
    if (size < SO_MASK_SHORTEST)
        return true;
    struct so_mask_form *form = so_arena_alloc(arena, sizeof *form);
    if (!form)
        return false;
    *form = (struct so_mask_form){text, size, *at};
    *at = form;
    return true;
}

/* As a form or a URL has it, with the hexadecimal digits of either case, and blanks as '+'. */
static bool add_percent_forms(struct so_arena *arena, struct so_masked *masked, const char *text, size_t size)
{
    const char *upper = so_url_escape(arena, text, size);
    char *lower = upper ? so_arena_copy(arena, upper, strlen(upper)) : NULL;
    char *plus = upper ? so_arena_alloc(arena, strlen(upper) + 1) : NULL;
    if (!lower || !plus)
        return false;
    for (char *at = lower; (at = strchr(at, '%')); at += 3)
        for (int digit = 1; digit <= 2; digit++)
            if (at[digit] >= 'A' && at[digit] <= 'F')
                at[digit] += 'a' - 'A';
    char *end = plus;
    for (const char *at = upper; *at; at++) {
        bool blank = !strncmp(at, "%20", 3);
        *end++ = blank ? '+' : *at;
        at += blank ? 2 : 0;
    }
    return add_form(arena, masked, upper, strlen(upper)) && add_form(arena, masked, lower, strlen(lower)) &&
           add_form(arena, masked, plus, (size_t)(end - plus));
}

/* As JSON writers have it: with the slash escaped or not. */
static bool add_json_form(struct so_arena *arena, struct so_masked *masked, const char *escaped_too)
{
    static const char plain[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt";
    struct so_buffer json = {0};
    bool fine = true;
    for (size_t i = 0; fine && i < masked->size; i++) {
        unsigned char byte = (unsigned char)masked->text[i];
        const char *at = byte ? strchr(plain, byte) : NULL;
        char unit[8] = {(char)byte};
        if (at)
            snprintf(unit, sizeof unit, "\\%c", letter[at - plain]);
        else if (byte < 0x20 || byte == 0x7f)
            snprintf(unit, sizeof unit, "\\u%04x", byte);
        else if (strchr(escaped_too, byte))
            snprintf(unit, sizeof unit, "\\%c", byte);
        fine = so_buffer_text(&json, unit);
    }
    const char *kept = fine ? so_arena_copy(arena, json.bytes, json.size) : NULL;
    fine = kept && add_form(arena, masked, kept, json.size);
    so_buffer_free(&json);
    return fine;
}

/* Base64 of the secret alone, and the digits that do not depend on what stands around it at each of three offsets. */
static bool add_base64_forms(struct so_arena *arena, struct so_masked *masked)
{
    for (size_t offset = 0; offset < 3; offset++) {
        size_t size = offset + masked->size;
        unsigned char *bytes = so_arena_alloc(arena, size + 1);
        unsigned char *digits = so_arena_alloc(arena, (size + 2) / 3 * 4 + 1);
        if (!bytes || !digits)
            return false;
        memcpy(bytes + offset, masked->text, masked->size);
        int written = EVP_EncodeBlock(digits, bytes, (int)size);
        size_t first = (offset * 8 + 5) / 6, whole = size * 8 / 6;
        if (!add_form(arena, masked, (char *)digits + first, whole - first) ||
            (offset == 0 && !add_form(arena, masked, (char *)digits, (size_t)written)))
            return false;
    }
    return true;
}

/* As XML writers have it: with quotes escaped or not. */
static bool add_xml_forms(struct so_arena *arena, struct so_masked *masked, const char *escaped)
{
    char *bare = so_arena_copy(arena, escaped, strlen(escaped));
    if (!bare)
        return false;
    for (char *at = bare; (at = strstr(at, "&quot;")); at++) {
        *at = '"';
        memmove(at + 1, at + 6, strlen(at + 6) + 1);
    }
    return add_form(arena, masked, escaped, strlen(escaped)) && add_form(arena, masked, bare, strlen(bare));
}

static bool make_forms(struct so_arena *arena, struct so_masked *masked)
{
    const char *xml = so_xml_escape(arena, masked->text, masked->size);
    return xml && add_form(arena, masked, masked->text, masked->size) && add_xml_forms(arena, masked, xml) &&
           add_percent_forms(arena, masked, masked->text, masked->size) &&
           add_percent_forms(arena, masked, xml, strlen(xml)) && add_json_form(arena, masked, "") &&
           add_json_form(arena, masked, "/") && add_base64_forms(arena, masked);
}

static const char *replace_form(struct so_arena *arena, const struct so_mask_form *form, const char *text, size_t *size)
{
    const char *end = text + *size, *found = memmem(text, *size, form->text, form->size);
    if (!found)
        return text;
    struct so_buffer masked = {0};
    bool fine = true;
    for (const char *at = text; fine && at; at = found ? found + form->size : NULL) {
        found = memmem(at, (size_t)(end - at), form->text, form->size);
        fine = so_buffer_append(&masked, at, (size_t)((found ? found : end) - at)) &&
               (!found || so_buffer_text(&masked, replacement));
    }
    *size = masked.size;
    const char *kept = fine ? so_arena_copy(arena, masked.bytes, masked.size) : NULL;
    so_buffer_free(&masked);
    return kept;
}

static const char *mask_list(struct so_arena *arena, struct so_masked *list, const char *text, size_t *size)
{
    for (struct so_masked *masked = list; masked && text; masked = masked->next) {
        if (*size < masked->size)
            continue;
        /* a client's list is shared by threads: its forms are made into the call's arena, each time anew */
        struct so_masked own = *masked;
        own.forms = NULL;
        if (!make_forms(arena, &own))
            return NULL;
        for (const struct so_mask_form *form = own.forms; form && text; form = form->next)
            text = replace_form(arena, form, text, size);
    }
    return text;
}

const char *so_mask_apply(struct so_arena *arena, struct so_masked *ours, struct so_masked *theirs, const char *text,
                          size_t size, size_t *out_size)
{
    *out_size = size;
    const char *masked = mask_list(arena, ours, text, out_size);
    masked = masked ? mask_list(arena, theirs, masked, out_size) : NULL;
    if (!masked)
        arena->failed = true;
    return masked;
}
