/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "secret.h"
#include "trust.h"

/* The permissions that others must not have: none at all for a secret file; a credential of a service may be read by its group,
   and by all where nobody can write. */
enum { FOR_OTHERS = 077, FOR_CREDENTIAL = 037, FOR_MOUNTED = 033 };

static bool refuse_mode(const char *path, unsigned mode, bool mounted, struct so_trouble *trouble)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY"), *name = so_file_name(path);
    size_t size = folder ? strlen(folder) : 0;
    if (size && !strncmp(path, folder, size) && path[size] == '/' && path + size + 1 == name)
        return so_trouble_set(trouble, "untrusted", "is a credential of this service (mode %04o); take it by: secret.credential \"%s\"",
                              mode, name);
    if (mounted)
        return so_trouble_set(trouble, "untrusted", "can be read by others (mode %04o), and its mount is read-only; mount it with "
                              "mode 0400 (Docker: mode=0400, Kubernetes: defaultMode: 0400), or set CREDENTIALS_DIRECTORY to its "
                              "folder and take it by: secret.credential \"%s\"", mode, name);
    return so_trouble_set(trouble, "untrusted", "can be read by others (mode %04o); run: chmod 600 '%s'", mode, path);
}

static bool may_be_read(int descriptor, const char *path, mode_t mode, bool credential, struct so_trouble *trouble)
{
    bool mounted = so_file_is_fixed(descriptor);
    unsigned others = !credential ? FOR_OTHERS : mounted ? FOR_MOUNTED : FOR_CREDENTIAL;
    if (!S_ISREG(mode))
        return so_trouble_set(trouble, "not_file", "is a %s; name a file", so_file_kind(mode));
    if (credential && mode & others)
        return so_trouble_set(trouble, "untrusted", "can be read or written by others (mode %04o); mount its folder read-only, or run: "
                              "chmod 600 '%s'", (unsigned)mode & 07777, path);
    if (mode & others)
        return refuse_mode(path, (unsigned)mode & 07777, mounted, trouble);
    return so_trust_check(descriptor, path, trouble);
}

/* With a byte order mark, or all ASCII. */
static bool is_wide(const char *bytes, size_t size)
{
    enum { LEAST = 4 };
    size_t nuls[2] = {0};
    if (size >= 2 && (!memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2)))
        return true;
    if (!memchr(bytes, '\0', size))
        return false;
    for (size_t i = 0; i < size; i++)
        nuls[i % 2] += !bytes[i];
    return size >= LEAST && size % 2 == 0 && nuls[0] + nuls[1] == size / 2 && (!nuls[0] || !nuls[1]);
}

const char *so_secret_refuse(const char *bytes, size_t size, bool lines)
{
    if (size >= 3 && !memcmp(bytes, "\xef\xbb\xbf", 3))
        return "begins with a byte order mark, which no login takes; save it as UTF-8 without one";
    if (is_wide(bytes, size))
        return "is UTF-16, which no login takes; save it as UTF-8 without a byte order mark";
    if (size && bytes[size - 1 - (size > 1 && bytes[size - 1] == '\n')] == '\r')
        return "ends with a carriage return, as lines of Windows do, which no login takes; save it with Unix line ends";
    if (lines && size && (bytes[0] == '\n' || bytes[0] == '\r' || bytes[size - 1] == '\n'))
        return "begins with a line break, or ends with more than one, which no login takes; leave one at the end at most";
    return NULL;
}

/* Uses no stream: its buffer would keep a copy that is never wiped. */
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

static bool check(struct so_buffer *secret, struct so_trouble *trouble)
{
    if (secret->size && secret->bytes[secret->size - 1] == '\n')
        secret->bytes[--secret->size] = '\0';
    const char *why = secret->size ? so_secret_refuse(secret->bytes, secret->size, true) : "is empty; write the secret into it";
    return !why || so_trouble_set(trouble, "failed", "%s", why);
}

bool so_secret_read(struct so_buffer *out, const char *path, bool credential, struct so_trouble *trouble)
{
    struct stat status;
    int descriptor = so_file_open(path, &status, trouble);
    if (descriptor < 0)
        return false;
    bool fine = may_be_read(descriptor, path, status.st_mode, credential, trouble) && read_all(descriptor, out, trouble) &&
                check(out, trouble);
    close(descriptor);
    return fine;
}

bool so_secret_run(struct so_buffer *out, char *const *argv, double seconds, struct so_trouble *trouble)
{
    if (!so_command_run(out, argv, seconds, trouble))
        return false;
    if (!out->size || *out->bytes == '\n')
        return so_trouble_set(trouble, "failed", "ended well, but wrote no line, or an empty one; name a command that writes the secret");
    if (memchr(out->bytes, '\n', out->size - 1))
        return so_trouble_set(trouble, "failed", "wrote more than one line; name a command that writes the secret alone");
    return check(out, trouble);
}
