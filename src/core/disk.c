/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "disk.h"
#include "init.h"
#include "locale.h"

enum { STACK = 256 * 1024 };

/* The jobs of one process, in order. Never freed: its thread ends with the process. */
struct disk {
    unsigned process; /* as so_init_forks has it: a child has no such thread, and leaves this alone */
    pthread_mutex_t lock;
    pthread_cond_t some;
    struct so_job *first, **end; /* end: of a list that is not empty */
};

static struct disk *current;
static pthread_mutex_t starting = PTHREAD_MUTEX_INITIALIZER;

static struct so_job *take(struct disk *disk)
{
    pthread_mutex_lock(&disk->lock);
    while (!disk->first)
        pthread_cond_wait(&disk->some, &disk->lock);
    struct so_job *job = disk->first;
    disk->first = job->next;
    pthread_mutex_unlock(&disk->lock);
    return job;
}

static void *run(void *payload)
{
    so_locale_enter(); /* for good, as all signals are blocked */
    for (struct disk *disk = payload;;) {
        struct so_job *job = take(disk);
        job->run(job);
        job->done(job);
    }
    return NULL;
}

static bool start_thread(struct disk *disk)
{
    pthread_t id;
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    if ((errno = pthread_attr_init(&attributes)))
        return false;
    pthread_attr_setstacksize(&attributes, STACK);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(&id, &attributes, run, disk);
    if (!failed)
        pthread_setname_np(id, "signoff-disk");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    errno = failed;
    return !failed;
}

static struct disk *new_disk(void)
{
    struct disk *disk = calloc(1, sizeof *disk);
    if (!disk)
        return NULL;
    disk->process = so_init_forks();
    pthread_mutex_init(&disk->lock, NULL);
    pthread_cond_init(&disk->some, NULL);
    if (start_thread(disk))
        return disk;
    int why = errno;
    free(disk);
    errno = why;
    return NULL;
}

/* A child must find the lock open. */
static void before_fork(void)
{
    pthread_mutex_lock(&starting);
}

static void after_fork(void)
{
    pthread_mutex_unlock(&starting);
}

static void watch_forks(void)
{
    pthread_atfork(before_fork, after_fork, after_fork);
}

static struct disk *get_disk(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, watch_forks);
    pthread_mutex_lock(&starting);
    if (!current || current->process != so_init_forks())
        current = new_disk();
    struct disk *disk = current;
    pthread_mutex_unlock(&starting);
    return disk;
}

bool so_disk_submit(struct so_job *job)
{
    struct disk *disk = get_disk();
    if (!disk)
        return false;
    job->next = NULL;
    pthread_mutex_lock(&disk->lock);
    *(disk->first ? disk->end : &disk->first) = job;
    disk->end = &job->next;
    pthread_cond_signal(&disk->some);
    pthread_mutex_unlock(&disk->lock);
    return true;
}
