/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* pipe2, dup3 */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "file.h"
#include "supervisor.h"
#include "transport.h"

enum { OUTPUT, ERRORS, CHILDREN, READER, WATCHED };
enum { REPORT = STDERR_FILENO + 1, GRACE_SECONDS = 1 };

struct supervisor {
    pid_t program; /* below 1: it was not started */
    double ends;
    struct pollfd watched[WATCHED]; /* what it writes, the ends of children, and whether somebody reads the report */
    struct so_report report;
    bool over;
};

static char output[SO_OUTPUT_LARGEST + 1]; /* only supervisors write to it, and each has its own copy */

static void finish(struct supervisor *supervisor, enum so_ending ending, int number)
{
    if (supervisor->over)
        return;
    supervisor->report.ending = ending;
    supervisor->report.number = number;
    supervisor->over = true;
}

static void send_report(const struct so_report *report)
{
    if (so_file_write(REPORT, (const char *)report, sizeof *report) && report->size)
        so_file_write(REPORT, output, report->size);
}

/* As fork(2), but no handler of pthread_atfork runs; its end sends that signal, or none (0). */
static pid_t copy_process(unsigned long number)
{
#if defined __s390__ || defined __CRIS__ /* where the first two arguments are the other way round */
    return (pid_t)syscall(SYS_clone, NULL, number, NULL, NULL, NULL);
#else
    return (pid_t)syscall(SYS_clone, number, NULL, NULL, NULL, NULL);
#endif
}

/* The program, until it runs */

static void reset_signals(void)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    sigset_t none;
    for (int number = 1; number < NSIG; number++)
        sigaction(number, &usual, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become(const struct so_command *command, int to_output, int to_errors)
{
    reset_signals();
    prctl(PR_SET_PDEATHSIG, (unsigned long)SIGKILL, 0UL, 0UL, 0UL);
    if (setsid() >= 0 && chdir("/") == 0 && dup2(to_output, STDOUT_FILENO) >= 0 && dup2(to_errors, STDERR_FILENO) >= 0)
        execve(command->argv[0], command->argv, command->environment);
    send_report(&(struct so_report){.ending = SO_NOT_RUN, .number = errno});
    _exit(127);
}

/* Starting */

static void close_from(unsigned first)
{
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0U, 0) == 0)
        return;
#endif
    enum { MOST = 1 << 20 };
    struct rlimit files = {.rlim_cur = MOST};
    getrlimit(RLIMIT_NOFILE, &files);
    for (unsigned descriptor = first; descriptor < MOST && descriptor < files.rlim_cur; descriptor++)
        close((int)descriptor);
}

/* Lets go of the host's files, and of what it does with SIGCHLD. Orphans of the program become children of the supervisor, rather
   than of a host that is the first process of its container. */
static bool detach(int input, int report_to)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};
    if (report_to != REPORT && dup3(report_to, REPORT, O_CLOEXEC) < 0)
        _exit(1);
    bool fine = input < 0 || dup2(input, STDIN_FILENO) >= 0;
    close_from(REPORT + 1);
    int null = open("/dev/null", O_RDWR);
    fine = fine && null >= 0 && (input >= 0 || dup2(null, STDIN_FILENO) >= 0) && dup2(null, STDOUT_FILENO) >= 0 &&
           dup2(null, STDERR_FILENO) >= 0;
    if (null > REPORT)
        close(null);
    return fine && sigaction(SIGCHLD, &usual, NULL) == 0 && prctl(PR_SET_CHILD_SUBREAPER, 1UL, 0UL, 0UL, 0UL) == 0;
}

/* Makes a pipe of which the supervisor reads, without waiting, and the program writes. */
static bool make_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) == 0 && fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0;
}

static bool start_program(struct supervisor *supervisor, const struct so_command *command)
{
    int written[2], complaints[2];
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int ended = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (ended < 0 || !make_pipe(written) || !make_pipe(complaints))
        return false;
    supervisor->program = copy_process(SIGCHLD);
    if (supervisor->program == 0)
        become(command, command->quiet ? complaints[1] : written[1], complaints[1]);
    close(written[1]);
    close(complaints[1]);
    supervisor->watched[OUTPUT] = (struct pollfd){written[0], POLLIN, 0};
    supervisor->watched[ERRORS] = (struct pollfd){complaints[0], POLLIN, 0};
    supervisor->watched[CHILDREN] = (struct pollfd){ended, POLLIN, 0};
    supervisor->watched[READER] = (struct pollfd){REPORT, 0, 0}; /* POLLERR comes unasked */
    return supervisor->program > 0;
}

/* Watching */

/* Takes the bytes that are there. False where no more come, now or ever. */
static bool take(struct pollfd *from, char *room, size_t size, size_t *taken)
{
    ssize_t count = from->fd >= 0 ? so_file_read(from->fd, room, size) : 0;
    if (count == 0 || (count < 0 && errno != EAGAIN))
        from->fd = -1; /* which poll ignores */
    *taken += count > 0 ? (size_t)count : 0;
    return count > 0;
}

static void take_output(struct supervisor *supervisor)
{
    size_t *size = &supervisor->report.size;
    while (*size < sizeof output && take(supervisor->watched + OUTPUT, output + *size, sizeof output - *size, size))
        continue;
    if (*size == sizeof output)
        finish(supervisor, SO_TOO_LONG, 0);
}

/* Takes one piece only: a program that never ends to write there must not keep the supervisor from its clock. */
static void count_errors(struct supervisor *supervisor)
{
    char dropped[4096];
    take(supervisor->watched + ERRORS, dropped, sizeof dropped, &supervisor->report.complaint);
    explicit_bzero(dropped, sizeof dropped);
}

static void forget_signals(const struct supervisor *supervisor)
{
    struct signalfd_siginfo signal;
    so_file_read(supervisor->watched[CHILDREN].fd, (char *)&signal, sizeof signal);
}

/* Does not wait for a program that has ended: until somebody does, its number still names its process group. */
static void check_program(struct supervisor *supervisor)
{
    siginfo_t end = {0};
    forget_signals(supervisor);
    if (waitid(P_PID, (id_t)supervisor->program, &end, WEXITED | WNOHANG | WNOWAIT) || !end.si_pid)
        return;
    take_output(supervisor);
    count_errors(supervisor);
    finish(supervisor, end.si_code == CLD_EXITED ? SO_ENDED : SO_KILLED, end.si_status);
}

static void watch(struct supervisor *supervisor)
{
    while (!supervisor->over) {
        double left = supervisor->ends - so_now();
        if (left <= 0 || supervisor->watched[READER].revents)
            finish(supervisor, SO_LATE, 0);
        else if (poll(supervisor->watched, WATCHED, (int)ceil(left * 1e3)) < 0 && errno != EINTR)
            finish(supervisor, SO_UNWATCHED, errno);
        take_output(supervisor);
        count_errors(supervisor);
        check_program(supervisor);
    }
}

/* Kills all that is left of the process group, and waits until it has ended: only for a short time, since the kernel may keep a
   process. */
static void end_group(struct supervisor *supervisor)
{
    double ends = so_now() + GRACE_SECONDS;
    kill(-supervisor->program, SIGKILL);
    kill(supervisor->program, SIGKILL);
    for (pid_t ended = 0; ended >= 0 && so_now() < ends;) {
        forget_signals(supervisor);
        ended = waitpid(-supervisor->program, NULL, WNOHANG);
        if (ended == 0)
            poll(supervisor->watched + CHILDREN, 1, GRACE_SECONDS * 1000);
    }
}

static _Noreturn void supervise(const struct so_command *command, int report_to)
{
    struct supervisor supervisor = {.ends = so_now() + command->seconds};
    if (detach(command->input, report_to) && start_program(&supervisor, command))
        watch(&supervisor);
    else
        finish(&supervisor, SO_UNWATCHED, errno);
    if (supervisor.program > 0)
        end_group(&supervisor);
    if (supervisor.report.ending != SO_ENDED || supervisor.report.number)
        supervisor.report.size = 0; /* nobody reads the output of a failure */
    send_report(&supervisor.report);
    explicit_bzero(output, sizeof output);
    _exit(0);
}

pid_t so_supervisor_start(const struct so_command *command, int report_to)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before); /* handlers of the host must not run in the copy */
    pid_t supervisor = copy_process(0);
    if (supervisor == 0)
        supervise(command, report_to);
    int number = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = number;
    return supervisor;
}
