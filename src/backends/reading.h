/* SPDX-License-Identifier: MIT */
/* What the backends' `read` functions have in common: the meaning of HTTP's own statuses, and the words for failures. */
#ifndef SIGNOFF_READING_H
#define SIGNOFF_READING_H

#include "backend.h"

SO_BEGIN_INTERNAL

/* What an HTTP status means. Lists end with a row without one. */
struct so_status_rule {
    long first, last;
    enum so_code code;
    enum so_scope scope;
    bool retriable;
};

/* True for 2xx. Otherwise fails the call as the backend's statuses and the common ones say. */
bool so_read_status(struct so_call *call);

/* Fails the call: a reply that cannot be understood. `why` ends the sentence "the reply ...". */
void so_read_unusable(struct so_call *call, const char *why);

/* Fails the call as unusable when an XML element has child elements of one name. */
bool so_read_members_once(struct so_call *call, struct so_node parent);

/* Whether the body is a page for people: of a proxy, or of the servlet container. */
bool so_read_is_page(const struct so_call *call, const struct so_document *document);

/* The root, when there is a document; otherwise fails the call as unusable. */
bool so_read_root(struct so_call *call, const struct so_document *document, struct so_node *out);

/* Notes the vendor's code, or its words (shown are 512 bytes of them). */
void so_read_vendor_number(struct so_call *call, long code);
void so_read_vendor_code(struct so_call *call, struct so_node parent, const char *member);
void so_read_vendor_message(struct so_call *call, const char *text, size_t size);

/* The first of these members (up to NULL) that is a text with something in it becomes the vendor's message. */
void so_read_message_of(struct so_call *call, struct so_node parent, const char *const *members);

/* The answer is that list, its items renamed by the columns; fails the call when an item is no table. */
bool so_read_rows(struct so_call *call, struct so_node list, const struct so_column *columns, size_t *count);

/* Starts the answer: "accepted", "already_out", "undecided", or NULL for a read. The members go into what it returns. */
struct so_value *so_read_answer(struct so_call *call, const char *said);

/* Adds member `wire` of the reply as `name`: a text as it is, also of a number; nothing where there is none. */
void so_read_copy(struct so_call *call, struct so_value *into, const char *name, struct so_node parent, const char *wire);

SO_END_INTERNAL

#endif
