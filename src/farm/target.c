/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../core/locale.h"
#include "target.h"

enum { HOST_SECONDS = 3 /* seconds */ };

static const char *option_of(const PQconninfoOption *options, const char *keyword)
{
    for (; options->keyword; options++)
        if (!strcmp(options->keyword, keyword))
            return options->val && *options->val ? options->val : NULL;
    return NULL;
}

/* libpq quotes the URI, or parts of it that may belong to a password: everything between quotes is left out. */
static void set_unreadable(struct so_reason *why, char *text)
{
    char *first = text ? strchr(text, '"') : NULL, *last = first ? strrchr(text, '"') : NULL;
    if (last > first)
        memmove(first + 1, last, strlen(last) + 1);
    char *end = text ? strchr(text, '\n') : NULL;
    if (end)
        *end = '\0';
    so_reason_set(why, so_reason_denied, "it cannot be read: %s", text ? text : "memory is out");
}

/* A password with characters that mean something in a URI is taken apart, and its parts would be shown as hosts. */
static bool is_sound(const PQconninfoOption *options, struct so_reason *why)
{
    static const char *const names[] = {"host", "hostaddr", "dbname"};
    static const char escapes[] = "in a URI, @ : / ? # of a user's name or password are written in percent and two digits";
    const char *port = option_of(options, "port");
    bool sound = !port || strspn(port, "0123456789,") == strlen(port);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = option_of(options, names[i]);
        sound = sound && !(value && value[0] != '@' && strchr(value, '@') && value[0] != '/');
    }
    if (!sound)
        so_reason_set(why, so_reason_denied, "it cannot be read: its host, port or database cannot be one; %s", escapes);
    return sound;
}

static char *name_of(const PQconninfoOption *options)
{
    const char *service = option_of(options, "service"), *host = option_of(options, "host");
    const char *database = option_of(options, "dbname"), *user = option_of(options, "user");
    char *name;
    host = host ? host : option_of(options, "hostaddr");
    int size = asprintf(&name, "%s%s%s%s%s%s%s", service ? "service " : "", service ? service : "",
                        service && !host ? "" : (service ? ", host " : "host "), service && !host ? "" : (host ? host : "of the environment"),
                        database ? ", database " : "", database ? database : "", user ? ", user " : "");
    if (size < 0)
        return NULL;
    char *whole;
    size = asprintf(&whole, "%s%s", name, user ? user : "");
    free(name);
    return size < 0 ? NULL : whole;
}

bool so_target_read(struct so_target *out, const char *uri, struct so_reason *why)
{
    char *text = NULL;
    *out = (struct so_target){0};
    /* A word alone would be the name of a database for psql, and may be a password here that was pasted into the wrong place. */
    if (!strchr(uri, '=') && strncmp(uri, "postgres://", 11) && strncmp(uri, "postgresql://", 13)) {
        so_reason_set(why, so_reason_denied, "it cannot be read: it must be postgresql://..., or pairs such as service=signoff");
        return false;
    }
    PQconninfoOption *options = PQconninfoParse(uri, &text);
    if (!options) {
        set_unreadable(why, text);
        PQfreemem(text);
        return false;
    }
    bool fine = is_sound(options, why);
    const char *password = option_of(options, "password");
    if (fine) {
        out->uri = strdup(uri);
        out->name = name_of(options);
        out->password = password ? strdup(password) : NULL;
        fine = out->uri && out->name && (out->password || !password);
        if (!fine)
            so_reason_set(why, so_reason_away, "memory is out");
    }
    PQconninfoFree(options);
    if (!fine)
        so_target_free(out);
    return fine;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void so_target_free(struct so_target *target)
{
    wipe(target->uri);
    wipe(target->password);
    free(target->name);
    *target = (struct so_target){0};
}

static int count_of(const char *list)
{
    int count = list && *list ? 1 : 0;
    for (const char *at = list; count && (at = strchr(at, ',')); at++)
        count++;
    return count;
}

/* The list with its first `skipped` members last; one of a single member stays. NULL: memory is out. */
static char *rotated(const char *list, int skipped)
{
    const char *at = list;
    for (int i = 0; i < skipped && at; i++) {
        at = strchr(at, ',');
        at = at ? at + 1 : NULL;
    }
    char *out;
    if (!at || at == list)
        return strdup(list);
    return asprintf(&out, "%s,%.*s", at, (int)(at - list) - 1, list) < 0 ? NULL : out;
}

PGconn *so_target_connect(const struct so_target *target, PGconn *known, int skipped)
{
    static const char *const lists[] = {"host", "hostaddr", "port"};
    enum { LISTS = sizeof lists / sizeof *lists };
    const char *keywords[LISTS + 3] = {"fallback_application_name", "dbname"}, *values[LISTS + 3] = {"signoff", target->uri};
    char *made[LISTS] = {NULL};
    int count = 2;
    PQconninfoOption *options = known && skipped ? PQconninfo(known) : NULL;
    for (int i = 0; options && i < LISTS; i++) {
        const char *list = option_of(options, lists[i]);
        made[i] = list && strchr(list, ',') ? rotated(list, skipped) : NULL;
        if (!made[i])
            continue;
        keywords[count] = lists[i];
        values[count++] = made[i];
    }
    PGconn *connection = PQconnectStartParams(keywords, values, 1);
    for (int i = 0; i < LISTS; i++)
        free(made[i]);
    PQconninfoFree(options);
    return connection;
}

int so_target_hosts(PGconn *connection)
{
    PQconninfoOption *options = PQconninfo(connection);
    if (!options)
        return 1;
    int hosts = count_of(option_of(options, "host")), addresses = count_of(option_of(options, "hostaddr"));
    PQconninfoFree(options);
    return hosts > addresses ? hosts : (addresses ? addresses : 1);
}

/* Whether member `place` of the list is this text. */
static bool is_member(const char *list, int place, const char *text)
{
    for (; list && place; place--) {
        list = strchr(list, ',');
        list = list ? list + 1 : NULL;
    }
    size_t size = list ? strcspn(list, ",") : 0;
    return list && text && strlen(text) == size && !strncmp(list, text, size);
}

int so_target_host(PGconn *connection)
{
    PQconninfoOption *options = PQconninfo(connection);
    int place = 0;
    if (!options)
        return 0;
    const char *hosts = option_of(options, "host"), *ports = option_of(options, "port");
    for (int i = 0, count = count_of(hosts); i < count; i++)
        if (is_member(hosts, i, PQhost(connection)) && (count_of(ports) < 2 || is_member(ports, i, PQport(connection)))) {
            place = i;
            break;
        }
    PQconninfoFree(options);
    return place;
}

double so_target_host_seconds(PGconn *connection)
{
    PQconninfoOption *options = PQconninfo(connection);
    const char *given = options ? option_of(options, "connect_timeout") : NULL;
    double seconds = given ? so_number_read(given, NULL) : 0;
    PQconninfoFree(options);
    return seconds > 0 ? seconds : HOST_SECONDS;
}
