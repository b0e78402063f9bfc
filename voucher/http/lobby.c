#include "voucher/http/lobby.h"

#include <event2/event.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include "voucher/http/step.h"

/* Over the limit, this many still get a 503 in words; more are closed unheard. */
enum { CONNECTIONS_SPARE = 64, EXPIRES_AT_ONCE = 64 };

static void
on_read(void *owner)
{
    http_step_run(owner);
}

static void
on_written(void *owner)
{
    struct http_connection *c = owner;
    if (c->state == STATE_PARTS) http_connection_enter(c, STATE_PARTS);
    http_step_run(c);
}

static void
on_news(void *owner, enum http_wire_news news)
{
    struct http_connection *c = owner;
    if (news == HTTP_WIRE_SECURED && c->state == STATE_HANDSHAKE)
        http_connection_enter(c, STATE_IDLE);
    if (news == HTTP_WIRE_ENDED) c->has_ended = true;
    if (news == HTTP_WIRE_BROKEN) c->wire.is_broken = true;
    if (c->has_ended && c->state == STATE_HANDSHAKE) c->wire.is_broken = true;
    http_step_run(c);
}

static struct http_connection *
connection_new(struct http_hub *hub, int fd, const union http_peer *peer)
{
    struct http_connection *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->hub = hub;
    c->peer = *peer;
    ring_begin(&c->ring);
    if (http_wire_open(&c->wire, hub->base, fd, hub->tls) != FAULT_NONE) {
        free(c);
        return NULL;
    }
    return c;
}

void
http_lobby_admit(struct http_hub *hub, int fd, const union http_peer *peer)
{
    static const struct http_wire_calls calls = { on_read, on_written, on_news };
    size_t count_max = hub->settings.connection_count_max;
    bool is_over = hub->counters.connection_count >= count_max;
    bool is_far_over = hub->counters.connection_count >= count_max + CONNECTIONS_SPARE;
    struct http_connection *c = NULL;
    int yes = 1;
    /* Fails on a unix socket, which needs none. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (!is_far_over && !(is_over && hub->tls)) c = connection_new(hub, fd, peer);
    if (!c) {
        close(fd);
        hub->counters.dropped++;
        return;
    }
    hub->counters.accepted++;
    hub->counters.connection_count++;
    http_wire_start(&c->wire, &calls, c);
    if (is_over) {
        http_connection_refuse(c, HTTP_TOO_MANY_CONNECTIONS);
    } else {
        http_connection_enter(c, hub->tls ? STATE_HANDSHAKE : STATE_IDLE);
    }
    http_step_run(c);
}

static void
connection_expire(struct http_connection *c)
{
    switch (c->state) {
    case STATE_HEAD: c->is_late = true; break; /* the step knows what is here of it */
    case STATE_IDLE:
    case STATE_BODY:
    case STATE_UPLOAD: http_connection_refuse(c, HTTP_TOO_SLOW); break;
    case STATE_PARTS:
        if (http_wire_backlog(&c->wire) > 0)
            c->wire.is_broken = true;
        else
            http_connection_enter(c, STATE_PARTS);
        break;
    default: http_connection_lose(c); break;
    }
    http_step_run(c);
}

static struct http_connection *
list_first(const struct http_hub *hub, enum http_state state)
{
    const struct ring *list = &hub->lists[state];
    must(state > STATE_NEW && state < STATE_DEAD);
    return ring_is_empty(list) ? NULL : (struct http_connection *)(void *)list->next;
}

bool
http_lobby_expire(struct http_hub *hub)
{
    int64_t now_ms = http_now_ms();
    size_t left = EXPIRES_AT_ONCE;
    for (enum http_state state = STATE_HANDSHAKE; state < STATE_DEAD; state++) {
        int64_t limit_ms = hub->limits_ms[state];
        struct http_connection *c;
        while (limit_ms > 0 && (c = list_first(hub, state)) && now_ms - c->since_ms >= limit_ms) {
            if (left-- == 0) return false;
            connection_expire(c);
        }
    }
    return true;
}

static void
list_cut(struct http_hub *hub, enum http_state state)
{
    struct http_connection *c;
    while ((c = list_first(hub, state))) {
        must(!c->is_running);
        http_connection_lose(c);
        http_step_run(c);
    }
}

void
http_lobby_close_idle(struct http_hub *hub)
{
    must(hub->is_stopping);
    list_cut(hub, STATE_HANDSHAKE);
    list_cut(hub, STATE_IDLE);
}

void
http_lobby_cut(struct http_hub *hub)
{
    for (enum http_state state = STATE_HANDSHAKE; state < STATE_DEAD; state++) {
        list_cut(hub, state);
    }
}
