/* SPDX-License-Identifier: MIT */
/* Documents: a read-only view of a decoded reply in any format. A backend's `read` sees nothing else. Two implementations: a
   tree of elements (xml_reader.c), and a decoded JSON value (binding/json.c). */
#ifndef SIGNOFF_DOCUMENT_H
#define SIGNOFF_DOCUMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "value.h"

SO_BEGIN_INTERNAL

struct so_document;

/* A place in a document. Valid until another child of the same parent is asked for; copy texts that must live longer. */
struct so_node {
    struct so_document *document;
    void *place; /* XML: the element */
    int slot;    /* JSON: the index of the value on the stack */
};

/* An XML element is an SO_TABLE when it has child elements, SO_NIL when i:nil says so, otherwise an SO_STRING; it can
   always be walked as a list of its child elements. An empty JSON container is both SO_TABLE and a list of none. NULL: the
   format has no numbers, booleans, attributes, names or namespaces of its own. */
struct so_document_methods {
    enum so_type (*type)(struct so_node node);
    bool (*child)(struct so_node parent, const char *name, struct so_node *out);
    bool (*next)(struct so_node list, size_t *cursor, void **place, struct so_node *out);
    bool (*each)(struct so_node parent, size_t *cursor, void **place, const char **name, struct so_node *out);
    bool (*text)(struct so_node node, const char **text, size_t *size);
    bool (*number)(struct so_node node, double *out);
    bool (*truth)(struct so_node node, bool *out);
    bool (*attribute)(struct so_node node, const char *name, const char **text, size_t *size);
    const char *(*name)(struct so_node node);
    const char *(*space)(struct so_node node);
    bool (*empty)(struct so_node node);
};

struct so_document {
    const struct so_document_methods *methods;
    const char *space;      /* XML: when a reader sets it, elements of other namespaces are passed over */
    struct so_arena *arena; /* for texts that consist of several parts */
    bool repeats;           /* JSON: an object has a member twice. XML may repeat elements, and is searched instead */
    const char *no_array;   /* JSON: the name of a member that must be an array, and is something else in one place; NULL: none */
    struct so_node root;
};

/* A cursor over a list. Zero-initialised, it stands before the first item. */
struct so_cursor {
    size_t index;
    void *place;
};

/* False when `parent` has no such member; a JSON null counts as none. */
bool so_node_child(struct so_node parent, const char *name, struct so_node *out);

/* The next item of a JSON array, or the next child element. False at the end, and where `list` is no list. */
bool so_node_next(struct so_node list, struct so_cursor *cursor, struct so_node *out);

/* The next child of a container, with its name; items of a JSON array have none. */
bool so_node_each(struct so_node parent, struct so_cursor *cursor, const char **name, struct so_node *out);

enum so_type so_node_type(struct so_node node);

/* A container without members; a text without bytes; an XML element with nothing but blanks inside. */
bool so_node_is_empty(struct so_node node);

/* A text as sent, or the text of a number or a boolean. False for null and containers. */
bool so_node_text(struct so_node node, const char **text, size_t *size);

/* A finite number; also one in a string. */
bool so_node_number(struct so_node node, double *out);

/* true or false; also that word in a string. */
bool so_node_truth(struct so_node node, bool *out);

/* An XML attribute by its local name; JSON has none. */
bool so_node_attribute(struct so_node node, const char *name, const char **text, size_t *size);

/* An XML element's local name and namespace; NULL in JSON, and where there is no namespace. */
const char *so_node_name(struct so_node node);
const char *so_node_space(struct so_node node);

/* Child, then text: the member's text, copied into the arena; NULL where there is none. */
const char *so_node_member(struct so_arena *arena, struct so_node parent, const char *name, size_t *size);

SO_END_INTERNAL

#endif
