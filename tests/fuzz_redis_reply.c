/* tests/fuzz_redis_reply.c: what Redis may send, in pieces of any size. The first byte says how
 * large the pieces are; what comes out must not depend on it. */
#include "storage/redis_reply.h"

#define REPLIES_MAX 64

struct outcome {
    enum fault fault;
    size_t count;
    struct redis_reply replies[REPLIES_MAX];
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
take(struct redis_reader *r, struct outcome *out)
{
    bool whole = true;
    while (whole && out->fault == FAULT_NONE) {
        struct redis_reply reply;
        out->fault = redis_reader_next(r, &reply, &whole);
        if (out->fault != FAULT_NONE || !whole) return;
        must(reply.number_count <= REDIS_REPLY_NUMBERS_MAX);
        must(memchr(reply.text, '\0', sizeof reply.text) != NULL);
        must(reply.kind != REPLY_NUMBERS || reply.number_count > 0);
        if (out->count < REPLIES_MAX) out->replies[out->count] = reply;
        out->count++;
    }
}

static void
run(const uint8_t *data, size_t size, size_t piece_size, struct outcome *out)
{
    struct redis_reader *r;
    memset(out, 0, sizeof *out);
    must(redis_reader_open(&r) == FAULT_NONE);
    for (size_t at = 0; at < size && out->fault == FAULT_NONE; at += piece_size) {
        size_t left = size - at;
        out->fault = redis_reader_feed(r, data + at, left < piece_size ? left : piece_size);
        if (out->fault == FAULT_NONE) take(r, out);
    }
    redis_reader_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole, pieces;
    if (size < 1 || size > REDIS_REPLY_SIZE_MAX) return 0;
    run(data + 1, size - 1, size, &whole);
    run(data + 1, size - 1, (size_t)data[0] % 7 + 1, &pieces);
    must(whole.fault == pieces.fault && whole.count == pieces.count);
    size_t kept = whole.count < REPLIES_MAX ? whole.count : REPLIES_MAX;
    for (size_t i = 0; i < kept; i++) {
        const struct redis_reply *a = &whole.replies[i], *b = &pieces.replies[i];
        must(a->kind == b->kind && a->number_count == b->number_count);
        must(memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0);
        must(strcmp(a->text, b->text) == 0 && a->text_size == b->text_size);
    }
    return 0;
}
