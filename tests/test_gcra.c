/* tests/test_gcra.c: the arithmetic in columns, against a slow model, at its edges; then the table.
 */
#include "tests/rows.h"

#include "storage/gcra.h"

#define MINUTE INT64_C(60000000)
#define SECOND INT64_C(1000000)
#define T0 INT64_C(1781834400000000)

/* What is asked of a fresh key at each of these times, and what the last ask hears. */
static const struct {
    const char *name;
    struct gcra_rate rate;
    int64_t before; /* asks at T0 first */
    int64_t at_us; /* the ask, after T0 */
    bool allowed;
    int64_t remaining, retry_after_us, reset_us;
} rows[] = {
    { "first of six a minute", { 6, MINUTE }, 0, 0, true, 5, 0, 10000000 },
    { "sixth of six a minute", { 6, MINUTE }, 5, 0, true, 0, 0, MINUTE },
    { "seventh is refused", { 6, MINUTE }, 6, 0, false, 0, 10000000, MINUTE },
    { "a hundredth asks no more of it", { 6, MINUTE }, 100, 0, false, 0, 10000000, MINUTE },
    { "one microsecond early", { 6, MINUTE }, 6, 9999999, false, 0, 1, 50000001 },
    { "a sixth of a minute later", { 6, MINUTE }, 6, 10000000, true, 0, 0, MINUTE },
    { "a whole minute later", { 6, MINUTE }, 6, MINUTE, true, 5, 0, 10000000 },
    { "a day later no more than the burst",
      { 6, MINUTE },
      6,
      86400 * SECOND,
      true,
      5,
      0,
      10000000 },
    { "one a minute", { 1, MINUTE }, 1, 0, false, 0, MINUTE, MINUTE },
    { "one a minute, a minute later", { 1, MINUTE }, 1, MINUTE, true, 0, 0, MINUTE },
    { "seven a minute, no whole step", { 7, MINUTE }, 6, 0, true, 0, 0, MINUTE },
    { "eighth of seven", { 7, MINUTE }, 7, 0, false, 0, 8571429, MINUTE },
    { "20,000 a second, the last", { 20000, SECOND }, 19999, 0, true, 0, 0, SECOND },
    { "20,000 a second, one more", { 20000, SECOND }, 20000, 0, false, 0, 50, SECOND },
    { "300,000 a second, the last", { 300000, SECOND }, 299999, 0, true, 0, 0, SECOND },
    { "300,000 a second, not 333,333", { 300000, SECOND }, 300000, 0, false, 0, 4, SECOND },
    { "300,000 a second, no step is lost", { 300000, SECOND }, 300000, 4, true, 0, 0, SECOND },
    { "1,000,000 a second, one more", { 1000000, SECOND }, 1000000, 0, false, 0, 1, SECOND },
    { "3,000,000 a second, the last", { 3000000, SECOND }, 2999999, 0, true, 0, 0, SECOND },
    { "3,000,000 a second, one more", { 3000000, SECOND }, 3000000, 0, false, 0, 1, SECOND },
    { "3,000,000 a second, three a step", { 3000000, SECOND }, 3000000, 1, true, 2, 0, SECOND },
    { "one in the longest period",
      { 1, GCRA_CAPACITY_MAX },
      1,
      0,
      false,
      0,
      GCRA_CAPACITY_MAX,
      GCRA_CAPACITY_MAX },
    { "most in the shortest period",
      { GCRA_CAPACITY_MAX, 1 },
      9,
      0,
      true,
      GCRA_CAPACITY_MAX - 10,
      0,
      1 },
};

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct gcra_state kept = { 0 };
        for (int64_t k = 0; k < rows[i].before; k++) {
            (void)gcra_ask_exactly(rows[i].rate, &kept, T0);
        }
        struct gcra_answer a = gcra_ask_exactly(rows[i].rate, &kept, T0 + rows[i].at_us);
        ROW_CHECK(rows[i].name, a.allowed == rows[i].allowed);
        ROW_CHECK(rows[i].name, a.remaining == rows[i].remaining);
        ROW_CHECK(rows[i].name, a.retry_after_us == rows[i].retry_after_us);
        ROW_CHECK(rows[i].name, a.reset_us == rows[i].reset_us);
        row_passed();
    }
}

/* States that no ask of this rate can have left. */
static const struct {
    const char *name;
    struct gcra_rate rate;
    struct gcra_state kept;
    bool allowed;
    int64_t retry_after_us, tat_us_after;
} odd_rows[] = {
    { "never seen", { 6, MINUTE }, { 0, 0 }, true, 0, T0 + 10000000 },
    { "long past", { 6, MINUTE }, { 1, 5 }, true, 0, T0 + 10000000 },
    { "exactly now", { 6, MINUTE }, { T0, 3 }, true, 0, T0 + 10000000 },
    { "full", { 6, MINUTE }, { T0 + MINUTE, 0 }, false, 10000000, T0 + MINUTE },
    { "the clock went back a year",
      { 6, MINUTE },
      { T0 + 31536000 * SECOND, 0 },
      false,
      10000000,
      T0 + MINUTE },
    { "as far ahead as numbers go",
      { 6, MINUTE },
      { INT64_MAX, INT64_MAX },
      false,
      10000000,
      T0 + MINUTE },
    { "the period became shorter", { 6, SECOND }, { T0 + MINUTE, 0 }, false, 166667, T0 + SECOND },
    { "a part of another count", { 6, MINUTE }, { T0 + 10000000, 999999 }, true, 0, T0 + 20000000 },
    { "the largest numbers",
      { 1 << 25, 1 << 25 },
      { T0 + (1 << 25), 0 },
      false,
      1,
      T0 + (1 << 25) },
};

static void
test_odd_states(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(odd_rows); i++) {
        struct gcra_state kept = odd_rows[i].kept;
        struct gcra_answer a = gcra_ask_exactly(odd_rows[i].rate, &kept, T0);
        ROW_CHECK(odd_rows[i].name, a.allowed == odd_rows[i].allowed);
        ROW_CHECK(odd_rows[i].name, a.retry_after_us == odd_rows[i].retry_after_us);
        ROW_CHECK(odd_rows[i].name, kept.tat_us == odd_rows[i].tat_us_after);
        row_passed();
    }
}

/* After a cut the key opens again within a period, however often it is asked meanwhile. */
static void
test_backward_clock_locks_nobody_out(void **state)
{
    (void)state;
    struct gcra_rate rate = { 6, MINUTE };
    struct gcra_state kept = { T0 + 86400 * SECOND, 0 };
    int64_t at_us = 0;
    while (!gcra_ask_exactly(rate, &kept, T0 + at_us).allowed) {
        at_us += SECOND;
        assert_true(at_us <= MINUTE);
    }
    assert_int_equal(at_us, 10 * SECOND);
    row_passed();
}

/* As many more as remaining says, not one more; all of the burst after reset. */
static void
check_allowed(struct gcra_rate rate, struct gcra_state kept, struct gcra_answer a, int64_t now_us)
{
    struct gcra_state copy = kept;
    for (int64_t left = a.remaining; left > 0 && left < 40; left--) {
        assert_true(gcra_ask_exactly(rate, &copy, now_us).allowed);
    }
    if (a.remaining < 40) assert_false(gcra_ask_exactly(rate, &copy, now_us).allowed);
    copy = kept;
    assert_int_equal(gcra_ask_exactly(rate, &copy, now_us + a.reset_us).remaining, rate.count - 1);
}

/* What the numbers promise holds; a refusal until retry_after has passed, and no longer. */
static void
test_promises_hold(void **state)
{
    (void)state;
    static const struct gcra_rate rates[] = {
        { 1, 1 },       { 3, 10 },       { 7, 100 },     { 6, MINUTE },
        { 10, 3 },      { 999, 1000 },   { 1000, 999 },  { 20000, SECOND },
        { 11, 7 * 13 }, { 333, SECOND }, { 17, MINUTE },
    };
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct gcra_rate rate = rates[i];
        struct gcra_state kept = { 0 };
        int64_t now_us = T0;
        for (int64_t k = 0; k < 3 * rate.count + 10 && k < 3000; k++) {
            struct gcra_answer a = gcra_ask_exactly(rate, &kept, now_us);
            struct gcra_state copy = kept;
            if (a.allowed) {
                check_allowed(rate, kept, a, now_us);
                continue;
            }
            assert_false(gcra_ask_exactly(rate, &copy, now_us + a.retry_after_us - 1).allowed);
            now_us += a.retry_after_us;
        }
        row_passed();
    }
}

/* Over many periods of steady pressure exactly count per period go through, after the burst. */
static void
test_rate_is_exact(void **state)
{
    (void)state;
    static const struct gcra_rate rates[] = {
        { 7, 100 }, { 3, 1000 }, { 300, 1000 }, { 700, 1000 }, { 999, 1000 }, { 1500, 1000 },
    };
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct gcra_state kept = { 0 };
        int64_t passed = 0, periods = 20;
        for (int64_t us = 0; us < periods * rates[i].period_us; us++) {
            while (gcra_ask_exactly(rates[i], &kept, T0 + us).allowed) {
                passed++;
            }
        }
        int64_t last = (periods * rates[i].period_us - 1) * rates[i].count / rates[i].period_us;
        assert_int_equal(passed, rates[i].count + last);
        row_passed();
    }
}

static const struct {
    const char *name;
    struct gcra_rate rate;
    bool sound;
} sound_rows[] = {
    { "six a minute", { 6, MINUTE }, true },
    { "ten million a second", { 10000000, SECOND }, true },
    { "at the edge", { 1 << 25, 1 << 25 }, true },
    { "beyond the edge", { (1 << 25) + 1, 1 << 25 }, false },
    { "none", { 0, MINUTE }, false },
    { "less than none", { -6, MINUTE }, false },
    { "no period", { 6, 0 }, false },
    { "both below zero", { -6, -MINUTE }, false },
    { "product beyond 64 bits", { INT64_MAX, INT64_MAX }, false },
    { "smallest", { INT64_MIN, INT64_MIN }, false },
};

static void
test_soundness(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sound_rows); i++) {
        ROW_CHECK(sound_rows[i].name,
                  gcra_rate_is_sound(sound_rows[i].rate) == sound_rows[i].sound);
        row_passed();
    }
}

static const struct {
    const char *name;
    struct gcra_rate rate;
    int64_t parts;
    struct gcra_rate want;
} share_rows[] = {
    { "all for one", { 20000, SECOND }, 1, { 20000, SECOND } },
    { "four workers, two daemons", { 20000, SECOND }, 8, { 2500, SECOND } },
    { "what does not divide is not handed out", { 20, SECOND }, 8, { 2, SECOND } },
    { "one each", { 8, SECOND }, 8, { 1, SECOND } },
    { "less than one each", { 5, SECOND }, 8, { 1, 1600000 } },
    { "one for eight", { 1, SECOND }, 8, { 1, 8000000 } },
    { "the wait is rounded up", { 3, SECOND }, 4, { 1, 1333334 } },
    { "more parts than time", { 1, GCRA_CAPACITY_MAX }, 1024, { 1, GCRA_CAPACITY_MAX } },
};

static void
test_shares(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(share_rows); i++) {
        struct gcra_rate got = gcra_rate_share(share_rows[i].rate, share_rows[i].parts);
        ROW_CHECK(share_rows[i].name, got.count == share_rows[i].want.count);
        ROW_CHECK(share_rows[i].name, got.period_us == share_rows[i].want.period_us);
        ROW_CHECK(share_rows[i].name, gcra_rate_is_sound(got));
        row_passed();
    }
}

/* ---- the table ---- */

static void
key_of(uint8_t key[GCRA_KEY_SIZE], uint64_t number)
{
    uint64_t mixed = (number + 1) * UINT64_C(0xd1342543de82ef95);
    memset(key, 0, GCRA_KEY_SIZE);
    memcpy(key, &number, sizeof number);
    memcpy(key + 8, &mixed, sizeof mixed);
}

static void
test_table_keeps(void **state)
{
    (void)state;
    struct gcra_table *t;
    uint8_t key[GCRA_KEY_SIZE];
    assert_int_equal(gcra_table_open(&t, 4096), FAULT_NONE);
    for (uint64_t i = 0; i < 512; i++) {
        key_of(key, i);
        assert_int_equal(gcra_table_get(t, key).tat_us, 0);
        gcra_table_put(t, key, (struct gcra_state){ T0 + (int64_t)i, (int64_t)i });
        gcra_table_put(t, key, (struct gcra_state){ T0 + (int64_t)i, (int64_t)i + 1 });
    }
    for (uint64_t i = 0; i < 512; i++) {
        key_of(key, i);
        assert_int_equal(gcra_table_get(t, key).tat_us, T0 + (int64_t)i);
        assert_int_equal(gcra_table_get(t, key).early, (int64_t)i + 1);
    }
    key[0] ^= 1; /* same place, other key */
    assert_int_equal(gcra_table_get(t, key).tat_us, 0);
    row_passed();
    gcra_table_close(t);
    gcra_table_close(NULL);
}

/* Eight places for nine keys: whose time is over first is forgotten, the others are not. */
static void
test_table_gives_way(void **state)
{
    (void)state;
    struct gcra_table *t;
    uint8_t key[GCRA_KEY_SIZE];
    assert_int_equal(gcra_table_open(&t, 1), FAULT_NONE);
    for (uint64_t i = 0; i < 8; i++) {
        key_of(key, i);
        gcra_table_put(t, key, (struct gcra_state){ T0 + (i == 5 ? 0 : 10 + (int64_t)i), 0 });
    }
    key_of(key, 8);
    assert_int_equal(gcra_table_get(t, key).tat_us, 0); /* a look evicts nobody */
    key_of(key, 5);
    assert_int_equal(gcra_table_get(t, key).tat_us, T0);
    key_of(key, 8);
    gcra_table_put(t, key, (struct gcra_state){ T0 + 99, 0 });
    for (uint64_t i = 0; i < 9; i++) {
        key_of(key, i);
        assert_int_equal(gcra_table_get(t, key).tat_us != 0, i != 5);
    }
    row_passed();
    gcra_table_close(t);
}

/* Who keeps a bare time in a table: the whole burst, then a refusal; a look counts nothing. */
static void
test_bare_times(void **state)
{
    (void)state;
    static const struct gcra_rate rates[] = {
        { 6, MINUTE }, { 7, MINUTE }, { 10, MINUTE }, { 999, SECOND }
    };
    struct gcra_table *t;
    uint8_t key[GCRA_KEY_SIZE];
    assert_int_equal(gcra_table_open(&t, 64), FAULT_NONE);
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        key_of(key, i);
        assert_int_equal(*gcra_table_at(t, key), 0);
        for (int64_t k = 0; k < rates[i].count; k++) {
            int64_t looked_us = *gcra_table_at(t, key);
            assert_true(gcra_ask(rates[i], &looked_us, T0).allowed);
            assert_true(gcra_ask(rates[i], gcra_table_at(t, key), T0).allowed);
        }
        struct gcra_answer a = gcra_ask(rates[i], gcra_table_at(t, key), T0);
        assert_false(a.allowed);
        int64_t step_us = rates[i].period_us / rates[i].count;
        assert_in_range(a.retry_after_us, step_us - rates[i].count, step_us + 1);
        row_passed();
    }
    gcra_table_close(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_odd_states),
        cmocka_unit_test(test_backward_clock_locks_nobody_out),
        cmocka_unit_test(test_promises_hold),
        cmocka_unit_test(test_rate_is_exact),
        cmocka_unit_test(test_soundness),
        cmocka_unit_test(test_shares),
        cmocka_unit_test(test_table_keeps),
        cmocka_unit_test(test_table_gives_way),
        cmocka_unit_test(test_bare_times),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
