/* voucher/http/hub.h: what the connections of one server share. Private to voucher/http; the loop's
 * thread.
 *
 * A connection's state is the list that it is on. Each state has one time limit, so each list is in
 * order of expiry, and a look at the heads finds all that is late: no timer per connection. */
#ifndef HUIQUAN_HTTP_HUB_H
#define HUIQUAN_HTTP_HUB_H

#include "voucher/http/answer.h"
#include "voucher/http/chunk.h"
#include "voucher/http/exchange.h"
#include "voucher/http/settings.h"

struct event_base;
struct http_connection;
struct http_tls;

enum http_state {
    STATE_NEW, /* on no list */
    STATE_HANDSHAKE, /* of TLS */
    STATE_IDLE, /* nothing of a request is here */
    STATE_HEAD,
    STATE_BODY,
    STATE_UPLOAD, /* a body whose cap head() raised */
    STATE_BUSY, /* the handler has the exchange */
    STATE_PARTS, /* the same, and its answer leaves in parts */
    STATE_WRITING, /* the answer is given, not all of it has left */
    STATE_DRAINING, /* half-closed by us */
    STATE_DEAD, /* to be freed */
    STATES
};

struct ring {
    struct ring *next;
    struct ring *previous;
};

void ring_begin(struct ring *ring); /* empty, or on no list */
void ring_append(struct ring *list, struct ring *item);
void ring_remove(struct ring *item); /* legal when on no list */
bool ring_is_empty(const struct ring *list);

struct http_hub;

struct http_slot {
    struct http_exchange open; /* first: what the handler sees */
    struct http_hub *hub;
    struct http_connection *connection; /* NULL: the peer is gone */
    struct http_slot *next_free;
    struct http_head head;
    struct http_chunks chunks;
    struct http_plan plan;
    bool is_shown; /* the handler knows it, from head() or request() */
    bool is_whole; /* request() was called */
    bool is_begun; /* the answer leaves in parts */
    bool is_bodiless; /* of a HEAD: its parts are dropped */
    uint64_t body_left; /* of Content-Length */
    size_t body_size;
    char *body; /* behind the head, or upload */
    char *upload; /* for a body that is larger than settings say */
    size_t upload_size_max;
    size_t bytes_size_max;
    char bytes[]; /* head, then body */
};

struct http_hub {
    struct event_base *base;
    struct http_settings settings;
    struct http_handler handler;
    struct http_counters counters;
    struct http_tls *tls;
    struct ring lists[STATES];
    int64_t limits_ms[STATES]; /* 0: none */
    struct http_slot *free_slots;
    size_t free_slot_count;
    bool is_stopping;
    int64_t date_s;
    char date[HTTP_DATE_SIZE];
};

void http_hub_begin(struct http_hub *hub, const struct http_settings *settings);
void http_hub_end(struct http_hub *hub);

/* For one request; NULL: no memory. What the parser needs is fresh, request.fields is not. */
struct http_slot *http_slot_take(struct http_hub *hub, struct http_connection *connection);
void http_slot_give(struct http_hub *hub, struct http_slot *slot);
/* Room for size more body bytes at slot->body + slot->body_size; false: no memory. */
bool http_slot_reserve(const struct http_hub *hub, struct http_slot *slot, size_t size);

const char *http_hub_date(struct http_hub *hub);
int64_t http_now_ms(void); /* monotonic, coarse */

#endif
