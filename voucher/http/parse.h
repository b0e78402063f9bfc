/* voucher/http/parse.h: the head of an HTTP/1.x request (RFC 9112), strictly. Pure: no I/O, no
 * clock, no allocation; any thread. The result is the same however the bytes were cut on arrival.
 *
 * Texts of a parsed request point into the caller's bytes, which must stay where they are. */
#ifndef HUIQUAN_HTTP_PARSE_H
#define HUIQUAN_HTTP_PARSE_H

#include "voucher/base.h"
#include "voucher/http/reason.h"

/* The methods of RFC 9110; CONNECT and any other name is refused with 501. */
enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_TRACE,
    HTTP_METHOD_COUNT
};

enum { HTTP_FIELD_COUNT_MAX = 64 };

struct http_limits {
    size_t head_size_max; /* request line to empty line; more is 431 */
    size_t target_size_max; /* more is 414 */
    size_t field_count_max; /* at most HTTP_FIELD_COUNT_MAX; more is 431 */
};

struct http_field {
    struct text name; /* as sent; compare without regard to case */
    struct text value; /* without surrounding white space; may hold bytes above 0x7f */
};

struct http_request {
    enum http_method method;
    struct text method_name;
    struct text target; /* as sent */
    struct text authority; /* of an absolute-form target, else Host; empty only in HTTP/1.0 */
    struct text path; /* raw, still percent-encoded, "/…" or "*"; no ".." in any spelling */
    struct text query; /* raw, without the "?" */
    bool has_query; /* a "?" was there, even with nothing behind it */
    int version_minor; /* 0 or 1 */
    bool keep_alive; /* what the peer wishes */
    bool expects_continue; /* Expect: 100-continue, in HTTP/1.1 */
    bool has_length; /* a Content-Length was sent */
    bool is_chunked; /* the body is chunked; never together with has_length */
    int64_t content_length; /* of Content-Length, else 0 */
    struct text body; /* set by whoever collects it; empty while streamed */
    size_t field_count;
    struct http_field fields[HTTP_FIELD_COUNT_MAX];
};

enum http_step { HTTP_MORE, HTTP_DONE, HTTP_REFUSED };

struct http_head {
    struct http_limits limits;
    size_t taken; /* bytes understood so far; after HTTP_DONE the head's size */
    size_t head_at; /* where the request line starts: 0, or 2 behind an empty line */
    bool has_line; /* the request line was read */
    enum http_reason reason; /* why HTTP_REFUSED */
};

void http_head_begin(struct http_head *head, const struct http_limits *limits,
                     struct http_request *request);

/* bytes holds all that came since http_head_begin(), at the same address in every call, and may
 * hold more than the head. After HTTP_DONE or HTTP_REFUSED it must not be called again. */
enum http_step http_head_parse(struct http_head *head, struct http_request *request,
                               const char *bytes, size_t size);

const char *http_method_name(enum http_method method);

/* Fields. Names are given in any case. */
size_t http_field_count(const struct http_request *request, struct text name);
/* The first of that name. False: there is none, *value is then empty. */
bool http_field_find(const struct http_request *request, struct text name, struct text *value);
/* All of that name joined by ", " (RFC 9110 section 5.3). Returns the size that it needs; when that
 * is more than out_size, out holds nothing of use. 0 also when there is none. */
size_t http_field_join(const struct http_request *request, struct text name, char *out,
                       size_t out_size);
/* Whether a comma-separated list field names the token, in any case. */
bool http_field_lists(const struct http_request *request, struct text name, struct text token);

bool http_text_is(struct text a, struct text b); /* equal without regard to ASCII case */

#endif
