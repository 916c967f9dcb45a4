/* SPDX-License-Identifier: MIT */
#include <openssl/err.h>
#include <stdbool.h>

#include "reasons.h"

void so_reasons_clear(void)
{
    ERR_clear_error();
}

/* A reason of its own, not one that all parts of libcrypto share. */
static bool says_wrong(unsigned long error)
{
    int library = ERR_GET_LIB(error);
    return (library == ERR_LIB_RSA || library == ERR_LIB_EC) && !(ERR_GET_REASON(error) & ERR_RFLAG_COMMON);
}

/* Behind a reason, the parts that called it may note that it failed. */
enum so_reasons so_reasons_take(void)
{
    bool any = false, wrong = false, fatal = false;
    for (unsigned long each; (each = ERR_get_error());) {
        any = true;
        wrong |= says_wrong(each);
        fatal |= ERR_FATAL_ERROR(each) != 0;
    }
    if (wrong && !fatal)
        return SO_REASONS_WRONG;
    return any ? SO_REASONS_FAILED : SO_REASONS_NONE;
}
