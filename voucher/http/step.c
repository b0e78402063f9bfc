/* voucher/http/step.c: a step for each state; true means that another may follow at once. */
#include "voucher/http/step.h"

#include <event2/buffer.h>

#include "voucher/http/intake.h"

static bool
step_wait(struct http_connection *c)
{
    (void)c;
    return false;
}

static bool
step_idle(struct http_connection *c)
{
    bool is_empty = evbuffer_get_length(http_wire_input(&c->wire)) == 0;
    must(!c->slot && !c->is_closing);
    if (is_empty && !c->has_ended && !c->hub->is_stopping) {
        http_wire_read(&c->wire, true);
        return false;
    }
    c->is_late = false;
    http_connection_enter(c, is_empty ? STATE_DEAD : STATE_HEAD);
    return !is_empty;
}

/* The request is here in full: the handler's turn. */
static void
request_give(struct http_connection *c)
{
    struct http_hub *hub = c->hub;
    struct http_slot *slot = c->slot;
    slot->is_whole = true;
    slot->is_shown = true;
    slot->open.request.body = (struct text){ slot->body, slot->body_size };
    hub->counters.requests++;
    hub->counters.exchange_count++;
    if (c->state != STATE_BUSY) http_connection_enter(c, STATE_BUSY);
    hub->handler.request(hub->handler.owner, &slot->open);
}

/* True when head() has answered at once: the slot may serve another connection by now. */
static bool
head_show(struct http_connection *c)
{
    struct http_hub *hub = c->hub;
    struct http_slot *slot = c->slot;
    must(!slot->is_shown);
    http_connection_enter(c, STATE_BUSY);
    slot->is_shown = hub->handler.head != NULL;
    if (hub->handler.head) hub->handler.head(hub->handler.owner, &slot->open, &slot->plan);
    return c->slot != slot;
}

static void
head_done(struct http_connection *c)
{
    bool has_body;
    if (head_show(c)) return;
    struct http_slot *slot = c->slot;
    enum http_reason reason = http_intake_plan(slot, &has_body);
    if (reason != HTTP_FINE) {
        http_connection_refuse(c, reason);
        return;
    }
    if (!has_body) {
        request_give(c);
        return;
    }
    bool is_upload = slot->plan.body_size_max > c->hub->settings.body_size_max;
    http_connection_enter(c, is_upload ? STATE_UPLOAD : STATE_BODY);
    if (slot->open.request.expects_continue &&
        evbuffer_get_length(http_wire_input(&c->wire)) == 0) {
        http_connection_send(c, &TEXT("HTTP/1.1 100 Continue\r\n\r\n"), 1);
    }
}

/* What is common to head and body: true when a step was made. */
static bool
intake_end(struct http_connection *c, enum http_step step, enum http_reason reason)
{
    if (step == HTTP_MORE && !c->has_ended) {
        http_wire_read(&c->wire, true);
        return false;
    }
    if (step != HTTP_DONE) http_connection_refuse(c, step == HTTP_MORE ? HTTP_CUT_SHORT : reason);
    return true;
}

/* A head that is not whole keeps no slot: whoever drips one must not cost thirty times what waits
 * of it. It is read from its beginning when more of it is here; in one piece, as heads come, that
 * costs nothing. */
static bool
head_wait(struct http_connection *c)
{
    struct http_slot *slot = c->slot;
    must(slot && !slot->is_shown);
    c->slot = NULL;
    http_slot_give(c->hub, slot);
    http_wire_read(&c->wire, true);
    return false;
}

static bool
step_head(struct http_connection *c)
{
    struct http_slot *slot = http_slot_take(c->hub, c);
    must(!c->slot);
    if (!slot) {
        http_connection_enter(c, STATE_DEAD);
        return false;
    }
    c->slot = slot;
    slot->open.peer = c->peer;
    slot->open.is_secure = c->wire.secure != NULL;
    enum http_step step = http_intake_head(slot, http_wire_input(&c->wire));
    if (step == HTTP_DONE) c->hub->counters.bytes_in += slot->head.taken;
    if (step == HTTP_MORE && c->is_late) {
        http_connection_refuse(c, HTTP_TOO_SLOW);
        return true;
    }
    if (step == HTTP_MORE && !c->has_ended) return head_wait(c);
    if (!intake_end(c, step, slot->head.reason)) return false;
    if (step == HTTP_DONE) head_done(c);
    return true;
}

static bool
step_body(struct http_connection *c)
{
    struct evbuffer *input = http_wire_input(&c->wire);
    size_t before = evbuffer_get_length(input);
    enum http_step step = http_intake_body(c->hub, c->slot, input);
    c->hub->counters.bytes_in += before - evbuffer_get_length(input);
    if (!intake_end(c, step, c->slot->chunks.reason)) return false;
    if (step == HTTP_DONE) request_give(c);
    return true;
}

/* The handler, or the kernel, has its turn. What comes meanwhile waits, up to a head's size. */
static bool
step_hold(struct http_connection *c)
{
    size_t held = evbuffer_get_length(http_wire_input(&c->wire));
    if (held >= c->hub->settings.limits.head_size_max) http_wire_read(&c->wire, false);
    return false;
}

static bool
step_writing(struct http_connection *c)
{
    if (http_wire_backlog(&c->wire) > 0) return step_hold(c);
    if (!c->is_closing) {
        http_connection_enter(c, STATE_IDLE);
        return true;
    }
    http_connection_enter(c, STATE_DRAINING);
    http_wire_half_close(&c->wire);
    http_wire_read(&c->wire, true);
    return true;
}

static bool
step_draining(struct http_connection *c)
{
    struct evbuffer *input = http_wire_input(&c->wire);
    must(c->is_closing && !c->slot);
    evbuffer_drain(input, evbuffer_get_length(input));
    if (c->has_ended) http_connection_enter(c, STATE_DEAD);
    return false;
}

static bool (*const steps[STATES])(struct http_connection *c) = {
    [STATE_NEW] = step_wait,          [STATE_HANDSHAKE] = step_wait, [STATE_IDLE] = step_idle,
    [STATE_HEAD] = step_head,         [STATE_BODY] = step_body,      [STATE_UPLOAD] = step_body,
    [STATE_BUSY] = step_hold,         [STATE_PARTS] = step_hold,     [STATE_WRITING] = step_writing,
    [STATE_DRAINING] = step_draining, [STATE_DEAD] = step_wait,
};

void
http_step_run(struct http_connection *c)
{
    if (c->is_running) return;
    c->is_running = true;
    do {
        if (c->wire.is_broken && c->state != STATE_DEAD) http_connection_lose(c);
    } while (steps[c->state](c));
    c->is_running = false;
    if (c->wire.is_broken && c->state != STATE_DEAD) http_connection_lose(c);
    if (c->state != STATE_DEAD) return;
    must(!c->slot);
    c->hub->counters.connection_count--;
    http_wire_close(&c->wire);
    free(c);
}
