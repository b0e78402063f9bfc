/* tests/fuzz_http.c: any bytes, cut by the first two of them, must give the same result as whole:
 * head, and behind it chunks. What is accepted must keep what parse.h and chunk.h promise. */
#include "voucher/http/byte.h"
#include "voucher/http/chunk.h"
#include "voucher/http/field.h"
#include "voucher/http/parse.h"

enum { CUTS_SIZE = 2, BODY_MAX = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
    enum http_step step;
    enum http_reason reason;
    size_t taken;
    size_t body_size;
    uint64_t body_sum; /* of the body's bytes, in order */
};

static struct result
head_parse(struct http_request *request, struct text bytes, size_t stride)
{
    static const struct http_limits limits = { 1024, 256, 16 };
    struct http_head head;
    enum http_step step = HTTP_MORE;
    http_head_begin(&head, &limits, request);
    for (size_t seen = 0; step == HTTP_MORE; seen += stride) {
        bool is_last = bytes.size - seen <= stride;
        step = http_head_parse(&head, request, bytes.at, is_last ? bytes.size : seen + stride);
        if (is_last) break;
    }
    must((step == HTTP_REFUSED) == (head.reason != HTTP_FINE));
    return (struct result){ .step = step, .reason = head.reason, .taken = head.taken };
}

static void
body_add(struct result *result, struct text data)
{
    for (size_t i = 0; i < data.size; i++) {
        result->body_sum = result->body_sum * 31 + (uint8_t)data.at[i];
    }
    result->body_size += data.size;
    must(result->body_size <= BODY_MAX);
}

static struct result
chunks_take(struct text bytes, size_t stride)
{
    struct http_chunks chunks;
    struct result result = { .step = HTTP_MORE };
    http_chunks_begin(&chunks, BODY_MAX);
    while (bytes.size > 0 && result.step == HTTP_MORE) {
        size_t size = bytes.size < stride ? bytes.size : stride;
        struct text in = { bytes.at, size };
        while (in.size > 0 && result.step == HTTP_MORE) {
            struct text piece;
            result.step = http_chunks_take(&chunks, &in, &piece);
            body_add(&result, piece);
        }
        size_t used = size - in.size;
        result.taken += used;
        bytes = (struct text){ bytes.at + used, bytes.size - used };
    }
    result.reason = chunks.reason;
    must((result.step == HTTP_REFUSED) == (result.reason != HTTP_FINE));
    return result;
}

static void
same(struct result a, struct result b)
{
    must(a.step == b.step && a.reason == b.reason);
    if (a.step != HTTP_REFUSED) must(a.taken == b.taken);
    must(a.body_size == b.body_size && a.body_sum == b.body_sum);
}

static void
request_check(const struct http_request *request, struct text bytes)
{
    const struct text *path = &request->path;
    must(request->field_count <= 16 && request->target.size <= 256);
    must(path->size > 0 && (path->at[0] == '/' || path->at[0] == '*'));
    must(!(request->is_chunked && request->has_length));
    must(request->content_length >= 0);
    must(request->version_minor == 0 || request->authority.size > 0);
    must(memmem(bytes.at, bytes.size, "\r\n\r\n", 4) != NULL);
    must(!memchr(bytes.at, 0, bytes.size));
    for (size_t i = 0; i < request->field_count; i++) {
        const struct http_field *field = &request->fields[i];
        must(field->name.at >= bytes.at && field->name.size > 0);
        must(field->value.at + field->value.size <= bytes.at + bytes.size);
        must(http_bytes_are(field->value, HTTP_BYTE_VALUE));
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CUTS_SIZE) return 0;
    struct http_request request;
    struct http_request other;
    struct text bytes = { (const char *)data + CUTS_SIZE, size - CUTS_SIZE };
    size_t head_stride = (size_t)data[0] + 1;
    size_t chunk_stride = (size_t)data[1] + 1;

    struct result whole = head_parse(&request, bytes, SIZE_MAX);
    same(whole, head_parse(&other, bytes, head_stride));
    if (whole.step == HTTP_DONE) {
        request_check(&request, (struct text){ bytes.at, whole.taken });
        bytes = (struct text){ bytes.at + whole.taken, bytes.size - whole.taken };
    }
    /* Chunks are also tried alone, where no head was found in front of them. */
    same(chunks_take(bytes, SIZE_MAX), chunks_take(bytes, chunk_stride));
    return 0;
}
