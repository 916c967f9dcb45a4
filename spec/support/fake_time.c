/* SPDX-License-Identifier: MIT */
/* Preloaded: time passes as somebody says. Its environment names a file, TIME_PASSED, whose text is the seconds by which every clock
   is ahead; it may change at any time. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 16 };

static const char *text;

__attribute__((constructor)) static void open_file(void)
{
    const char *path = getenv("TIME_PASSED");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *place = mmap(NULL, ROOM, PROT_READ, MAP_SHARED, file, 0);
    if (place == MAP_FAILED)
        abort();
    text = place;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    long failed = syscall(SYS_clock_gettime, clock, out);
    if (!failed && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID && text)
        out->tv_sec += atol(text);
    return (int)failed;
}

time_t time(time_t *out)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

int gettimeofday(struct timeval *restrict out, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}
