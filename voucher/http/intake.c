#include "voucher/http/intake.h"

#include <event2/buffer.h>

enum { EMPTY_LINE_SIZE = 2 };

/* The bytes are copied out of the event buffer, in one piece: they must neither move nor go while
 * the handler has them, and reading goes on meanwhile, so that a peer that leaves is noticed. */
enum http_step
http_intake_head(struct http_slot *slot, struct evbuffer *input)
{
    size_t size_max = slot->head.limits.head_size_max + EMPTY_LINE_SIZE;
    must(size_max <= slot->bytes_size_max);
    ssize_t size = evbuffer_copyout(input, slot->bytes, size_max);
    must(size >= 0);
    enum http_step step =
        http_head_parse(&slot->head, &slot->open.request, slot->bytes, (size_t)size);
    if (step == HTTP_DONE) must(evbuffer_drain(input, slot->head.taken) == 0);
    return step;
}

enum http_reason
http_intake_plan(struct http_slot *slot, bool *has_body)
{
    const struct http_request *request = &slot->open.request;
    must(request->content_length >= 0);
    slot->body_left = (uint64_t)request->content_length;
    *has_body = request->is_chunked || slot->body_left > 0;
    http_chunks_begin(&slot->chunks, slot->plan.body_size_max);
    return slot->body_left > slot->plan.body_size_max ? HTTP_BODY_TOO_LARGE : HTTP_FINE;
}

static bool
body_take(const struct http_hub *hub, struct http_slot *slot, struct text part)
{
    if (part.size == 0) return true;
    if (slot->plan.is_streamed) {
        must(hub->handler.body);
        hub->handler.body(hub->handler.owner, &slot->open, part);
        return true;
    }
    if (!http_slot_reserve(hub, slot, part.size)) {
        slot->chunks.reason = HTTP_NO_ROOM;
        return false;
    }
    memcpy(slot->body + slot->body_size, part.at, part.size);
    slot->body_size += part.size;
    return true;
}

static enum http_step
plain_take(const struct http_hub *hub, struct http_slot *slot, struct text *in)
{
    size_t size = slot->body_left < in->size ? (size_t)slot->body_left : in->size;
    struct text part = { in->at, size };
    *in = (struct text){ in->at + size, in->size - size };
    slot->body_left -= size;
    if (!body_take(hub, slot, part)) return HTTP_REFUSED;
    return slot->body_left == 0 ? HTTP_DONE : HTTP_MORE;
}

static enum http_step
chunked_take(const struct http_hub *hub, struct http_slot *slot, struct text *in)
{
    enum http_step step = HTTP_MORE;
    while (step == HTTP_MORE && in->size > 0) {
        struct text part;
        step = http_chunks_take(&slot->chunks, in, &part);
        if (step == HTTP_MORE && !body_take(hub, slot, part)) return HTTP_REFUSED;
    }
    return step;
}

enum http_step
http_intake_body(const struct http_hub *hub, struct http_slot *slot, struct evbuffer *input)
{
    must(!slot->is_whole && slot->head.taken > 0);
    enum http_step step = HTTP_MORE;
    while (step == HTTP_MORE && evbuffer_get_length(input) > 0) {
        struct evbuffer_iovec vector;
        must(evbuffer_peek(input, -1, NULL, &vector, 1) >= 1);
        struct text in = { vector.iov_base, vector.iov_len };
        step = slot->open.request.is_chunked ? chunked_take(hub, slot, &in)
                                             : plain_take(hub, slot, &in);
        must(evbuffer_drain(input, vector.iov_len - in.size) == 0);
    }
    return step;
}
