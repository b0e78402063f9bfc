/* Typed reading: each type against each kind of wrong value, and every fault at once. */
#include "tests/rows.h"

#include "voucher/json.h"
#include "voucher/json_writer.h"

/* Reading one member: each type against each kind of wrong value. */

enum reader { INT64, TEXT_2_8, NUMBER, BOOL, WORD, TIME, DATE, HOUR, ID, OBJECT, ARRAY_1_2 };

/* Values whose shape is a text's. */
static bool
read_as_text(struct json_reader *r, enum reader as, enum json_presence presence)
{
    static const char *const words[] = { "rush", "grant" };
    int64_t instant_s;
    struct text text;
    size_t index;
    struct civil_date date;
    struct uuid id;
    switch (as) {
    case NUMBER:
        return json_member_text(
            r, "m", (struct json_texts){ presence, 1, 64, id_caller_number_is_sound }, &text);
    case WORD: return json_member_word(r, "m", (struct json_words){ presence, 2, words }, &index);
    case TIME: return json_member_time(r, "m", presence, &instant_s);
    case DATE: return json_member_date(r, "m", presence, &date);
    case ID: return json_member_id(r, "m", ID_POOL, presence, &id);
    default: return json_member_text(r, "m", (struct json_texts){ presence, 2, 8, NULL }, &text);
    }
}

static bool
read_as(struct json_reader *r, enum reader as, enum json_presence presence)
{
    int64_t integer;
    int32_t minute;
    bool truth;
    struct json_reader child;
    struct json_array array;
    switch (as) {
    case INT64:
        return json_member_int64(r, "m", (struct json_integers){ presence, -5, 100 }, &integer);
    case BOOL: return json_member_bool(r, "m", presence, &truth);
    case HOUR: return json_member_hour(r, "m", &minute);
    case OBJECT: return json_member_object(r, "m", presence, &child);
    case ARRAY_1_2:
        return json_member_array(r, "m", (struct json_counts){ presence, 1, 2 }, &array);
    default: return read_as_text(r, as, presence);
    }
}

static const struct {
    const char *name;
    enum reader as;
    enum json_presence presence;
    const char *text;
    enum flaw want; /* FLAW_NONE with read false: absent, and that is fine */
    bool read;
} members[] = {
    { "integer", INT64, JSON_REQUIRED, "{\"m\":7}", FLAW_NONE, true },
    { "integer at its least", INT64, JSON_REQUIRED, "{\"m\":-5}", FLAW_NONE, true },
    { "integer at its greatest", INT64, JSON_REQUIRED, "{\"m\":100}", FLAW_NONE, true },
    { "minus zero", INT64, JSON_REQUIRED, "{\"m\":-0}", FLAW_NONE, true },
    { "integer below", INT64, JSON_REQUIRED, "{\"m\":-6}", FLAW_OUT_OF_RANGE, false },
    { "integer above", INT64, JSON_REQUIRED, "{\"m\":101}", FLAW_OUT_OF_RANGE, false },
    { "money with a point", INT64, JSON_REQUIRED, "{\"m\":1.0}", FLAW_NOT_INTEGER, false },
    { "money with an exponent", INT64, JSON_REQUIRED, "{\"m\":1e1}", FLAW_NOT_INTEGER, false },
    { "money with a capital exponent", INT64, JSON_REQUIRED, "{\"m\":1E1}", FLAW_NOT_INTEGER,
      false },
    { "money in quotes", INT64, JSON_REQUIRED, "{\"m\":\"7\"}", FLAW_WRONG_TYPE, false },
    { "money as true", INT64, JSON_REQUIRED, "{\"m\":true}", FLAW_WRONG_TYPE, false },
    { "money as null", INT64, JSON_REQUIRED, "{\"m\":null}", FLAW_WRONG_TYPE, false },
    { "money as array", INT64, JSON_REQUIRED, "{\"m\":[7]}", FLAW_WRONG_TYPE, false },
    { "no money", INT64, JSON_REQUIRED, "{}", FLAW_MISSING, false },
    { "other case is another member", INT64, JSON_REQUIRED, "{\"M\":7}", FLAW_MISSING, false },
    { "optional and absent", INT64, JSON_OPTIONAL, "{}", FLAW_NONE, false },
    { "optional and null", INT64, JSON_OPTIONAL, "{\"m\":null}", FLAW_WRONG_TYPE, false },
    { "nullable and null", INT64, JSON_NULLABLE, "{\"m\":null}", FLAW_NONE, false },
    { "nullable and absent", INT64, JSON_NULLABLE, "{}", FLAW_NONE, false },
    { "nullable and wrong", INT64, JSON_NULLABLE, "{\"m\":\"\"}", FLAW_WRONG_TYPE, false },

    { "text", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"ab\"}", FLAW_NONE, true },
    { "text counted in bytes", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"端午\"}", FLAW_NONE, true },
    { "text of nine bytes", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"端午节\"}", FLAW_TOO_LONG, false },
    { "text too short", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\"}", FLAW_TOO_SHORT, false },
    { "empty text", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"\"}", FLAW_TOO_SHORT, false },
    { "newline", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\\nb\"}", FLAW_BAD_CHARACTERS, false },
    { "escape character", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\\u001b\"}", FLAW_BAD_CHARACTERS,
      false },
    { "DEL", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\x7f\"}", FLAW_BAD_CHARACTERS, false },
    { "C1", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\\u0085\"}", FLAW_BAD_CHARACTERS, false },
    { "the last of C1", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\\u009f\"}", FLAW_BAD_CHARACTERS,
      false },
    { "the first above C1", TEXT_2_8, JSON_REQUIRED, "{\"m\":\"a\\u00a0\"}", FLAW_NONE, true },
    { "number for text", TEXT_2_8, JSON_REQUIRED, "{\"m\":12}", FLAW_WRONG_TYPE, false },
    { "caller number", NUMBER, JSON_REQUIRED, "{\"m\":\"A_-9\"}", FLAW_NONE, true },
    { "caller number with a dot", NUMBER, JSON_REQUIRED, "{\"m\":\"A.9\"}", FLAW_BAD_SHAPE, false },
    { "caller number empty", NUMBER, JSON_REQUIRED, "{\"m\":\"\"}", FLAW_BAD_SHAPE, false },

    { "true", BOOL, JSON_REQUIRED, "{\"m\":true}", FLAW_NONE, true },
    { "one for true", BOOL, JSON_REQUIRED, "{\"m\":1}", FLAW_WRONG_TYPE, false },
    { "true in quotes", BOOL, JSON_REQUIRED, "{\"m\":\"true\"}", FLAW_WRONG_TYPE, false },

    { "word", WORD, JSON_REQUIRED, "{\"m\":\"grant\"}", FLAW_NONE, true },
    { "another word", WORD, JSON_REQUIRED, "{\"m\":\"draw\"}", FLAW_UNKNOWN_WORD, false },
    { "upper case", WORD, JSON_REQUIRED, "{\"m\":\"Grant\"}", FLAW_UNKNOWN_WORD, false },
    { "a word and more", WORD, JSON_REQUIRED, "{\"m\":\"grants\"}", FLAW_UNKNOWN_WORD, false },
    { "a word cut", WORD, JSON_REQUIRED, "{\"m\":\"gran\"}", FLAW_UNKNOWN_WORD, false },
    { "index for a word", WORD, JSON_REQUIRED, "{\"m\":0}", FLAW_WRONG_TYPE, false },

    { "time", TIME, JSON_REQUIRED, "{\"m\":\"2026-06-19T10:00:00+08:00\"}", FLAW_NONE, true },
    { "30 February", TIME, JSON_REQUIRED, "{\"m\":\"2026-02-30T10:00:00Z\"}", FLAW_NO_SUCH_TIME,
      false },
    { "time without offset", TIME, JSON_REQUIRED, "{\"m\":\"2026-06-19T10:00:00\"}", FLAW_BAD_TIME,
      false },
    { "Unix time", TIME, JSON_REQUIRED, "{\"m\":1781834400}", FLAW_WRONG_TYPE, false },
    { "date", DATE, JSON_REQUIRED, "{\"m\":\"2026-06-19\"}", FLAW_NONE, true },
    { "date 31 June", DATE, JSON_REQUIRED, "{\"m\":\"2026-06-31\"}", FLAW_NO_SUCH_TIME, false },
    { "date with time", DATE, JSON_REQUIRED, "{\"m\":\"2026-06-19T10:00:00Z\"}", FLAW_BAD_TIME,
      false },
    { "hour", HOUR, JSON_REQUIRED, "{\"m\":\"24:00\"}", FLAW_NONE, true },
    { "hour 25", HOUR, JSON_REQUIRED, "{\"m\":\"25:00\"}", FLAW_NO_SUCH_TIME, false },
    { "hour of one digit", HOUR, JSON_REQUIRED, "{\"m\":\"8:00\"}", FLAW_BAD_TIME, false },

    { "id", ID, JSON_REQUIRED, "{\"m\":\"pol_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}", FLAW_NONE, true },
    { "id of another kind", ID, JSON_REQUIRED, "{\"m\":\"cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV\"}",
      FLAW_BAD_ID, false },
    { "id in lower case", ID, JSON_REQUIRED, "{\"m\":\"pol_01arz3ndektsv4rrffq69g5fav\"}",
      FLAW_BAD_ID, false },
    { "id empty", ID, JSON_REQUIRED, "{\"m\":\"\"}", FLAW_BAD_ID, false },
    { "number for an id", ID, JSON_REQUIRED, "{\"m\":1}", FLAW_WRONG_TYPE, false },

    { "object", OBJECT, JSON_REQUIRED, "{\"m\":{}}", FLAW_NONE, true },
    { "array for an object", OBJECT, JSON_REQUIRED, "{\"m\":[]}", FLAW_WRONG_TYPE, false },
    { "null for an object", OBJECT, JSON_REQUIRED, "{\"m\":null}", FLAW_WRONG_TYPE, false },
    { "array", ARRAY_1_2, JSON_REQUIRED, "{\"m\":[1]}", FLAW_NONE, true },
    { "array of none", ARRAY_1_2, JSON_REQUIRED, "{\"m\":[]}", FLAW_TOO_FEW, false },
    { "array of three", ARRAY_1_2, JSON_REQUIRED, "{\"m\":[1,2,3]}", FLAW_TOO_MANY, false },
    { "object for an array", ARRAY_1_2, JSON_REQUIRED, "{\"m\":{\"0\":1}}", FLAW_WRONG_TYPE,
      false },
};

static struct json_document *
must_decode(const char *text)
{
    struct json_document *d;
    assert_int_equal(json_document_open(&d, text_of(text), JSON_TOP_OBJECT_OR_ARRAY), FAULT_NONE);
    return d;
}

static void
test_members(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(members); i++) {
        struct json_document *d = must_decode(members[i].text);
        struct faults faults = { 0 };
        struct json_reader r;
        assert_true(json_reader_start(&r, d, &faults));
        const bool read = read_as(&r, members[i].as, members[i].presence);
        ROW_CHECK(members[i].name, read == members[i].read);
        ROW_CHECK(members[i].name, faults.count == (members[i].want == FLAW_NONE ? 0 : 1));
        if (faults.count == 1) {
            ROW_CHECK(members[i].name, faults.rows[0].flaw == members[i].want);
            ROW_CHECK(members[i].name, strcmp(faults.rows[0].pointer.text, "/m") == 0);
        }
        row_passed();
        json_document_close(d);
    }
}

/* A request with a fault in each corner: all are found in one pass, each with its pointer. */

static const char crooked[] =
    "{\"name\":\"a\\tb\",\"budget_fen\":1.5,\"extra\":{\"id\":\"410108199001011232\"},"
    "\"pools\":[{\"count\":1},{\"count\":-1,\"a/b~c\":0},7,{}],"
    "\"ids\":[\"pol_01ARZ3NDEKTSV4RRFFQ69G5FAV\",\"x\",3],\"tags\":[\"ok\",\"\"],"
    "\"window\":{\"from\":\"2026-02-30T00:00:00Z\"}}";

static const struct {
    const char *pointer;
    enum flaw flaw;
} crooked_wants[] = {
    { "/name", FLAW_BAD_CHARACTERS },
    { "/budget_fen", FLAW_NOT_INTEGER },
    { "/pools/1/count", FLAW_OUT_OF_RANGE },
    { "/pools/1/a~1b~0c", FLAW_UNKNOWN_MEMBER },
    { "/pools/2", FLAW_WRONG_TYPE },
    { "/pools/3/count", FLAW_MISSING },
    { "/ids/1", FLAW_BAD_ID },
    { "/ids/2", FLAW_WRONG_TYPE },
    { "/tags/1", FLAW_TOO_SHORT },
    { "/window/from", FLAW_NO_SUCH_TIME },
    { "/window/to", FLAW_MISSING },
    { "/window", FLAW_WINDOW_REVERSED },
    { "/kind", FLAW_MISSING },
    { "/extra", FLAW_UNKNOWN_MEMBER },
};

static void
read_crooked_pools(struct json_reader *r)
{
    struct json_array pools;
    struct json_reader pool;
    int64_t count;
    assert_true(json_member_array(r, "pools", (struct json_counts){ .max = 9 }, &pools));
    for (size_t i = 0; i < pools.count; i++) {
        json_element_object(&pools, i, &pool);
        json_member_int64(&pool, "count", (struct json_integers){ .max = 9 }, &count);
        json_reader_finish(&pool);
    }
}

static void
read_crooked_lists(struct json_reader *r)
{
    struct json_array list;
    struct uuid id;
    struct text tag;
    assert_true(json_member_array(r, "ids", (struct json_counts){ .max = 9 }, &list));
    for (size_t i = 0; i < list.count; i++)
        json_element_id(&list, i, ID_POOL, &id);
    assert_true(json_member_array(r, "tags", (struct json_counts){ .max = 9 }, &list));
    for (size_t i = 0; i < list.count; i++)
        json_element_text(&list, i, (struct json_texts){ .size_min = 1, .size_max = 9 }, &tag);
}

static void
read_crooked(struct json_reader *r)
{
    struct json_reader window;
    struct text text;
    int64_t number;
    json_member_text(r, "name", (struct json_texts){ .size_max = 9 }, &text);
    json_member_int64(r, "budget_fen", (struct json_integers){ .max = 9 }, &number);
    read_crooked_pools(r);
    read_crooked_lists(r);
    json_member_object(r, "window", JSON_REQUIRED, &window);
    json_member_time(&window, "from", JSON_REQUIRED, &number);
    json_member_time(&window, "to", JSON_REQUIRED, &number);
    json_member_flaw(&window, NULL, FLAW_WINDOW_REVERSED);
    json_member_text(r, "kind", (struct json_texts){ .size_max = 9 }, &text);
    json_reader_finish(r);
}

static void
test_all_faults_at_once(void **state)
{
    (void)state;
    struct json_document *d = must_decode(crooked);
    struct faults faults = { 0 };
    struct json_reader r;
    assert_true(json_reader_start(&r, d, &faults));
    read_crooked(&r);
    assert_int_equal(faults.count, COUNT_OF(crooked_wants));
    for (size_t i = 0; i < COUNT_OF(crooked_wants); i++) {
        ROW_CHECK(crooked_wants[i].pointer, faults.rows[i].flaw == crooked_wants[i].flaw);
        ROW_CHECK(crooked_wants[i].pointer,
                  strcmp(faults.rows[i].pointer.text, crooked_wants[i].pointer) == 0);
        row_passed();
    }
    assert_int_equal(faults_verdict(&faults), VERDICT_MALFORMED);
    char out[8192];
    struct json_writer w;
    json_writer_fix(&w, out, sizeof out);
    json_write_faults(&w, &faults, LANGUAGE_ZH);
    assert_true(json_writer_text(&w).size > 0);
    assert_null(memmem(out, w.size, "410108", 6)); /* no value leaves */
    row_passed();
    json_document_close(d);
}

static void
test_absent_children_are_quiet(void **state)
{
    (void)state;
    struct json_document *d = must_decode("{}");
    struct faults faults = { 0 };
    struct json_reader r, child, grandchild;
    struct json_array array;
    int64_t number = 42;
    struct text text = TEXT("kept");
    char copy[9] = "kept";
    assert_true(json_reader_start(&r, d, &faults));
    assert_false(json_member_object(&r, "evidence", JSON_OPTIONAL, &child));
    assert_false(json_member_int64(&child, "n", (struct json_integers){ .max = 1 }, &number));
    assert_false(json_member_object(&child, "o", JSON_REQUIRED, &grandchild));
    assert_false(json_member_text(&grandchild, "t", (struct json_texts){ .size_max = 1 }, &text));
    assert_false(json_member_copy(&grandchild, "t", (struct json_texts){ .size_max = 8 }, copy));
    assert_false(json_member_array(&child, "a", (struct json_counts){ .max = 1 }, &array));
    assert_false(json_member_present(&child, "p"));
    assert_int_equal(array.count, 0);
    json_reader_finish(&grandchild);
    json_reader_finish(&child);
    json_reader_finish(&r);
    assert_int_equal(faults.count, 0);
    assert_int_equal(number, 42);
    assert_true(text_equal(text, TEXT("kept")) && strcmp(copy, "kept") == 0);
    json_document_close(d);
    row_passed();
}

static void
test_tops_and_presence(void **state)
{
    (void)state;
    struct faults faults = { 0 };
    struct json_reader r;
    struct json_array a;
    struct json_document *d = must_decode("[{\"x\":1}]");
    assert_false(json_reader_start(&r, d, &faults));
    assert_true(faults.count == 1 && faults.rows[0].pointer.size == 0);
    assert_true(json_array_start(&a, d, &faults) && a.count == 1);
    json_element_flaw(&a, 0, FLAW_REPEATED);
    assert_string_equal(faults.rows[1].pointer.text, "/0");
    json_document_close(d);
    row_passed();

    d = must_decode("{\"x\":null,\"y\":0,\"z\":\"abcd\"}");
    faults = (struct faults){ 0 };
    assert_false(json_array_start(&a, d, &faults));
    assert_true(json_reader_start(&r, d, &faults));
    assert_false(json_member_present(&r, "x"));
    assert_true(json_member_present(&r, "y"));
    assert_false(json_member_present(&r, "w"));
    char copy[5];
    assert_true(json_member_copy(&r, "z", (struct json_texts){ .size_max = 4 }, copy));
    assert_string_equal(copy, "abcd");
    assert_false(json_member_copy(&r, "z", (struct json_texts){ .size_max = 3 }, copy));
    json_reader_finish(&r);
    assert_int_equal(faults.count, 2); /* not an array; too long */
    json_document_close(d);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_all_faults_at_once),
        cmocka_unit_test(test_absent_children_are_quiet),
        cmocka_unit_test(test_tops_and_presence),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
