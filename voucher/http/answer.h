/* voucher/http/answer.h: the lines in front of an answer's body. Pure; any thread. */
#ifndef HUIQUAN_HTTP_ANSWER_H
#define HUIQUAN_HTTP_ANSWER_H

#include "voucher/base.h"

enum { HTTP_DATE_SIZE = 29, HTTP_ANSWER_FRONT_MAX = 128, HTTP_ANSWER_BACK_MAX = 96 };

enum http_ending {
    HTTP_ENDING_SIZED, /* Content-Length */
    HTTP_ENDING_CHUNKED, /* Transfer-Encoding: chunked */
    HTTP_ENDING_CLOSE, /* the connection's end, for HTTP/1.0 */
    HTTP_ENDING_NONE /* 204 and 304 have no body and say nothing of one */
};

enum http_persistence { HTTP_SAYS_NOTHING, HTTP_SAYS_CLOSE, HTTP_SAYS_KEEP_ALIVE };

struct http_answer_shape {
    int status;
    enum http_ending ending;
    enum http_persistence persistence;
    uint64_t body_size;
    const char *date; /* HTTP_DATE_SIZE bytes */
};

/* The handler's own fields stand between front and back. */
struct http_answer_head {
    char front[HTTP_ANSWER_FRONT_MAX];
    char back[HTTP_ANSWER_BACK_MAX];
    size_t front_size;
    size_t back_size;
};

void http_answer_format(struct http_answer_head *out, const struct http_answer_shape *shape);

/* IMF-fixdate (RFC 9110 section 5.6.7). */
void http_date_format(char out[HTTP_DATE_SIZE], int64_t unix_s);

/* RFC 9110 section 15; "" for a status not in use here. */
struct text http_status_phrase(int status);

#endif
