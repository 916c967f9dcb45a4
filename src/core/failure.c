/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* strcasestr */
#include <string.h>

#include "callbacks.h"
#include "descriptors.h"
#include "failure.h"
#include "proxy.h"

struct meaning {
    enum so_code code;
    bool retriable;
};

/* libcurl's codes that mean something else than "unreachable". */
static const struct { CURLcode result; struct meaning meaning; } known_codes[] = {
    {CURLE_OPERATION_TIMEDOUT, {SO_TIMEOUT, true}},
    {CURLE_SSL_CONNECT_ERROR, {SO_TLS, false}},
    {CURLE_PEER_FAILED_VERIFICATION, {SO_TLS, false}},
    {CURLE_SSL_CERTPROBLEM, {SO_TLS, false}},
    {CURLE_SSL_CIPHER, {SO_TLS, false}},
    {CURLE_SSL_CACERT_BADFILE, {SO_TLS, false}},
    {CURLE_SSL_ISSUER_ERROR, {SO_TLS, false}},
    {CURLE_SSL_CRL_BADFILE, {SO_TLS, false}},
    {CURLE_SSL_INVALIDCERTSTATUS, {SO_TLS, false}},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, {SO_TLS, false}},
#if LIBCURL_VERSION_NUM >= 0x074d00
    {CURLE_SSL_CLIENTCERT, {SO_TLS, false}},
#endif
    {CURLE_SSL_ENGINE_SETFAILED, {SO_TLS, false}},
    {CURLE_USE_SSL_FAILED, {SO_TLS, false}},
    {CURLE_PARTIAL_FILE, {SO_UNUSABLE, true}},
    {CURLE_WEIRD_SERVER_REPLY, {SO_UNUSABLE, false}},
    {CURLE_BAD_CONTENT_ENCODING, {SO_UNUSABLE, false}},
    {CURLE_WRITE_ERROR, {SO_UNUSABLE, false}},
    {CURLE_UNSUPPORTED_PROTOCOL, {SO_UNUSABLE, false}},
    {CURLE_OUT_OF_MEMORY, {SO_NOMEM, true}},
};

/* Advice that depends on libcurl's words; NULL where the advice of its code holds. */
static const char *advice_for(const char *text)
{
    static const struct { const char *words, *advice; } known_words[] = {
        {"wrong version number", "that port answers without TLS: use its TLS port, or no TLS (http, 'tls = false')"},
        {"packet length too long", "that port answers without TLS: use its TLS port, or no TLS (http, 'tls = false')"},
        {"HTTP/0.9", "a port that wants TLS answers so: use https"},
        {"alert certificate required", "the server wants a client certificate: name ours with 'client_cert' and 'client_key'"},
        {"alert certificate expired", "the server finds our client certificate too old, 'client_cert'"},
        {"alert unknown ca", "the server does not know the CA of our client certificate, 'client_cert'"},
        {"alert protocol version", "the server speaks no TLS that is safe: 1.2 is the least"},
        {"alert handshake failure", "the server may want a client certificate: name ours with 'client_cert' and 'client_key'"},
        {"private key file", "check 'client_key': it must belong to 'client_cert', and 'client_key_password' open it"},
        {"client certificate", "check 'client_cert'"},
        {"not yet valid", "compare this machine's clock with the server's certificate"},
        {"has expired", "the server needs a new certificate; or this machine's clock is wrong"},
        {"subject name", "the certificate is another host's: check the name in the address"},
    };
    for (size_t i = 0; i < sizeof known_words / sizeof *known_words; i++)
        if (strstr(text, known_words[i].words))
            return known_words[i].advice;
    return NULL;
}

/* A connection that breaks in the handshake tells nothing about certificates. */
static bool broke_off(const char *text)
{
    static const char *const words[] = {"reset by peer", "SSL_ERROR_SYSCALL", "unexpected eof", "Broken pipe"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasestr(text, words[i]))
            return true;
    return false;
}

/* Whether some of the reply came, but not all of its headers. */
static bool is_in_head(const struct so_exchange *exchange)
{
    curl_off_t begun = 0; /* when its first byte came; microseconds */
    curl_easy_getinfo(exchange->easy, CURLINFO_STARTTRANSFER_TIME_T, &begun);
    return begun > 0 && !exchange->headed;
}

static struct meaning meaning_of(CURLcode result)
{
    for (size_t i = 0; i < sizeof known_codes / sizeof *known_codes; i++)
        if (known_codes[i].result == result)
            return known_codes[i].meaning;
    return (struct meaning){SO_UNREACHABLE, true};
}

/* The meaning of libcurl's code, which depends on how far the exchange had come, and on libcurl's words. */
static struct meaning meaning_here(const struct so_exchange *exchange, CURLcode result)
{
    struct meaning meaning = meaning_of(result);
    if (exchange->call->arena.failed)
        return (struct meaning){SO_NOMEM, meaning.retriable};
    if (meaning.code == SO_NOMEM && is_in_head(exchange)) /* libcurl also says this of a header line beyond its own limit */
        return (struct meaning){SO_UNUSABLE, false};
    if (meaning.code == SO_UNREACHABLE && exchange->headed && !exchange->stopped) /* a reply began, and was cut */
        return (struct meaning){SO_UNUSABLE, true};
    if (meaning.code == SO_UNREACHABLE && strstr(exchange->text, " alert ")) /* TLS 1.3 refuses our certificate when we have sent */
        return (struct meaning){SO_TLS, false};
    if (meaning.code == SO_TLS && broke_off(exchange->text))
        return (struct meaning){SO_UNREACHABLE, true};
    return meaning;
}

/* The errno if the exchange failed because descriptors are used up; else 0. For those that libcurl, its resolver and TLS open
   themselves, only two facts are known: that the exchange failed, and whether any are left now. */
static int want_of_descriptors(const struct so_exchange *exchange, CURLcode result)
{
    switch (result) {
    case CURLE_COULDNT_CONNECT:
        return exchange->refused_socket;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_PEER_FAILED_VERIFICATION: /* a folder of CAs is read when a certificate asks for one */
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_FAILED_INIT:
    case CURLE_OUT_OF_MEMORY:
        return so_descriptors_short();
    default:
        return 0;
    }
}

/* The reason why there is no reply. libcurl counts the connections that died under any request of a handle, and says of every
   sixth that it was tried five times, though each request is sent once. */
static const char *reason(const struct so_exchange *exchange, CURLcode result)
{
    static const char died[] = "Connection died, tried ";
    if (exchange->stopped)
        return exchange->stopped;
    if (!strncmp(exchange->text, died, sizeof died - 1))
        return so_not_sent_twice;
    return exchange->text[0] ? exchange->text : curl_easy_strerror(result);
}

void so_failure_take(struct so_exchange *exchange, CURLcode result)
{
    struct so_call *call = exchange->call;
    const char *problem = so_descriptors_problem(want_of_descriptors(exchange, result));
    if (problem) {
        so_call_fail(call, &call->failure, SO_BUSY, SO_SCOPE_NONE, true, "%s", problem);
        return;
    }
    if (so_proxy_failure(exchange, result))
        return;
    struct meaning meaning = meaning_here(exchange, result);
    const char *why = reason(exchange, result);
    so_call_fail(call, &call->failure, meaning.code, SO_SCOPE_NONE, meaning.retriable, "%s%s",
                 meaning.code == SO_UNUSABLE ? "the reply cannot be used: " : "", why);
    call->failure.advice = advice_for(why);
}
