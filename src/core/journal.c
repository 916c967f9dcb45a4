/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "journal.h"
#include "trust.h"

static void set_head(char head[SO_SHA256_DIGITS + 1], const char *digits)
{
    memcpy(head, digits, SO_SHA256_DIGITS);
    head[SO_SHA256_DIGITS] = '\0';
}

static void start(struct so_journal *journal)
{
    memset(journal->head, '0', SO_SHA256_DIGITS);
    set_head(journal->kept, journal->head);
}

/* Opens a name in a folder. Never waits. */
static bool open_at(struct so_journal *journal, int folder, const char *name, int flags, struct so_trouble *out)
{
    journal->descriptor = openat(folder, name, O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | flags, 0600);
    if (journal->descriptor < 0)
        return so_trouble_from(out, errno);
    journal->state = SO_JOURNAL_UNREAD;
    return true;
}

static bool lock(struct so_journal *journal, struct so_trouble *out)
{
    return flock(journal->descriptor, LOCK_EX | LOCK_NB) == 0 || so_trouble_from(out, errno);
}

static bool keep_path(struct so_journal *journal, const char *path, struct so_trouble *out)
{
    journal->path = strdup(path);
    return journal->path || so_trouble_from(out, ENOMEM);
}

static bool make(struct so_journal *journal, int folder, struct so_trouble *out)
{
    const char *name = so_file_name(journal->path);
    if (!open_at(journal, folder, name, O_CREAT | O_EXCL, out))
        return false;
    if (lock(journal, out) && (so_file_sync_names(folder) || so_trouble_from(out, errno)))
        return true;
    unlinkat(folder, name, 0);
    return false;
}

bool so_journal_create(struct so_journal *journal, const char *path, struct so_trouble *out)
{
    char name[PATH_MAX];
    int folder = so_file_folder(path, name);
    if (folder < 0)
        return so_trouble_from(out, errno);
    bool fine = so_trust_check(folder, name, out) && keep_path(journal, path, out) && make(journal, folder, out);
    close(folder);
    if (!fine) {
        so_journal_close(journal);
        return false;
    }
    start(journal);
    journal->state = SO_JOURNAL_OPEN;
    return true;
}

static bool check_file(const struct so_journal *journal, struct so_trouble *out)
{
    struct stat status;
    if (fstat(journal->descriptor, &status))
        return so_trouble_from(out, errno);
    return (S_ISREG(status.st_mode) || so_trouble_from(out, ENXIO)) && so_trust_check(journal->descriptor, journal->path, out);
}

bool so_journal_open(struct so_journal *journal, const char *path, struct so_trouble *out)
{
    if (keep_path(journal, path, out) && open_at(journal, AT_FDCWD, path, 0, out) && check_file(journal, out) && lock(journal, out))
        return true;
    so_journal_close(journal);
    return false;
}

/* Fails the journal for good: later lines would follow a missing one. */
static bool fail(struct so_journal *journal)
{
    so_buffer_clear(&journal->waiting);
    set_head(journal->head, journal->kept);
    journal->state = SO_JOURNAL_FAILED;
    return false;
}

static bool fail_from(struct so_journal *journal, int number)
{
    so_trouble_from(&journal->trouble, number);
    return fail(journal);
}

bool so_journal_continue(struct so_journal *journal, off_t size, const char *head)
{
    struct stat status;
    if (fstat(journal->descriptor, &status))
        return fail_from(journal, errno);
    if (status.st_size < size) {
        so_trouble_set(&journal->trouble, "changed", "became shorter while it was read; let nothing else write it");
        return fail(journal);
    }
    if (status.st_size > size && (ftruncate(journal->descriptor, size) || !so_file_sync(journal->descriptor)))
        return fail_from(journal, errno);
    journal->size = size;
    set_head(journal->head, head);
    set_head(journal->kept, head);
    journal->state = SO_JOURNAL_OPEN;
    return true;
}

static bool append_line(struct so_buffer *lines, const char *head, const char *object, size_t size)
{
    const char *comma = memchr(object + 1, '"', size - 2) ? "," : ""; /* {} has no member */
    return so_buffer_text(lines, "{\"prev\":\"") && so_buffer_text(lines, head) && so_buffer_text(lines, "\"") &&
           so_buffer_text(lines, comma) && so_buffer_append(lines, object + 1, size - 1);
}

bool so_journal_append(struct so_journal *journal, const char *object, size_t size)
{
    struct so_buffer *lines = &journal->waiting;
    size_t before = lines->size;
    char head[SO_SHA256_DIGITS + 1];
    bool fine = append_line(lines, journal->head, object, size) &&
                so_sha256(lines->bytes + before, lines->size - before, head) && so_buffer_text(lines, "\n");
    if (!fine) {
        lines->size = before;
        return false;
    }
    set_head(journal->head, head);
    return true;
}

/* Whether the file is unchanged: no other process wrote it, and its name still leads to it. */
static bool is_as_left(const struct so_batch *batch, struct so_trouble *out)
{
    struct stat status;
    if (fstat(batch->descriptor, &status))
        return so_trouble_from(out, errno);
    if (status.st_nlink == 0)
        return so_trouble_set(out, "changed", "was deleted while it was in use");
    if (status.st_size != batch->size)
        return so_trouble_set(out, "changed", "was changed by another program while it was in use");
    return true;
}

void so_journal_begin(struct so_journal *journal, struct so_batch *out)
{
    *out = (struct so_batch){.descriptor = journal->descriptor, .size = journal->size, .lines = journal->waiting};
    set_head(out->head, journal->head);
    journal->waiting = (struct so_buffer){0};
}

void so_batch_write(struct so_batch *batch)
{
    const struct so_buffer *lines = &batch->lines;
    batch->written = !lines->size;
    if (batch->written || !is_as_left(batch, &batch->trouble))
        return;
    batch->written = so_file_write(batch->descriptor, lines->bytes, lines->size) && so_file_sync(batch->descriptor);
    if (batch->written)
        return;
    so_trouble_from(&batch->trouble, errno);
    if (ftruncate(batch->descriptor, batch->size) == 0) /* if not: a torn line, cut off when it is continued */
        so_file_sync(batch->descriptor);
}

void so_batch_free(struct so_batch *batch)
{
    so_buffer_free(&batch->lines);
}

/* Keeps the room of lines that were written. */
static void keep_room(struct so_journal *journal, struct so_batch *batch)
{
    if (journal->waiting.bytes)
        return;
    so_buffer_clear(&batch->lines);
    journal->waiting = batch->lines;
    batch->lines = (struct so_buffer){0};
}

bool so_journal_end(struct so_journal *journal, struct so_batch *batch)
{
    bool written = batch->written;
    journal->size += written ? (off_t)batch->lines.size : 0;
    if (written)
        set_head(journal->kept, batch->head);
    else
        journal->trouble = batch->trouble;
    keep_room(journal, batch);
    so_batch_free(batch);
    return written || fail(journal);
}

bool so_journal_commit(struct so_journal *journal)
{
    struct so_batch batch;
    so_journal_begin(journal, &batch);
    so_batch_write(&batch);
    return so_journal_end(journal, &batch);
}

void so_journal_close(struct so_journal *journal)
{
    if (journal->state != SO_JOURNAL_CLOSED)
        close(journal->descriptor);
    so_buffer_free(&journal->waiting);
    free(journal->path);
    *journal = (struct so_journal){0};
}
