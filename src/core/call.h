/* SPDX-License-Identifier: MIT */
/* A call: one exchange with a system, from its arguments to its answer. It has one owner at a time, and its arena holds
   everything that is made for it. */
#ifndef SIGNOFF_CALL_H
#define SIGNOFF_CALL_H

#include "document.h"
#include "error.h"
#include "reply.h"
#include "settings.h"

SO_BEGIN_INTERNAL

struct so_operation;
struct so_column;

/* The most bytes that are read of a reply that refuses the request: its status counts, and a system's own words are shorter. */
enum { SO_REFUSAL_MAX = 64 * 1024 };

/* Bytes of the vendor's words that are shown. */
enum { SO_VENDOR_MESSAGE_MAX = 512, SO_VENDOR_CODE_MAX = 128 };

/* The meaning of the reply. */
struct so_answer {
    struct so_error error;         /* code SO_OK: the rest holds */
    size_t looked, looked_bytes;   /* values of JSON, and bytes of its texts, that were looked through for a doubt */
    const char *said;              /* "accepted", "already_out", "undecided"; NULL for reads */
    struct so_value *result;       /* members of the answer, or its items; NULL: an empty table */
    int slot;                      /* the stack's index of the answer, where a script made it; 0: none did */
    struct so_node rows;           /* with columns: the list that the answer is made of, moved rather than copied */
    const struct so_column *columns;
    const char *unreadable;        /* why none of the rows' names and keys can be relied on, said of each; NULL: they can */
    const char *doubt;             /* why the reply is not whole, as the end of a sentence; NULL: it is */
    bool own_words;                /* the body has the form that only the system itself gives it */
    const char *moved;             /* the reply's member that `rows` or a longer way to them begins with */
    struct so_value *vendor_code;  /* a string or a number; NULL where none came */
    const char *vendor_message;
    size_t vendor_message_size;
};

struct so_call {
    struct so_arena arena;
    struct so_settings *settings;
    const struct so_operation *operation;
    bool list; /* a long reply is normal: it may be compressed, and larger */
    bool safe; /* to repeat */
    bool sticky; /* cookies of the reply matter: they keep later calls at the node that answered */
    bool own; /* the client's own token is meant: a missing argument alone does not mean it */
    bool inspected; /* the connection must be new, and is inspected */
    struct so_limits limits;
    const char *accept, *content_type;
    const char *cookie;              /* for this call alone; NULL: none */
    const struct so_address *node;   /* that it goes to; NULL: the client's own address */
    struct so_value *arguments; /* a table in the order of the operation's; missing ones are SO_NIL */
    struct so_masked *secrets;  /* among the arguments */
    const struct so_mask *mask; /* of all secrets; made when the first text is shown */
    const char *refusal;        /* set by build: why these arguments cannot be sent, naming one */
    struct so_request request;
    struct so_reply reply;
    double reading;          /* seconds that are left to read the reply; infinite without a limit */
    struct so_error failure; /* of the carrier; code SO_OK: a complete reply came */
    const char *unread;      /* why the reply's body is no document, as the end of a sentence; NULL where it is one */
    struct so_answer answer;
};

/* NULL when memory is out. The settings are shared, not taken. */
struct so_call *so_call_new(struct so_settings *settings, const struct so_operation *operation);
void so_call_free(struct so_call *call);

/* The argument at that index of the operation's list, and likewise the client's option; never NULL. */
const struct so_value *so_call_argument(const struct so_call *call, int index);
const struct so_value *so_call_option(const struct so_call *call, int index);

/* The argument at that index or, where the client's own token is meant, the option. NULL, with the refusal, where there is
   neither. */
const struct so_value *so_call_token(struct so_call *call, int argument, int option);

/* Where the call goes: the URL that paths are appended to, and its origin. */
const char *so_call_url(const struct so_call *call);
const char *so_call_origin(const struct so_call *call);

/* The call's cookies, and behind them those of the site's own headers that have other names, as one line, since a server picks
   one of two lines. NULL: the call has no cookies, or memory is out. */
const char *so_call_cookies(struct so_call *call);

/* The mask that hides the client's secrets and those among the arguments; NULL when memory is out. */
const struct so_mask *so_call_mask(struct so_call *call);

/* Whether a text of that size, of the reply, may hold one of them. */
bool so_call_may_show(const struct so_call *call, size_t size);

/* The part of a text that may be shown: at most its first `limit` bytes, masked, in the call's arena. */
const char *so_call_shown(struct so_call *call, const char *text, size_t size, size_t limit);

/* The most values that the reply may have: more than any answer has. For a list the limit depends on the bytes received, since
   a compressed reply may expand a thousand times. */
size_t so_call_values_max(const struct so_call *call);

/* Adds to the body of a reply with that status; keeps at most SO_REFUSAL_MAX bytes of a refusal. False: memory is out. */
bool so_call_receive(struct so_call *call, long http_status, const char *bytes, size_t size);

/* Writes the described body, except JSON, which the binding writes. False: memory is out. */
bool so_call_write_body(struct so_call *call);

/* Fails a call, in `read` and in the carriers, with a code and a text for people. There is no other way. */
void so_call_fail(struct so_call *call, struct so_error *error, enum so_code code, enum so_scope scope, bool retriable,
                  const char *format, ...) __attribute__((format(printf, 6, 7)));

SO_END_INTERNAL

#endif
