/* Ids: spelling, strict reading, growth of UUIDv7. */
#include "tests/rows.h"

#include "voucher/id.h"

static const struct {
    const char *name;
    struct uuid id;
    enum id_kind kind;
    const char *text;
} spelled[] = {
    { "none", { { 0 } }, ID_CAMPAIGN, "cmp_00000000000000000000000000" },
    { "all ones",
      { { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } },
      ID_POOL,
      "pol_7ZZZZZZZZZZZZZZZZZZZZZZZZZ" },
    { "lowest bit",
      { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 } },
      ID_CLAIM,
      "clm_00000000000000000000000001" },
    { "highest bit", { { 128 } }, ID_VOUCHER, "vch_40000000000000000000000000" },
    { "lowest byte full",
      { { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255 } },
      ID_REDEMPTION,
      "red_0000000000000000000000007Z" },
    /* The UUIDv7 of RFC 9562, A.6, and its ULID spelling. */
    { "RFC 9562 example",
      { { 0x01, 0x7f, 0x22, 0xe2, 0x79, 0xb0, 0x7c, 0xc3, 0x98, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39,
          0x8f } },
      ID_MERCHANT,
      "mch_01FWHE4YDGFK1SHH6W1G60EECF" },
    { "terminal", { { 0 } }, ID_TERMINAL, "trm_00000000000000000000000000" },
    { "resident", { { 0 } }, ID_RESIDENT, "res_00000000000000000000000000" },
    { "budget change", { { 0 } }, ID_BUDGET_CHANGE, "bgc_00000000000000000000000000" },
    { "job", { { 0 } }, ID_JOB, "job_00000000000000000000000000" },
};

static void
test_spelling(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(spelled); i++) {
        char out[ID_TEXT_SIZE];
        struct uuid back;
        memset(&back, 0x55, sizeof back);
        ROW_CHECK(spelled[i].name, id_write(spelled[i].kind, &spelled[i].id, out) == 30);
        ROW_CHECK(spelled[i].name, strcmp(out, spelled[i].text) == 0);
        ROW_CHECK(spelled[i].name, id_read(spelled[i].kind, text_of(out), &back));
        ROW_CHECK(spelled[i].name, uuid_equal(&back, &spelled[i].id));
        row_passed();
    }
}

static const struct {
    const char *name, *text;
    bool want;
} readings[] = {
    { "any version bits", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV", true },
    { "greatest first character", "cmp_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", true },
    { "first character 8", "cmp_80000000000000000000000000", false },
    { "first character Z", "cmp_ZZZZZZZZZZZZZZZZZZZZZZZZZZ", false },
    { "lower case", "cmp_01arz3ndektsv4rrffq69g5fav", false },
    { "one lower-case letter", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAv", false },
    { "I", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAI", false },
    { "L", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAL", false },
    { "O", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAO", false },
    { "U", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAU", false },
    { "hyphen", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FA-", false },
    { "25 characters", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FA", false },
    { "27 characters", "cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV0", false },
    { "another kind", "pol_01ARZ3NDEKTSV4RRFFQ69G5FAV", false },
    { "prefix in upper case", "CMP_01ARZ3NDEKTSV4RRFFQ69G5FAV", false },
    { "prefix without underscore", "cmp-01ARZ3NDEKTSV4RRFFQ69G5FAV", false },
    { "no prefix", "01ARZ3NDEKTSV4RRFFQ69G5FAV", false },
    { "prefix alone", "cmp_", false },
    { "empty", "", false },
    { "a UUID", "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", false },
    { "blank in front", " cmp_01ARZ3NDEKTSV4RRFFQ69G5FAV", false },
    { "blank inside", "cmp_01ARZ3NDEKTSV4 RFFQ69G5FAV", false },
    { "wide digit", "cmp_０1ARZ3NDEKTSV4RRFFQ69G5F", false },
    { "path", "cmp_../../../../../etc/passwd0", false },
};

static void
test_reading(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        struct uuid id, before;
        memset(&id, 0x55, sizeof id);
        before = id;
        ROW_CHECK(readings[i].name,
                  id_read(ID_CAMPAIGN, text_of(readings[i].text), &id) == readings[i].want);
        ROW_CHECK(readings[i].name, uuid_equal(&id, &before) != readings[i].want);
        row_passed();
    }
    struct uuid id;
    assert_false(
        id_read(ID_CAMPAIGN, (struct text){ "cmp_0000000000000\0000000000000000", 30 }, &id));
    row_passed();
}

/* A clock and a die that the test holds. */
struct stage {
    int64_t wall_us;
    uint8_t next_byte;
    bool all_ones;
    unsigned fills;
};

static int64_t
stage_wall_us(void *owner)
{
    return ((struct stage *)owner)->wall_us;
}

static void
stage_random_fill(void *owner, void *out, size_t size)
{
    struct stage *stage = owner;
    uint8_t *at = out;
    for (size_t i = 0; i < size; i++)
        at[i] = stage->all_ones ? 0xff : stage->next_byte++;
    stage->fills++;
}

static int
compare(const struct uuid *a, const struct uuid *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

static int64_t
ms_of(const struct uuid *id)
{
    int64_t ms = 0;
    for (size_t i = 0; i < 6; i++)
        ms = ms << 8 | id->bytes[i];
    return ms;
}

static void
test_source(void **state)
{
    (void)state;
    struct stage stage = { .wall_us = 1781834400123456 };
    const struct seams seams = { &stage, stage_wall_us, stage_wall_us, stage_random_fill };
    struct id_source source;
    id_source_start(&source, &seams);
    struct uuid before, id;
    id_next(&source, &before);
    assert_int_equal(ms_of(&before), 1781834400123);
    row_passed();
    for (int i = 0; i < 20000; i++) {
        if (i % 1000 == 999) stage.wall_us += 1000;
        if (i == 5000) stage.wall_us -= 60000000; /* a clock that steps back */
        if (i == 9000) stage.wall_us += 61000000;
        id_next(&source, &id);
        assert_true(compare(&before, &id) < 0);
        assert_int_equal(id.bytes[6] >> 4, 7);
        assert_int_equal(id.bytes[8] >> 6, 2);
        before = id;
    }
    row_passed();
    assert_true(ms_of(&id) >= stage.wall_us / 1000 - 1);
    row_passed();
    assert_true(stage.fills < 20000 / 30); /* drawn by the pool */
    row_passed();
}

/* A list from an instant on: the bound lies between the ids of two milliseconds. */
static void
test_begin_at(void **state)
{
    (void)state;
    struct stage stage = { .wall_us = 1781834400123000 };
    const struct seams seams = { &stage, stage_wall_us, stage_wall_us, stage_random_fill };
    struct id_source source;
    struct uuid before, at, bound;
    id_source_start(&source, &seams);
    id_next(&source, &before);
    stage.wall_us += 1000;
    id_next(&source, &at);
    id_begin_at(1781834400124, &bound);
    assert_true(compare(&before, &bound) < 0);
    row_passed();
    assert_true(compare(&bound, &at) < 0);
    row_passed();
    assert_int_equal(ms_of(&bound), 1781834400124);
    row_passed();
    id_begin_at(0, &bound);
    assert_true(uuid_is_none(&bound));
    row_passed();
}

/* The counter's end borrows from the next millisecond and still grows. */
static void
test_source_counter_end(void **state)
{
    (void)state;
    struct stage stage = { .wall_us = 1000, .all_ones = true };
    const struct seams seams = { &stage, stage_wall_us, stage_wall_us, stage_random_fill };
    struct id_source source;
    id_source_start(&source, &seams);
    struct uuid before, id;
    id_next(&source, &before);
    assert_int_equal(source.counter, (1u << 25) - 1); /* its top bit begins clear */
    row_passed();
    source.counter = (1u << 26) - 2;
    id_next(&source, &before);
    assert_int_equal(ms_of(&before), 1);
    id_next(&source, &id);
    assert_int_equal(ms_of(&id), 2);
    assert_true(compare(&before, &id) < 0);
    row_passed();
    before = id;
    stage.wall_us = 2000; /* the clock arrives where the source already is */
    id_next(&source, &id);
    assert_true(compare(&before, &id) < 0);
    row_passed();
    stage.wall_us = 0;
    id_source_start(&source, &seams);
    id_next(&source, &id);
    assert_int_equal(ms_of(&id), 0);
    assert_true(source.counter != 0); /* seeded also at the very epoch */
    row_passed();
}

#define TEN "abcDEF012_"
#define SIXTY TEN TEN TEN TEN TEN TEN

static const struct {
    const char *name, *text;
    bool number, key;
} numbers[] = {
    { "one character", "1", true, false },
    { "five", "ab_-9", true, false },
    { "six", "ab_-90", true, true },
    { "64", SIXTY "abcd", true, true },
    { "65", SIXTY "abcde", false, false },
    { "empty", "", false, false },
    { "blank", "abc def", false, false },
    { "blank at the end", "abcdef ", false, false },
    { "dot", "abc.def", false, false },
    { "slash", "abc/def", false, false },
    { "colon", "abc:def", false, false },
    { "plus", "abc+def", false, false },
    { "Chinese", "订单一二三", false, false },
    { "wide digits", "１２３４５６", false, false },
    { "newline", "abcdef\n", false, false },
    { "quote", "abc\"def", false, false },
    { "between Z and a", "abc^def", false, false },
    { "at sign", "abc@def", false, false },
    { "backquote", "abc`def", false, false },
    { "brace", "abc{def", false, false },
    { "DEL", "abcdef\x7f", false, false },
};

static void
test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        const struct text text = text_of(numbers[i].text);
        ROW_CHECK(numbers[i].name, id_caller_number_is_sound(text) == numbers[i].number);
        ROW_CHECK(numbers[i].name, id_idempotency_key_is_sound(text) == numbers[i].key);
        row_passed();
    }
    assert_false(id_caller_number_is_sound((struct text){ "abc\0def", 7 }));
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spelling),
        cmocka_unit_test(test_reading),
        cmocka_unit_test(test_source),
        cmocka_unit_test(test_begin_at),
        cmocka_unit_test(test_source_counter_end),
        cmocka_unit_test(test_numbers),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
