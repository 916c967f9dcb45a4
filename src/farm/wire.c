/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "wire.h"

#define PAUSE_LEAST 0.05
#define PAUSE_MOST 2.0   /* seconds */
#define PAUSE_DENIED 1.0 /* whoever was refused does not knock at once again */

void so_wire_init(struct so_wire *wire, const struct so_target *target)
{
    *wire = (struct so_wire){.target = target, .pause = PAUSE_LEAST};
}

int so_wire_descriptor(const struct so_wire *wire)
{
    return wire->connection ? PQsocket(wire->connection) : -1;
}

static void finish(struct so_wire *wire)
{
    PQclear(wire->result);
    wire->result = NULL;
    PQfinish(wire->connection);
    wire->connection = NULL;
    wire->state = SO_WIRE_DOWN;
    wire->hearing = SO_WIRE_DEAF;
    wire->heard = true; /* something may have been missed */
}

void so_wire_close(struct so_wire *wire)
{
    finish(wire);
    wire->retry_at = 0;
}

/* The pause before the next attempt: of many hosts not all come back in the same moment. */
static void rest(struct so_wire *wire)
{
    double least = wire->reason.code == so_reason_denied ? PAUSE_DENIED : PAUSE_LEAST, now = so_farm_now();
    double part = fmod(now * 1e6, 1000) / 2000; /* 0 to 0.5, by chance */
    wire->retry_at = now + fmax(wire->pause, least) * (0.75 + part);
    wire->pause = fmin(wire->pause * 2, PAUSE_MOST);
}

static enum so_wire_event fail(struct so_wire *wire)
{
    finish(wire);
    wire->tried = 0;
    rest(wire);
    return SO_WIRE_FAILED;
}

static enum so_wire_event lose(struct so_wire *wire, const char *why)
{
    so_reason_of_connecting(&wire->reason, why, wire->target->password);
    so_wire_close(wire);
    return SO_WIRE_LOST;
}

/* Connecting */

static void ignore_notice(void *payload, const PGresult *result)
{
    (void)payload;
    (void)result;
}

static void watch_host(struct so_wire *wire)
{
    wire->at_host = so_target_host(wire->connection);
    wire->host_ends = so_farm_now() + wire->host_seconds;
}

static enum so_wire_event begin(struct so_wire *wire, PGconn *known)
{
    wire->connection = so_target_connect(wire->target, known, wire->skipped);
    if (!wire->connection) {
        so_reason_set(&wire->reason, so_reason_away, "memory is out");
        return fail(wire);
    }
    if (PQstatus(wire->connection) == CONNECTION_BAD) {
        so_reason_of_connecting(&wire->reason, PQerrorMessage(wire->connection), wire->target->password);
        return fail(wire);
    }
    PQsetErrorVerbosity(wire->connection, PQERRORS_VERBOSE); /* with SQLSTATEs */
    PQsetErrorContextVisibility(wire->connection, PQSHOW_CONTEXT_NEVER);
    PQsetNoticeReceiver(wire->connection, ignore_notice, NULL);
    wire->state = SO_WIRE_CONNECTING;
    wire->events = POLLOUT;
    wire->hosts = so_target_hosts(wire->connection);
    wire->host_seconds = so_target_host_seconds(wire->connection);
    watch_host(wire);
    return SO_WIRE_NOTHING;
}

enum so_wire_event so_wire_connect(struct so_wire *wire)
{
    return begin(wire, NULL);
}

/* A host that says nothing: the others have their turn before it has the next one. */
static enum so_wire_event pass_over(struct so_wire *wire)
{
    so_reason_set(&wire->reason, so_reason_away, "connection to server at \"%s\", port %s failed: it says nothing", PQhost(wire->connection),
                  PQport(wire->connection));
    wire->tried += wire->at_host + 1;
    if (wire->tried >= wire->hosts)
        return fail(wire);
    PGconn *silent = wire->connection;
    PQclear(wire->result);
    wire->result = NULL;
    wire->hearing = SO_WIRE_DEAF;
    wire->skipped = (wire->skipped + wire->at_host + 1) % wire->hosts;
    wire->connection = NULL;
    enum so_wire_event event = begin(wire, silent);
    PQfinish(silent);
    return event;
}

static bool is_tcp(int socket)
{
    struct sockaddr_storage address;
    socklen_t size = sizeof address;
    return getsockname(socket, (struct sockaddr *)&address, &size) == 0 && (address.ss_family == AF_INET || address.ss_family == AF_INET6);
}

static void set_number(int socket, int level, int name, int number)
{
    setsockopt(socket, level, name, &number, sizeof number);
}

/* A peer that has gone silently is noticed, also while nothing is asked. A URI that says something of this has its way. */
static void keep_alive(PGconn *connection)
{
    int socket = PQsocket(connection), timeout = 0;
    socklen_t size = sizeof timeout;
    if (!is_tcp(socket) || getsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, &size) || timeout)
        return;
    set_number(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
    set_number(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10);
    set_number(socket, IPPROTO_TCP, TCP_KEEPINTVL, 2);
    set_number(socket, IPPROTO_TCP, TCP_KEEPCNT, 3);
    set_number(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 15000);
}

static void become_ready(struct so_wire *wire)
{
    PQsetnonblocking(wire->connection, 1);
    keep_alive(wire->connection);
    wire->state = SO_WIRE_READY;
    wire->events = POLLIN;
    wire->pause = PAUSE_LEAST;
    wire->tried = 0;
    wire->reason.code = NULL;
}

static enum so_wire_event go_on_connecting(struct so_wire *wire, short events)
{
    if (!(events & (POLLIN | POLLOUT | POLLERR | POLLHUP)))
        return so_farm_now() >= wire->host_ends ? pass_over(wire) : SO_WIRE_NOTHING;
    PostgresPollingStatusType status = PQconnectPoll(wire->connection);
    if (status == PGRES_POLLING_OK) {
        become_ready(wire);
        return SO_WIRE_NOTHING;
    }
    if (status == PGRES_POLLING_FAILED) {
        so_reason_of_connecting(&wire->reason, PQerrorMessage(wire->connection), wire->target->password);
        wire->skipped = 0;
        return fail(wire);
    }
    wire->events = status == PGRES_POLLING_READING ? POLLIN : POLLOUT;
    if (so_target_host(wire->connection) != wire->at_host)
        watch_host(wire);
    return SO_WIRE_NOTHING;
}

/* Statements */

/* Sends what is still to be sent. */
static enum so_wire_event flush(struct so_wire *wire)
{
    int left = PQflush(wire->connection);
    if (left < 0)
        return lose(wire, PQerrorMessage(wire->connection));
    wire->events = left ? POLLIN | POLLOUT : POLLIN;
    return SO_WIRE_NOTHING;
}

static enum so_wire_event ask(struct so_wire *wire, const char *statement, int count, const char *const *values)
{
    /* Without values there may be several statements. */
    if (!(count ? PQsendQueryParams(wire->connection, statement, count, NULL, values, NULL, NULL, 0) : PQsendQuery(wire->connection, statement)))
        return lose(wire, PQerrorMessage(wire->connection));
    wire->state = SO_WIRE_BUSY;
    return flush(wire);
}

enum so_wire_event so_wire_send(struct so_wire *wire, struct so_query *query)
{
    wire->current = query;
    query->sent = true;
    return ask(wire, query->statement, query->count, query->values);
}

/* Sends a statement of the wire's own. A host that does not answer it in time is passed over. */
static enum so_wire_event ask_itself(struct so_wire *wire, const char *statement)
{
    wire->host_ends = so_farm_now() + wire->host_seconds;
    return ask(wire, statement, 0, NULL);
}

enum so_wire_event so_wire_listen(struct so_wire *wire)
{
    wire->hearing = SO_WIRE_ASKING;
    return ask_itself(wire, "SELECT pg_backend_pid()");
}

static bool succeeded(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

/* A pool between us and the server has numbers of its own: the server's process is another one, which may serve others next. */
static bool is_direct(const struct so_wire *wire)
{
    const PGresult *result = wire->result;
    return succeeded(result) && PQntuples(result) == 1 && atoi(PQgetvalue(result, 0, 0)) == PQbackendPID(wire->connection);
}

/* The wire's own statement is over. */
static enum so_wire_event go_on_listening(struct so_wire *wire)
{
    bool direct = PQntuples(wire->result) == 0 || is_direct(wire);
    bool asks = PQresultStatus(wire->result) == PGRES_TUPLES_OK, fine = succeeded(wire->result) && direct;
    PQclear(wire->result);
    wire->result = NULL;
    if (fine && asks)
        return ask_itself(wire, "LISTEN farm");
    wire->hearing = fine ? SO_WIRE_LISTENING : SO_WIRE_POOLED;
    wire->heard = fine; /* it may have come before we listened */
    return SO_WIRE_NOTHING;
}

/* Some errors mean that another server is wanted: this one is a standby, or shuts down. And nobody leaves a transaction open. */
static bool must_part(const struct so_wire *wire, const PGresult *result)
{
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    return PQtransactionStatus(wire->connection) != PQTRANS_IDLE ||
           (state && (!strncmp(state, "57P", 3) || !strncmp(state, "08", 2) || !strcmp(state, "25006")));
}

static enum so_wire_event take_answer(struct so_wire *wire)
{
    wire->state = SO_WIRE_READY;
    wire->events = POLLIN;
    if (!wire->current)
        return go_on_listening(wire);
    bool fine = succeeded(wire->result), parts = must_part(wire, wire->result);
    if (fine)
        wire->current->result = wire->result;
    else
        so_reason_of_result(&wire->current->reason, wire->result);
    wire->result = fine ? NULL : wire->result;
    if (parts)
        so_wire_close(wire);
    PQclear(wire->result);
    wire->result = NULL;
    return SO_WIRE_ANSWERED;
}

static void hear(struct so_wire *wire)
{
    for (PGnotify *notification; (notification = PQnotifies(wire->connection));) {
        wire->heard = true;
        PQfreemem(notification);
    }
}

static bool is_copy(const PGresult *result)
{
    ExecStatusType status = PQresultStatus(result);
    return status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH;
}

/* Of several results the last counts, or the one that is an error. */
static void keep(struct so_wire *wire, PGresult *result)
{
    bool keeps = !wire->result || succeeded(wire->result);
    PQclear(keeps ? wire->result : result);
    wire->result = keeps ? result : wire->result;
}

/* The connection has ended, and the server did not say why. */
static bool is_lost(const struct so_wire *wire)
{
    return PQstatus(wire->connection) == CONNECTION_BAD && !(wire->result && PQresultErrorField(wire->result, PG_DIAG_SQLSTATE));
}

/* Takes what has come of the answer. The last thing of an answer is that there is none. */
static enum so_wire_event go_on_reading(struct so_wire *wire)
{
    while (!PQisBusy(wire->connection)) {
        PGresult *result = PQgetResult(wire->connection);
        if (is_copy(result)) {
            PQclear(result);
            return lose(wire, "rows cannot be copied here");
        }
        if (!result)
            return is_lost(wire) ? lose(wire, PQerrorMessage(wire->connection)) : take_answer(wire);
        keep(wire, result);
    }
    return SO_WIRE_NOTHING;
}

static enum so_wire_event go_on(struct so_wire *wire, short events)
{
    if (events & POLLOUT) {
        enum so_wire_event event = flush(wire);
        if (event != SO_WIRE_NOTHING)
            return event;
    }
    if (!(events & (POLLIN | POLLERR | POLLHUP)))
        return SO_WIRE_NOTHING;
    bool fine = PQconsumeInput(wire->connection);
    enum so_wire_event event = wire->state == SO_WIRE_BUSY ? go_on_reading(wire) : SO_WIRE_NOTHING;
    if (wire->connection)
        hear(wire);
    if (fine || !wire->connection)
        return event;
    return event == SO_WIRE_NOTHING ? lose(wire, PQerrorMessage(wire->connection)) : event;
}

static bool asks_itself(const struct so_wire *wire)
{
    return wire->state == SO_WIRE_BUSY && !wire->current;
}

enum so_wire_event so_wire_act(struct so_wire *wire, short events)
{
    if (wire->state == SO_WIRE_CONNECTING)
        return go_on_connecting(wire, events);
    if (asks_itself(wire) && !events && so_farm_now() >= wire->host_ends)
        return pass_over(wire);
    return wire->connection ? go_on(wire, events) : SO_WIRE_NOTHING;
}

double so_wire_due(const struct so_wire *wire)
{
    return wire->state == SO_WIRE_CONNECTING || asks_itself(wire) ? wire->host_ends : INFINITY;
}
