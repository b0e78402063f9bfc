/* tests/test_steady.c: time that never goes back and never stands still. */
#include "tests/rows.h"

#include "voucher/steady.h"

#define S INT64_C(1000000)
#define NOON (INT64_C(1781834400) * S)

static const struct {
    const char *name;
    int64_t wall_us, passed_us; /* the wall clock after so long */
    int64_t expected_us;
} readings[] = {
    { "the wall clock as it goes", NOON + 5 * S, 5 * S, NOON + 5 * S },
    { "a wall clock that goes a little slow", NOON + 99 * S, 100 * S, NOON + 99 * S },
    { "set ahead by a day", NOON + 86400 * S, S, NOON + 86400 * S },
    { "set back by an hour, at once", NOON - 3600 * S, 0, NOON },
    { "set back by an hour, a minute later", NOON - 3540 * S, 64 * S, NOON + 62 * S },
    { "1970", 60 * S, 64 * S, NOON + 62 * S },
    { "before 1970", -60 * S, 32 * S, NOON + 31 * S },
    { "set back by a second: met again after half a minute", NOON + 63 * S, 64 * S, NOON + 63 * S },
    { "set back by an hour: met again after 32", NOON + 32 * 3600 * S, 33 * 3600 * S,
      NOON + 32 * 3600 * S },
    { "stood still for a minute", NOON + 60 * S, 60 * S, NOON + 60 * S },
};

static void
readings_hold(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(readings); i++) {
        struct steady_clock c = { 0 };
        ROW_CHECK(readings[i].name, steady_clock_read(&c, NOON, 7 * S) == NOON);
        int64_t read_us = steady_clock_read(&c, readings[i].wall_us, 7 * S + readings[i].passed_us);
        ROW_CHECK(readings[i].name, read_us == readings[i].expected_us);
        row_passed();
    }
}

static void
never_goes_back(void **state)
{
    (void)state;
    struct steady_clock c = { 0 };
    int64_t last_us = 0;
    for (int64_t i = 0; i < 100000; i++) {
        int64_t wall_us = NOON + i * 1000 - (i / 1000 % 3) * 7200 * S;
        int64_t now_us = steady_clock_read(&c, wall_us, i * 1000);
        assert_true(now_us >= last_us && now_us >= wall_us);
        last_us = now_us;
    }
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readings_hold),
        cmocka_unit_test(never_goes_back),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
