/* tests/http_desk.h: a handler with every manner there is. Test programs are single-threaded. */
#ifndef HUIQUAN_TESTS_HTTP_DESK_H
#define HUIQUAN_TESTS_HTTP_DESK_H

#include "tests/http_echo.h"
#include "tests/http_talk.h"

#define SENT(bytes)              \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }
#define HOST "Host: a\r\n"
#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST(path, fields, body) "POST " path " HTTP/1.1\r\n" HOST fields "\r\n" body
#define LAST "GET /z HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"

enum {
    HELD_MAX = 4,
    LARGE_SIZE = 12 << 20, /* more than the kernel takes for a reader that sleeps */
    UPLOAD_SIZE = 700 * 1024,
    UPLOAD_MAX = 1 << 20,

};

/* A handler whose manner is in the path. */
struct desk {
    struct stage stage;
    struct http_exchange *held[HELD_MAX];
    size_t held_count;
    size_t request_count;
    size_t gone_count;
    size_t part_size;
    struct text large;
};

static inline bool
path_is(const struct http_exchange *exchange, const char *path)
{
    return text_equal(exchange->request.path, text_of(path));
}

static inline void
desk_head(void *owner, struct http_exchange *exchange, struct http_plan *plan)
{
    struct desk *desk = owner;
    desk->part_size = 0;
    if (path_is(exchange, "/upload") || path_is(exchange, "/stream")) {
        plan->body_size_max = UPLOAD_MAX;
        plan->is_streamed = path_is(exchange, "/stream");
    }
    if (path_is(exchange, "/early")) http_answer(exchange, 401, TEXT(""), TEXT("no"));
}

static inline void
desk_body(void *owner, struct http_exchange *exchange, struct text part)
{
    struct desk *desk = owner;
    assert_true(path_is(exchange, "/stream") && part.size > 0);
    desk->part_size += part.size;
}

static inline void
desk_parts(struct http_exchange *exchange)
{
    http_answer_begin(exchange, 200, TEXT("Content-Type: text/event-stream\r\n"));
    http_answer_part(exchange, TEXT("one"));
    http_answer_part(exchange, TEXT(""));
    http_answer_part(exchange, TEXT("three"));
    http_answer_end(exchange);
}

static inline void
desk_size(struct http_exchange *exchange, size_t size)
{
    char digits[24];
    int digit_count = snprintf(digits, sizeof digits, "%zu", size);
    http_answer(exchange, 200, TEXT(""), (struct text){ digits, (size_t)digit_count });
}

static inline void
desk_request(void *owner, struct http_exchange *exchange)
{
    struct desk *desk = owner;
    desk->request_count++;
    assert_false(exchange->is_gone);
    assert_null(exchange->user);
    if (path_is(exchange, "/hold")) {
        assert_true(desk->held_count < HELD_MAX);
        exchange->user = desk;
        desk->held[desk->held_count++] = exchange;
    } else if (path_is(exchange, "/parts")) {
        desk_parts(exchange);
    } else if (path_is(exchange, "/large")) {
        http_answer(exchange, 200, TEXT(""), desk->large);
    } else if (path_is(exchange, "/stream")) {
        assert_int_equal(exchange->request.body.size, 0);
        desk_size(exchange, desk->part_size);
    } else if (path_is(exchange, "/upload")) {
        /* What is large was sent from the same bytes. */
        struct text body = exchange->request.body;
        assert_true(body.size != UPLOAD_SIZE || !memcmp(body.at, desk->large.at, body.size));
        desk_size(exchange, body.size);
    } else {
        if (path_is(exchange, "/last")) http_answer_last(exchange);
        echo_request(NULL, exchange);
    }
}

static inline void
desk_gone(void *owner, struct http_exchange *exchange)
{
    struct desk *desk = owner;
    assert_true(exchange->is_gone);
    desk->gone_count++;
}

static inline void
desk_open(struct desk *desk, const struct http_settings *settings)
{
    struct http_handler handler = { desk, desk_head, desk_body, desk_request, desk_gone };
    char *large = malloc(LARGE_SIZE);
    assert_non_null(large);
    for (size_t i = 0; i < LARGE_SIZE; i++)
        large[i] = (char)('a' + i % 23);
    *desk = (struct desk){ .large = { large, LARGE_SIZE } };
    stage_open(&desk->stage, settings, &handler);
}

static inline void
desk_close(struct desk *desk)
{
    stage_close(&desk->stage);
    free((void *)(uintptr_t)desk->large.at);
}

static inline bool
desk_holds_one(const void *about)
{
    const struct desk *desk = about;
    return desk->held_count == 1;
}

static inline bool
desk_missed_one(const void *about)
{
    const struct desk *desk = about;
    return desk->gone_count == 1;
}

#endif
