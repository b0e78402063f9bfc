/* tests/test_claimants.c: a set that forgets nobody and names few who are not in it. */
#include <stdlib.h>

#include "tests/rows.h"

#include "storage/claimants.h"

/* Ids as they are drawn: time at the front, chance behind; or all chance; or a counter. */
enum shape { SHAPE_V7, SHAPE_RANDOM, SHAPE_COUNTED };

static uint64_t
draw(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static struct uuid
resident(enum shape shape, uint64_t number)
{
    struct uuid id = { { 0x01, 0x97, 0, 0, 0, 0, 0x70, 0, 0x80 } };
    uint64_t state = number * 2 + 1, halves[2] = { draw(&state), draw(&state) };
    if (shape == SHAPE_RANDOM) memcpy(id.bytes, halves, sizeof halves);
    if (shape == SHAPE_V7) memcpy(id.bytes + 9, halves, 7);
    for (int i = 0; shape != SHAPE_RANDOM && i < 6; i++) {
        id.bytes[shape == SHAPE_V7 ? i : 10 + i] = (uint8_t)(number >> (40 - 8 * i));
    }
    return id;
}

static const struct {
    const char *name;
    enum shape shape;
    int64_t expected, added;
    int64_t false_per_mille_max;
} rows[] = {
    { "nobody", SHAPE_RANDOM, 0, 0, 0 },
    { "one", SHAPE_RANDOM, 0, 1, 0 },
    { "a district", SHAPE_RANDOM, 0, 609000, 0 },
    { "a district by UUIDv7", SHAPE_V7, 0, 609000, 0 },
    { "a district by counting", SHAPE_COUNTED, 0, 609000, 0 },
    { "as many as it was made for", SHAPE_V7, CLAIMANTS_MIN, CLAIMANTS_MIN, 5 },
    { "made for twice the least", SHAPE_V7, 2 * CLAIMANTS_MIN, 609000, 0 },
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t r = 0; r < COUNT_OF(rows); r++) {
        struct claimants *c;
        assert_int_equal(claimants_open(&c, rows[r].expected), FAULT_NONE);
        const int64_t begin = rows[r].added / 2; /* half before it is complete */
        for (int64_t i = 0; i < rows[r].added; i++) {
            struct uuid id = resident(rows[r].shape, (uint64_t)i);
            if (i == begin) claimants_complete(c);
            claimants_add(c, &id);
        }
        if (!claimants_are_complete(c)) claimants_complete(c);
        for (int64_t i = 0; i < rows[r].added; i += 7) {
            struct uuid id = resident(rows[r].shape, (uint64_t)i);
            ROW_CHECK(rows[r].name, claimants_may_hold(c, &id));
        }
        int64_t wrong = 0;
        for (int64_t i = 0; i < 100000; i++) {
            struct uuid id = resident(rows[r].shape, (uint64_t)(INT64_C(1000000000) + i));
            wrong += claimants_may_hold(c, &id);
        }
        ROW_CHECK(rows[r].name, wrong <= rows[r].false_per_mille_max * 100 + 20 /* of 100,000 */);
        claimants_close(c);
        row_passed();
    }
}

static void
test_incomplete(void **state)
{
    (void)state;
    struct claimants *c;
    struct uuid one = resident(SHAPE_V7, 1), other = resident(SHAPE_V7, 2);
    assert_int_equal(claimants_open(&c, 0), FAULT_NONE);
    assert_false(claimants_are_complete(c));
    assert_true(claimants_may_hold(c, &one));
    claimants_add(c, &one);
    assert_true(claimants_may_hold(c, &other));
    claimants_complete(c);
    assert_true(claimants_are_complete(c));
    assert_true(claimants_may_hold(c, &one));
    assert_false(claimants_may_hold(c, &other));
    claimants_close(c);
    claimants_close(NULL);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_incomplete),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
