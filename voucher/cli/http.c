/* voucher/cli/http.c */
#include "voucher/cli/http.h"

#include <curl/curl.h>
#include <time.h>

#include "crypto/digest.h"
#include "crypto/encode.h"

#define TRIES_MAX 3
#define TIMEOUT_S 20L

static size_t
answer_collect(char *bytes, size_t size, size_t count, void *owner)
{
    struct cli_answer *answer = owner;
    size_t more = size * count;
    if (answer->size + more + 1 > answer->room) {
        size_t room = (answer->size + more + 1) * 2;
        char *moved = realloc(answer->bytes, room);
        if (moved == NULL) return 0;
        answer->bytes = moved;
        answer->room = room;
    }
    memcpy(answer->bytes + answer->size, bytes, more);
    answer->size += more;
    answer->bytes[answer->size] = '\0';
    return more;
}

struct receipt {
    CURL *curl;
    FILE *sink;
    struct cli_answer *answer;
};

/* What is good goes to the sink as it comes; a refusal is kept to be told. */
static size_t
answer_take(char *bytes, size_t size, size_t count, void *owner)
{
    struct receipt *r = owner;
    long status = 0;
    (void)curl_easy_getinfo(r->curl, CURLINFO_RESPONSE_CODE, &status);
    if (r->sink == NULL || status / 100 != 2) return answer_collect(bytes, size, count, r->answer);
    return fwrite(bytes, size, count, r->sink) * size;
}

static struct curl_slist *
request_fields(const struct cli_request *request)
{
    char line[CLI_LINE_SIZE];
    const char *type = request->content_type == NULL ? "application/json" : request->content_type;
    (void)snprintf(line, sizeof line, "Content-Type: %s", type);
    struct curl_slist *fields = curl_slist_append(NULL, line);
    if (request->token != NULL) {
        (void)snprintf(line, sizeof line, "Authorization: Bearer %s", request->token);
        fields = curl_slist_append(fields, line);
    }
    if (request->key != NULL) {
        (void)snprintf(line, sizeof line, "Idempotency-Key: %s", request->key);
        fields = curl_slist_append(fields, line);
    }
    for (size_t i = 0; i < request->line_count; i++) {
        fields = curl_slist_append(fields, request->lines[i]);
    }
    if (request->file != NULL) {
        fields = curl_slist_append(fields, "Transfer-Encoding: chunked");
    }
    return curl_slist_append(fields, "Expect:");
}

/* A file of unknown size goes in chunks, by curl's default reader. */
static void
request_body(CURL *curl, const struct cli_request *request)
{
    if (strcmp(request->method, "GET") == 0) return;
    if (request->file != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_POST, 1L);
        (void)curl_easy_setopt(curl, CURLOPT_READDATA, request->file);
        return;
    }
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request->body.size ? request->body.at : "");
    (void)curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, (long)request->body.size);
}

static void
send_once(const struct cli_request *request, struct cli_answer *out)
{
    char url[2048], error[CURL_ERROR_SIZE] = "";
    long status = 0;
    const char *base = request->url != NULL ? request->url : getenv("HUIQUAN_URL");
    if (base == NULL) base = "http://127.0.0.1:8080";
    (void)snprintf(url, sizeof url, "%s%s", base, request->path);
    CURL *curl = curl_easy_init();
    must(curl != NULL);
    struct receipt receipt = { curl, request->sink, out };
    struct curl_slist *fields = request_fields(request);
    (void)curl_easy_setopt(curl, CURLOPT_URL, url);
    (void)curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    (void)curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    (void)curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method);
    (void)curl_easy_setopt(curl, CURLOPT_HTTPHEADER, fields);
    if (request->file == NULL && request->sink == NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_TIMEOUT, TIMEOUT_S);
    }
    (void)curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, answer_take);
    (void)curl_easy_setopt(curl, CURLOPT_WRITEDATA, &receipt);
    if (request->socket != NULL) {
        (void)curl_easy_setopt(curl, CURLOPT_UNIX_SOCKET_PATH, request->socket);
    }
    request_body(curl, request);
    out->size = 0;
    CURLcode code = curl_easy_perform(curl);
    (void)curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    out->status = code == CURLE_OK ? (int)status : 0;
    (void)snprintf(out->error, sizeof out->error, "%s",
                   error[0] != '\0' ? error : curl_easy_strerror(code));
    curl_slist_free_all(fields);
    curl_easy_cleanup(curl);
}

void
cli_send(const struct cli_request *request, struct cli_answer *out)
{
    *out = (struct cli_answer){ 0 };
    bool again = request->file == NULL && request->sink == NULL;
    again = again && (strcmp(request->method, "GET") == 0 || request->key != NULL);
    for (int tries = 1; tries <= TRIES_MAX; tries++) {
        send_once(request, out);
        if (out->status != 0 && out->status != 503) return;
        if (!again || tries == TRIES_MAX) return;
        struct timespec wait = { tries, 0 };
        (void)nanosleep(&wait, NULL);
    }
}

void
cli_answer_end(struct cli_answer *answer)
{
    free(answer->bytes);
    *answer = (struct cli_answer){ 0 };
}

void
cli_make_key(char out[25])
{
    uint8_t random[12];
    crypto_random_fill(random, sizeof random);
    (void)encode_hex(random, sizeof random, out);
}
