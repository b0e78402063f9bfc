/* tests/http_echo.h: a handler that answers what it was sent. GET: "OK"; POST: its body; OPTIONS:
 * 204; any other method: 405. Test programs are single-threaded. */
#ifndef HUIQUAN_TESTS_HTTP_ECHO_H
#define HUIQUAN_TESTS_HTTP_ECHO_H

#include "voucher/http/exchange.h"

static inline void
echo_request(void *owner, struct http_exchange *exchange)
{
    const struct http_request *request = &exchange->request;
    struct text plain = TEXT("Content-Type: text/plain\r\n");
    (void)owner;
    switch (request->method) {
    case HTTP_GET:
    case HTTP_HEAD: http_answer(exchange, 200, plain, TEXT("OK")); break;
    case HTTP_POST: http_answer(exchange, 200, plain, request->body); break;
    case HTTP_OPTIONS:
        http_answer(exchange, 204, TEXT("Allow: GET, HEAD, POST, OPTIONS\r\n"), TEXT(""));
        break;
    default:
        http_answer(exchange, 405, TEXT("Allow: GET, HEAD, POST, OPTIONS\r\n"), TEXT(""));
        break;
    }
}

#endif
