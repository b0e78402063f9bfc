#include "voucher/http/wire.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/event.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "voucher/http/tls.h"

enum fault
http_wire_open(struct http_wire *out, struct event_base *base, int fd, const struct http_tls *tls)
{
    must(fd >= 0);
    struct bufferevent *buffer = tls ? http_tls_accept(tls, base, fd)
                                     : bufferevent_socket_new(base, fd, BEV_OPT_CLOSE_ON_FREE);
    if (!buffer) return FAULT_MEMORY;
    *out = (struct http_wire){ .buffer = buffer, .fd = fd, .is_secure = tls != NULL };
    return FAULT_NONE;
}

void
http_wire_prefer(struct http_wire *wire)
{
    must(wire->buffer);
    if (wire->is_preferred) return;
    wire->is_preferred = bufferevent_priority_set(wire->buffer, 0) == 0;
}

void
http_wire_close(struct http_wire *wire)
{
    must(wire->buffer);
    bufferevent_free(wire->buffer);
    wire->buffer = NULL;
    wire->fd = -1;
}

void
http_wire_start(struct http_wire *wire, const struct http_wire_calls *calls, void *owner)
{
    must(!wire->is_reading);
    bufferevent_setcb(wire->buffer, calls->read, calls->written, calls->event, owner);
    http_wire_read(wire, true);
}

size_t
http_wire_backlog(const struct http_wire *wire)
{
    return evbuffer_get_length(bufferevent_get_output(wire->buffer));
}

struct evbuffer *
http_wire_input(const struct http_wire *wire)
{
    must(wire->buffer);
    return bufferevent_get_input(wire->buffer);
}

void
http_wire_read(struct http_wire *wire, bool is_wanted)
{
    if (wire->is_reading == is_wanted) return;
    wire->is_reading = is_wanted;
    int result = is_wanted ? bufferevent_enable(wire->buffer, EV_READ)
                           : bufferevent_disable(wire->buffer, EV_READ);
    if (result != 0) wire->is_broken = true;
}

/* How much the kernel took at once. */
static size_t
send_now(struct http_wire *wire, const struct text *parts, size_t part_count)
{
    struct iovec vectors[HTTP_WIRE_PARTS_MAX];
    for (size_t i = 0; i < part_count; i++) {
        vectors[i] = (struct iovec){ (void *)(uintptr_t)parts[i].at, parts[i].size };
    }
    struct msghdr message = { .msg_iov = vectors, .msg_iovlen = part_count };
    ssize_t sent;
    do {
        sent = sendmsg(wire->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK) wire->is_broken = true;
    return sent > 0 ? (size_t)sent : 0;
}

void
http_wire_send(struct http_wire *wire, const struct text *parts, size_t part_count)
{
    must(part_count <= HTTP_WIRE_PARTS_MAX);
    if (wire->is_broken) return;
    size_t skip = 0;
    if (!wire->is_secure && http_wire_backlog(wire) == 0) skip = send_now(wire, parts, part_count);
    for (size_t i = 0; i < part_count && !wire->is_broken; i++) {
        size_t gone = skip < parts[i].size ? skip : parts[i].size;
        skip -= gone;
        if (parts[i].size == gone) continue;
        int result = bufferevent_write(wire->buffer, parts[i].at + gone, parts[i].size - gone);
        if (result != 0) wire->is_broken = true;
    }
}

void
http_wire_half_close(struct http_wire *wire)
{
    must(http_wire_backlog(wire) == 0 || wire->is_broken);
    if (wire->is_secure) http_tls_finish(wire->buffer);
    if (shutdown(wire->fd, SHUT_WR) != 0) wire->is_broken = true;
}
