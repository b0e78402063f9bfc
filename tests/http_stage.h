/* tests/http_stage.h: a server on an event loop in the test's own thread, so that a test waits for
 * conditions and never for time. Test programs are single-threaded. */
#ifndef HUIQUAN_TESTS_HTTP_STAGE_H
#define HUIQUAN_TESTS_HTTP_STAGE_H

#include <event2/event.h>
#include <signal.h>

#include "tests/rows.h"
#include "voucher/http/server.h"

enum { STAGE_PATIENCE_S = 20, SOON_MS = 40 };

struct stage {
    struct event_base *base;
    struct http_server *server;
    bool is_late;
    bool has_stopped;
};

static inline struct http_settings
soon(void)
{
    struct http_settings settings = http_settings_default;
    settings.drain_wait_ms = SOON_MS;
    return settings;
}

static inline void
stage_open(struct stage *stage, const struct http_settings *settings,
           const struct http_handler *handler)
{
    int fd;
    *stage = (struct stage){ 0 };
    signal(SIGPIPE, SIG_IGN);
    stage->base = event_base_new();
    assert_non_null(stage->base);
    assert_int_equal(http_listen_tcp(&fd, "127.0.0.1", 0), FAULT_NONE);
    assert_int_equal(http_server_open(&stage->server, stage->base, fd, settings, handler),
                     FAULT_NONE);
}

static inline void
stage_close(struct stage *stage)
{
    http_server_close(stage->server);
    event_base_free(stage->base);
}

static inline void
stage_late(evutil_socket_t fd, short what, void *owner)
{
    struct stage *stage = owner;
    (void)fd;
    (void)what;
    stage->is_late = true;
}

/* Runs the loop until the condition holds; false after STAGE_PATIENCE_S. */
static inline bool
stage_until(struct stage *stage, bool (*holds)(const void *about), const void *about)
{
    struct timeval patience = { .tv_sec = STAGE_PATIENCE_S };
    struct event *late = evtimer_new(stage->base, stage_late, stage);
    stage->is_late = false;
    event_add(late, &patience);
    while (!holds(about) && !stage->is_late)
        event_base_loop(stage->base, EVLOOP_ONCE);
    event_free(late);
    return !stage->is_late;
}

#endif
