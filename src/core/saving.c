/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* mkostemp */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "saving.h"

static bool open_beside(struct so_saving *saving)
{
    if (so_file_may_replace(saving->path)) {
        so_file_template(saving->made, saving->path);
        saving->descriptor = mkostemp(saving->made, O_CLOEXEC);
    }
    return saving->descriptor >= 0;
}

bool so_saving_begin(struct so_saving *out, const char *path, struct so_trouble *trouble)
{
    *out = (struct so_saving)SO_SAVING_NONE;
    out->path = strdup(path);
    out->made = malloc(strlen(path) + SO_FILE_SUFFIX);
    out->digest = so_digest_new();
    bool complete = out->path && out->made && out->digest;
    if (complete && open_beside(out))
        return true;
    int number = complete ? errno : ENOMEM;
    if (out->made)
        *out->made = '\0'; /* none of ours has that name */
    so_saving_close(out);
    return so_trouble_from(trouble, number);
}

bool so_saving_write(struct so_saving *saving, const char *bytes, size_t size, struct so_trouble *trouble)
{
    if (!so_digest_add(saving->digest, bytes, size))
        return so_trouble_from(trouble, ENOMEM);
    return so_file_write(saving->descriptor, bytes, size) || so_trouble_from(trouble, errno);
}

/* Some file systems say only now that there was no room. */
static bool close_descriptor(struct so_saving *saving)
{
    int descriptor = saving->descriptor;
    saving->descriptor = -1;
    return close(descriptor) == 0;
}

bool so_saving_complete(struct so_saving *saving, char out[SO_SHA256_DIGITS + 1], struct so_trouble *trouble)
{
    if (!so_digest_end(saving->digest, out))
        return so_trouble_from(trouble, ENOMEM);
    so_digest_free(saving->digest);
    saving->digest = NULL;
    return (so_file_sync(saving->descriptor) && close_descriptor(saving)) || so_trouble_from(trouble, errno);
}

bool so_saving_rename(struct so_saving *saving, struct so_trouble *trouble)
{
    if (!so_file_rename(saving->made, saving->path))
        return so_trouble_from(trouble, errno);
    free(saving->made);
    saving->made = NULL;
    return so_file_sync_name(saving->path) || so_trouble_from(trouble, errno);
}

void so_saving_close(struct so_saving *saving)
{
    if (saving->descriptor >= 0)
        close(saving->descriptor);
    if (saving->made && *saving->made)
        unlink(saving->made);
    free(saving->made);
    free(saving->path);
    so_digest_free(saving->digest);
    *saving = (struct so_saving)SO_SAVING_NONE;
}
