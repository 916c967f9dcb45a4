/* SPDX-License-Identifier: MIT */
/* libcjose without the gate: prints "accepts" or "refuses" for each line of a key (JWK) and a token, both in hexadecimal
   digits with a blank between. Without a token: whether it imports the key. */
#define _GNU_SOURCE
#include <cjose/cjose.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t unhex(char *text)
{
    size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        char digits[3] = {text[2 * i], text[2 * i + 1], '\0'};
        text[i] = (char)strtol(digits, NULL, 16);
    }
    text[size] = '\0';
    return size;
}

static bool accepts(char *key, char *token)
{
    cjose_err error;
    size_t key_size = unhex(key), token_size = unhex(token);
    cjose_jwk_t *jwk = cjose_jwk_import(key, key_size, &error);
    cjose_jws_t *jws = jwk && token_size ? cjose_jws_import(token, token_size, &error) : NULL;
    bool result = token_size ? jws && cjose_jws_verify(jws, jwk, &error) : jwk != NULL;
    cjose_jws_release(jws);
    cjose_jwk_release(jwk);
    return result;
}

int main(void)
{
    char *line = NULL, *rest;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *key = strtok_r(line, " \n", &rest), *token = strtok_r(NULL, " \n", &rest);
        puts(accepts(key, token ? token : key + strlen(key)) ? "accepts" : "refuses");
    }
    free(line);
    return 0;
}
