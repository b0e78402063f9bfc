/* voucher/http/request.h: a request as plain data. Texts point into the bytes that were parsed. */
#ifndef HUIQUAN_HTTP_REQUEST_H
#define HUIQUAN_HTTP_REQUEST_H

#include "voucher/base.h"

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

#endif
