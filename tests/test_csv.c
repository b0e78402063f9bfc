/* tests/test_csv.c: records of RFC 4180, good and bad, and that reading may begin anywhere. Fields
 * of a row are joined by '|', records by '/'; a bad record is "!", an empty line "-". */
#include "tests/rows.h"
#include "voucher/bulk/csv.h"

static const struct {
    const char *name, *in, *out;
} rows[] = {
    { "nothing", "", "" },
    { "one field", "a\r\n", "a" },
    { "LF", "a,b\nc,d\n", "a|b/c|d" },
    { "no line end at the end", "a,b\r\nc,d", "a|b/c|d" },
    { "empty fields", "a,,b\r\n,\r\n", "a||b/|" },
    { "quotes", "\"a\",\"b c\"\r\n", "a|b c" },
    { "a comma in quotes", "\"a,b\",c\r\n", "a,b|c" },
    { "a line end in quotes", "\"a\r\nb\",c\r\nd\r\n", "a\r\nb|c/d" },
    { "doubled quotes", "\"a \"\"b\"\" c\"\r\n", "a \"b\" c" },
    { "quotes around nothing", "\"\",x\r\n", "|x" },
    { "blanks are part of a field", " a , b\r\n", " a | b" },
    { "an empty line", "a\r\n\r\nb\r\n", "a/-/b" },
    { "many empty lines", "\n\n\n", "-/-/-" },
    { "quotes around nothing alone", "\"\"\n", "-" },
    { "Chinese", "姓名,身份证号\r\n", "姓名|身份证号" },
    { "a lone CR stays", "a\rb,c\n", "a\rb|c" },
    { "a quote in the middle", "a\"b,c\r\nd,e\r\n", "!/d|e" },
    { "something behind a quote", "\"a\"b,c\r\nd\r\n", "!/d" },
    { "a blank behind a quote", "\"a\" ,c\r\nd\r\n", "!/d" },
    { "a quote that never closes", "\"a,b\r\nc,d\r\n", "!/c|d" },
    { "a quote that closes too late", "a,\"b\r\nc,d\r\ne,f\"x\r\ng\r\n", "!/c|d/!/g" },
    { "sixteen fields", "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6\n", "1|2|3|4|5|6|7|8|9|0|1|2|3|4|5|6" },
    { "a field too many", "1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7\nx\n", "!/x" },
};

static void
append(char *out, size_t room, const char *bytes, size_t size)
{
    size_t at = strlen(out);
    assert_true(at + size < room);
    memcpy(out + at, bytes, size);
    out[at + size] = '\0';
}

static void
write_record(char *out, size_t room, enum csv_result result, const struct csv_record *r)
{
    if (out[0] != '\0') append(out, room, "/", 1);
    if (result == CSV_BAD) append(out, room, "!", 1);
    if (result == CSV_BLANK) append(out, room, "-", 1);
    for (size_t i = 0; result == CSV_RECORD && i < r->field_count; i++) {
        if (i > 0) append(out, room, "|", 1);
        append(out, room, r->fields[i].at, r->fields[i].size);
    }
}

/* Gives the reader step bytes more at a time. */
static void
read_all(struct text in, size_t step, char *out, size_t room)
{
    static struct csv_record record;
    size_t at = 0, shown = 0;
    out[0] = '\0';
    for (;;) {
        bool is_end = shown == in.size;
        enum csv_result result = csv_read((struct text){ in.at + at, shown - at }, is_end, &record);
        at += record.taken;
        if (result == CSV_END) break;
        if (result != CSV_MORE) {
            assert_true(record.taken > 0);
            write_record(out, room, result, &record);
            continue;
        }
        assert_false(is_end);
        shown = in.size - shown < step ? in.size : shown + step;
    }
    assert_int_equal(at, in.size);
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        for (size_t step = 1; step < 40; step++) {
            char out[256];
            read_all(text_of(rows[i].in), step, out, sizeof out);
            if (strcmp(out, rows[i].out) != 0) fail_msg("row \"%s\": %s", rows[i].name, out);
        }
        row_passed();
    }
}

/* From the beginning of any record the rest reads as it does from the start: a job goes on there.
 */
static void
test_any_record_is_a_beginning(void **state)
{
    static struct csv_record record;
    static const char file[] = "a,b\r\n\"c\nd\",e\n\nx\"y,z\n\"open,1\nk,l\n\"m\"\"n\",o";
    char whole[256], rest[256];
    size_t at = 0;
    (void)state;
    read_all(TEXT(file), sizeof file, whole, sizeof whole);
    while (at < sizeof file - 1) {
        read_all((struct text){ file + at, sizeof file - 1 - at }, 3, rest, sizeof rest);
        size_t tail = strlen(whole) - strlen(rest);
        assert_string_equal(whole + tail, rest);
        (void)csv_read((struct text){ file + at, sizeof file - 1 - at }, true, &record);
        at += record.taken;
        row_passed();
    }
}

static void
test_long_records(void **state)
{
    static char long_one[3 * CSV_RECORD_MAX];
    static struct csv_record record;
    (void)state;
    memset(long_one, 'x', sizeof long_one);
    long_one[CSV_RECORD_MAX - 1] = '\n';
    struct text in = { long_one, sizeof long_one };
    assert_int_equal(csv_read(in, false, &record), CSV_RECORD); /* just fits */
    assert_int_equal(record.taken, CSV_RECORD_MAX);
    long_one[CSV_RECORD_MAX - 1] = 'x';
    long_one[CSV_RECORD_MAX] = '\n';
    assert_int_equal(csv_read(in, false, &record), CSV_BAD);
    assert_int_equal(record.taken, CSV_RECORD_MAX);
    assert_int_equal(csv_read((struct text){ long_one, CSV_RECORD_MAX - 1 }, false, &record),
                     CSV_MORE);
    long_one[0] = '"';
    long_one[50] = '\n';
    assert_int_equal(csv_read(in, true, &record), CSV_BAD);
    assert_int_equal(record.taken, 51);
    assert_int_equal(record.lines, 1);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_any_record_is_a_beginning),
        cmocka_unit_test(test_long_records),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
