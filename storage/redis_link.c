/* storage/redis_link.c */
#include "storage/redis_link.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#define OUTPUT_SIZE ((size_t)512 * 1024)
#define INPUT_SIZE 16384
#define INPUTS_PER_TURN 16

struct redis_link {
    struct redis_link_owner owner;
    int fd; /* -1: none */
    bool connecting;
    struct event *readable, *writable;
    struct redis_reader *reader;
    char *output;
    size_t sent_size, output_size;
};

bool
redis_link_queue(struct redis_link *l, const struct redis_command *c)
{
    must(l->sent_size <= l->output_size && l->output_size <= OUTPUT_SIZE);
    if (!c->fits) return false;
    if (l->sent_size > 0 && c->size > OUTPUT_SIZE - l->output_size) {
        memmove(l->output, l->output + l->sent_size, l->output_size - l->sent_size);
        l->output_size -= l->sent_size;
        l->sent_size = 0;
    }
    if (c->size > OUTPUT_SIZE - l->output_size) return false;
    if (event_add(l->writable, NULL) != 0) return false;
    memcpy(l->output + l->output_size, c->bytes, c->size);
    l->output_size += c->size;
    return true;
}

static bool
link_take(struct redis_link *l, const char *bytes, size_t size)
{
    bool whole;
    struct redis_reply reply;
    if (redis_reader_feed(l->reader, bytes, size) != FAULT_NONE) return false;
    for (;;) {
        if (redis_reader_next(l->reader, &reply, &whole) != FAULT_NONE) return false;
        if (!whole) return true;
        if (!l->owner.replied(l->owner.at, &reply)) return false;
    }
}

bool
redis_link_read(struct redis_link *l)
{
    char bytes[INPUT_SIZE];
    must(l->fd >= 0);
    for (int i = 0; i < INPUTS_PER_TURN; i++) {
        ssize_t size = recv(l->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
        if (size == 0 || !link_take(l, bytes, (size_t)size)) return false;
    }
    return true;
}

static bool
link_write(struct redis_link *l)
{
    while (l->sent_size < l->output_size) {
        ssize_t size = send(l->fd, l->output + l->sent_size, l->output_size - l->sent_size,
                            MSG_DONTWAIT | MSG_NOSIGNAL);
        if (size < 0 && errno == EINTR) continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return event_add(l->writable, NULL) == 0;
        }
        if (size <= 0) return false;
        l->sent_size += (size_t)size;
    }
    l->sent_size = l->output_size = 0;
    return true;
}

static bool
link_connected(struct redis_link *l)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &size) != 0 || error != 0) return false;
    l->connecting = false;
    return event_add(l->readable, NULL) == 0 && l->owner.connected(l->owner.at);
}

static void
link_on_writable(evutil_socket_t fd, short what, void *owner)
{
    struct redis_link *l = owner;
    must(fd == l->fd && (what & EV_WRITE));
    bool good = !l->connecting || link_connected(l);
    if (!good || !link_write(l)) l->owner.lost(l->owner.at);
}

static void
link_on_readable(evutil_socket_t fd, short what, void *owner)
{
    struct redis_link *l = owner;
    must(fd == l->fd && (what & EV_READ) && !l->connecting);
    if (!redis_link_read(l)) l->owner.lost(l->owner.at);
}

static enum fault
link_connect(struct redis_link *l, const struct redis_peer *peer)
{
    int on = 1, family = peer->address.ss_family;
    if (peer->size == 0) return FAULT_UNREACHABLE;
    l->fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0) return FAULT_UNREACHABLE;
    if (family != AF_UNIX) {
        (void)setsockopt(l->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    int connected = connect(l->fd, (const struct sockaddr *)&peer->address, peer->size);
    if (connected != 0 && errno != EINPROGRESS) return FAULT_UNREACHABLE;
    l->connecting = true;
    return FAULT_NONE;
}

static enum fault
link_set_up(struct redis_link *l, struct event_base *base)
{
    l->output = malloc(OUTPUT_SIZE);
    l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST, link_on_readable, l);
    l->writable = event_new(base, l->fd, EV_WRITE, link_on_writable, l);
    if (l->output == NULL || l->readable == NULL || l->writable == NULL) return FAULT_MEMORY;
    /* Answers have a deadline; a loop without priorities has this one alone. */
    if (event_priority_set(l->readable, 0) != 0 || event_priority_set(l->writable, 0) != 0) {
        return FAULT_MEMORY;
    }
    if (event_add(l->writable, NULL) != 0) return FAULT_MEMORY;
    return redis_reader_open(&l->reader);
}

enum fault
redis_link_open(struct redis_link **out, struct event_base *base, const struct redis_peer *peer,
                const struct redis_link_owner *owner)
{
    *out = NULL;
    must(owner->connected != NULL && owner->replied != NULL && owner->lost != NULL);
    struct redis_link *l = calloc(1, sizeof *l);
    if (l == NULL) return FAULT_MEMORY;
    l->owner = *owner;
    l->fd = -1;
    enum fault fault = link_connect(l, peer);
    if (fault == FAULT_NONE) fault = link_set_up(l, base);
    if (fault != FAULT_NONE) {
        redis_link_close(l);
        return fault;
    }
    *out = l;
    return FAULT_NONE;
}

void
redis_link_close(struct redis_link *l)
{
    if (l == NULL) return;
    if (l->readable != NULL) event_free(l->readable);
    if (l->writable != NULL) event_free(l->writable);
    redis_reader_close(l->reader);
    if (l->fd >= 0) (void)close(l->fd);
    free(l->output);
    free(l);
}
