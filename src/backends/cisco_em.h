/* SPDX-License-Identifier: MIT */
/* Declarations that the two files of Extension Mobility share: requests, codes and facts (cisco_em.c), rows of queries
   (cisco_em_rows.c). */
#ifndef SIGNOFF_CISCO_EM_H
#define SIGNOFF_CISCO_EM_H

#include "reading.h"

SO_BEGIN_INTERNAL

enum { SO_EM_IGNORE_MEMBERS = 6 }; /* the place of that option */

extern const struct so_words so_em_words;
extern const char *const so_em_messages[]; /* elements of a failure that hold its text, up to NULL */

/* Gives the root of a reply, which is `response`; otherwise fails the call. */
bool so_em_open(struct so_call *call, const struct so_document *document, struct so_node *root);

/* Gives the failure of a reply. A failure with more than one code or text fails the call as unusable. */
bool so_em_find_failure(struct so_call *call, struct so_node root, struct so_node *out);

/* Makes an answer of that failure, or fails the call. */
void so_em_read_failure(struct so_call *call, struct so_node failure);

/* Readers of deviceUserQuery and userDevicesQuery. */
void so_em_read_devices(struct so_call *call, const struct so_document *document);
void so_em_read_users(struct so_call *call, const struct so_document *document);

SO_END_INTERNAL

#endif
