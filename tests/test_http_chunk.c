/* tests/test_http_chunk.c: chunked bodies that pass and that do not, each cut at every byte. */
#include "tests/rows.h"
#include "voucher/http/chunk.h"

#define SENT(bytes)              \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }

enum { BODY_MAX = 64 };

struct outcome {
    enum http_step step;
    enum http_reason reason;
    size_t taken;
    size_t body_size;
    char body[BODY_MAX];
};

static void
take(struct http_chunks *chunks, struct text in, struct outcome *out)
{
    const char *start = in.at;
    while (out->step == HTTP_MORE && in.size > 0) {
        struct text data;
        out->step = http_chunks_take(chunks, &in, &data);
        out->reason = chunks->reason;
        assert_true(out->body_size + data.size <= BODY_MAX);
        if (data.size > 0) memcpy(out->body + out->body_size, data.at, data.size);
        out->body_size += data.size;
    }
    out->taken += (size_t)(in.at - start);
}

static struct outcome
decode(struct text sent, size_t first_size, size_t step_size)
{
    struct http_chunks chunks;
    struct outcome out = { .step = HTTP_MORE };
    http_chunks_begin(&chunks, BODY_MAX);
    take(&chunks, (struct text){ sent.at, first_size }, &out);
    for (size_t at = first_size; at < sent.size && out.step == HTTP_MORE; at += step_size) {
        size_t left = sent.size - at;
        take(&chunks, (struct text){ sent.at + at, left < step_size ? left : step_size }, &out);
    }
    return out;
}

static bool
same(const struct outcome *a, const struct outcome *b)
{
    return a->step == b->step && a->reason == b->reason && a->taken == b->taken &&
           a->body_size == b->body_size && memcmp(a->body, b->body, a->body_size) == 0;
}

static struct outcome
decode_every_way(const char *name, struct text sent)
{
    struct outcome whole = decode(sent, sent.size, 1);
    for (size_t cut = 0; cut <= sent.size; cut++) {
        struct outcome two = decode(sent, cut, sent.size + 1);
        struct outcome bytes = decode(sent, cut, 1);
        ROW_CHECK(name, same(&whole, &two));
        ROW_CHECK(name, same(&whole, &bytes));
    }
    return whole;
}

static const struct {
    const char *name;
    struct text sent;
    struct text body;
    struct text rest;
} accepted[] = {
    { "empty", SENT("0\r\n\r\n"), SENT(""), SENT("") },
    { "one chunk", SENT("5\r\nhello\r\n0\r\n\r\n"), SENT("hello"), SENT("") },
    { "two chunks", SENT("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"), SENT("hello world"), SENT("") },
    { "a request follows", SENT("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n"), SENT("a"),
      SENT("GET / HTTP/1.1\r\n") },
    { "CR LF in the data", SENT("4\r\n\r\n0\r\r\n0\r\n\r\n"), SENT("\r\n0\r"), SENT("") },
    { "a last chunk in the data", SENT("5\r\n0\r\n\r\n\r\n0\r\n\r\n"), SENT("0\r\n\r\n"),
      SENT("") },
    { "upper and lower hex", SENT("A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"),
      SENT("01234567890123456789"), SENT("") },
    { "leading zeros", SENT("0005\r\nhello\r\n000\r\n\r\n"), SENT("hello"), SENT("") },
    { "sixteen digits", SENT("0000000000000001\r\na\r\n0\r\n\r\n"), SENT("a"), SENT("") },
    { "the largest body",
      SENT("40\r\n0123456789012345678901234567890123456789012345678901234567890123\r\n0\r\n\r\n"),
      SENT("0123456789012345678901234567890123456789012345678901234567890123"), SENT("") },
    { "extension", SENT("1;a\r\nx\r\n0\r\n\r\n"), SENT("x"), SENT("") },
    { "extension with value", SENT("1;a=b\r\nx\r\n0;c=d\r\n\r\n"), SENT("x"), SENT("") },
    { "two extensions", SENT("1;a=b;c\r\nx\r\n0\r\n\r\n"), SENT("x"), SENT("") },
    { "quoted extension", SENT("1;a=\"b;\\\" =\\\\c\"\r\nx\r\n0\r\n\r\n"), SENT("x"), SENT("") },
    { "empty quoted extension", SENT("1;a=\"\"\r\nx\r\n0\r\n\r\n"), SENT("x"), SENT("") },
    { "white space where RFC 9112 lets it", SENT("1 ; a\t= b ;c = \"d\" ;e\r\nx\r\n0\r\n\r\n"),
      SENT("x"), SENT("") },
    { "trailer", SENT("1\r\nx\r\n0\r\nX-Sum: abc\r\n\r\n"), SENT("x"), SENT("") },
    { "two trailers", SENT("0\r\nA:\r\nB: \"\\;=\" :\r\n\r\n"), SENT(""), SENT("") },
    { "trailer that only begins like a barred one", SENT("0\r\nHost-Name: a\r\n\r\n"), SENT(""),
      SENT("") },
    { "trailer with a long name",
      SENT("0\r\nTransfer-Encoding-Of-Something-Else-Altogether: a\r\n\r\n"), SENT(""), SENT("") },
};

static void
test_accepted(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(accepted); i++) {
        const char *name = accepted[i].name;
        struct outcome got = decode_every_way(name, accepted[i].sent);
        ROW_CHECK(name, got.step == HTTP_DONE);
        ROW_CHECK(name, text_equal((struct text){ got.body, got.body_size }, accepted[i].body));
        ROW_CHECK(name, got.taken == accepted[i].sent.size - accepted[i].rest.size);
        row_passed();
    }
}

static const struct {
    const char *name;
    struct text sent;
    enum http_reason reason;
} refused[] = {
    { "no size", SENT("\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "bare LF after the size", SENT("5\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "bare CR after the size", SENT("5\rhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "space before the size", SENT(" 5\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "space after the size", SENT("5 \r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "tab after the size", SENT("5\t\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "+5", SENT("+5\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "-1", SENT("-1\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "0x5", SENT("0x5\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "5h", SENT("5h\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "1_0", SENT("1_0\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "5.0", SENT("5.0\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "size after a comma", SENT("5,5\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "NUL in the size", SENT("5\0\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "seventeen digits", SENT("00000000000000001\r\nx\r\n"), HTTP_BAD_CHUNK },
    { "overflow to 0", SENT("10000000000000000\r\nx\r\n"), HTTP_BAD_CHUNK },
    { "2^64-1", SENT("FFFFFFFFFFFFFFFF\r\nx\r\n"), HTTP_BODY_TOO_LARGE },
    { "a byte too large", SENT("41\r\nx"), HTTP_BODY_TOO_LARGE },
    { "a byte too large in sum", SENT("1\r\nx\r\n40\r\n"), HTTP_BODY_TOO_LARGE },
    { "sum would overflow", SENT("1\r\nx\r\nFFFFFFFFFFFFFFFF\r\n"), HTTP_BODY_TOO_LARGE },
    { "data too long", SENT("5\r\nhello!\r\n0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "data without CR LF", SENT("5\r\nhello0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "data ends in bare LF", SENT("5\r\nhello\n0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "data ends in bare CR", SENT("5\r\nhello\r0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "data ends in CR CR LF", SENT("5\r\nhello\r\r\n0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "data too short", SENT("6\r\nhello\r\n0\r\n\r\n"), HTTP_BAD_CHUNK },
    { "semicolon alone", SENT("5;\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "two semicolons", SENT("5;;a\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension without value", SENT("5;a=\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension without name", SENT("5;=a\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension not a token", SENT("5;a[=b\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension value not a token", SENT("5;a=b@\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension, then space", SENT("5;a \r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension value, then space", SENT("5;a=b \r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "extension, two words", SENT("5;a b\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "NUL in an extension", SENT("5;a\0\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "bare CR in an extension", SENT("5;a\rX\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "bare LF after an extension", SENT("5;a\nhello\r\n"), HTTP_BAD_CHUNK },
    { "LF in a quoted extension", SENT("5;a=\"\n\"\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "quote not closed", SENT("5;a=\"b\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "letter after the quote", SENT("5;a=\"b\"c\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "control byte quoted", SENT("5;a=\"\\\001\"\r\nhello\r\n"), HTTP_BAD_CHUNK },
    { "last chunk, bare LF", SENT("0\n\r\n"), HTTP_BAD_CHUNK },
    { "end by bare LF", SENT("0\r\n\n"), HTTP_BAD_TRAILER },
    { "end by bare CR", SENT("0\r\n\rGET"), HTTP_BAD_TRAILER },
    { "trailer without colon", SENT("0\r\nX\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer with space before the colon", SENT("0\r\nX : a\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer without name", SENT("0\r\n: a\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer folded", SENT("0\r\nX: a\r\n b\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer with bare LF", SENT("0\r\nX: a\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer with bare CR", SENT("0\r\nX: a\rb\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer with NUL", SENT("0\r\nX: a\0\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer Content-Length", SENT("0\r\nContent-Length: 5\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer transfer-encoding", SENT("0\r\ntransfer-encoding: chunked\r\n\r\n"),
      HTTP_BAD_TRAILER },
    { "trailer Host", SENT("0\r\nHost: b\r\n\r\n"), HTTP_BAD_TRAILER },
    { "trailer AUTHORIZATION", SENT("0\r\nAUTHORIZATION: b\r\n\r\n"), HTTP_BAD_TRAILER },
    { "second trailer is barred", SENT("0\r\nX: a\r\nIdempotency-Key: b\r\n\r\n"),
      HTTP_BAD_TRAILER },
    { "a request in place of the trailer", SENT("0\r\nGET / HTTP/1.1\r\n\r\n"), HTTP_BAD_TRAILER },
};

static void
test_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct outcome got = decode_every_way(refused[i].name, refused[i].sent);
        ROW_CHECK(refused[i].name, got.step == HTTP_REFUSED);
        ROW_CHECK(refused[i].name, got.reason == refused[i].reason);
        row_passed();
    }
}

/* Extensions and trailers end somewhere, and an honest few of them pass. */
static void
test_caps(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        struct text start;
        size_t filler_count;
        struct text end;
        enum http_reason reason;
    } rows[] = {
        { "extension of 1000", SENT("0;"), 1000, SENT("\r\n\r\n"), HTTP_FINE },
        { "extension of 1100", SENT("0;"), 1100, SENT("\r\n\r\n"), HTTP_BAD_CHUNK },
        { "trailer of 2000", SENT("0\r\nX:"), 2000, SENT("\r\n\r\n"), HTTP_FINE },
        { "trailer of 2100", SENT("0\r\nX:"), 2100, SENT("\r\n\r\n"), HTTP_HEAD_TOO_LARGE },
        { "trailer name of 2100", SENT("0\r\n"), 2100, SENT(":\r\n\r\n"), HTTP_HEAD_TOO_LARGE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        char bytes[4096];
        size_t size = rows[i].start.size;
        memcpy(bytes, rows[i].start.at, size);
        memset(bytes + size, 'a', rows[i].filler_count);
        size += rows[i].filler_count;
        memcpy(bytes + size, rows[i].end.at, rows[i].end.size);
        size += rows[i].end.size;
        struct outcome got = decode_every_way(rows[i].name, (struct text){ bytes, size });
        ROW_CHECK(rows[i].name, got.reason == rows[i].reason);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_caps),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
