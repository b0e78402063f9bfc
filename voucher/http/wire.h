/* voucher/http/wire.h: the bytes of one connection, plain or TLS, over a libevent bufferevent. The
 * loop's thread.
 *
 * On a plain socket with nothing waiting an answer goes to the kernel at once, in one call, without
 * a copy; only what the kernel does not take is queued. That saves three system calls an answer
 * against bufferevent_write(), which waits for the loop to say that the socket is writable. */
#ifndef HUIQUAN_HTTP_WIRE_H
#define HUIQUAN_HTTP_WIRE_H

#include <event2/bufferevent.h>

#include "voucher/base.h"

struct http_tls;

enum { HTTP_WIRE_PARTS_MAX = 4 };

struct http_wire {
    struct bufferevent *buffer;
    int fd;
    bool is_secure;
    bool is_reading;
    bool is_preferred;
    bool is_broken; /* sending failed: nobody is there any more */
};

struct http_wire_calls {
    bufferevent_data_cb read;
    bufferevent_data_cb written; /* all that waited has left */
    bufferevent_event_cb event;
};

/* Takes over fd on success only. tls may be NULL. */
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
