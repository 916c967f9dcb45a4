/* SPDX-License-Identifier: MIT */
/* The least that a call can cost: libpq alone, in one thread, with the statement that the connection sends: bare URI TOGETHER ROUNDS.
   Prints the microseconds of CPU that a call took. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "../../../../src/farm/libpq.h"

static double cpu(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static void ask(PGconn *connection, const char *const *values)
{
    PQsendQueryParams(connection, "SELECT farm.calls($1, $2) FROM set_config('lock_timeout', $3, true)", 3, NULL, values, NULL, NULL, 0);
    while (PQflush(connection) == 1)
        ;
    for (PGresult *result;; PQclear(result)) {
        while (PQisBusy(connection)) {
            struct pollfd file = {PQsocket(connection), POLLIN, 0};
            poll(&file, 1, -1);
            PQconsumeInput(connection);
        }
        if (!(result = PQgetResult(connection)))
            return;
    }
}

int main(int count, char **arguments)
{
    static char text[100000];
    char one[1000];
    if (count < 4)
        return 1;
    PGconn *connection = PQconnectdb(arguments[1]);
    int together = atoi(arguments[2]), rounds = atoi(arguments[3]);
    snprintf(one, sizeof one, "{\"f\":\"begin_act\",\"system\":1,\"record\":\"%0300d\",\"jobs\":[[1,1]],\"targets\":[\"%064d\"],\"seq\":1}", 1, 1);
    for (int i = 0; i < together; i++)
        strcat(strcat(text, i ? "," : "["), one);
    const char *values[] = {"7", strcat(text, "]"), "4500ms"};
    if (PQstatus(connection) != CONNECTION_OK || PQsetnonblocking(connection, 1))
        return 1;
    double began = cpu();
    for (int i = 0; i < rounds; i++)
        ask(connection, values);
    if (rounds)
        printf("%.1f\n", (cpu() - began) / rounds / together);
    PQfinish(connection);
    return 0;
}
