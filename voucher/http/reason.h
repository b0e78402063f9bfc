/* voucher/http/reason.h: every refusal of the HTTP codec, with its status. Each closes the
 * connection after the answer. RFC 9110 and 9112; the caps are struct http_limits. Any thread. */
#ifndef HUIQUAN_HTTP_REASON_H
#define HUIQUAN_HTTP_REASON_H

#include "voucher/base.h"
#include "voucher/verdict.h"

/* name, status, words for the peer in both languages (they never quote what it sent) */
#define HTTP_REASONS(X)                                                                          \
    X(HTTP_FINE, 200, "", "")                                                                    \
    X(HTTP_BAD_LINE_END, 400, "每行须以 CR LF 结束，二者不得单独出现。",                         \
      "lines end in CR LF; neither stands alone")                                                \
    X(HTTP_BAD_REQUEST_LINE, 400, "请求行须为：方法 空格 目标 空格 版本。",                      \
      "a request line is method SP target SP version")                                           \
    X(HTTP_BAD_TARGET, 400, "请求目标无效。", "the request target is not valid")                 \
    X(HTTP_BAD_FIELD, 400, "某个请求头无效。", "a header field is not valid")                    \
    X(HTTP_BAD_HOST, 400, "须有且只有一个有效的 Host。", "exactly one valid Host is needed")     \
    X(HTTP_BAD_LENGTH, 400, "Content-Length 须为一个十进制数。",                                 \
      "Content-Length is one plain decimal number")                                              \
    X(HTTP_BAD_CODING, 400, "Transfer-Encoding 只能是 chunked，且限 HTTP/1.1。",                 \
      "Transfer-Encoding is chunked, alone, in HTTP/1.1")                                        \
    X(HTTP_BAD_CHUNK, 400, "分块请求体无效。", "the chunked body is not valid")                  \
    X(HTTP_BAD_TRAILER, 400, "某个 trailer 无效。", "a trailer field is not valid")              \
    X(HTTP_TWO_AUTHORIZATIONS, 400, "Authorization 出现了两次。", "Authorization is sent twice") \
    X(HTTP_CUT_SHORT, 400, "请求未发完就结束了。", "the request ended early")                    \
    X(HTTP_TOO_SLOW, 408, "请求发送得太慢。", "the request took too long")                       \
    X(HTTP_BODY_TOO_LARGE, 413, "请求体过大。", "the body is too large")                         \
    X(HTTP_TARGET_TOO_LONG, 414, "请求目标过长。", "the request target is too long")             \
    X(HTTP_BAD_EXPECTATION, 417, "Expect 只能是 100-continue。",                                 \
      "only 100-continue can be expected")                                                       \
    X(HTTP_HEAD_TOO_LARGE, 431, "请求头过大。", "the header section is too large")               \
    X(HTTP_UNKNOWN_METHOD, 501, "不认识此方法。", "the method is not known here")                \
    X(HTTP_TOO_MANY_CONNECTIONS, 503, "连接数过多。", "too many connections")                    \
    X(HTTP_NO_ROOM, 503, "内存不足，放不下请求体。", "no memory for the body")                   \
    X(HTTP_UNKNOWN_VERSION, 505, "只支持 HTTP/1.0 和 HTTP/1.1。",                                \
      "only HTTP/1.0 and HTTP/1.1 are spoken")

enum http_reason {
#define X(name, status, zh, en) name,
    HTTP_REASONS(X)
#undef X
        HTTP_REASON_COUNT
};

int http_reason_status(enum http_reason reason);
const char *http_reason_words(enum http_reason reason, enum language language);

#endif
