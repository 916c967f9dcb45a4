/* SPDX-License-Identifier: MIT */
/* XML by libxml2: written from described values (xml.c), read into a document (xml_reader.c). No DTD, no entity, no
   network, no file. */
#ifndef SIGNOFF_XML_H
#define SIGNOFF_XML_H

#include "document.h"

SO_BEGIN_INTERNAL

/* `root` as an element with its children inside, without a declaration; `space` is its namespace or NULL.
   NULL when memory is out. */
const char *so_xml_write(struct so_arena *arena, const struct so_value *root, const char *space, size_t *size);

/* An XML document: the arena has its elements; `names` has their names, and must be freed. */
struct so_xml {
    struct so_document document;
    struct _xmlDict *names;
};

/* Reads a document. Gives NULL, or why these bytes are no document ("has a document type definition"), or have more than that
   many elements and attributes; `out` is to be freed in either case. `charset`: as the reply is labelled, or NULL. The reason
   for XML that is not well-formed begins with these words; line and reason follow. */
#define SO_XML_MALFORMED "is not well-formed XML"
const char *so_xml_read(struct so_xml *out, struct so_arena *arena, const char *bytes, size_t size, const char *charset,
                        size_t values_max);
void so_xml_free(struct so_xml *xml);

SO_END_INTERNAL

#endif
