/* SPDX-License-Identifier: MIT */
#include "status.h"

/* RFC 9110's meaning, in our codes; the first row that fits counts. */
static const struct so_status_rule common[] = {
    {206, 206, SO_UNUSABLE, SO_SCOPE_NONE, false}, /* a part, though no part was requested */
    {304, 304, SO_REJECTED, SO_SCOPE_CLIENT, true}, /* from a cache: the request had no condition */
    {300, 399, SO_REJECTED, SO_SCOPE_CLIENT, false}, /* a redirect is never followed */
    {401, 401, SO_DENIED, SO_SCOPE_CLIENT, false},
    {403, 403, SO_DENIED, SO_SCOPE_CLIENT, false},
    {404, 404, SO_NOT_FOUND, SO_SCOPE_CLIENT, false},
    {407, 407, SO_DENIED, SO_SCOPE_CLIENT, false},
    {405, 406, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {408, 408, SO_BUSY, SO_SCOPE_NONE, true},
    {411, 411, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {415, 415, SO_REJECTED, SO_SCOPE_CLIENT, false},
    {425, 425, SO_BUSY, SO_SCOPE_NONE, true},
    {429, 429, SO_BUSY, SO_SCOPE_NONE, true},
    {400, 499, SO_REJECTED, SO_SCOPE_TARGET, false},
    {500, 500, SO_SERVER, SO_SCOPE_NONE, true},
    {502, 502, SO_SERVER, SO_SCOPE_NONE, true},
    {503, 503, SO_BUSY, SO_SCOPE_NONE, true},
    {504, 504, SO_SERVER, SO_SCOPE_NONE, true},
    {500, 599, SO_SERVER, SO_SCOPE_NONE, false},
    {0},
};

static const struct so_status_rule unheard_of = {0, 0, SO_UNUSABLE, SO_SCOPE_NONE, false};

static const struct so_status_rule *find_rule(const struct so_status_rule *rules, long status)
{
    for (; rules && rules->last; rules++)
        if (status >= rules->first && status <= rules->last)
            return rules;
    return NULL;
}

const struct so_status_rule *so_status_rule(const struct so_status_rule *own, long status)
{
    const struct so_status_rule *rule = find_rule(own, status);
    if (!rule)
        rule = find_rule(common, status);
    return rule ? rule : &unheard_of;
}
