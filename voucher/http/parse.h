/* voucher/http/parse.h: the head of an HTTP/1.x request (RFC 9112), strictly. Pure: no I/O, no
 * clock, no allocation; any thread. The result is the same however the bytes were cut on arrival.
 *
 * Texts of a parsed request point into the caller's bytes, which must stay where they are. */
#ifndef HUIQUAN_HTTP_PARSE_H
#define HUIQUAN_HTTP_PARSE_H

#include "voucher/base.h"
#include "voucher/http/reason.h"
#include "voucher/http/request.h"

struct http_limits {
    size_t head_size_max; /* request line to empty line; more is 431 */
    size_t target_size_max; /* more is 414 */
    size_t field_count_max; /* at most HTTP_FIELD_COUNT_MAX; more is 431 */
};

enum http_step { HTTP_MORE, HTTP_DONE, HTTP_REFUSED };

struct http_head {
    struct http_limits limits;
    size_t taken; /* bytes understood so far; after HTTP_DONE the head's size */
    size_t head_at; /* where the request line starts: 0, or 2 behind an empty line */
    bool has_line; /* the request line was read; the rest is what its fields have shown so far */
    bool has_host;
    bool has_authorization;
    bool wants_close;
    bool wants_keep_alive;
    enum http_reason reason; /* why HTTP_REFUSED */
};

void http_head_begin(struct http_head *head, const struct http_limits *limits,
                     struct http_request *request);

/* bytes holds all that came since http_head_begin(), at the same address in every call, and may
 * hold more than the head. After HTTP_DONE or HTTP_REFUSED it must not be called again. */
enum http_step http_head_parse(struct http_head *head, struct http_request *request,
                               const char *bytes, size_t size);

#endif
