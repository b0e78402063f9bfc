/* voucher/http/chunk.h: the chunked transfer coding (RFC 9112 section 7.1), strictly. Pure: no I/O,
 * no allocation; any thread. Chunk extensions are checked and dropped; so are trailer fields, and
 * those that would change framing, routing, authentication or content are refused. */
#ifndef HUIQUAN_HTTP_CHUNK_H
#define HUIQUAN_HTTP_CHUNK_H

#include "voucher/base.h"
#include "voucher/http/parse.h"

enum {
    HTTP_CHUNK_EXTENSION_SIZE_MAX = 1024, /* in one body, all chunks together; more is 400 */
    HTTP_TRAILER_SIZE_MAX = 2048, /* more is 431 */
    HTTP_TRAILER_NAME_KEPT = 24
};

struct http_chunks {
    uint8_t state;
    uint8_t digit_count;
    uint8_t name_size;
    enum http_reason reason; /* why HTTP_REFUSED */
    uint64_t left; /* of the current chunk */
    uint64_t total;
    uint64_t body_size_max; /* may be changed before the first byte; more is 413 */
    uint32_t extension_size;
    uint32_t trailer_size;
    char name[HTTP_TRAILER_NAME_KEPT]; /* of a trailer field, lower case, cut */
};

void http_chunks_begin(struct http_chunks *chunks, uint64_t body_size_max);

/* Takes bytes off the front of *in. Sets *data to the next run of body bytes, inside what was *in.
 * HTTP_MORE: call again while *in is not empty (data may be empty or not). HTTP_DONE: the body is
 * complete, *in starts behind it, *data is empty. */
enum http_step http_chunks_take(struct http_chunks *chunks, struct text *in, struct text *data);

#endif
