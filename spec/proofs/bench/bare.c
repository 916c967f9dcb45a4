/* SPDX-License-Identifier: MIT */
/* The same exchange with libcurl alone: bare REQUEST COUNT.
   Sends the request that the file REQUEST holds as it was sent before, byte for byte, COUNT times over one connection.
   All options are set once, and the replies are thrown away unread. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

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

int main(int count, char **arguments)
{
    static struct request request;
    require(count == 3, "REQUEST COUNT");
    read_file(&request, arguments[1]);
    parse(&request);
    send_one_by_one(&request, atoi(arguments[2]));
    curl_slist_free_all(request.headers);
    return 0;
}
