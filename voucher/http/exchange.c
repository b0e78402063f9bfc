#include "voucher/http/exchange.h"

#include <event2/buffer.h>

#include "voucher/http/step.h"

static bool
answer_closes(const struct http_connection *c, const struct http_slot *slot)
{
    const struct http_request *request = &slot->open.request;
    bool has_unread_body = !slot->is_whole && (request->is_chunked || request->content_length > 0);
    /* A peer that has half-closed may have asked more before. */
    bool is_last = c->has_ended && evbuffer_get_length(http_wire_input(&c->wire)) == 0;
    return c->is_closing || !request->keep_alive || has_unread_body || is_last ||
           c->hub->is_stopping;
}

static enum http_persistence
answer_persistence(const struct http_connection *c, const struct http_slot *slot)
{
    if (c->is_closing) return HTTP_SAYS_CLOSE;
    return slot->open.request.version_minor == 0 ? HTTP_SAYS_KEEP_ALIVE : HTTP_SAYS_NOTHING;
}

static struct http_slot *
slot_of(struct http_exchange *exchange)
{
    struct http_slot *slot = (struct http_slot *)(void *)exchange;
    must(slot->is_shown && slot->hub);
    must(!slot->connection || slot->connection->slot == slot);
    return slot;
}

static bool
fields_valid(struct text fields)
{
    return fields.size == 0 || (fields.size > 2 && fields.at[fields.size - 2] == '\r' &&
                                fields.at[fields.size - 1] == '\n');
}

/* Head, fields, body: together one call to the kernel. */
static void
answer_send(struct http_slot *slot, struct http_answer_shape *shape, struct text fields,
            struct text body)
{
    struct http_connection *c = slot->connection;
    struct http_answer_head head;
    must(fields_valid(fields) && shape->status >= 200);
    c->is_closing = answer_closes(c, slot) || shape->ending == HTTP_ENDING_CLOSE;
    shape->persistence = answer_persistence(c, slot);
    shape->date = http_hub_date(c->hub);
    http_answer_format(&head, shape);
    struct text parts[] = {
        { head.front, head.front_size }, fields, { head.back, head.back_size }, body
    };
    c->hub->counters.answers++;
    http_connection_send(c, parts, COUNT_OF(parts));
}

static bool
status_has_body(int status)
{
    return status != 204 && status != 304;
}

void
http_answer(struct http_exchange *exchange, int status, struct text fields, struct text body)
{
    struct http_slot *slot = slot_of(exchange);
    struct http_connection *c = slot->connection;
    must(!slot->is_begun);
    if (c) {
        must(c->state == STATE_BUSY);
        bool has_body = status_has_body(status);
        struct http_answer_shape shape = {
            .status = status,
            .ending = has_body ? HTTP_ENDING_SIZED : HTTP_ENDING_NONE,
            .body_size = body.size,
        };
        bool is_sent = has_body && exchange->request.method != HTTP_HEAD;
        answer_send(slot, &shape, fields, is_sent ? body : (struct text){ 0 });
        http_connection_enter(c, STATE_WRITING);
    }
    http_connection_finish(slot);
    if (c) http_step_run(c);
}

void
http_answer_begin(struct http_exchange *exchange, int status, struct text fields)
{
    struct http_slot *slot = slot_of(exchange);
    struct http_connection *c = slot->connection;
    must(slot->is_whole && !slot->is_begun && status_has_body(status));
    slot->is_begun = true;
    slot->is_bodiless = exchange->request.method == HTTP_HEAD;
    if (!c) return;
    bool is_old = exchange->request.version_minor == 0;
    struct http_answer_shape shape = {
        .status = status,
        .ending = is_old ? HTTP_ENDING_CLOSE : HTTP_ENDING_CHUNKED,
    };
    http_connection_enter(c, STATE_PARTS);
    answer_send(slot, &shape, fields, (struct text){ 0 });
}

/* A peer that is found gone is told to the handler here: nothing else may be under way. */
static size_t
part_sent(struct http_connection *c)
{
    if (!c->wire.is_broken) return http_wire_backlog(&c->wire);
    http_step_run(c); /* c is no more */
    return 0;
}

size_t
http_answer_part(struct http_exchange *exchange, struct text part)
{
    struct http_slot *slot = slot_of(exchange);
    struct http_connection *c = slot->connection;
    char size_line[24];
    must(slot->is_begun);
    if (!c) return 0;
    if (part.size == 0 || slot->is_bodiless) return http_wire_backlog(&c->wire);
    /* The deadline runs from when the reader had last taken everything. */
    if (http_wire_backlog(&c->wire) == 0) http_connection_enter(c, STATE_PARTS);
    if (exchange->request.version_minor == 0) {
        http_connection_send(c, &part, 1);
        return part_sent(c);
    }
    int size = snprintf(size_line, sizeof size_line, "%zx\r\n", part.size);
    must(size > 0 && (size_t)size < sizeof size_line);
    struct text parts[] = { { size_line, (size_t)size }, part, { "\r\n", 2 } };
    http_connection_send(c, parts, COUNT_OF(parts));
    return part_sent(c);
}

void
http_answer_end(struct http_exchange *exchange)
{
    struct http_slot *slot = slot_of(exchange);
    struct http_connection *c = slot->connection;
    must(slot->is_begun);
    if (c) {
        bool has_end = exchange->request.version_minor > 0 && !slot->is_bodiless;
        if (has_end) http_connection_send(c, &TEXT("0\r\n\r\n"), 1);
        http_connection_enter(c, STATE_WRITING);
    }
    http_connection_finish(slot);
    if (c) http_step_run(c);
}

void
http_prefer(struct http_exchange *exchange)
{
    struct http_slot *slot = slot_of(exchange);
    if (slot->connection) http_wire_prefer(&slot->connection->wire);
}

void
http_answer_last(struct http_exchange *exchange)
{
    struct http_slot *slot = slot_of(exchange);
    must(!slot->is_begun);
    if (slot->connection) slot->connection->is_closing = true;
}
