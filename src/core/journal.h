/* SPDX-License-Identifier: MIT */
/* Journals: files that only grow, line by line. Each line carries the SHA-256 of the line before, so that no line can be
   changed, removed or moved unnoticed. A line is on disk when it was committed, whole or not at all. */
#ifndef SIGNOFF_JOURNAL_H
#define SIGNOFF_JOURNAL_H

#include "buffer.h"
#include "digest.h"
#include "file.h"

SO_BEGIN_INTERNAL

enum so_journal_state {
    SO_JOURNAL_CLOSED,
    SO_JOURNAL_UNREAD, /* opened to be continued, but its end is not known yet */
    SO_JOURNAL_OPEN,
    SO_JOURNAL_FAILED, /* a line could not be written: it is lost, and no more can follow */
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

/* Makes a new, empty journal, whose name in the folder is on disk. Only one process at a time has a journal open, until it
   closes it or ends. Its file must be trusted (so_trust_check). */
bool so_journal_create(struct so_journal *journal, const char *path, struct so_trouble *out);

/* Opens an existing journal, which is read from its descriptor and then continued. */
bool so_journal_open(struct so_journal *journal, const char *path, struct so_trouble *out);

/* Cuts off what is behind the first `size` bytes; `head` is the SHA-256 of their last line. */
bool so_journal_continue(struct so_journal *journal, off_t size, const char *head);

/* Adds a line: a JSON object in braces, without a newline, of at most SO_JOURNAL_LINE - 128 bytes. Its first member will
   be "prev". False when memory is out, and nothing was added. */
bool so_journal_append(struct so_journal *journal, const char *object, size_t size);

/* Writes all appended lines to disk. False: none of them is there, and none will be. */
bool so_journal_commit(struct so_journal *journal);

/* The same in three steps, of which the second is for any thread: it needs nothing but the batch. Lines may be appended meanwhile, but
   the journal must not be closed. */
struct so_batch {
    int descriptor; /* the journal's */
    off_t size;     /* of its file before */
    struct so_buffer lines;
    char head[SO_SHA256_DIGITS + 1];
    bool written;
    struct so_trouble trouble; /* why it was not */
};
void so_journal_begin(struct so_journal *journal, struct so_batch *out); /* takes the lines, perhaps none */
void so_batch_write(struct so_batch *batch);
bool so_journal_end(struct so_journal *journal, struct so_batch *batch); /* frees the batch; false as so_journal_commit */
void so_batch_free(struct so_batch *batch);

/* Lines that were not committed are dropped. */
void so_journal_close(struct so_journal *journal);

SO_END_INTERNAL

#endif
