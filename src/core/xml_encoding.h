/* SPDX-License-Identifier: MIT */
/* How the characters of an XML reply are encoded. A name that libxml2 does not know itself makes the C library load a module
   for it: what a server writes there must not choose among all of them. */
#ifndef SIGNOFF_XML_ENCODING_H
#define SIGNOFF_XML_ENCODING_H

#include <stddef.h>

#include "visibility.h"

SO_BEGIN_INTERNAL

/* NULL, or why the bytes are not for libxml2: UTF-8, UTF-16, ASCII, ISO 8859 and Windows' 125x are. */
const char *so_xml_refuse_encoding(const char *bytes, size_t size);

SO_END_INTERNAL

#endif
