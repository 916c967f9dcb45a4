/* SPDX-License-Identifier: MIT */
/* A file that only grows, line by line. Each line carries the SHA-256 of the line before, so that none can be changed, removed
   or moved unseen. A line is on disk when it was committed, whole or not at all. */
#ifndef SIGNOFF_JOURNAL_H
#define SIGNOFF_JOURNAL_H

#include "buffer.h"
#include "digest.h"
#include "file.h"

SO_BEGIN_INTERNAL

enum so_journal_state {
    SO_JOURNAL_CLOSED,
    SO_JOURNAL_UNREAD, /* opened for more, but nobody has said yet where it ends */
    SO_JOURNAL_OPEN,
    SO_JOURNAL_FAILED, /* what could not be written is lost, and so is what would follow it */
};

/* A line, its newline not counted, has at most so many bytes. */
enum { SO_JOURNAL_LINE = 4 * 1024 * 1024 };

/* Zero-initialised is closed. */
struct so_journal {
    enum so_journal_state state;
    int descriptor;
    char *path;
    off_t size;                             /* bytes on disk */
    struct so_buffer waiting;               /* lines that are not yet there */
    char head[SO_SHA256_DIGITS + 1];        /* of the last line, waiting or not */
    char kept[SO_SHA256_DIGITS + 1];        /* of the last line on disk */
    struct so_trouble trouble;              /* why it failed */
};

/* Makes a new one, empty; the folder has its name for good. Only one process at a time has a journal open, until it
   closes it or ends. Its file must be trusted (so_trust_check). */
bool so_journal_create(struct so_journal *journal, const char *path, struct so_trouble *out);

/* Opens one that is there, to be read from its descriptor and then continued. */
bool so_journal_open(struct so_journal *journal, const char *path, struct so_trouble *out);

/* Cuts off what is behind the first `size` bytes; `head` is the SHA-256 of their last line. */
bool so_journal_continue(struct so_journal *journal, off_t size, const char *head);

/* Adds a line: a JSON object in braces, without a newline, of at most SO_JOURNAL_LINE - 128 bytes. Its first member will
   be "prev". False when memory is out, and nothing was added. */
bool so_journal_append(struct so_journal *journal, const char *object, size_t size);

/* Everything appended is on disk, or false: then none of it is, and never will be. */
bool so_journal_commit(struct so_journal *journal);

/* Lines that were not committed are dropped. */
void so_journal_close(struct so_journal *journal);

SO_END_INTERNAL

#endif
