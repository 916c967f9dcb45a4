/* SPDX-License-Identifier: MIT */
/* A backend describes one system: a table of facts, and two pure functions for each operation. `build` makes the request from
   the arguments, `read` makes the answer from the reply. A new system is one file with such a table at its end, one row in
   registry.h, a folder of replies and a file of requests under spec/, and its page: docs/add-a-system.md. */
#ifndef SIGNOFF_BACKEND_H
#define SIGNOFF_BACKEND_H

#include "../core/call.h"
#include "../core/names.h"
#include "../core/text.h"

SO_BEGIN_INTERNAL

/* The source of a fact: the vendor's page that the project began with, other public documents, or a conclusion. */
enum so_provenance { SO_SEED, SO_DOCUMENTED, SO_INFERRED };

/* SO_ROUTE: says which way a call goes, not which person it concerns */
enum { SO_REQUIRED = 1, SO_SECRET = 2, SO_MAY_BE_EMPTY = 4, SO_WHOLE_NUMBER = 8, SO_ROUTE = 16 };

/* An option or an argument. A list of them ends with a row without a name. */
struct so_parameter {
    const char *name;
    enum so_type type; /* SO_LIST: of strings; SO_TABLE: a name, or {id =} */
    enum so_place place;
    unsigned flags;
    const char *fallback;          /* of strings */
    const char *const *choices;    /* of strings: what is taken, up to NULL; NULL: anything */
    double least, most;            /* of numbers */
    const char *what;              /* for the documentation */
};

/* The names of one member of a list's rows: the system's, and the one in Lua. A list of columns ends with a row without a name. */
struct so_column {
    const char *name;     /* in Lua */
    const char *wire;     /* the system's */
    enum so_type type;    /* SO_STRING, SO_NUMBER, or SO_BOOLEAN: whether it equals the option of the index below */
    int option;
    const char *doubt; /* the row's member that says why this one cannot be read; NULL: it need not be */
};

enum so_retry { SO_RETRY_NO, SO_RETRY_ONCE, SO_RETRY_PACED };

/* A follow-up request: another exchange that an HTTP status asks for. */
enum so_follow_up_kind {
    SO_FOLLOW_UP_NONE,
    SO_FOLLOW_UP_REPEAT,  /* the same again, as that operation */
    SO_FOLLOW_UP_PROBE,   /* that operation on the same target tells whether the refusal concerns the client or the target */
    SO_FOLLOW_UP_BY_NAME, /* the id is stale: the same again by the name, if the caller gave one */
};

struct so_follow_up {
    long http_status;
    enum so_follow_up_kind kind;
    const char *operation;
    const char *says; /* what a probe that succeeds adds to the message */
};

/* The kind of evidence that an answer is about a target. */
enum so_evidence {
    SO_EVIDENCE_NONE,
    SO_EVIDENCE_OCCUPANT, /* the user who is there now; nobody is proof */
    SO_EVIDENCE_SESSION,  /* absent from the list of sessions is proof */
    SO_EVIDENCE_TOKEN,    /* refused is proof only for a token that was seen alive */
    SO_EVIDENCE_SETTING,  /* the value reads back as set */
    SO_EVIDENCE_LOGINS,   /* an empty list is proof */
};

struct so_operation {
    const char *name;
    const char *public_name; /* its name in messages, where it is a step of that operation; NULL: its own */
    const struct so_parameter *arguments;
    int positional; /* how many are positional, before the table of the others; -1: a table, or only the first */
    bool (*build)(struct so_call *call);
    void (*read)(struct so_call *call, const struct so_document *document);
    const char *const *answers; /* members of the answer besides those that all have, up to NULL */
    bool changes;               /* changes state, so pacing counts it */
    bool safe;                  /* to repeat */
    enum so_retry retry;
    enum so_evidence evidence;
    int batch_max;       /* the most targets of one call; 0: it covers all */
    bool list;           /* its reply may be long */
    bool finds;          /* finds the targets of a named person */
    const char *row_key; /* the member of each row that has the target or the name that was asked for; NULL: it answers with no rows */
    const char *chunked; /* the list argument that is cut into requests of the option `chunk` */
    /* Answered from the list of that operation: only rows whose member `key` was asked for. */
    struct { const char *operation, *key; } filters;
    /* Where the client has that option, our own session, which that operation's list marks, is left out by its `key`. */
    struct { const char *operation, *key, *option; } excludes_own;
    struct so_follow_up follow_ups[2];
    enum so_provenance provenance;
};

/* A vendor's code, and its meaning for a caller. Lists end with a row whose wording is NULL. */
struct so_vendor_code {
    int code;
    enum so_code error; /* SO_OK: the answer below */
    const char *answer;
    enum so_scope scope;
    bool retriable;
    const char *wording;
    enum so_provenance provenance;
    const char *source;
};

struct so_words;

/* Described in Lua, it has neither `build` nor `read`: binding/script.c calls those of the script. */
struct so_backend {
    const char *name;
    const char *title;
    const char *default_path;              /* of the option `path` */
    const char *const *accepts;            /* media types of replies, the default first, up to NULL */
    const char *const *encodings;          /* of request bodies, likewise */
    const struct so_parameter *options;    /* its own */
    const struct so_operation *operations; /* up to one without a name */
    const struct so_vendor_code *codes;    /* NULL: none that are numbers */
    const struct so_status_rule *statuses; /* where it differs from the common ones; NULL: nowhere */
    const char *const *headers;            /* that its requests have, and that a caller must not set; up to NULL */
    const char *signs_out;                 /* the operation that ends a session, or sets the status that takes its place */
    const char *by_hand;                   /* advice for a person where the module failed, after "... for TARGET:" */
    bool tokens_age;                       /* its targets are tokens that live for minutes */
    bool renewable;                        /* a new token may be had for an old one: a lost logout proves nothing */
    enum so_naming names;                  /* how it compares names of people... */
    enum so_naming targets;                /* ...and what `signs_out` is given */
    bool sticky;                           /* it may have several nodes: the cookies of a reply keep later calls at one of them */
    /* Makes the client's URL, where this takes more than url and path; else NULL. A refusal names the option. */
    const char *(*address)(struct so_settings *settings, const char *url, const char **out);
    const struct so_words *words; /* of one that is described in Lua: members of its replies (reading.h). NULL: it is written in C */
    const char *const *attributes; /* of XML, which its script is shown as members; NULL: none */
    const char *const *arrays;     /* members of JSON that must be arrays, since a script cannot tell an empty object from one; NULL: none */
};

/* All of them, up to NULL. */
extern const struct so_backend *const so_backends[];

const struct so_backend *so_backend_find(const char *name);
const struct so_operation *so_operation_find(const struct so_backend *backend, const char *name);
const char *so_operation_public_name(const struct so_operation *operation);

SO_END_INTERNAL

#endif
