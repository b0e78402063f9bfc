/* The writer of replies. */
#include "tests/rows.h"

#include <jansson.h>

#include "voucher/json.h"
#include "voucher/json_writer.h"

static void
write_sample(struct json_writer *w)
{
    const struct uuid id = { { 0x01, 0x7f } };
    json_write_begin_object(w);
    json_put_id(w, "campaign_id", ID_CAMPAIGN, &id);
    json_put_int64(w, "least", INT64_MIN);
    json_put_int64(w, "most", INT64_MAX);
    json_put_int64(w, "none", 0);
    json_put_time(w, "at", 1781834400, 28800);
    json_put_bool(w, "yes", true);
    json_put_bool(w, "no", false);
    json_put_null(w, "nothing");
    json_put_string(w, "absent", NULL);
    json_put_text(w, "text", TEXT("惠\"券\\/\b\f\n\r\t\x01\x1f\x7f"));
    json_put_object(w, "empty");
    json_write_end_object(w);
    json_put_array(w, "list");
    json_write_int64(w, 1);
    json_write_begin_array(w);
    json_write_end_array(w);
    json_write_begin_object(w);
    json_write_raw_members(w, TEXT(""));
    json_write_raw_members(w, TEXT("\"a\":1,\"b\":2"));
    json_put_int64(w, "c", 3);
    json_write_end_object(w);
    json_write_raw(w, TEXT("[4]"));
    json_write_end_array(w);
    json_put_string(w, "k\"", "v");
    json_write_end_object(w);
}

static const char sample[] =
    "{\"campaign_id\":\"cmp_01FW0000000000000000000000\",\"least\":-9223372036854775808,"
    "\"most\":9223372036854775807,\"none\":0,\"at\":\"2026-06-19T10:00:00+08:00\",\"yes\":true,"
    "\"no\":false,\"nothing\":null,\"absent\":null,"
    "\"text\":\"惠\\\"券\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f\",\"empty\":{},"
    "\"list\":[1,[],{\"a\":1,\"b\":2,\"c\":3},[4]],\"k\\\"\":\"v\"}";

static void
test_writer(void **state)
{
    (void)state;
    char buffer[sizeof sample];
    struct json_writer w;
    json_writer_fix(&w, buffer, sizeof buffer);
    write_sample(&w);
    assert_true(text_equal(json_writer_text(&w), TEXT(sample)));
    row_passed();
    json_writer_restart(&w);
    write_sample(&w);
    assert_true(text_equal(json_writer_text(&w), TEXT(sample)));
    json_writer_close(&w);
    row_passed();
    struct json_document *d;
    assert_int_equal(json_document_open(&d, TEXT(sample), JSON_TOP_OBJECT), FAULT_NONE);
    json_document_close(d);
    row_passed();
}

/* Every room that is too small fails, says so, and writes nothing beyond itself. */
static void
test_writer_without_room(void **state)
{
    (void)state;
    char buffer[sizeof sample + 1];
    for (size_t room = 1; room < sizeof sample; room++) {
        struct json_writer w;
        memset(buffer, '#', sizeof buffer);
        json_writer_fix(&w, buffer, room);
        write_sample(&w);
        const bool fits = room == sizeof sample - 1;
        assert_true(w.failed == !fits);
        assert_true((json_writer_text(&w).size == 0) == !fits);
        assert_int_equal(buffer[room], '#');
    }
    row_passed();
    for (size_t size_max = 1; size_max < sizeof sample; size_max += 7) {
        struct json_writer w;
        json_writer_grow(&w, size_max);
        write_sample(&w);
        /* A first buffer of a writer may hold more than its limit asks for, never less. */
        assert_true(json_writer_text(&w).size == 0 || json_writer_text(&w).size < sizeof sample);
        json_writer_close(&w);
        json_writer_close(&w);
    }
    row_passed();
}

static void
test_writer_grows(void **state)
{
    (void)state;
    struct json_writer w;
    json_writer_grow(&w, 1 << 20);
    json_write_begin_array(&w);
    for (int i = 0; i < 1000; i++)
        write_sample(&w);
    json_write_end_array(&w);
    assert_int_equal(json_writer_text(&w).size, 1000 * (sizeof sample - 1) + 999 + 2);
    struct json_document *d;
    assert_int_equal(json_document_open(&d, json_writer_text(&w), JSON_TOP_OBJECT_OR_ARRAY),
                     FAULT_NONE);
    json_document_close(d);
    row_passed();
    json_writer_restart(&w);
    json_write_begin_array(&w);
    for (int i = 0; i < 10000; i++)
        write_sample(&w);
    json_write_end_array(&w);
    assert_true(w.failed);
    assert_int_equal(json_writer_text(&w).size, 0);
    json_writer_close(&w);
    row_passed();
}

static const struct {
    const char *name, *in, *want;
} repaired[] = {
    { "stray continuation", "a\x80z", "\"a\xef\xbf\xbdz\"" },
    { "latin-1", "\xe9t\xe9", "\"\xef\xbf\xbdt\xef\xbf\xbd\"" },
    { "cut off", "z\xe8\xb1", "\"z\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "overlong", "\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "overlong in three bytes", "\xe0\x80\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "overlong in four bytes", "\xf0\x80\x80\xaf",
      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "surrogate", "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "beyond the last", "\xf4\x90\x80\x80",
      "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
    { "four bytes are fine", "𠮷", "\"𠮷\"" },
    { "empty", "", "\"\"" },
};

static void
test_writer_repairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(repaired); i++) {
        char buffer[64];
        struct json_writer w;
        json_writer_fix(&w, buffer, sizeof buffer);
        json_write_string(&w, repaired[i].in);
        ROW_CHECK(repaired[i].name, text_equal(json_writer_text(&w), text_of(repaired[i].want)));
        row_passed();
    }
}

static void
test_written_faults(void **state)
{
    (void)state;
    struct faults faults = { 0 };
    struct pointer at = { 0 };
    pointer_push_key(&at, TEXT("evidence"));
    pointer_push_key(&at, TEXT("vin"));
    faults_add(&faults, FLAW_VIN_CHECK_IMPORTED, &at);
    faults_add(&faults, FLAW_TOO_FEW, &(struct pointer){ 0 });
    char buffer[1024];
    struct json_writer w;
    json_writer_fix(&w, buffer, sizeof buffer);
    json_write_faults(&w, &faults, LANGUAGE_EN);
    assert_true(text_equal(json_writer_text(&w),
                           TEXT("[{\"pointer\":\"\",\"code\":\"too_few\",\"detail\":\"Too few "
                                "items.\"}]")));
    row_passed();
    json_writer_restart(&w);
    json_write_warnings(&w, &faults, LANGUAGE_EN);
    static const char head[] = "[{\"pointer\":\"/evidence/vin\",\"code\":\"vin_check_imported\"";
    assert_true(w.size > sizeof head && memcmp(buffer, head, sizeof head - 1) == 0);
    row_passed();
}

/* Every byte at every place of a text longer than two words: what JSON reads back is what went in,
 * and a byte that is no UTF-8 is U+FFFD. */
static void
every_byte_at_every_place(void **state)
{
    (void)state;
    for (unsigned byte = 0; byte < 256; byte++) {
        for (size_t place = 0; place < 19; place++) {
            char text[19], out[256], want[64];
            struct json_writer w;
            memset(text, 'x', sizeof text);
            text[place] = (char)byte;
            json_writer_fix(&w, out, sizeof out);
            json_write_text(&w, (struct text){ text, sizeof text });
            struct text written = json_writer_text(&w);
            json_t *read =
                json_loadb(written.at, written.size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
            size_t tail = sizeof text - place - 1, size = place;
            memcpy(want, text, place);
            if (byte < 0x80)
                want[size++] = (char)byte;
            else
                memcpy(want + size, "\xef\xbf\xbd", 3), size += 3;
            memcpy(want + size, text + place + 1, tail);
            assert_non_null(read);
            assert_int_equal(json_string_length(read), size + tail);
            assert_memory_equal(json_string_value(read), want, size + tail);
            json_decref(read);
        }
    }
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_at_every_place), cmocka_unit_test(test_writer),
        cmocka_unit_test(test_writer_without_room),  cmocka_unit_test(test_writer_grows),
        cmocka_unit_test(test_writer_repairs),       cmocka_unit_test(test_written_faults),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
