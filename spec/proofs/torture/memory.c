/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <curl/curl.h>
#include <libxml/xmlmemory.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

const char *const memory_names[] = {"own", "libcurl", "libxml2", "lua", NULL};

static struct {
    enum memory kind;
    long n; /* 0: none */
    bool lasting;
    long failed;
} armed;

static atomic_long live[MEMORY_KINDS], asked[MEMORY_KINDS];

void memory_arm(enum memory kind, long n, bool lasting)
{
    for (int i = 0; i < MEMORY_KINDS; i++)
        asked[i] = 0;
    armed.kind = kind;
    armed.n = n;
    armed.lasting = lasting;
    armed.failed = 0;
}

void memory_disarm(void)
{
    armed.n = 0;
}

long memory_asked(enum memory kind)
{
    return asked[kind];
}

long memory_failed(void)
{
    return armed.failed;
}

long memory_live(enum memory kind)
{
    return live[kind];
}

/* Whether the next of that kind is there. */
static bool may(enum memory kind)
{
    long number = ++asked[kind];
    bool fails = armed.n && kind == armed.kind && (number == armed.n || (armed.lasting && number > armed.n));
    armed.failed += fails;
    if (fails)
        errno = ENOMEM; /* as malloc does */
    return !fails;
}

static void *counted(enum memory kind, void *block)
{
    live[kind] += block != NULL;
    return block;
}

static void *take(enum memory kind, size_t size)
{
    return may(kind) ? counted(kind, malloc(size)) : NULL;
}

static void *take_zeroed(enum memory kind, size_t count, size_t size)
{
    return may(kind) ? counted(kind, calloc(count, size)) : NULL;
}

static void *retake(enum memory kind, void *block, size_t size)
{
    if (!block)
        return take(kind, size);
    return may(kind) ? realloc(block, size) : NULL;
}

static char *take_copy(enum memory kind, const char *text)
{
    return may(kind) ? counted(kind, strdup(text)) : NULL;
}

static void give(enum memory kind, void *block)
{
    live[kind] -= block != NULL;
    free(block);
}

/* The functions of each: their names are given by who calls them */

#define FUNCTIONS(name, kind) \
    static void *name##_malloc(size_t size) { return take(kind, size); } \
    static void *name##_realloc(void *block, size_t size) { return retake(kind, block, size); } \
    static char *name##_strdup(const char *text) { return take_copy(kind, text); } \
    static void name##_free(void *block) { give(kind, block); }

FUNCTIONS(http, MEMORY_CURL)
FUNCTIONS(xml, MEMORY_XML)

static void *http_calloc(size_t count, size_t size)
{
    return take_zeroed(MEMORY_CURL, count, size);
}

void memory_start(void)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, http_malloc, http_free, http_realloc, http_strdup, http_calloc) ||
        xmlMemSetup(xml_free, xml_malloc, xml_realloc, xml_strdup)) {
        fputs("torture: libcurl or libxml2 does not take the allocators\n", stderr);
        exit(70);
    }
}

void *memory_lua(void *payload, void *block, size_t before, size_t size)
{
    (void)payload;
    if (!size) {
        give(MEMORY_LUA, block);
        return NULL;
    }
    if (block && size <= before) {
        void *smaller = realloc(block, size);
        return smaller ? smaller : block;
    }
    return retake(MEMORY_LUA, block, size);
}

/* The functions that the linker puts in place of the C library's in the module (-Wl,--wrap=malloc,...) */

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *block, size_t size);
char *__wrap_strdup(const char *text);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
    return take(MEMORY_OWN, size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return take_zeroed(MEMORY_OWN, count, size);
}

void *__wrap_realloc(void *block, size_t size)
{
    return retake(MEMORY_OWN, block, size);
}

char *__wrap_strdup(const char *text)
{
    return take_copy(MEMORY_OWN, text);
}

void __wrap_free(void *block)
{
    give(MEMORY_OWN, block);
}
