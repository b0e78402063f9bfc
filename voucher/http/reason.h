/* voucher/http/reason.h: every refusal of the HTTP codec, with its status. Each closes the
 * connection after the answer. RFC 9110 and 9112; the caps are struct http_limits. Any thread. */
#ifndef HUIQUAN_HTTP_REASON_H
#define HUIQUAN_HTTP_REASON_H

#include "voucher/base.h"

/* name, status, words for the peer (they never quote what it sent) */
#define HTTP_REASONS(X)                                                            \
    X(HTTP_FINE, 200, "")                                                          \
    X(HTTP_BAD_LINE_END, 400, "lines end in CR LF; neither stands alone")          \
    X(HTTP_BAD_REQUEST_LINE, 400, "a request line is method SP target SP version") \
    X(HTTP_BAD_TARGET, 400, "the request target is not valid")                     \
    X(HTTP_BAD_FIELD, 400, "a header field is not valid")                          \
    X(HTTP_BAD_HOST, 400, "exactly one valid Host is needed")                      \
    X(HTTP_BAD_LENGTH, 400, "Content-Length is one plain decimal number")          \
    X(HTTP_BAD_CODING, 400, "Transfer-Encoding is chunked, alone, in HTTP/1.1")    \
    X(HTTP_BAD_CHUNK, 400, "the chunked body is not valid")                        \
    X(HTTP_BAD_TRAILER, 400, "a trailer field is not valid")                       \
    X(HTTP_TWO_AUTHORIZATIONS, 400, "Authorization is sent twice")                 \
    X(HTTP_CUT_SHORT, 400, "the request ended early")                              \
    X(HTTP_TOO_SLOW, 408, "the request took too long")                             \
    X(HTTP_BODY_TOO_LARGE, 413, "the body is too large")                           \
    X(HTTP_TARGET_TOO_LONG, 414, "the request target is too long")                 \
    X(HTTP_BAD_EXPECTATION, 417, "only 100-continue can be expected")              \
    X(HTTP_HEAD_TOO_LARGE, 431, "the header section is too large")                 \
    X(HTTP_UNKNOWN_METHOD, 501, "the method is not known here")                    \
    X(HTTP_TOO_MANY_CONNECTIONS, 503, "too many connections")                      \
    X(HTTP_NO_ROOM, 503, "no memory for the body")                                 \
    X(HTTP_UNKNOWN_VERSION, 505, "only HTTP/1.0 and HTTP/1.1 are spoken")

enum http_reason {
#define X(name, status, words) name,
    HTTP_REASONS(X)
#undef X
        HTTP_REASON_COUNT
};

int http_reason_status(enum http_reason reason);
const char *http_reason_words(enum http_reason reason);

#endif
