/* voucher/http/connection.h: one client's connection: requests in, answers out, in order, each by
 * its deadline. Private to voucher/http; the loop's thread.
 *
 *   HANDSHAKE > IDLE > HEAD > BODY or UPLOAD > BUSY or PARTS > WRITING > IDLE or DRAINING
 *
 * 1. http_connection_enter() is the only place that changes a state.
 * 2. http_step_run() is the only place that takes steps and frees; whoever else finds something out
 *    (an event, an answer, a deadline) notes it and calls it. It does not nest.
 * 3. While an exchange is with the handler, nothing is parsed: what the peer sends on waits, in a
 *    bounded buffer, so that a fault in it cannot overtake the answer before it.
 * 4. After a refusal no byte of that connection is ever parsed again. */
#ifndef HUIQUAN_HTTP_CONNECTION_H
#define HUIQUAN_HTTP_CONNECTION_H

#include "voucher/http/hub.h"
#include "voucher/http/wire.h"

struct http_connection {
    struct ring ring; /* first */
    struct http_hub *hub;
    struct http_wire wire;
    struct http_slot *slot; /* the request that is being read or answered; NULL between two, and
                             * while more of its head is awaited */
    union http_peer peer;
    int64_t since_ms; /* in this state */
    enum http_state state;
    bool is_running;
    bool has_ended; /* the peer sends no more */
    bool is_late; /* its head is refused as too slow once it was looked at again */
    bool is_closing; /* this answer is the last */
};

/* STATE_DEAD may follow on any state, and nothing on it. Also restarts the state's time. */
void http_connection_enter(struct http_connection *c, enum http_state next);

void http_connection_send(struct http_connection *c, const struct text *parts, size_t part_count);

/* Answers with the reason's status; then the connection ends. A request in hand is lost. */
void http_connection_refuse(struct http_connection *c, enum http_reason reason);

/* Nobody is there any more. A request in hand goes; one that request() saw stays with the handler.
 */
void http_connection_lose(struct http_connection *c);

/* The answer is given: the exchange ends, with or without a connection. */
void http_connection_finish(struct http_slot *slot);

#endif
