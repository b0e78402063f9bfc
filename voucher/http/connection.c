#include "voucher/http/connection.h"

#include "voucher/http/refusal.h"

#define BIT(state) (1U << (state))
static const unsigned leads_to[STATES] = {
    [STATE_NEW] = BIT(STATE_HANDSHAKE) | BIT(STATE_IDLE) | BIT(STATE_WRITING),
    [STATE_HANDSHAKE] = BIT(STATE_IDLE),
    [STATE_IDLE] = BIT(STATE_HEAD) | BIT(STATE_WRITING),
    [STATE_HEAD] = BIT(STATE_BUSY) | BIT(STATE_WRITING),
    [STATE_BODY] = BIT(STATE_BUSY) | BIT(STATE_WRITING),
    [STATE_UPLOAD] = BIT(STATE_BUSY) | BIT(STATE_WRITING),
    [STATE_BUSY] = BIT(STATE_BODY) | BIT(STATE_UPLOAD) | BIT(STATE_PARTS) | BIT(STATE_WRITING),
    [STATE_PARTS] = BIT(STATE_PARTS) | BIT(STATE_WRITING),
    [STATE_WRITING] = BIT(STATE_IDLE) | BIT(STATE_DRAINING),
};

void
http_connection_enter(struct http_connection *c, enum http_state next)
{
    must(next == STATE_DEAD ? c->state != STATE_DEAD : (leads_to[c->state] & BIT(next)) != 0);
    c->state = next;
    c->since_ms = http_now_ms();
    ring_remove(&c->ring);
    if (next != STATE_DEAD) ring_append(&c->hub->lists[next], &c->ring);
}

void
http_connection_send(struct http_connection *c, const struct text *parts, size_t part_count)
{
    for (size_t i = 0; i < part_count; i++)
        c->hub->counters.bytes_out += parts[i].size;
    http_wire_send(&c->wire, parts, part_count);
}

/* The slot leaves the connection. One that request() has seen stays with the handler, as gone. */
static void
slot_lose(struct http_connection *c)
{
    struct http_hub *hub = c->hub;
    struct http_slot *slot = c->slot;
    if (!slot) return;
    c->slot = NULL;
    slot->connection = NULL;
    slot->open.is_gone = true;
    if (!slot->is_shown) {
        http_slot_give(hub, slot);
        return;
    }
    bool stays = slot->is_whole;
    if (hub->handler.gone) hub->handler.gone(hub->handler.owner, &slot->open);
    if (!stays) http_slot_give(hub, slot);
}

void
http_connection_finish(struct http_slot *slot)
{
    struct http_hub *hub = slot->hub;
    must(hub);
    if (slot->connection) slot->connection->slot = NULL;
    if (slot->is_whole) hub->counters.exchange_count--;
    http_slot_give(hub, slot);
}

void
http_connection_refuse(struct http_connection *c, enum http_reason reason)
{
    struct http_hub *hub = c->hub;
    struct http_refusal_text text;
    must(reason != HTTP_FINE && (size_t)reason < HTTP_REASON_COUNT);
    hub->counters.refused[reason]++;
    http_refusal_format(&text, hub, c->slot, reason);
    c->is_closing = true;
    http_connection_send(c, text.parts, COUNT_OF(text.parts));
    slot_lose(c);
    http_connection_enter(c, STATE_WRITING);
}

void
http_connection_lose(struct http_connection *c)
{
    if (c->slot && c->slot->is_shown) c->hub->counters.gone++;
    slot_lose(c);
    http_connection_enter(c, STATE_DEAD);
}
