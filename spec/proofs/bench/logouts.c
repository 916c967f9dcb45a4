/* SPDX-License-Identifier: MIT */
/* The work of many.lua, with libcurl alone: logouts PORT COUNT CONCURRENCY. So many logouts from JD Edwards, each of another
   session, over that many connections of one multi handle. Prints the seconds that it took. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPLY_MAX = 1024, SECONDS = 15 };

struct logout {
    CURL *easy;
    struct curl_slist token; /* the first of its headers */
    char line[128], reply[REPLY_MAX + 1];
    size_t size;
};

static char url[128];
static int begun;

static void require(int fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "logouts: %s\n", what);
    exit(1);
}

static size_t keep(char *bytes, size_t one, size_t size, void *payload)
{
    struct logout *logout = payload;
    (void)one;
    if (size > REPLY_MAX - logout->size)
        return 0;
    memcpy(logout->reply + logout->size, bytes, size);
    logout->size += size;
    return size;
}

static void prepare(struct logout *logout, struct curl_slist *headers)
{
    logout->easy = curl_easy_init();
    require(logout->easy != NULL, "libcurl does not start");
    logout->token = (struct curl_slist){logout->line, headers};
    curl_easy_setopt(logout->easy, CURLOPT_URL, url);
    curl_easy_setopt(logout->easy, CURLOPT_USERAGENT, "signoff/0.1.0");
    curl_easy_setopt(logout->easy, CURLOPT_HTTPHEADER, &logout->token);
    curl_easy_setopt(logout->easy, CURLOPT_TIMEOUT, (long)SECONDS);
    curl_easy_setopt(logout->easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(logout->easy, CURLOPT_WRITEFUNCTION, keep);
    curl_easy_setopt(logout->easy, CURLOPT_WRITEDATA, logout);
    curl_easy_setopt(logout->easy, CURLOPT_PRIVATE, logout);
}

static void begin(CURLM *multi, struct logout *logout)
{
    snprintf(logout->line, sizeof logout->line, "jde-AIS-Auth: 044kbwMICIsL8P4jttMjVtpnhrrSK17i7fa2h8VjwjEMDE5MDEy%08d",
             ++begun);
    logout->size = 0;
    require(curl_multi_add_handle(multi, logout->easy) == CURLM_OK, "the multi handle failed");
}

static void check(struct logout *logout, CURLcode result)
{
    long status = 0;
    curl_easy_getinfo(logout->easy, CURLINFO_RESPONSE_CODE, &status);
    logout->reply[logout->size] = '\0';
    require(result == CURLE_OK && status == 200 && strstr(logout->reply, "\"Success\""), "a logout failed");
}

/* Takes what is finished off the multi handle, and begins others as long as there are any. */
static int go_on(CURLM *multi, int count)
{
    int finished = 0, queued;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &queued)); finished++) {
        struct logout *logout = NULL;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&logout);
        check(logout, message->data.result);
        curl_multi_remove_handle(multi, logout->easy);
        if (begun < count)
            begin(multi, logout);
    }
    return finished;
}

static void log_out(CURLM *multi, struct logout *logouts, int count, int in_flight)
{
    for (int i = 0; i < in_flight && begun < count; i++)
        begin(multi, logouts + i);
    for (int finished = 0, before = 0; finished < count; before = finished) {
        int running;
        require(curl_multi_perform(multi, &running) == CURLM_OK, "the multi handle failed");
        finished += go_on(multi, count);
        if (finished == before)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    require(count == 4, "PORT COUNT CONCURRENCY");
    int in_flight = atoi(arguments[3]);
    struct curl_slist old_fresh = {"Pragma: no-cache", NULL}, fresh = {"Cache-Control: no-cache", &old_fresh};
    struct curl_slist device = {"jde-AIS-Auth-Device: leaver-laptop", &fresh}, accept = {"Accept: application/json", &device};
    struct logout *logouts = calloc((size_t)in_flight, sizeof *logouts);
    CURLM *multi = curl_multi_init();
    require(logouts && multi, "no memory");
    snprintf(url, sizeof url, "http://127.0.0.1:%s/jderest/v2/orchestrator/jde-logout", arguments[1]);
    for (int i = 0; i < in_flight; i++)
        prepare(logouts + i, &accept);
    log_out(multi, logouts, in_flight, in_flight); /* all connections are there before the clock runs */
    begun = 0;
    double started = now();
    log_out(multi, logouts, atoi(arguments[2]), in_flight);
    printf("%.6f\n", now() - started);
    for (int i = 0; i < in_flight; i++)
        curl_easy_cleanup(logouts[i].easy);
    curl_multi_cleanup(multi);
    free(logouts);
    return 0;
}
