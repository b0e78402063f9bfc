/* tests/test_http_caps.c: the caps of a head, the looking up of fields, the table of bytes. */
#include "tests/http_cut.h"
#include "voucher/http/byte.h"
#include "voucher/http/field.h"

#define SENT(bytes)              \
    {                            \
        bytes, sizeof(bytes) - 1 \
    }
#define HOST "Host: a.example\r\n"
#define END "\r\n"

struct filler {
    char at[16384];
    size_t size;
};

static void
fill(struct filler *f, struct text text)
{
    assert_true(f->size + text.size <= sizeof f->at);
    memcpy(f->at + f->size, text.at, text.size);
    f->size += text.size;
}

static void
fill_with(struct filler *f, char byte, size_t count)
{
    assert_true(f->size + count <= sizeof f->at);
    memset(f->at + f->size, byte, count);
    f->size += count;
}

static void
fill_target(struct filler *f, size_t target_size)
{
    fill(f, TEXT("GET /"));
    fill_with(f, 'a', target_size - 1);
    fill(f, TEXT(" HTTP/1.1\r\n" HOST END));
}

static void
fill_head(struct filler *f, size_t head_size)
{
    fill(f, TEXT("GET / HTTP/1.1\r\n" HOST "X: "));
    fill_with(f, 'a', head_size - f->size - 4);
    fill(f, TEXT("\r\n\r\n"));
    assert_int_equal(f->size, head_size);
}

static void
fill_fields(struct filler *f, size_t field_count)
{
    fill(f, TEXT("GET / HTTP/1.1\r\n" HOST));
    for (size_t i = 1; i < field_count; i++)
        fill(f, TEXT("X: a\r\n"));
    fill(f, TEXT("\r\n"));
}

static void
fill_endless_line(struct filler *f, size_t size)
{
    fill(f, TEXT("GET /"));
    fill_with(f, 'a', size);
}

static void
fill_endless_method(struct filler *f, size_t size)
{
    fill_with(f, 'A', size);
}

static void
fill_endless_space(struct filler *f, size_t size)
{
    fill_with(f, ' ', size);
}

static void
fill_endless_field(struct filler *f, size_t size)
{
    fill(f, TEXT("GET / HTTP/1.1\r\n" HOST "X: "));
    fill_with(f, 'a', size);
}

static void
fill_empty_line_head(struct filler *f, size_t head_size)
{
    fill(f, TEXT("\r\n"));
    struct filler rest = { .size = 0 };
    fill_head(&rest, head_size);
    fill(f, (struct text){ rest.at, rest.size });
}

/* The last that passes, the first that does not. */
static void
test_caps(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        void (*fill)(struct filler *f, size_t number);
        size_t number;
        enum http_reason reason;
    } rows[] = {
        { "target of 2048", fill_target, 2048, HTTP_FINE },
        { "target of 2049", fill_target, 2049, HTTP_TARGET_TOO_LONG },
        { "target of 2070", fill_target, 2070, HTTP_TARGET_TOO_LONG },
        { "target of 8000", fill_target, 8000, HTTP_TARGET_TOO_LONG },
        { "target without end", fill_endless_line, 9000, HTTP_TARGET_TOO_LONG },
        { "method without end", fill_endless_method, 9000, HTTP_UNKNOWN_METHOD },
        { "spaces without end", fill_endless_space, 9000, HTTP_BAD_REQUEST_LINE },
        { "head of 8192", fill_head, 8192, HTTP_FINE },
        { "head of 8193", fill_head, 8193, HTTP_HEAD_TOO_LARGE },
        { "head of 8194", fill_head, 8194, HTTP_HEAD_TOO_LARGE },
        { "head of 12000", fill_head, 12000, HTTP_HEAD_TOO_LARGE },
        { "head of 8192 behind an empty line", fill_empty_line_head, 8192, HTTP_FINE },
        { "head of 8193 behind an empty line", fill_empty_line_head, 8193, HTTP_HEAD_TOO_LARGE },
        { "field without end", fill_endless_field, 9000, HTTP_HEAD_TOO_LARGE },
        { "64 fields", fill_fields, 64, HTTP_FINE },
        { "65 fields", fill_fields, 65, HTTP_HEAD_TOO_LARGE },
        { "1000 fields", fill_fields, 1000, HTTP_HEAD_TOO_LARGE },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct http_request request;
        struct filler f = { .size = 0 };
        rows[i].fill(&f, rows[i].number);
        struct outcome got = parse_every_way(rows[i].name, &request, (struct text){ f.at, f.size });
        ROW_CHECK(rows[i].name, got.reason == rows[i].reason);
        ROW_CHECK(rows[i].name, got.step == (rows[i].reason ? HTTP_REFUSED : HTTP_DONE));
        row_passed();
    }
}

static void
test_lookup(void **state)
{
    (void)state;
    struct http_request request;
    struct text value;
    char joined[16];
    struct text sent = SENT("GET /a?b HTTP/1.1\r\nHost: h\r\nX: 1\r\nAccept: a, B ,c\r\nx:  2 \r\n"
                            "X:\r\nExpect: 100-Continue\r\n\r\nrest");
    struct outcome got = parse_whole(&request, sent);
    assert_int_equal(got.step, HTTP_DONE);
    assert_int_equal(got.taken, sent.size - 4);
    assert_int_equal(http_field_count(&request, TEXT("x")), 3);
    assert_int_equal(http_field_count(&request, TEXT("y")), 0);
    assert_true(http_field_find(&request, TEXT("X"), &value));
    assert_true(text_equal(value, TEXT("1")));
    assert_false(http_field_find(&request, TEXT("xx"), &value));
    assert_int_equal(value.size, 0);
    assert_int_equal(http_field_join(&request, TEXT("x"), joined, sizeof joined), 6);
    assert_memory_equal(joined, "1, 2, ", 6);
    assert_int_equal(http_field_join(&request, TEXT("x"), joined, 2), 6);
    assert_int_equal(http_field_join(&request, TEXT("y"), joined, sizeof joined), 0);
    assert_true(http_field_lists(&request, TEXT("accept"), TEXT("b")));
    assert_true(http_field_lists(&request, TEXT("accept"), TEXT("C")));
    assert_false(http_field_lists(&request, TEXT("accept"), TEXT("a, b")));
    assert_false(http_field_lists(&request, TEXT("accept"), TEXT("d")));
    assert_true(request.has_query && request.expects_continue);
    assert_true(text_equal(request.target, TEXT("/a?b")));
    row_passed();
}

#define ALPHANUMERIC "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static unsigned
kinds_of(int byte)
{
    static const struct {
        enum http_byte_kind kind;
        const char *bytes;
    } rows[] = {
        { HTTP_BYTE_TOKEN, ALPHANUMERIC "!#$%&'*+-.^_`|~" },
        { HTTP_BYTE_HOST, ALPHANUMERIC "-._~" },
        { HTTP_BYTE_PATH, ALPHANUMERIC "-._~!$&'()*+,;=:@/" },
        { HTTP_BYTE_HEX, "0123456789abcdefABCDEF" },
        { HTTP_BYTE_DIGIT, "0123456789" },
    };
    unsigned kinds = byte == '\t' || (byte >= ' ' && byte != 0x7f) ? HTTP_BYTE_VALUE : 0;
    for (size_t i = 0; i < COUNT_OF(rows) && byte != 0; i++) {
        if (strchr(rows[i].bytes, byte)) kinds |= rows[i].kind;
    }
    return kinds;
}

static void
test_bytes(void **state)
{
    (void)state;
    for (int byte = 0; byte < 256; byte++) {
        assert_int_equal(http_byte_kinds[byte], kinds_of(byte));
    }
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_caps),
        cmocka_unit_test(test_lookup),
        cmocka_unit_test(test_bytes),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
