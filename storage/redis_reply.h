/* storage/redis_reply.h: bytes from Redis become replies (RESP2). Pure: no socket, no clock. The
 * only home of hiredis, of which only the incremental reader is used, with functions of our own
 * that allocate nothing per reply. Its asynchronous client is not used: in 0.14.1 a reply that
 * nobody asked for is an assert() that ends the process, and an announced array of 2^31 elements is
 * allocated before the first has come. */
#ifndef HUIQUAN_STORAGE_REDIS_REPLY_H
#define HUIQUAN_STORAGE_REDIS_REPLY_H

#include "voucher/base.h"

#define REDIS_REPLY_NUMBERS_MAX 8
#define REDIS_REPLY_TEXT_SIZE 64
/* A reply that is longer than this before it is whole is a fault. */
#define REDIS_REPLY_SIZE_MAX 16384

enum redis_reply_kind {
    REPLY_NUMBERS, /* an array of 1 to REDIS_REPLY_NUMBERS_MAX integers, and nothing else */
    REPLY_TEXT, /* a bulk or a status */
    REPLY_ERROR,
    REPLY_OTHER, /* well-formed, but nothing that we ask for */
};

struct redis_reply {
    enum redis_reply_kind kind;
    size_t number_count;
    int64_t numbers[REDIS_REPLY_NUMBERS_MAX];
    char text[REDIS_REPLY_TEXT_SIZE]; /* of a text or error: its beginning, ended by NUL */
    size_t text_size; /* as it came, perhaps longer */
};

struct redis_reader;

MUST_USE enum fault redis_reader_open(struct redis_reader **out);
void redis_reader_close(struct redis_reader *r); /* NULL is fine */
/* FAULT_MALFORMED or FAULT_MEMORY: the reader is of no use from here on. */
MUST_USE enum fault redis_reader_feed(struct redis_reader *r, const void *bytes, size_t size);
/* *whole: a reply was there and is in *out. Call until not whole. Faults as above. */
MUST_USE enum fault redis_reader_next(struct redis_reader *r, struct redis_reply *out, bool *whole);

#endif
