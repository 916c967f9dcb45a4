/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* O_PATH, pipe2, environ, memfd_create */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "supervisor.h"
#include "trust.h"

/* The environment: these as this process has them, then two of our own, then those of the caller. */
static const char *const kept[] = {"HOME=", "USER=", "LOGNAME=", "XDG_RUNTIME_DIR=", "DBUS_SESSION_BUS_ADDRESS="};
static char path[] = "PATH=/usr/bin:/bin", locale[] = "LC_ALL=C.UTF-8";

enum { KEPT = sizeof kept / sizeof *kept, VARIABLES = KEPT + 2 + SO_VARIABLES_MOST };

static char *find_variable(const char *name)
{
    for (char **one = environ; one && *one; one++)
        if (!strncmp(*one, name, strlen(name)))
            return *one;
    return NULL;
}

static void fill_environment(char *out[VARIABLES + 1], char *const *more)
{
    for (int i = 0; i < KEPT; i++)
        if ((*out = find_variable(kept[i])))
            out++;
    *out++ = path;
    *out++ = locale;
    for (int i = 0; i < SO_VARIABLES_MOST && more && more[i]; i++)
        *out++ = more[i];
    *out = NULL;
}

static bool is_trusted(const char *file, struct so_trouble *trouble)
{
    struct stat status;
    int descriptor = open(file, O_PATH | O_CLOEXEC);
    if (descriptor < 0)
        return so_trouble_from(trouble, errno);
    bool fine = fstat(descriptor, &status) == 0 || so_trouble_from(trouble, errno);
    if (fine && !S_ISREG(status.st_mode))
        fine = so_trouble_set(trouble, "not_file", "is a %s; name a program", so_file_kind(status.st_mode));
    fine = fine && so_trust_check(descriptor, file, trouble);
    close(descriptor);
    return fine;
}

/* Failures */

static bool explain_start(struct so_trouble *trouble, const char *file, int number)
{
    switch (number) {
    case EACCES:
        return so_trouble_set(trouble, "denied", "cannot be run: permission denied; run: chmod u+x '%s' (or its file system is "
                              "mounted noexec)", file);
    case ENOENT:
        return so_trouble_set(trouble, "failed", "cannot be run: the interpreter that its first line names is not there");
    case ENOEXEC:
        return so_trouble_set(trouble, "failed", "cannot be run: it is no program of this machine; a script begins with a line "
                              "such as #!/bin/sh");
    case E2BIG:
        return so_trouble_set(trouble, "failed", "cannot be run: its arguments are too long");
    default:
        return so_trouble_from(trouble, number);
    }
}

static bool explain_end(struct so_trouble *trouble, const struct so_report *report, const struct so_command *command)
{
    char complaint[160] = "";
    if (report->complaint)
        snprintf(complaint, sizeof complaint, "; it wrote %zu bytes%s, which are not shown, since they may hold a secret: run it by "
                 "hand to read them", report->complaint, command->quiet ? "" : " to its standard error");
    if (report->ending == SO_LATE)
        return so_trouble_set(trouble, "failed", "did not end within %d s, and was killed; it cannot ask anybody: it has no terminal%s%s",
                              (int)ceil(command->seconds), command->quiet ? "" : ", and its standard input is empty", complaint);
    if (report->ending == SO_TOO_LONG)
        return so_trouble_set(trouble, "failed", "wrote more than 64 KiB, and was killed; name a command that writes a secret alone");
    if (report->ending == SO_KILLED)
        return so_trouble_set(trouble, "failed", "was killed by signal %d%s", report->number, complaint);
    return so_trouble_set(trouble, "failed", "ended with exit status %d%s", report->number, complaint);
}

/* The report */

static bool read_whole(int from, void *room, size_t size)
{
    ssize_t count;
    for (char *at = room; size && (count = so_file_read(from, at, size)) > 0; at += count)
        size -= (size_t)count;
    return size == 0;
}

static bool read_output(int from, size_t size, struct so_buffer *out, struct so_trouble *trouble)
{
    char chunk[1024];
    bool fine = true;
    for (size_t part; fine && size; size -= part) {
        part = size < sizeof chunk ? size : sizeof chunk;
        fine = (read_whole(from, chunk, part) || so_trouble_from(trouble, EIO)) &&
               (so_buffer_append(out, chunk, part) || so_trouble_from(trouble, ENOMEM));
    }
    explicit_bzero(chunk, sizeof chunk);
    return fine;
}

static bool receive(int from, const struct so_command *command, struct so_buffer *out, struct so_trouble *trouble)
{
    struct so_report report;
    if (!read_whole(from, &report, sizeof report))
        return so_trouble_set(trouble, "failed", "was not watched to its end: the process that did so was killed");
    if (report.ending == SO_UNWATCHED)
        return so_trouble_from(trouble, report.number);
    if (report.ending == SO_NOT_RUN)
        return explain_start(trouble, command->argv[0], report.number);
    if (report.ending != SO_ENDED || report.number)
        return explain_end(trouble, &report, command);
    return read_output(from, report.size, out, trouble);
}

static bool run(const struct so_command *command, struct so_buffer *out, struct so_trouble *trouble)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC))
        return so_trouble_from(trouble, errno);
    pid_t supervisor = so_supervisor_start(command, ends[1]);
    int number = errno;
    close(ends[1]);
    bool fine = supervisor > 0 ? receive(ends[0], command, out, trouble) : so_trouble_from(trouble, number);
    close(ends[0]);
    while (supervisor > 0 && waitpid(supervisor, NULL, __WALL) < 0 && errno == EINTR)
        continue;
    return fine;
}

bool so_command_run(struct so_buffer *out, char *const *argv, double seconds, struct so_trouble *trouble)
{
    char *environment[VARIABLES + 1];
    fill_environment(environment, NULL);
    return is_trusted(argv[0], trouble) && run(&(struct so_command){argv, environment, seconds, -1, false}, out, trouble);
}

bool so_command_check(const char *file, struct so_trouble *trouble)
{
    if (!is_trusted(file, trouble))
        return false;
    return access(file, X_OK) == 0 || explain_start(trouble, file, errno);
}

/* A file without a name that has these bytes. Gives its descriptor, or -1 and errno. */
static int hold(const char *bytes, size_t size)
{
    int made = memfd_create("input", MFD_CLOEXEC), high = made < 0 ? -1 : fcntl(made, F_DUPFD_CLOEXEC, SO_LOWEST_INPUT);
    bool fine = high >= 0 && so_file_write(high, bytes, size) && lseek(high, 0, SEEK_SET) == 0;
    int number = errno;
    if (made >= 0)
        close(made);
    if (!fine && high >= 0)
        close(high);
    errno = number;
    return fine ? high : -1;
}

bool so_command_feed(char *const *argv, char *const *variables, const char *bytes, size_t size, double seconds,
                     struct so_trouble *trouble)
{
    char *environment[VARIABLES + 1];
    struct so_buffer nothing = {0};
    fill_environment(environment, variables);
    int input = hold(bytes, size);
    if (input < 0)
        return so_trouble_from(trouble, errno);
    bool fine = is_trusted(argv[0], trouble) && run(&(struct so_command){argv, environment, seconds, input, true}, &nothing, trouble);
    close(input);
    return fine;
}
