/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "link.h"
#include "query.h"

double so_farm_now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_BOOTTIME, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static size_t room_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *copy_to(char **at, const char *text)
{
    size_t size = room_of(text);
    if (!size)
        return NULL;
    char *copy = memcpy(*at, text, size);
    *at += size;
    return copy;
}

static void drop(struct so_task *task)
{
    so_query_release((struct so_query *)task);
}

struct so_query *so_query_new(const char *statement, int count, const char *const *values)
{
    size_t list = (size_t)count * sizeof *values, texts = room_of(statement);
    for (int i = 0; i < count; i++)
        texts += room_of(values[i]);
    struct so_query *query = malloc(sizeof *query + list + texts);
    if (!query)
        return NULL;
    memset(query, 0, sizeof *query);
    char *at = (char *)query->values + list;
    query->task.drop = drop;
    query->holders = 1;
    query->count = count;
    query->statement = copy_to(&at, statement);
    for (int i = 0; i < count; i++)
        query->values[i] = copy_to(&at, values[i]);
    return query;
}

void so_query_release(struct so_query *query)
{
    if (atomic_fetch_sub(&query->holders, 1) > 1)
        return;
    PQclear(query->result);
    if (query->link)
        so_link_release(query->link);
    free(query);
}
