/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "secret.h"
#include "trust.h"

enum { FOR_OTHERS = 077 };

static bool may_be_read(int descriptor, const char *path, mode_t mode, struct so_trouble *trouble)
{
    if (!S_ISREG(mode))
        return so_trouble_set(trouble, "not_file", "is a %s; name a file", so_file_kind(mode));
    if (mode & FOR_OTHERS)
        return so_trouble_set(trouble, "untrusted", "can be read by others (mode %04o); run: chmod 600 '%s'", (unsigned)mode & 07777, path);
    return so_trust_check(descriptor, path, trouble);
}

/* No stream: its buffer would keep a copy that nobody wipes. */
static bool read_all(int descriptor, struct so_buffer *out, struct so_trouble *trouble)
{
    char chunk[1024];
    ssize_t count;
    bool fine = true;
    while (fine && (count = so_file_read(descriptor, chunk, sizeof chunk)) != 0)
        if (count < 0)
            fine = so_trouble_from(trouble, errno);
        else if (out->size + (size_t)count > SO_SECRET_LARGEST)
            fine = so_trouble_set(trouble, "failed", "is larger than 64 KiB; name a file with a secret alone");
        else
            fine = so_buffer_append(out, chunk, (size_t)count) || so_trouble_from(trouble, ENOMEM);
    explicit_bzero(chunk, sizeof chunk);
    return fine;
}

static bool trim_newline(struct so_buffer *secret, struct so_trouble *trouble)
{
    if (secret->size && secret->bytes[secret->size - 1] == '\n')
        secret->bytes[--secret->size] = '\0';
    return secret->size || so_trouble_set(trouble, "failed", "is empty; write the secret into it");
}

bool so_secret_read(struct so_buffer *out, const char *path, struct so_trouble *trouble)
{
    struct stat status;
    int descriptor = so_file_open(path, &status, trouble);
    if (descriptor < 0)
        return false;
    bool fine = may_be_read(descriptor, path, status.st_mode, trouble) && read_all(descriptor, out, trouble) &&
                trim_newline(out, trouble);
    close(descriptor);
    return fine;
}
