/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* memmem */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pem.h"

enum { HEAD = 256 };

/* DER begins with a sequence: its length takes more than one byte, or it is a short key, whose version follows. */
static bool is_der(const unsigned char *bytes, size_t size)
{
    return size >= 4 && bytes[0] == 0x30 && ((bytes[1] >= 0x80 && bytes[1] <= 0x84) || (bytes[1] < 0x80 && bytes[2] == 0x02));
}

static const char *form_of(const char *head, size_t size)
{
    if (is_der((const unsigned char *)head, size))
        return "is DER, and must be PEM; run: openssl x509 -inform der -in FILE -out FILE.pem (a key: openssl pkey -inform der; "
               "PKCS #12, .pfx or .p12: openssl pkcs12 -in FILE -out FILE.pem)";
    if (size >= 2 && (!memcmp(head, "\xff\xfe", 2) || !memcmp(head, "\xfe\xff", 2)))
        return "is UTF-16, and must be PEM in ASCII; save it so";
    if (memmem(head, size, "-----BEGIN PKCS7-----", 21))
        return "is PKCS #7, and must be PEM with certificates; run: openssl pkcs7 -print_certs -in FILE -out FILE.pem";
    if (memmem(head, size, "-----BEGIN CERTIFICATE REQUEST-----", 35) || memmem(head, size, "-----BEGIN NEW CERTIFICATE REQUEST-----", 39))
        return "is a request for a certificate; name the certificate that the CA gave for it";
    if (memmem(head, size, "PuTTY-User-Key-File", 19) || memmem(head, size, "-----BEGIN OPENSSH PRIVATE KEY-----", 35))
        return "is a key of SSH, and not of TLS";
    return NULL;
}

bool so_pem_check(const char *path, struct so_trouble *out)
{
    char head[HEAD];
    struct stat status;
    int descriptor = so_file_open(path, &status, out);
    if (descriptor < 0)
        return false;
    ssize_t size = so_file_read(descriptor, head, sizeof head);
    int number = errno;
    close(descriptor);
    if (size < 0)
        return so_trouble_from(out, number);
    const char *form = form_of(head, (size_t)size);
    return !form || so_trouble_set(out, "failed", "%s", form);
}
