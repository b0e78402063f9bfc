/* Strict decoding: what is JSON for us, and what is not. */
#include "tests/rows.h"

#include "voucher/json.h"

static const struct {
    const char *name, *text;
    bool want;
} decoded[] = {
    { "empty object", "{}", true },
    { "blanks around", " \t\r\n{ } \n", true },
    { "one member", "{\"a\":1}", true },
    { "greatest integer", "{\"a\":9223372036854775807}", true },
    { "least integer", "{\"a\":-9223372036854775808}", true },
    { "surrogate pair", "{\"a\":\"\\uD83D\\uDE97\"}", true },
    { "32 levels", "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
      true },
    { "brackets in a string are no levels",
      "{\"a\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[[[[\"}", true },

    { "nor after an escaped quote", "{\"a\":\"\\\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}",
      true },
    { "the quote after an escaped backslash",
      "{\"a\":\"\\\\\",\"b\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"}", true },

    { "33 levels", "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
      false },
    { "empty", "", false },
    { "blanks only", "  ", false },
    { "array at the top", "[]", false },
    { "string at the top", "\"a\"", false },
    { "number at the top", "1", false },
    { "null at the top", "null", false },
    { "two objects", "{}{}", false },
    { "bytes after it", "{}x", false },
    { "a comma after it", "{},", false },
    { "duplicate member", "{\"a\":1,\"a\":1}", false },
    { "duplicate by escape", "{\"a\":1,\"\\u0061\":2}", false },
    { "duplicate deep inside", "{\"a\":[{\"b\":{\"c\":1,\"d\":2,\"c\":3}}]}", false },
    { "integer one too great", "{\"a\":9223372036854775808}", false },
    { "integer one too small", "{\"a\":-9223372036854775809}", false },
    { "huge exponent", "{\"a\":1e400}", false },
    { "leading zero", "{\"a\":01}", false },
    { "plus", "{\"a\":+1}", false },
    { "hexadecimal", "{\"a\":0x10}", false },
    { "bare point", "{\"a\":1.}", false },
    { "NaN", "{\"a\":NaN}", false },
    { "Infinity", "{\"a\":Infinity}", false },
    { "single quotes", "{'a':1}", false },
    { "bare key", "{a:1}", false },
    { "comment", "{/* */}", false },
    { "trailing comma", "{\"a\":1,}", false },
    { "no colon", "{\"a\" 1}", false },
    { "cut off", "{\"a\":1", false },
    { "raw newline in a string", "{\"a\":\"\n\"}", false },
    { "raw tab in a string", "{\"a\":\"\t\"}", false },
    { "escaped NUL", "{\"a\":\"\\u0000\"}", false },
    { "escaped NUL in a key", "{\"a\\u0000b\":1}", false },
    { "unknown escape", "{\"a\":\"\\x41\"}", false },
    { "lone high surrogate", "{\"a\":\"\\uD83D\"}", false },
    { "lone low surrogate", "{\"a\":\"\\uDE97\"}", false },
    { "surrogates the wrong way", "{\"a\":\"\\uDE97\\uD83D\"}", false },
    { "byte-order mark", "\xef\xbb\xbf{}", false },
    { "stray continuation byte", "{\"a\":\"\x80\"}", false },
    { "overlong slash", "{\"a\":\"\xc0\xaf\"}", false },
    { "surrogate in UTF-8", "{\"a\":\"\xed\xa0\x80\"}", false },
    { "beyond U+10FFFF", "{\"a\":\"\xf4\x90\x80\x80\"}", false },
    { "bad UTF-8 in a key", "{\"\xff\":1}", false },
    { "True", "{\"a\":True}", false },
};

static enum fault
decode(struct text bytes, enum json_top top)
{
    struct json_document *d;
    const enum fault fault = json_document_open(&d, bytes, top);
    assert_true((d != NULL) == (fault == FAULT_NONE));
    json_document_close(d);
    return fault;
}

static void
test_decode(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(decoded); i++) {
        const enum fault want = decoded[i].want ? FAULT_NONE : FAULT_MALFORMED;
        ROW_CHECK(decoded[i].name, decode(text_of(decoded[i].text), JSON_TOP_OBJECT) == want);
        row_passed();
    }
    assert_int_equal(decode((struct text){ "{}\0", 3 }, JSON_TOP_OBJECT), FAULT_MALFORMED);
    assert_int_equal(decode((struct text){ "{\"a\0\":1}", 8 }, JSON_TOP_OBJECT), FAULT_MALFORMED);
    assert_int_equal(decode((struct text){ "{\"a\":\"\0\"}", 9 }, JSON_TOP_OBJECT),
                     FAULT_MALFORMED);
    assert_int_equal(decode((struct text){ "{}x", 2 }, JSON_TOP_OBJECT), FAULT_NONE);
    assert_int_equal(decode((struct text){ 0 }, JSON_TOP_OBJECT), FAULT_MALFORMED);
    row_passed();
}

static void
test_decode_size(void **state)
{
    (void)state;
    char *bytes = malloc(JSON_BYTES_MAX + 1);
    assert_non_null(bytes);
    memset(bytes, ' ', JSON_BYTES_MAX + 1);
    memcpy(bytes, "{}", 2);
    assert_int_equal(decode((struct text){ bytes, JSON_BYTES_MAX }, JSON_TOP_OBJECT), FAULT_NONE);
    assert_int_equal(decode((struct text){ bytes, JSON_BYTES_MAX + 1 }, JSON_TOP_OBJECT),
                     FAULT_MALFORMED);
    /* A bomb of brackets costs one pass and no recursion. */
    memset(bytes, '[', JSON_BYTES_MAX);
    assert_int_equal(decode((struct text){ bytes, JSON_BYTES_MAX }, JSON_TOP_OBJECT_OR_ARRAY),
                     FAULT_MALFORMED);
    free(bytes);
    row_passed();
}

/* The public parsing suite: what must be refused is, what must be accepted is when it is an object
 * or an array; where the suite leaves the choice, this codec refuses. The exceptions are these. */

static const struct {
    const char *name;
    bool accepted;
} exceptions[] = {
    /* The contract is stricter than RFC 8259: no duplicate member, no NUL. */
    { "y_object_duplicated_key", false },
    { "y_object_duplicated_key_and_value", false },
    { "y_object_escaped_null_in_key", false },
    { "y_string_null_escape", false },
    /* Real numbers that round to nothing are JSON; no member of ours takes a real number. */
    { "i_number_double_huge_neg_exp", true },
    { "i_number_real_underflow", true },
};

struct bytes {
    char at[2048];
    size_t size;
};

static void
decode_base64(struct text text, struct bytes *out)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned held = 0;
    out->size = 0;
    for (size_t i = 0; i < text.size && text.at[i] != '='; i++) {
        const char *found = strchr(alphabet, text.at[i]);
        assert_non_null(found);
        bits = bits << 6 | (uint32_t)(found - alphabet);
        held += 6;
        if (held < 8) continue;
        held -= 8;
        assert_true(out->size < sizeof out->at);
        out->at[out->size++] = (char)(bits >> held & 0xff);
    }
}

static bool
begins_container(const struct bytes *bytes)
{
    size_t at = 0;
    while (at < bytes->size && strchr(" \t\r\n", bytes->at[at]) != NULL)
        at++;
    return at < bytes->size && (bytes->at[at] == '{' || bytes->at[at] == '[');
}

static bool
is_accepted(struct text name, bool by_the_suite)
{
    for (size_t i = 0; i < COUNT_OF(exceptions); i++) {
        if (text_equal(name, text_of(exceptions[i].name))) return exceptions[i].accepted;
    }
    return by_the_suite;
}

static void
check_suite_case(struct json_reader *row)
{
    static const char *const verdicts[] = { "y", "n", "i" };
    const struct json_texts any = { .size_max = 4096 };
    struct text name, base64;
    size_t expect;
    assert_true(json_member_text(row, "name", any, &name));
    assert_true(json_member_text(row, "base64", any, &base64));
    assert_true(json_member_word(row, "expect",
                                 (struct json_words){ .count = 3, .words = verdicts }, &expect));
    struct bytes bytes;
    decode_base64(base64, &bytes);
    const bool accept = is_accepted(name, expect == 0 && begins_container(&bytes));
    const enum fault got = decode((struct text){ bytes.at, bytes.size }, JSON_TOP_OBJECT_OR_ARRAY);
    ROW_CHECK(name.at, got == (accept ? FAULT_NONE : FAULT_MALFORMED));
    row_passed();
}

static void
test_suite(void **state)
{
    (void)state;
    FILE *file = fopen(HUIQUAN_SOURCE_DIR "/tests/vectors/json_cases.json", "rb");
    assert_non_null(file);
    static char content[65536];
    const size_t size = fread(content, 1, sizeof content, file);
    fclose(file);
    struct json_document *d;
    struct faults faults = { 0 };
    struct json_array rows;
    assert_int_equal(
        json_document_open(&d, (struct text){ content, size }, JSON_TOP_OBJECT_OR_ARRAY),
        FAULT_NONE);
    assert_true(json_array_start(&rows, d, &faults));
    assert_int_equal(rows.count, 316);
    for (size_t i = 0; i < rows.count; i++) {
        struct json_reader row;
        assert_true(json_element_object(&rows, i, &row));
        check_suite_case(&row);
    }
    json_document_close(d);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decode),
        cmocka_unit_test(test_decode_size),
        cmocka_unit_test(test_suite),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
