/* SPDX-License-Identifier: MIT */
/* To be loaded before a program (LD_PRELOAD): what our module asks of malloc is taken from one place that is never used twice, so
   that a secret which was not wiped is still there, and nobody else's copy can be taken for ours. The place is a mapping
   with the name "signoff-own"; its first eight bytes tell how much of it was given out. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void __libc_free(void *block);

enum { ROOM = 1 << 30, GRAIN = sizeof(max_align_t) };

/* Before each block stands its size. */
static char *place;
static atomic_size_t *given;

static uintptr_t module_first, module_last;

static int find_module(struct dl_phdr_info *info, size_t size, void *payload)
{
    const char *name = strrchr(info->dlpi_name, '/');
    (void)size, (void)payload;
    if (!name || strcmp(name, "/core.so") || !strstr(info->dlpi_name, "/signoff/core.so"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = info->dlpi_phdr + i;
        if (header->p_type != PT_LOAD || !(header->p_flags & PF_X))
            continue;
        module_last = info->dlpi_addr + header->p_vaddr + header->p_memsz;
        module_first = info->dlpi_addr + header->p_vaddr;
    }
    return 1;
}

static void open_place(void)
{
    int file = memfd_create("signoff-own", 0);
    if (file < 0 || ftruncate(file, ROOM))
        __builtin_trap();
    place = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file, 0);
    if (place == MAP_FAILED)
        __builtin_trap();
    given = (atomic_size_t *)place;
    atomic_store(given, 2 * GRAIN);
}

/* Whether our module calls. */
static int is_ours(const void *caller)
{
    if (!module_first)
        dl_iterate_phdr(find_module, NULL);
    if (!module_first)
        return 0;
    if (!place)
        open_place();
    return (uintptr_t)caller >= module_first && (uintptr_t)caller < module_last;
}

static int is_in_place(const void *block)
{
    return place && (const char *)block > place && (const char *)block < place + ROOM;
}

static void *take(size_t size)
{
    size_t rounded = (size + 2 * GRAIN - 1) / GRAIN * GRAIN;
    size_t at = size < ROOM ? atomic_fetch_add(given, rounded) : ROOM;
    if (at + rounded >= ROOM) {
        errno = ENOMEM;
        return NULL;
    }
    memcpy(place + at, &size, sizeof size);
    return place + at + GRAIN;
}

void *malloc(size_t size)
{
    return is_ours(__builtin_return_address(0)) ? take(size) : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    if (!is_ours(__builtin_return_address(0)))
        return __libc_calloc(count, size);
    return size && count > ROOM / size ? NULL : take(count * size);
}

void *realloc(void *block, size_t size)
{
    if (block && !is_in_place(block))
        return __libc_realloc(block, size);
    if (!block && !is_ours(__builtin_return_address(0)))
        return __libc_realloc(block, size);
    size_t before = 0;
    if (block)
        memcpy(&before, (char *)block - GRAIN, sizeof before);
    void *taken = take(size);
    return taken && before ? memcpy(taken, block, before < size ? before : size) : taken;
}

void free(void *block)
{
    if (!is_in_place(block))
        __libc_free(block);
}

char *strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = is_ours(__builtin_return_address(0)) ? take(size) : __libc_malloc(size);
    return copy ? memcpy(copy, text, size) : NULL;
}
