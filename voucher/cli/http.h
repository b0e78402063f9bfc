/* voucher/cli/http.h: one request and its answer, by libcurl; http, https and unix sockets. A
 * change is sent again under the same key when the network fails or the service says 503. */
#ifndef HUIQUAN_CLI_HTTP_H
#define HUIQUAN_CLI_HTTP_H

#include "voucher/base.h"

#define CLI_LINES_MAX 8
#define CLI_LINE_SIZE 800

struct cli_request {
    const char *method, *path;
    const char *url; /* base; NULL: HUIQUAN_URL, else http://127.0.0.1:8080 */
    const char *socket; /* path of a unix socket, or NULL */
    const char *token; /* NULL: none */
    const char *key; /* Idempotency-Key, or NULL */
    struct text body;
    const char *content_type; /* NULL: application/json */
    FILE *file; /* the body instead, streamed; it cannot be sent again */
    FILE *sink; /* where a successful answer goes instead of bytes; may be NULL */
    size_t line_count;
    char lines[CLI_LINES_MAX][CLI_LINE_SIZE]; /* further header fields */
};

struct cli_answer {
    int status; /* 0: none came */
    char error[256];
    size_t size, room;
    char *bytes; /* free with cli_answer_end */
};

void cli_send(const struct cli_request *request, struct cli_answer *out);
void cli_answer_end(struct cli_answer *answer);
void cli_make_key(char out[25]);

#endif
