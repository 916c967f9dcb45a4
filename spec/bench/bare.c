/* SPDX-License-Identifier: MIT */
/* What the same exchange costs with libcurl alone: bare REQUEST COUNT [IN_FLIGHT PORT].
   Sends the request that the file REQUEST holds as it was sent before, byte for byte, COUNT times over one connection; or
   to another port, over that many connections of one multi handle, and prints the seconds that it took.
   All options are set once, and the replies are thrown away unread. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { REQUEST_MAX = 8192 };

struct request {
    char bytes[REQUEST_MAX + 1], url[REQUEST_MAX], *path, *host, *agent, *body;
    struct curl_slist *headers;
};

static void require(int fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "bare: %s\n", what);
    exit(1);
}

static void read_file(struct request *request, const char *name)
{
    FILE *file = fopen(name, "rb");
    require(file != NULL, name);
    request->bytes[fread(request->bytes, 1, REQUEST_MAX, file)] = '\0';
    fclose(file);
    char *end = strstr(request->bytes, "\r\n\r\n");
    require(end != NULL, "the file holds no request");
    end[2] = '\0'; /* every header line keeps its end */
    request->body = end + 4;
}

static char *value_of(char *line, const char *name)
{
    size_t size = strlen(name);
    return strncasecmp(line, name, size) ? NULL : line + size;
}

/* libcurl writes Host and Content-Length itself, and User-Agent before the lines that it is given. */
static void take_header(struct request *request, char *line)
{
    char *value;
    if ((value = value_of(line, "Host: ")))
        request->host = value;
    else if ((value = value_of(line, "User-Agent: ")))
        request->agent = value;
    else if (!value_of(line, "Content-Length: "))
        request->headers = curl_slist_append(request->headers, line);
}

static void parse(struct request *request)
{
    char *line = request->bytes, *next = NULL;
    for (int index = 0; *line; index++, line = next) {
        char *end = strstr(line, "\r\n");
        *end = '\0';
        next = end + 2;
        if (index)
            take_header(request, line);
        else
            request->path = strchr(line, ' ') + 1;
    }
    request->path[strcspn(request->path, " ")] = '\0';
    require(request->host != NULL, "the request has no Host");
    snprintf(request->url, sizeof request->url, "http://%s%s", request->host, request->path);
}

static size_t discard(char *bytes, size_t one, size_t size, void *payload)
{
    (void)bytes, (void)one, (void)payload;
    return size;
}

static CURL *open_handle(const struct request *request)
{
    CURL *easy = curl_easy_init();
    require(easy != NULL, "libcurl does not start");
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, request->agent);
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, request->headers);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
    if (*request->body)
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
    return easy;
}

static void send_one_by_one(const struct request *request, int left)
{
    CURL *easy = open_handle(request);
    for (; left > 0; left--)
        require(curl_easy_perform(easy) == CURLE_OK, "the exchange failed");
    curl_easy_cleanup(easy);
}

/* Takes what is finished off the multi handle, and starts it again as long as there is more to send. */
static int restart_finished(CURLM *multi, int *left)
{
    int finished = 0, queued;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &queued)); finished++) {
        CURL *easy = message->easy_handle;
        require(message->data.result == CURLE_OK, "the exchange failed");
        curl_multi_remove_handle(multi, easy);
        if (*left > 0)
            curl_multi_add_handle(multi, easy);
        else
            curl_easy_cleanup(easy);
        *left -= *left > 0;
    }
    return finished;
}

static void send_many(const struct request *request, int left, int in_flight)
{
    CURLM *multi = curl_multi_init();
    int open = left < in_flight ? left : in_flight, running = 0;
    left -= open;
    for (int i = 0; i < open; i++)
        curl_multi_add_handle(multi, open_handle(request));
    for (int unfinished = left + open; unfinished > 0;) {
        require(curl_multi_perform(multi, &running) == CURLM_OK, "the multi handle failed");
        int finished = restart_finished(multi, &left);
        unfinished -= finished;
        if (!finished)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    curl_multi_cleanup(multi);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

int main(int count, char **arguments)
{
    static struct request request;
    require(count == 3 || count == 5, "REQUEST COUNT [IN_FLIGHT PORT]");
    read_file(&request, arguments[1]);
    parse(&request);
    if (count == 3) {
        send_one_by_one(&request, atoi(arguments[2]));
    } else {
        snprintf(request.url, sizeof request.url, "http://127.0.0.1:%s%s", arguments[4], request.path);
        double started = now();
        send_many(&request, atoi(arguments[2]), atoi(arguments[3]));
        printf("%.6f\n", now() - started);
    }
    curl_slist_free_all(request.headers);
    return 0;
}
