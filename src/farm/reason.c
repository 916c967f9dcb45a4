/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../core/locale.h"
#include "reason.h"

const char so_reason_away[] = "away", so_reason_denied[] = "denied", so_reason_schema[] = "schema", so_reason_full[] = "full",
           so_reason_failed[] = "failed";

enum { STATE = 5 }; /* characters of an SQLSTATE */

void so_reason_set(struct so_reason *out, const char *code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    out->code = code;
    *out->sqlstate = '\0';
    vsnprintf(out->message, sizeof out->message, format, values);
    va_end(values);
}

void so_reason_late(struct so_reason *out, double seconds)
{
    char digits[32];
    so_number_write(digits, sizeof digits, "%.3g", seconds);
    so_reason_set(out, so_reason_away, "no answer within %s seconds", digits);
}

const char *so_reason_code(const char *sqlstate)
{
    /* By their beginnings, the longer ones first (PostgreSQL, appendix A). */
    static const struct {
        const char *beginning, *code;
    } rows[] = {
        {"42501", so_reason_denied}, /* insufficient_privilege */
        {"42883", so_reason_schema}, /* undefined_function */
        {"42P01", so_reason_schema}, /* undefined_table */
        {"42703", so_reason_schema}, /* undefined_column */
        {"3D000", so_reason_schema}, /* invalid_catalog_name */
        {"3F000", so_reason_schema}, /* invalid_schema_name */
        {"25006", so_reason_away},   /* read_only_sql_transaction: a standby */
        {"55P03", so_reason_away},   /* lock_not_available */
        {"08", so_reason_away},      /* connection exception */
        {"28", so_reason_denied},    /* invalid authorization specification */
        {"40", so_reason_away},      /* transaction rollback: nothing was done */
        {"53", so_reason_away},      /* insufficient resources: disk, memory, connections */
        {"57", so_reason_away},      /* operator intervention: shutdown, starting up, cancelled */
        {"58", so_reason_away},      /* system error */
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (!strncmp(sqlstate, rows[i].beginning, strlen(rows[i].beginning)))
            return rows[i].code;
    return so_reason_failed;
}

/* The SQLSTATE that verbose messages have before their text ("FATAL:  28P01: ..."), or NULL. */
static const char *find_state(const char *line)
{
    for (const char *at = strstr(line, ":  "); at; at = strstr(at + 1, ":  ")) {
        const char *state = at + 3;
        size_t size = 0;
        while (size < STATE && ((state[size] >= '0' && state[size] <= '9') || (state[size] >= 'A' && state[size] <= 'Z')))
            size++;
        if (size == STATE && state[STATE] == ':')
            return state;
    }
    return NULL;
}

static const char *code_of_line(const char *line)
{
    /* Words of libpq itself for servers that it does not trust, and for what it would need. */
    static const char *const denials[] = {
        "certificate verify failed", "does not match host name", "root certificate", "does not support SSL", "no password supplied",
        "certificate file", "private key file", "certificate authority", "could not get server's host name", "tlsv1 alert",
        "sslv3 alert", "requires a password",  "channel binding", "passphrase",
    };
    const char *state = find_state(line);
    if (state)
        return so_reason_code(state);
    for (size_t i = 0; i < sizeof denials / sizeof *denials; i++)
        if (strstr(line, denials[i]))
            return so_reason_denied;
    return so_reason_away;
}

/* Appends to the message: lines become sentences, without SQLSTATEs. */
static void append_line(struct so_reason *out, const char *line)
{
    size_t size = strlen(out->message);
    const char *state = find_state(line);
    int before = state ? (int)(state - line) - 1 : (int)strlen(line);
    snprintf(out->message + size, sizeof out->message - size, "%s%.*s%s", size ? "; " : "", before, line, state ? state + STATE + 2 : "");
}

static void leave_out(char *text, const char *secret)
{
    size_t size = secret ? strlen(secret) : 0;
    for (char *at = text; size && (at = strstr(at, secret)); at++)
        memset(at, '*', size);
}

/* Lines that verbose messages add: where in the server's source it was. */
static bool is_place(const char *line)
{
    return !strncmp(line, "LOCATION:", 9) || *line == '\t' || !*line;
}

/* The code of a line that follows others. Several addresses of one host are one host, which denies if one of them does; as long as one of
   several hosts may come back, asking again makes sense. */
struct verdict {
    const char *host, *of_host, *of_earlier; /* host: of the line, up to a quote */
    size_t size;
};

static const char *both(const char *one, const char *other)
{
    if (!one || !other)
        return one ? one : other;
    return one == so_reason_away || other == so_reason_away ? so_reason_away : one;
}

static bool begins_with(const char *line, const char *words)
{
    return !strncmp(line, words, strlen(words));
}

/* Whether the line counts. Some go on with what the one before says. */
static bool judge(struct verdict *verdict, const char *line, const char *code)
{
    if (code == so_reason_away && verdict->host && !begins_with(line, "connection to server") && !begins_with(line, "could not translate"))
        return false;
    const char *quote = strchr(line, '"'), *host = quote ? quote + 1 : "";
    size_t size = strcspn(host, "\"");
    bool same = verdict->host && size == verdict->size && !memcmp(host, verdict->host, size);
    if (!same) {
        verdict->of_earlier = both(verdict->of_earlier, verdict->of_host);
        verdict->of_host = NULL;
    }
    bool counts = !verdict->of_host || verdict->of_host == so_reason_away;
    verdict->of_host = counts ? code : verdict->of_host;
    verdict->host = host;
    verdict->size = size;
    return counts;
}

void so_reason_of_connecting(struct so_reason *out, const char *text, const char *secret)
{
    char copy[2048], *rest = copy;
    struct verdict verdict = {0};
    *out = (struct so_reason){0};
    snprintf(copy, sizeof copy, "%s", text);
    leave_out(copy, secret);
    for (char *line; (line = strsep(&rest, "\n"));) {
        const char *state = find_state(line);
        if (is_place(line))
            continue;
        if (judge(&verdict, line, code_of_line(line)) && state)
            memcpy(out->sqlstate, state, STATE);
        append_line(out, line);
    }
    const char *code = both(verdict.of_earlier, verdict.of_host);
    out->code = code ? code : so_reason_away;
    if (!*out->message)
        snprintf(out->message, sizeof out->message, "it cannot be reached");
}

void so_reason_of_result(struct so_reason *out, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE), *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    so_reason_set(out, state ? so_reason_code(state) : so_reason_failed, "%s", text ? text : "it gave no rows");
    if (state)
        snprintf(out->sqlstate, sizeof out->sqlstate, "%s", state);
}
