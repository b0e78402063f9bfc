/* voucher/http/wire.h: the bytes of one connection. The loop's thread.
 *
 * A plain socket is watched for edges, not levels: with thousands of requests waiting to be read,
 * a loop that looks often for what is more urgent would be told of all of them each time (at 8,000
 * connections that was three quarters of a worker's time). What was read waits in input, what the
 * kernel does not take waits in output. An answer goes to the kernel at once, in one call, without
 * a copy. TLS goes through libevent's bufferevent. */
#ifndef HUIQUAN_HTTP_WIRE_H
#define HUIQUAN_HTTP_WIRE_H

#include <event2/event.h>
#include <event2/event_struct.h>

#include "voucher/base.h"

struct bufferevent;
struct evbuffer;
struct http_tls;

enum { HTTP_WIRE_PARTS_MAX = 4 };

enum http_wire_news {
    HTTP_WIRE_SECURED, /* the handshake of TLS is over */
    HTTP_WIRE_ENDED, /* the peer sends no more */
    HTTP_WIRE_BROKEN
};

/* Each may close the wire. */
struct http_wire_calls {
    void (*read)(void *owner); /* input has more */
    void (*written)(void *owner); /* all that waited has left */
    void (*news)(void *owner, enum http_wire_news news);
};

struct http_wire {
    struct event readable, writable; /* of a plain socket */
    struct evbuffer *input, *output; /* ours on a plain socket, else of secure */
    struct bufferevent *secure; /* NULL: a plain socket */
    const struct http_wire_calls *calls;
    void *owner;
    int fd;
    bool is_reading;
    bool is_preferred;
    bool is_broken; /* sending failed: nobody is there any more */
};

/* Takes over fd on success only. tls may be NULL. *out must stay where it is. */
enum fault http_wire_open(struct http_wire *out, struct event_base *base, int fd,
                          const struct http_tls *tls);
void http_wire_close(struct http_wire *wire);
void http_wire_start(struct http_wire *wire, const struct http_wire_calls *calls, void *owner);

void http_wire_send(struct http_wire *wire, const struct text *parts, size_t part_count);
size_t http_wire_backlog(const struct http_wire *wire);
struct evbuffer *http_wire_input(const struct http_wire *wire);
void http_wire_read(struct http_wire *wire, bool is_wanted);

/* Its events run before those of others, where the loop has priorities. */
void http_wire_prefer(struct http_wire *wire);
/* We send no more: the peer reads to the end of our answer, instead of losing it to a reset. */
void http_wire_half_close(struct http_wire *wire);

#endif
