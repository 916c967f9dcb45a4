/* SPDX-License-Identifier: MIT */
/* Writing. */
#include <string.h>

#include "buffer.h"
#include "xml.h"

static const char *entity_of(char byte)
{
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

/* Text as it is written between tags; NULL when memory is out. */
static const char *escaped_text(struct so_arena *arena, const char *text, size_t size)
{
    enum { LONGEST = 6 };
    if (!size || !strpbrk(text, "&<>\"\r"))
        return text;
    char *escaped = so_arena_alloc(arena, LONGEST * size + 1), *end = escaped;
    for (size_t i = 0; escaped && i < size; i++) {
        const char *entity = entity_of(text[i]);
        if (entity)
            end = stpcpy(end, entity);
        else
            *end++ = text[i];
    }
    return escaped;
}

static bool write_tag(struct so_buffer *xml, bool closes, const char *name)
{
    return so_buffer_append(xml, "</", closes ? 2 : 1) && so_buffer_text(xml, name) && so_buffer_append(xml, ">", 1);
}

static bool write_element(struct so_arena *arena, struct so_buffer *xml, const struct so_value *value)
{
    const char *text = value->text ? escaped_text(arena, value->text, value->size) : NULL;
    if (value->text && (!text || !so_buffer_text(xml, text)))
        return false;
    for (const struct so_value *child = value->first; child; child = child->next)
        if (!write_tag(xml, false, child->name) || !write_element(arena, xml, child) || !write_tag(xml, true, child->name))
            return false;
    return true;
}

const char *so_xml_write(struct so_arena *arena, const struct so_value *root, const char *space, size_t *size)
{
    struct so_buffer xml = {0};
    const char *kept = NULL;
    const char *start = space ? so_arena_join(arena, "<", root->name, " xmlns=\"", space, "\">", NULL)
                              : so_arena_join(arena, "<", root->name, ">", NULL);
    const char *end = so_arena_join(arena, "</", root->name, ">", NULL);
    if (start && end && so_buffer_text(&xml, start) && write_element(arena, &xml, root) && so_buffer_text(&xml, end))
        kept = so_arena_copy(arena, xml.bytes, xml.size);
    *size = xml.size;
    so_buffer_free(&xml);
    if (!kept)
        arena->failed = true;
    return kept;
}
