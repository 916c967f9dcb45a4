/* SPDX-License-Identifier: MIT */
/* Finds the encoding of an XML reply. For a name that libxml2 does not know itself, the C library loads a module: a server must
   not choose among all of them. */
#ifndef SIGNOFF_XML_ENCODING_H
#define SIGNOFF_XML_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_xml_encoding {
    char charset[40]; /* the encoding to be used; "": the one that it declares */
    bool undeclared;  /* its own declaration is wrong */
};

/* Chooses how a document is read. Gives NULL, or why libxml2 is not given the bytes: it gets UTF-8, UTF-16, ASCII, ISO 8859 and
   Windows' 125x. The bytes count first. The label of a reply (`charset`, NULL: none) counts only if the document declares nothing and
   is no UTF-8. A declaration of UTF-16 does not count if the bytes are not UTF-16: .NET writes so. */
const char *so_xml_encoding_of(struct so_xml_encoding *out, const char *bytes, size_t size, const char *charset);

SO_END_INTERNAL

#endif
