/* voucher/http/exchange.h: what a handler of requests sees: one request and its answer. Everything
 * here belongs to the thread of the loop that the server was opened on.
 *
 * 1. One exchange at a time per connection; answers leave in the order of the requests.
 * 2. From request() on the handler owns the exchange until it ends it with exactly one
 *    http_answer() or http_answer_end(): within request() or at any later time, also after gone().
 *    The request's bytes live as long.
 * 3. An exchange that goes before request() was called (a streamed body cut short, a refusal of the
 *    codec) is over when gone() returns. gone() is called only for exchanges that head() saw. */
#ifndef HUIQUAN_HTTP_EXCHANGE_H
#define HUIQUAN_HTTP_EXCHANGE_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "voucher/base.h"
#include "voucher/http/parse.h"

union http_peer {
    struct sockaddr any; /* AF_UNIX has no address */
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct http_exchange {
    struct http_request request; /* read only */
    union http_peer peer; /* read only */
    bool is_gone; /* read only: the peer vanished, nobody will read an answer */
    bool is_secure; /* read only: came over TLS */
    void *user; /* the handler's own; NULL at first */
};

/* What head() may change before the body is read. */
struct http_plan {
    uint64_t body_size_max; /* of settings; more is 413 */
    bool is_streamed; /* body() gets the parts and request.body stays empty */
};

struct http_handler {
    void *owner;
    /* May be NULL. The head is parsed; the plan may be changed, or the exchange answered at once
     * with http_answer(): request() is then not called, and the connection ends if there was a
     * body. A raised cap also gives the body settings.upload_wait_ms instead of body_wait_ms. */
    void (*head)(void *owner, struct http_exchange *exchange, struct http_plan *plan);
    /* Needed only for streamed plans; part is gone when it returns. It must not answer yet. */
    void (*body)(void *owner, struct http_exchange *exchange, struct text part);
    void (*request)(void *owner, struct http_exchange *exchange);
    /* May be NULL. The operation goes on; only its answer has no reader. */
    void (*gone)(void *owner, struct http_exchange *exchange);
};

/* Copies what it needs. fields: complete lines, each ending CR LF, or empty; the codec adds Date,
 * Content-Length and Connection. No body leaves for HEAD, 204 and 304. Ends the exchange. */
void http_answer(struct http_exchange *exchange, int status, struct text fields, struct text body);

/* The same in parts (server-sent events), after request(): begin once, parts, end once. An empty
 * part is dropped; a peer that is found gone is told by gone() within the call. http_answer_part()
 * answers how many bytes wait to leave, so that a slow reader can be ended; a reader that takes
 * nothing for write_wait_ms is dropped by the codec: gone(), then end it. */
void http_answer_begin(struct http_exchange *exchange, int status, struct text fields);
size_t http_answer_part(struct http_exchange *exchange, struct text part);
void http_answer_end(struct http_exchange *exchange);

/* From now on this connection's bytes are looked at before those of others, where the loop has
 * priorities (two; the lower one is the usual). Lasts as long as the connection. */
void http_prefer(struct http_exchange *exchange);

/* The connection closes once this exchange is answered (a daemon that is stopping, a 401 flood). */
void http_answer_last(struct http_exchange *exchange);

#endif
