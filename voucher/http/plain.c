#include "voucher/http/plain.h"

#include <errno.h>
#include <event2/buffer.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16384 };

static bool
is_again(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

static void
reading_ends(struct http_wire *wire, enum http_wire_news news)
{
    must(wire->is_reading);
    wire->is_reading = false;
    (void)event_del(&wire->readable);
    wire->calls->news(wire->owner, news);
}

/* An edge comes once. A short read has emptied the socket, unless the peer's end stands behind it
 * (EV_CLOSED); then this looks again before the loop sleeps, and after others had their turn. */
static void
on_readable(evutil_socket_t fd, short what, void *owner)
{
    struct http_wire *wire = owner;
    char bytes[READ_SIZE];
    ssize_t got;
    do {
        got = recv(fd, bytes, sizeof bytes, 0);
    } while (got < 0 && errno == EINTR);
    if (got < 0 && is_again(errno)) return;
    if (got <= 0) {
        reading_ends(wire, got == 0 ? HTTP_WIRE_ENDED : HTTP_WIRE_BROKEN);
        return;
    }
    if (evbuffer_add(wire->input, bytes, (size_t)got) != 0) {
        reading_ends(wire, HTTP_WIRE_BROKEN);
        return;
    }
    if ((size_t)got == sizeof bytes || what & EV_CLOSED) event_active(&wire->readable, what, 0);
    wire->calls->read(wire->owner);
}

static void
on_writable(evutil_socket_t fd, short what, void *owner)
{
    struct http_wire *wire = owner;
    (void)what;
    while (evbuffer_get_length(wire->output) > 0) {
        if (evbuffer_write(wire->output, fd) >= 0 || errno == EINTR) continue;
        if (is_again(errno)) return;
        (void)event_del(&wire->writable);
        wire->calls->news(wire->owner, HTTP_WIRE_BROKEN);
        return;
    }
    (void)event_del(&wire->writable);
    wire->calls->written(wire->owner);
}

enum fault
http_plain_open(struct http_wire *wire, struct event_base *base)
{
    const short reads = EV_READ | EV_CLOSED | EV_ET | EV_PERSIST;
    const short writes = EV_WRITE | EV_ET | EV_PERSIST;
    must(!wire->secure && !wire->input);
    wire->input = evbuffer_new();
    wire->output = evbuffer_new();
    if (wire->input && wire->output) {
        must(event_assign(&wire->readable, base, wire->fd, reads, on_readable, wire) == 0);
        must(event_assign(&wire->writable, base, wire->fd, writes, on_writable, wire) == 0);
        return FAULT_NONE;
    }
    if (wire->input) evbuffer_free(wire->input);
    if (wire->output) evbuffer_free(wire->output);
    return FAULT_MEMORY;
}

void
http_plain_end(struct http_wire *wire)
{
    must(wire->input && wire->output);
    (void)event_del(&wire->readable);
    (void)event_del(&wire->writable);
    evbuffer_free(wire->input);
    evbuffer_free(wire->output);
}

bool
http_plain_read(struct http_wire *wire, bool is_wanted)
{
    return (is_wanted ? event_add(&wire->readable, NULL) : event_del(&wire->readable)) == 0;
}

bool
http_plain_write_later(struct http_wire *wire)
{
    must(evbuffer_get_length(wire->output) > 0);
    return event_add(&wire->writable, NULL) == 0;
}

bool
http_plain_prefer(struct http_wire *wire)
{
    return event_priority_set(&wire->readable, 0) == 0 &&
           event_priority_set(&wire->writable, 0) == 0;
}
