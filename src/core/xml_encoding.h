/* SPDX-License-Identifier: MIT */
/* How the characters of an XML reply are encoded. A name that libxml2 does not know itself makes the C library load a module
   for it: what a server writes there must not choose among all of them. */
#ifndef SIGNOFF_XML_ENCODING_H
#define SIGNOFF_XML_ENCODING_H

#include <stdbool.h>
#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

struct so_xml_encoding {
    char charset[40]; /* as which it is read, "" for what it says itself */
    bool undeclared;  /* whatever it declares is false */
};

/* How a document is to be read; NULL, or why the bytes are not for libxml2: UTF-8, UTF-16, ASCII, ISO 8859 and Windows' 125x are.
   Bytes say first what they are: the label of a reply (`charset`, NULL: none) counts only where a document declares nothing, and is
   no UTF-8; and UTF-16 that is declared in bytes that are none (.NET writes so) is not declared. */
const char *so_xml_encoding_of(struct so_xml_encoding *out, const char *bytes, size_t size, const char *charset);

SO_END_INTERNAL

#endif
