/* SPDX-License-Identifier: MIT */
/* Helpers that the `read` functions of all backends use: the meaning of a reply's parts, and the words for failures. */
#ifndef SIGNOFF_READING_H
#define SIGNOFF_READING_H

#include "../core/status.h"
#include "backend.h"

SO_BEGIN_INTERNAL

/* True for 2xx. Otherwise fails the call as the backend's statuses and the common ones say. */
bool so_read_status(struct so_call *call);

/* Fails the call: a reply that cannot be understood. `why` ends the sentence "the reply ...". */
void so_read_unusable(struct so_call *call, const char *why);

/* Members of a system's replies by their meaning; lists end with NULL, and may be NULL. */
struct so_words {
    const char *const *data;   /* their names and texts never mean an error */
    const char *const *errors; /* only errors have them, though their names do not say so */
    const char *const *lists;  /* elements that may be repeated */
    const char *rows;          /* a long list, which its reader takes row by row */
};

/* Notes why the reply is not whole, as the end of "the reply ...". Keeps an earlier reason; NULL is none. */
void so_read_doubt(struct so_call *call, const char *why);

/* Such a reason, made like printf does, in the call's arena. */
const char *so_read_because(struct so_call *call, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The name of a member as such a reason may say it. */
const char *so_read_name(struct so_call *call, const char *name);

/* Notes the faults of the reply as a whole; true where it has none. The document's namespace must not be set yet. */
bool so_read_whole(struct so_call *call, const struct so_document *document, const struct so_words *words);

/* The parts of that check, for readers of rows: NULL, or the fault. The first checks a member with all that is inside: for
   signs of an error, and for repeated members. The second checks the children of an XML element for repetitions. */
const char *so_read_doubt_in(struct so_call *call, const char *name, struct so_node node, const struct so_words *words);
const char *so_read_repeated(struct so_call *call, struct so_node parent, const struct so_words *words);
bool so_read_says_error(const char *text, size_t size);
bool so_read_holds_something(struct so_node node);
bool so_read_is_one_of(const char *const *names, const char *name);
/* Whether every member has one of those names: a system's own errors have this form. Errors of proxies and gateways have other
   members. */
bool so_read_has_only(struct so_node parent, const char *const *names);
/* Whether a text contains one of those lower-case words, regardless of case. */
bool so_read_mentions(const char *text, size_t size, const char *const *words);

/* Fails the call: the refusal comes from a proxy or gateway, and says nothing about the target. */
void so_read_foreign_refusal(struct so_call *call);

/* Starts the answer of a change: what the system said, or "undecided" where the reply is not whole. */
struct so_value *so_read_act(struct so_call *call, const char *said);

/* Whether the body is a page for people: of a proxy, or of the servlet container. */
bool so_read_is_page(const struct so_call *call, const struct so_document *document);

/* Gives the root of the document; without a document fails the call as unusable. */
bool so_read_root(struct so_call *call, const struct so_document *document, struct so_node *out);

/* How much of a text is kept, of which so many bytes are shown: enough to find a secret that ends behind those. */
size_t so_read_kept(size_t size, size_t shown);

/* Notes the vendor's code, or its words (shown are 512 bytes of them). */
void so_read_vendor_number(struct so_call *call, long code);
void so_read_vendor_code(struct so_call *call, struct so_node parent, const char *member);
void so_read_vendor_message(struct so_call *call, const char *text, size_t size);

/* The first of these members (up to NULL) that is a text with something in it becomes the vendor's message. */
void so_read_message_of(struct so_call *call, struct so_node parent, const char *const *members);

/* The answer is that list, its items renamed by the columns; an item that is no record leaves a doubt. Fails the call when it
   is no list. */
bool so_read_rows(struct so_call *call, struct so_node list, const struct so_column *columns, size_t *count);

/* Starts the answer: "accepted", "already_out", "undecided", or NULL for a read. The members go into what it returns. */
struct so_value *so_read_answer(struct so_call *call, const char *said);

/* Adds member `wire` of the reply as `name`: a text as it is, also of a number; nothing where there is none. */
void so_read_copy(struct so_call *call, struct so_value *into, const char *name, struct so_node parent, const char *wire);

SO_END_INTERNAL

#endif
