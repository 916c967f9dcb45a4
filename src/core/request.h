/* SPDX-License-Identifier: MIT */
/* A request, which a backend makes from arguments before anything is sent. All of it is in the call's arena. */
#ifndef SIGNOFF_REQUEST_H
#define SIGNOFF_REQUEST_H

#include "value.h"

SO_BEGIN_INTERNAL

enum so_format { SO_FORMAT_NONE, SO_FORMAT_JSON, SO_FORMAT_XML, SO_FORMAT_FORM };

struct so_header {
    const char *name, *value;
    struct so_header *next;
};

struct so_request {
    const char *method, *url;
    const char *origin;              /* of the URL, where it is not the client's; NULL where it is */
    struct so_header *headers;
    const char *username, *password; /* Basic authentication; NULL where there is none */
    enum so_format format;
    const char *content_type;   /* NULL where there is no body */
    const struct so_value *body; /* described; NULL where there is none */
    const char *space;          /* of the body's root element, for SO_FORMAT_XML */
    const char *bytes;          /* the body as written from that */
    size_t size;
};

/* False when memory is out. */
bool so_request_header(struct so_request *request, struct so_arena *arena, const char *name, const char *value);

bool so_header_is_cookie(const struct so_header *header);

/* The format that a media type ("text/xml") or its short name ("xml") means. */
enum so_format so_format_of(const char *media_type);

/* Percent-encoded, for one segment of a path or a form; NULL when memory is out. */
const char *so_url_escape(struct so_arena *arena, const char *text, size_t size);

/* Checks an http or https URL without credentials, query and fragment. Gives NULL, or the fault. `origin` gets scheme, host and
   the port that is written, `base` the URL without slashes at its end; both in the arena. */
const char *so_url_check(struct so_arena *arena, const char *url, const char **origin, const char **base);

/* Host and port of a URL that may lack its scheme, without credentials; NULL where it is none, or memory is out. `always`: also
   the port that its scheme means. */
const char *so_url_host(struct so_arena *arena, const char *url, bool always);

/* The user and password that a URL holds, decoded, in the arena; NULL where it has none. False where it is no URL or memory is
   out: libcurl has the same code for this and for an invalid login. */
bool so_url_credentials(struct so_arena *arena, const char *url, const char **user, const char **password);

/* Writes SO_FORMAT_FORM: `name=value&...` of a table, `[0].name=value&...` of a list of tables. False: memory is out. */
bool so_form_write(struct so_arena *arena, const struct so_value *body, const char **bytes, size_t *size);

SO_END_INTERNAL

#endif
