/* SPDX-License-Identifier: MIT */
/* EVP_DigestVerify with a kept key on one token, again and again: verify PUBLIC.pem TOKEN SIGNATURE SECONDS prints nanoseconds of
   processor time for each. TOKEN is the file of header and payload as they are signed; SIGNATURE that of the signature as libcrypto
   takes it. With COUNT:n in the place of SECONDS: n of them, for instruments that count instructions. */
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct bytes {
    unsigned char bytes[65536];
    size_t size;
};

static void read_file(struct bytes *out, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        exit(1);
    out->size = fread(out->bytes, 1, sizeof out->bytes, file);
    fclose(file);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void verify(EVP_MD_CTX *context, EVP_PKEY *key, const struct bytes *text, const struct bytes *signature)
{
    EVP_MD_CTX_reset(context);
    if (EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestVerify(context, signature->bytes, signature->size, text->bytes, text->size) != 1)
        exit(2);
}

int main(int argc, char **argv)
{
    static struct bytes text, signature;
    FILE *file = argc == 5 ? fopen(argv[1], "r") : NULL;
    EVP_PKEY *key = file ? PEM_read_PUBKEY(file, NULL, NULL, NULL) : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!key || !context)
        return 1;
    read_file(&text, argv[2]);
    read_file(&signature, argv[3]);
    long most = strncmp(argv[4], "COUNT:", 6) ? 0 : atol(argv[4] + 6), count = 0;
    double start = now(), seconds = atof(argv[4]);
    do {
        for (int i = 0; i < 100 && (!most || count < most); i++, count++)
            verify(context, key, &text, &signature);
    } while (most ? count < most : now() - start < seconds);
    printf("%.1f\n", (now() - start) / (double)count * 1e9);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    fclose(file);
    return 0;
}
