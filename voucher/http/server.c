#include "voucher/http/server.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "voucher/http/listen.h"
#include "voucher/http/lobby.h"
#include "voucher/http/tls.h"

enum {
    ACCEPTS_AT_ONCE = 64, /* then the connections that are open have their turn */
    TICK_MS_MIN = 5,
    TICK_MS_MAX = 250,
    TICKS_PER_LIMIT = 10
};

struct http_server {
    struct http_hub hub;
    struct event *accepting;
    struct event *tick; /* runs while there is something to look after */
    int fd;
    int64_t cut_at_ms; /* while stopping */
    void (*stopped)(void *owner);
    void *stopped_owner;
};

static int64_t
tick_ms(const struct http_hub *hub)
{
    int64_t least_ms = TICK_MS_MAX * TICKS_PER_LIMIT;
    for (size_t i = 0; i < STATES; i++) {
        int64_t limit_ms = hub->limits_ms[i];
        if (limit_ms > 0 && limit_ms < least_ms) least_ms = limit_ms;
    }
    int64_t tick = hub->is_stopping ? TICK_MS_MIN : least_ms / TICKS_PER_LIMIT;
    return tick < TICK_MS_MIN ? TICK_MS_MIN : tick;
}

static void
tick_arm_in(struct http_server *server, int64_t wait_ms)
{
    must(wait_ms > 0 && wait_ms <= TICK_MS_MAX);
    struct timeval wait = { .tv_sec = 0, .tv_usec = (suseconds_t)(wait_ms * 1000) };
    must_have_memory(event_add(server->tick, &wait) == 0);
}

static void
tick_arm(struct http_server *server)
{
    tick_arm_in(server, tick_ms(&server->hub));
}

/* Accepting pauses until the next tick when the process is out of descriptors: the queue would
 * otherwise wake the loop for ever. */
static void
accept_pause(struct http_server *server)
{
    must(!server->hub.is_stopping);
    event_del(server->accepting);
    if (!event_pending(server->tick, EV_TIMEOUT, NULL)) tick_arm(server);
}

static void
on_accept(evutil_socket_t fd, short what, void *owner)
{
    struct http_server *server = owner;
    (void)what;
    for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
        union http_peer peer = { 0 };
        socklen_t size = sizeof peer;
        int accepted = accept4(fd, &peer.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (accepted >= 0) {
            http_lobby_admit(&server->hub, accepted, &peer);
            continue;
        }
        if (errno == EINTR || errno == ECONNABORTED) continue;
        if (errno != EAGAIN) accept_pause(server);
        break;
    }
    bool has_some = server->hub.counters.connection_count > 0;
    if (has_some && !event_pending(server->tick, EV_TIMEOUT, NULL)) tick_arm(server);
}

static bool
stop_is_over(struct http_server *server)
{
    const struct http_counters *counters = &server->hub.counters;
    if (!server->hub.is_stopping) return false;
    if (counters->connection_count > 0 && http_now_ms() >= server->cut_at_ms) {
        http_lobby_cut(&server->hub);
    }
    return counters->connection_count == 0 && counters->exchange_count == 0;
}

static void
on_tick(evutil_socket_t fd, short what, void *owner)
{
    struct http_server *server = owner;
    (void)fd;
    (void)what;
    const bool are_all_expired = http_lobby_expire(&server->hub);
    if (stop_is_over(server)) {
        /* May close the server: nothing of it is touched after this. */
        if (server->stopped) server->stopped(server->stopped_owner);
        return;
    }
    bool is_paused = !server->hub.is_stopping && !event_pending(server->accepting, EV_READ, NULL);
    if (is_paused && event_add(server->accepting, NULL) == 0) is_paused = false;
    if (is_paused || server->hub.is_stopping || server->hub.counters.connection_count > 0) {
        tick_arm_in(server, are_all_expired ? tick_ms(&server->hub) : TICK_MS_MIN);
    }
}

enum fault
http_server_open(struct http_server **out, struct event_base *base, int fd,
                 const struct http_settings *settings, const struct http_handler *handler)
{
    *out = NULL;
    must(handler->request && fd >= 0);
    struct http_server *server = calloc(1, sizeof *server);
    if (!server) {
        close(fd);
        return FAULT_MEMORY;
    }
    server->fd = fd;
    http_hub_begin(&server->hub, settings);
    server->hub.base = base;
    server->hub.handler = *handler;
    server->accepting = event_new(base, fd, EV_READ | EV_PERSIST, on_accept, server);
    server->tick = event_new(base, -1, 0, on_tick, server);
    if (!server->accepting || !server->tick || event_add(server->accepting, NULL) != 0) {
        http_server_close(server);
        return FAULT_MEMORY;
    }
    *out = server;
    return FAULT_NONE;
}

enum fault
http_server_set_tls(struct http_server *server, const struct http_tls *tls)
{
    struct http_tls *shared = tls ? http_tls_share(tls) : NULL;
    if (tls && !shared) return FAULT_MEMORY;
    http_tls_close(server->hub.tls);
    server->hub.tls = shared;
    return FAULT_NONE;
}

static void
accept_end(struct http_server *server)
{
    if (server->accepting) event_free(server->accepting);
    server->accepting = NULL;
    if (server->fd >= 0) close(server->fd);
    server->fd = -1;
}

void
http_server_stop(struct http_server *server, int64_t grace_ms, void (*stopped)(void *owner),
                 void *owner)
{
    must(!server->hub.is_stopping && grace_ms >= 0);
    server->hub.is_stopping = true;
    server->cut_at_ms = http_now_ms() + grace_ms;
    server->stopped = stopped;
    server->stopped_owner = owner;
    accept_end(server);
    http_lobby_close_idle(&server->hub);
    tick_arm(server);
}

void
http_server_close(struct http_server *server)
{
    if (!server) return;
    accept_end(server);
    http_lobby_cut(&server->hub);
    must(server->hub.counters.connection_count == 0);
    if (server->tick) event_free(server->tick);
    http_hub_end(&server->hub);
    free(server);
}

uint16_t
http_server_port(const struct http_server *server)
{
    return http_listen_port(server->fd);
}

const struct http_counters *
http_server_counters(const struct http_server *server)
{
    return &server->hub.counters;
}
