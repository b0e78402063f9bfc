/* voucher/streams.c */
#include "voucher/streams.h"

#include <event2/event.h>

#include "voucher/call_context.h"

#define TURN_MS 20
#define BACKLOG_MAX 262144 /* bytes that may wait for a reader */
#define PARTS_A_TURN 8

struct streams {
    struct event *tick;
    struct call *first;
    bool stopping;
};

/* False: it is over. */
static bool
stream_turn(struct streams *s, struct call *call)
{
    for (int i = 0; i < PARTS_A_TURN; i++) {
        if (s->stopping || call->exchange->is_gone) return false;
        if (http_answer_part(call->exchange, (struct text){ 0 }) > BACKLOG_MAX) return true;
        json_writer_restart(&call->reply);
        bool more = call->stream(call);
        struct text part = json_writer_text(&call->reply);
        bool read = view_fault(call_view(call)) == FAULT_NONE;
        (void)http_answer_part(call->exchange, part);
        if (!more || !read) return false;
        if (part.size == 0) return true;
    }
    return true;
}

static void
stream_end(struct call *call)
{
    struct worker_context *w = call->context;
    http_answer_end(call->exchange);
    w->answered(w, call);
}

static void
streams_tick(evutil_socket_t fd, short what, void *owner)
{
    struct streams *s = owner;
    struct call *call = s->first;
    must(fd < 0 && (what & EV_TIMEOUT));
    s->first = NULL; /* what begins meanwhile has its turn next time */
    while (call != NULL) {
        struct call *next = call->next;
        if (stream_turn(s, call)) {
            call->next = s->first;
            s->first = call;
        } else {
            stream_end(call);
        }
        call = next;
    }
    if (s->first == NULL) (void)event_del(s->tick);
}

enum fault
streams_open(struct streams **out, struct event_base *base)
{
    *out = NULL;
    struct streams *s = calloc(1, sizeof *s);
    if (s == NULL) return FAULT_MEMORY;
    s->tick = event_new(base, -1, EV_PERSIST, streams_tick, s);
    if (s->tick == NULL) {
        free(s);
        return FAULT_MEMORY;
    }
    *out = s;
    return FAULT_NONE;
}

void
streams_add(struct streams *s, struct call *call)
{
    static const struct timeval turn = { 0, TURN_MS * 1000 };
    must(call->stream != NULL);
    call->next = s->first;
    s->first = call;
    must_have_memory(event_add(s->tick, &turn) == 0);
}

void
streams_stop(struct streams *s)
{
    s->stopping = true;
}

void
streams_close(struct streams *s)
{
    if (s == NULL) return;
    must(s->first == NULL);
    event_free(s->tick);
    free(s);
}
