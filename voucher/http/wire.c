#include "voucher/http/wire.h"

#include <errno.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "voucher/http/plain.h"
#include "voucher/http/tls.h"

static void
on_secure_read(struct bufferevent *secure, void *owner)
{
    const struct http_wire *wire = owner;
    (void)secure;
    wire->calls->read(wire->owner);
}

static void
on_secure_written(struct bufferevent *secure, void *owner)
{
    const struct http_wire *wire = owner;
    (void)secure;
    wire->calls->written(wire->owner);
}

/* An error counts most: what ended with one is not to be answered. */
static void
on_secure_news(struct bufferevent *secure, short what, void *owner)
{
    const struct http_wire *wire = owner;
    enum http_wire_news news = what & BEV_EVENT_ERROR ? HTTP_WIRE_BROKEN
                               : what & BEV_EVENT_EOF ? HTTP_WIRE_ENDED
                                                      : HTTP_WIRE_SECURED;
    (void)secure;
    wire->calls->news(wire->owner, news);
}

static enum fault
secure_open(struct http_wire *wire, struct event_base *base, const struct http_tls *tls)
{
    wire->secure = http_tls_accept(tls, base, wire->fd);
    if (!wire->secure) return FAULT_MEMORY;
    wire->input = bufferevent_get_input(wire->secure);
    wire->output = bufferevent_get_output(wire->secure);
    return FAULT_NONE;
}

enum fault
http_wire_open(struct http_wire *out, struct event_base *base, int fd, const struct http_tls *tls)
{
    must(fd >= 0);
    *out = (struct http_wire){ .fd = fd };
    return tls ? secure_open(out, base, tls) : http_plain_open(out, base);
}

void
http_wire_prefer(struct http_wire *wire)
{
    must(wire->fd >= 0);
    if (wire->is_preferred) return;
    wire->is_preferred =
        wire->secure ? bufferevent_priority_set(wire->secure, 0) == 0 : http_plain_prefer(wire);
}

void
http_wire_close(struct http_wire *wire)
{
    must(wire->fd >= 0);
    if (wire->secure) {
        bufferevent_free(wire->secure);
    } else {
        http_plain_end(wire);
        close(wire->fd);
    }
    *wire = (struct http_wire){ .fd = -1 };
}

void
http_wire_start(struct http_wire *wire, const struct http_wire_calls *calls, void *owner)
{
    must(!wire->is_reading);
    wire->calls = calls;
    wire->owner = owner;
    if (wire->secure)
        bufferevent_setcb(wire->secure, on_secure_read, on_secure_written, on_secure_news, wire);
    http_wire_read(wire, true);
}

size_t
http_wire_backlog(const struct http_wire *wire)
{
    return evbuffer_get_length(wire->output);
}

struct evbuffer *
http_wire_input(const struct http_wire *wire)
{
    must(wire->input);
    return wire->input;
}

static bool
secure_read(struct http_wire *wire, bool is_wanted)
{
    return (is_wanted ? bufferevent_enable(wire->secure, EV_READ)
                      : bufferevent_disable(wire->secure, EV_READ)) == 0;
}

void
http_wire_read(struct http_wire *wire, bool is_wanted)
{
    if (wire->is_reading == is_wanted) return;
    wire->is_reading = is_wanted;
    bool is_fine = wire->secure ? secure_read(wire, is_wanted) : http_plain_read(wire, is_wanted);
    if (!is_fine) wire->is_broken = true;
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

static bool
keep_rest(struct http_wire *wire, const struct text *parts, size_t part_count, size_t skip)
{
    for (size_t i = 0; i < part_count; i++) {
        size_t gone = skip < parts[i].size ? skip : parts[i].size;
        skip -= gone;
        if (parts[i].size == gone) continue;
        if (evbuffer_add(wire->output, parts[i].at + gone, parts[i].size - gone) != 0) return false;
    }
    return true;
}

void
http_wire_send(struct http_wire *wire, const struct text *parts, size_t part_count)
{
    must(part_count <= HTTP_WIRE_PARTS_MAX);
    if (wire->is_broken) return;
    const bool is_ours = !wire->secure && http_wire_backlog(wire) == 0;
    const size_t sent = is_ours ? send_now(wire, parts, part_count) : 0;
    if (wire->is_broken) return;
    bool is_fine = keep_rest(wire, parts, part_count, sent);
    if (is_fine && is_ours && http_wire_backlog(wire) > 0) is_fine = http_plain_write_later(wire);
    if (!is_fine) wire->is_broken = true;
}

void
http_wire_half_close(struct http_wire *wire)
{
    must(http_wire_backlog(wire) == 0 || wire->is_broken);
    if (wire->secure) http_tls_finish(wire->secure);
    if (shutdown(wire->fd, SHUT_WR) != 0) wire->is_broken = true;
}
