/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "document.h"
#include "locale.h"
#include "text.h"

bool so_node_child(struct so_node parent, const char *name, struct so_node *out)
{
    return parent.document->methods->child(parent, name, out) && so_node_type(*out) != SO_NIL;
}

bool so_node_next(struct so_node list, struct so_cursor *cursor, struct so_node *out)
{
    return list.document->methods->next(list, &cursor->index, &cursor->place, out);
}

bool so_node_each(struct so_node parent, struct so_cursor *cursor, const char **name, struct so_node *out)
{
    return parent.document->methods->each(parent, &cursor->index, &cursor->place, name, out);
}

enum so_type so_node_type(struct so_node node)
{
    return node.document->methods->type(node);
}

bool so_node_is_empty(struct so_node node)
{
    return node.document->methods->empty(node);
}

bool so_node_text(struct so_node node, const char **text, size_t *size)
{
    return node.document->methods->text(node, text, size);
}

static bool number_in(const char *text, size_t size, double *out)
{
    so_text_trim(&text, &size);
    char copy[64], *end;
    if (!size || size >= sizeof copy || strspn(text, "+-.0123456789eE") < size)
        return false;
    memcpy(copy, text, size);
    copy[size] = '\0';
    *out = so_number_read(copy, &end);
    return *end == '\0';
}

bool so_node_number(struct so_node node, double *out)
{
    const struct so_document_methods *methods = node.document->methods;
    const char *text;
    size_t size;
    if (!(methods->number && methods->number(node, out)) &&
        !(so_node_type(node) == SO_STRING && so_node_text(node, &text, &size) && number_in(text, size, out)))
        return false;
    return isfinite(*out);
}

static bool truth_in(const char *text, size_t size, bool *out)
{
    so_text_trim(&text, &size);
    *out = so_text_same(text, size, "true", 4);
    return *out || so_text_same(text, size, "false", 5);
}

bool so_node_truth(struct so_node node, bool *out)
{
    const struct so_document_methods *methods = node.document->methods;
    const char *text;
    size_t size;
    return (methods->truth && methods->truth(node, out)) ||
           (so_node_type(node) == SO_STRING && so_node_text(node, &text, &size) && truth_in(text, size, out));
}

bool so_node_attribute(struct so_node node, const char *name, const char **text, size_t *size)
{
    const struct so_document_methods *methods = node.document->methods;
    return methods->attribute && methods->attribute(node, name, text, size);
}

const char *so_node_name(struct so_node node)
{
    const struct so_document_methods *methods = node.document->methods;
    return methods->name ? methods->name(node) : NULL;
}

const char *so_node_space(struct so_node node)
{
    const struct so_document_methods *methods = node.document->methods;
    return methods->space ? methods->space(node) : NULL;
}

const char *so_node_member(struct so_arena *arena, struct so_node parent, const char *name, size_t *size)
{
    struct so_node child;
    const char *text;
    if (!so_node_child(parent, name, &child) || !so_node_text(child, &text, size))
        return NULL;
    return so_arena_copy(arena, text, *size);
}
