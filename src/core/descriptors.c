/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "descriptors.h"

const char *so_descriptors_problem(int number)
{
    switch (number) {
    case EMFILE:
        return "no file descriptor is left in this process (too many open files); raise its limit (ulimit -n), or do less at once";
    case ENFILE:
        return "no file descriptor is left in this system (too many open files); raise its limit (fs.file-max)";
    default:
        return NULL;
    }
}

int so_descriptors_short(void)
{
    enum { NEEDED = 4 };
    int opened[NEEDED], count = 0, number = 0;
    while (count < NEEDED && (opened[count] = eventfd(0, EFD_CLOEXEC)) >= 0)
        count++;
    if (count < NEEDED)
        number = errno;
    while (count > 0)
        close(opened[--count]);
    return so_descriptors_problem(number) ? number : 0;
}
