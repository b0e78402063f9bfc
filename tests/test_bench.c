/* tests/test_bench.c: the load generator's own arithmetic: percentiles, arrivals, answers. */
#include "tests/bench/answer.h"
#include "tests/bench/arrival.h"
#include "tests/bench/hist.h"
#include "tests/rows.h"

#define MS INT64_C(1000000)

/* Values first, first + step, …, last. */
static const struct {
    const char *name;
    int64_t first, step, last;
    int64_t per_myriad, want, slack; /* want <= answer <= want + slack */
} quantile_rows[] = {
    { "one value", 7, 1, 7, 5000, 7, 0 },
    { "small values are exact", 1, 1, 100, 5000, 50, 0 },
    { "p99 of a hundred", 1, 1, 100, 9900, 99, 0 },
    { "p99.9 of a hundred is the most", 1, 1, 100, 9990, 100, 0 },
    { "the last exact bucket", 127, 1, 127, 5000, 127, 0 },
    { "the first coarse bucket", 128, 2, 256, 1, 128, 1 },
    { "median of a thousand", 1000, 1000, 1000000, 5000, 500000, 500000 / 64 },
    { "p99 of a thousand", 1000, 1000, 1000000, 9900, 990000, 10000 },
    { "never above the most", 1000001, 1, 1000001, 9999, 1000001, 0 },
    { "seconds", 1000 * MS, 1000 * MS, 60000 * MS, 5000, 30000 * MS, 30000 * MS / 64 },
};

static void
quantiles(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(quantile_rows); i++) {
        struct hist h = { 0 };
        for (int64_t v = quantile_rows[i].first; v <= quantile_rows[i].last;
             v += quantile_rows[i].step) {
            hist_add(&h, v);
        }
        const int64_t got = hist_quantile_ns(&h, quantile_rows[i].per_myriad);
        const int64_t over = got - quantile_rows[i].want;
        ROW_CHECK(quantile_rows[i].name, over >= 0 && over <= quantile_rows[i].slack);
        row_passed();
    }
}

static void
odd_values(void **state)
{
    (void)state;
    struct hist a = { 0 }, b = { 0 };
    assert_int_equal(hist_quantile_ns(&a, 9900), 0);
    hist_add(&a, -5);
    hist_add(&b, INT64_MAX);
    assert_int_equal(hist_quantile_ns(&a, 9900), 0);
    hist_merge(&a, &b);
    assert_int_equal(a.count, 2);
    assert_int_equal(hist_quantile_ns(&a, 10000), (INT64_C(1) << HIST_VALUE_BITS) - 1);
}

static const struct {
    const char *name, *bytes;
    bool is_whole;
    const char *kind;
    bool closes;
} answer_rows[] = {
    { "nothing yet", "", false, "", false },
    { "half a status line", "HTTP/1.1 2", false, "", false },
    { "a head without its end", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", false, "", false },
    { "half a body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", false, "", false },
    { "whole", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", true, "200", false },
    { "no body", "HTTP/1.1 204 No Content\r\n\r\n", true, "204", false },
    { "the last of its connection",
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", true, "200", true },
    { "a refusal with its code",
      "HTTP/1.1 409 Conflict\r\nContent-Length: 19\r\n\r\n{\"code\":\"sold_out\"}", true,
      "409/sold_out", false },
    { "a refusal without one", "HTTP/1.1 503 X\r\nContent-Length: 2\r\n\r\n{}", true, "503",
      false },
    { "a code that does not end", "HTTP/1.1 503 X\r\nContent-Length: 10\r\n\r\n{\"code\":\"a", true,
      "503", false },
    { "a code in what was granted is no kind",
      "HTTP/1.1 200 OK\r\nContent-Length: 19\r\n\r\n{\"code\":\"sold_out\"}", true, "200", false },
};

static void
answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(answer_rows); i++) {
        struct answer answer = { 0 };
        const bool is_whole = answer_read(text_of(answer_rows[i].bytes), &answer);
        ROW_CHECK(answer_rows[i].name, is_whole == answer_rows[i].is_whole);
        if (is_whole) {
            ROW_CHECK(answer_rows[i].name, strcmp(answer.kind, answer_rows[i].kind) == 0);
            ROW_CHECK(answer_rows[i].name, answer.closes == answer_rows[i].closes);
            ROW_CHECK(answer_rows[i].name, answer.size == strlen(answer_rows[i].bytes));
        }
        row_passed();
    }
}

/* The same seed gives the same arrivals: nothing here is left to chance. */
static void
arrivals(void **state)
{
    (void)state;
    const struct load_options options = { .rate = 1000, .seed = 1, .patience_ms = 100 };
    struct lane lane = { .options = &options, .step = 1 };
    int64_t due_ns, before_ns = 0, long_gaps = 0;
    arrivals_open(&lane);
    arrivals_take(&lane, 100000 * MS);
    const size_t count = lane.waiting_count;
    assert_in_range(count, 98500, 101500); /* a hundred seconds of a thousand */
    for (size_t i = 0; i < count; i++) {
        assert_true(arrivals_next(&lane, 0, &due_ns));
        long_gaps += due_ns - before_ns > MS;
        before_ns = due_ns;
    }
    assert_false(arrivals_next(&lane, 0, &due_ns));
    assert_in_range((uint64_t)long_gaps, count * 36 / 100, count * 38 / 100); /* 1/e of them */
    free(lane.waiting_ns);
}

static void
patience(void **state)
{
    (void)state;
    const struct load_options options = { .rate = 1000, .seed = 2, .patience_ms = 100 };
    struct lane lane = { .options = &options, .step = 1 };
    int64_t due_ns;
    arrivals_open(&lane);
    arrivals_take(&lane, 300 * MS);
    const size_t count = lane.waiting_count;
    assert_true(arrivals_next(&lane, 300 * MS, &due_ns));
    assert_true(due_ns >= 200 * MS);
    assert_true(lane.left > 0 && lane.left + lane.waiting_count + 1 == count);
    free(lane.waiting_ns);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(quantiles), cmocka_unit_test(odd_values), cmocka_unit_test(answers),
        cmocka_unit_test(arrivals),  cmocka_unit_test(patience),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
