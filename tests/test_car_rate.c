/* What car purchases earn: every known programme as data, at every boundary; and refund shares. */
#include "tests/rows.h"

#include "voucher/rules/car_rate.h"
#include "voucher/rules/refund_share.h"

#define YUAN(amount) ((int64_t)(amount)*100)

/* Zhengzhou 2022, and its autumn. */
static const struct car_rate zhengzhou_2022 = {
    .type = CAR_RATE_FIXED_BANDS,
    .band_count = 3,
    .bands = { { YUAN(50000), YUAN(150000), YUAN(3000), YUAN(4000) },
               { YUAN(150000), YUAN(250000), YUAN(5000), YUAN(6000) },
               { YUAN(250000), 0, YUAN(7000), YUAN(8000) } },
};

static const struct car_rate zhengzhou_2023 = {
    .type = CAR_RATE_FIXED_BANDS,
    .band_count = 2,
    .bands = { { YUAN(70000), YUAN(150000), YUAN(3000), YUAN(4000) },
               { YUAN(150000), 0, YUAN(5000), YUAN(6000) } },
};

static const struct car_rate xinmi_2023 = {
    .type = CAR_RATE_FIXED_BANDS,
    .band_count = 2,
    .bands = { { YUAN(50000), YUAN(150000), YUAN(3000), YUAN(4000) },
               { YUAN(150000), INT64_MAX, YUAN(5000), YUAN(6000) } },
};

static const struct car_rate national_2026_scrap = {
    .type = CAR_RATE_PERCENT_CAPPED,
    .fuel = { 1000, YUAN(15000) },
    .nev = { 1200, YUAN(20000) },
};

static const struct car_rate national_2026_trade_in = {
    .type = CAR_RATE_PERCENT_CAPPED,
    .fuel = { 600, YUAN(13000) },
    .nev = { 800, YUAN(15000) },
};

/* A gap between bands, one energy only. */
static const struct car_rate gap = {
    .type = CAR_RATE_FIXED_BANDS,
    .band_count = 2,
    .bands = { { 0, YUAN(100), 0, YUAN(4000) }, { YUAN(200000), YUAN(300000), 0, YUAN(9000) } },
};

static const struct car_rate nev_only = {
    .type = CAR_RATE_PERCENT_CAPPED,
    .nev = { 10000, INT64_MAX },
};

static const struct {
    const char *name;
    const struct car_rate *rate;
    int64_t invoice_fen, fuel_fen, nev_fen;
} values[] = {
    { "2022: nothing", &zhengzhou_2022, 0, 0, 0 },
    { "2022: one fen", &zhengzhou_2022, 1, 0, 0 },
    { "2022: 49,999.99", &zhengzhou_2022, 4999999, 0, 0 },
    { "2022: 50,000.00", &zhengzhou_2022, 5000000, 300000, 400000 },
    { "2022: 50,000.01", &zhengzhou_2022, 5000001, 300000, 400000 },
    { "2022: 149,999.99", &zhengzhou_2022, 14999999, 300000, 400000 },
    { "2022: 150,000.00", &zhengzhou_2022, 15000000, 500000, 600000 },
    { "2022: 249,999.99", &zhengzhou_2022, 24999999, 500000, 600000 },
    { "2022: 250,000.00", &zhengzhou_2022, 25000000, 700000, 800000 },
    { "2022: a million", &zhengzhou_2022, 100000000, 700000, 800000 },
    { "2022: the greatest number", &zhengzhou_2022, INT64_MAX, 700000, 800000 },

    { "2023: 50,000.00", &zhengzhou_2023, 5000000, 0, 0 },
    { "2023: 69,999.99", &zhengzhou_2023, 6999999, 0, 0 },
    { "2023: 70,000.00", &zhengzhou_2023, 7000000, 300000, 400000 },
    { "2023: 149,999.99", &zhengzhou_2023, 14999999, 300000, 400000 },
    { "2023: 150,000.00", &zhengzhou_2023, 15000000, 500000, 600000 },
    { "2023: 250,000.00 has no third band", &zhengzhou_2023, 25000000, 500000, 600000 },

    { "Xinmi: 49,999.99", &xinmi_2023, 4999999, 0, 0 },
    { "Xinmi: 50,000.00", &xinmi_2023, 5000000, 300000, 400000 },
    { "Xinmi: 149,999.99", &xinmi_2023, 14999999, 300000, 400000 },
    { "Xinmi: 150,000.00", &xinmi_2023, 15000000, 500000, 600000 },
    { "Xinmi: 250,000.00", &xinmi_2023, 25000000, 500000, 600000 },
    { "Xinmi: below the greatest end", &xinmi_2023, INT64_MAX - 1, 500000, 600000 },
    { "Xinmi: the end is exclusive", &xinmi_2023, INT64_MAX, 0, 0 },

    { "scrap: nothing", &national_2026_scrap, 0, 0, 0 },
    { "scrap: floor below one fen", &national_2026_scrap, 8, 0, 0 },
    { "scrap: first fen of 12 %", &national_2026_scrap, 9, 0, 1 },
    { "scrap: first fen of 10 %", &national_2026_scrap, 10, 1, 1 },
    { "scrap: 149,999.99", &national_2026_scrap, 14999999, 1499999, 1799999 },
    { "scrap: 150,000.00 caps fuel", &national_2026_scrap, 15000000, 1500000, 1800000 },
    { "scrap: 166,666.66", &national_2026_scrap, 16666666, 1500000, 1999999 },
    { "scrap: 166,666.67 caps NEV", &national_2026_scrap, 16666667, 1500000, 2000000 },
    { "scrap: a million", &national_2026_scrap, 100000000, 1500000, 2000000 },
    { "scrap: the greatest number", &national_2026_scrap, INT64_MAX, 1500000, 2000000 },

    { "trade-in: 187,499.99", &national_2026_trade_in, 18749999, 1124999, 1499999 },
    { "trade-in: 187,500.00 caps NEV", &national_2026_trade_in, 18750000, 1125000, 1500000 },
    { "trade-in: 216,666.66", &national_2026_trade_in, 21666666, 1299999, 1500000 },
    { "trade-in: 216,666.67 caps fuel", &national_2026_trade_in, 21666667, 1300000, 1500000 },
    { "trade-in: 216,666.68", &national_2026_trade_in, 21666668, 1300000, 1500000 },

    { "gap: inside it", &gap, 15000000, 0, 0 },
    { "gap: the upper band", &gap, 20000000, 0, 900000 },
    { "gap: above all", &gap, 30000000, 0, 0 },
    { "never more than the invoice", &gap, 9999, 0, 9999 },
    { "the whole, without overflow", &nev_only, INT64_MAX, 0, INT64_MAX },
};

static void
test_values(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        const int64_t invoice_fen = values[i].invoice_fen;
        ROW_CHECK(values[i].name,
                  car_rate_value(values[i].rate, CAR_FUEL, invoice_fen) == values[i].fuel_fen);
        ROW_CHECK(values[i].name,
                  car_rate_value(values[i].rate, CAR_NEV, invoice_fen) == values[i].nev_fen);
        row_passed();
    }
}

/* The share of every amount up to 100 yuan, and around the cap, against plain long division. */
static void
test_share_by_division(void **state)
{
    (void)state;
    for (int64_t fen = 0; fen < 10000; fen++) {
        const __int128 exact = (__int128)fen * 1200 / 10000;
        assert_int_equal(car_rate_value(&national_2026_scrap, CAR_NEV, fen), (int64_t)exact);
    }
    for (int64_t fen = 16660000; fen < 16670000; fen++) {
        const __int128 exact = (__int128)fen * 1200 / 10000;
        const int64_t want_fen = exact < 2000000 ? (int64_t)exact : 2000000;
        assert_int_equal(car_rate_value(&national_2026_scrap, CAR_NEV, fen), want_fen);
    }
    row_passed();
}

/* Pools of the programmes: sums that the district published. */
static const struct {
    const char *name;
    struct {
        int64_t yuan, count;
    } pools[6];
    int64_t yuan;
} budgets[] = {
    { "Guancheng 2022",
      { { 3000, 400 },
        { 4000, 400 },
        { 5000, 1040 },
        { 6000, 1000 },
        { 7000, 400 },
        { 8000, 400 } },
      20000000 },
    { "autumn 2022",
      { { 3000, 3000 },
        { 5000, 2000 },
        { 7000, 3000 },
        { 4000, 4000 },
        { 6000, 2000 },
        { 8000, 4000 } },
      100000000 },
    { "2023, fuel", { { 3000, 800 }, { 5000, 1120 } }, 8000000 },
    { "2023, NEV", { { 4000, 900 }, { 6000, 1400 } }, 12000000 },
};

static void
test_budgets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(budgets); i++) {
        int64_t sum_fen = 0, value_fen = 0;
        for (size_t k = 0; k < 6; k++) {
            assert_true(fen_multiply(YUAN(budgets[i].pools[k].yuan), budgets[i].pools[k].count,
                                     &value_fen));
            assert_true(fen_add(sum_fen, value_fen, &sum_fen));
        }
        ROW_CHECK(budgets[i].name, sum_fen == YUAN(budgets[i].yuan));
        row_passed();
    }
}

static const struct {
    const char *name;
    struct car_rate rate;
    size_t count;
    enum flaw flaw;
    const char *pointer;
} rates[] = {
    { "no band", { .type = CAR_RATE_FIXED_BANDS }, 1, FLAW_TOO_FEW, "/car/rate/bands" },
    { "negative lower bound",
      { .band_count = 1, .bands = { { -1, 100, 1, 1 } } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/bands/0/from_fen" },
    { "empty band",
      { .band_count = 1, .bands = { { 100, 100, 1, 1 } } },
      1,
      FLAW_WINDOW_REVERSED,
      "/car/rate/bands/0/to_fen" },
    { "reversed band",
      { .band_count = 1, .bands = { { 100, 99, 1, 1 } } },
      1,
      FLAW_WINDOW_REVERSED,
      "/car/rate/bands/0/to_fen" },
    { "open band that is not the last",
      { .band_count = 2, .bands = { { 100, 0, 1, 1 }, { 200, 300, 1, 1 } } },
      1,
      FLAW_WINDOW_REVERSED,
      "/car/rate/bands/0/to_fen" },
    { "overlap by one fen",
      { .band_count = 2, .bands = { { 100, 200, 1, 1 }, { 199, 300, 1, 1 } } },
      1,
      FLAW_BANDS_OVERLAP,
      "/car/rate/bands/1/from_fen" },
    { "the same band twice",
      { .band_count = 2, .bands = { { 100, 200, 1, 1 }, { 100, 200, 1, 1 } } },
      1,
      FLAW_BANDS_OVERLAP,
      "/car/rate/bands/1/from_fen" },
    { "descending",
      { .band_count = 2, .bands = { { 200, 300, 1, 1 }, { 100, 200, 1, 1 } } },
      1,
      FLAW_BANDS_OVERLAP,
      "/car/rate/bands/1/from_fen" },
    { "negative fuel",
      { .band_count = 1, .bands = { { 0, 100, -1, 1 } } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/bands/0/fuel_fen" },
    { "negative NEV",
      { .band_count = 1, .bands = { { 0, 100, 1, -1 } } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/bands/0/nev_fen" },
    { "a band that gives nothing",
      { .band_count = 1, .bands = { { 0, 100, 0, 0 } } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/bands/0/fuel_fen" },
    { "all faults at once",
      { .band_count = 2, .bands = { { -5, -6, -1, -1 }, { 100, 100, 0, 0 } } },
      6,
      FLAW_OUT_OF_RANGE,
      "/car/rate/bands/0/from_fen" },
    { "share above the whole",
      { .type = CAR_RATE_PERCENT_CAPPED, .fuel = { 10001, 5 }, .nev = { 1, 5 } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/fuel/bp" },
    { "negative share",
      { .type = CAR_RATE_PERCENT_CAPPED, .fuel = { 1, 5 }, .nev = { -1, 5 } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/nev/bp" },
    { "share without a cap",
      { .type = CAR_RATE_PERCENT_CAPPED, .fuel = { 600, 0 }, .nev = { 800, 5 } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/fuel/cap_fen" },
    { "negative cap",
      { .type = CAR_RATE_PERCENT_CAPPED, .fuel = { 600, 5 }, .nev = { 0, -1 } },
      1,
      FLAW_OUT_OF_RANGE,
      "/car/rate/nev/cap_fen" },
    { "no share at all",
      { .type = CAR_RATE_PERCENT_CAPPED },
      1,
      FLAW_NEEDED_HERE,
      "/car/rate/fuel" },
    { "NEV alone is fine",
      { .type = CAR_RATE_PERCENT_CAPPED, .nev = { 800, 5 } },
      0,
      FLAW_NONE,
      "" },
    { "bands that touch are fine",
      { .band_count = 2, .bands = { { 0, 100, 1, 0 }, { 100, 0, 0, 1 } } },
      0,
      FLAW_NONE,
      "" },
};

static void
test_checks(void **state)
{
    (void)state;
    struct pointer base = { 0 };
    pointer_push_key(&base, TEXT("car"));
    pointer_push_key(&base, TEXT("rate"));
    for (size_t i = 0; i < COUNT_OF(rates); i++) {
        struct faults faults = { 0 };
        const bool sound = car_rate_check(&rates[i].rate, &base, &faults);
        ROW_CHECK(rates[i].name, sound == (rates[i].count == 0));
        ROW_CHECK(rates[i].name, faults.count == rates[i].count);
        if (!sound) {
            ROW_CHECK(rates[i].name, faults.rows[0].flaw == rates[i].flaw);
            ROW_CHECK(rates[i].name, strcmp(faults.rows[0].pointer.text, rates[i].pointer) == 0);
            ROW_CHECK(rates[i].name, faults_verdict(&faults) == VERDICT_INVALID);
        }
        row_passed();
    }
}

static void
test_programmes_are_sound(void **state)
{
    (void)state;
    static const struct car_rate *const programmes[] = {
        &zhengzhou_2022,
        &zhengzhou_2023,
        &xinmi_2023,
        &national_2026_scrap,
        &national_2026_trade_in,
        &gap,
        &nev_only,
    };
    for (size_t i = 0; i < COUNT_OF(programmes); i++) {
        struct faults faults = { 0 };
        assert_true(car_rate_check(programmes[i], &(struct pointer){ 0 }, &faults));
        row_passed();
    }
}

static const struct {
    const char *name;
    struct refund_so_far so_far;
    int64_t part_fen;
    bool allowed;
    int64_t share_fen;
    bool last;
} shares[] = {
    { "half of the order", { 2000, 10000, 0, 0 }, 5000, true, 1000, false },
    { "a third is floored", { 1000, 9000, 0, 0 }, 3000, true, 333, false },
    { "the second third too", { 1000, 9000, 333, 3000 }, 3000, true, 333, false },
    { "the last third takes the rest", { 1000, 9000, 666, 6000 }, 3000, true, 334, true },
    { "all at once", { 1000, 9000, 0, 0 }, 9000, true, 1000, true },
    { "one fen of a great order", { 1000, 100000, 0, 0 }, 1, true, 0, false },
    { "the last fen takes all", { 1000, 100000, 0, 99999 }, 1, true, 1000, true },
    { "all but a fen", { 1000, 100000, 0, 0 }, 99999, true, 999, false },
    { "voucher above the order", { 5000, 3000, 0, 0 }, 1000, true, 1666, false },
    { "voucher of nothing", { 0, 3000, 0, 0 }, 3000, true, 0, true },
    { "numbers beyond 64 bits",
      { INT64_MAX, INT64_MAX, 0, 0 },
      INT64_MAX - 1,
      true,
      INT64_MAX - 1,
      false },
    { "a ledger that gave too much", { 1000, 9000, 900, 3000 }, 3000, true, 100, false },
    { "nothing asked", { 1000, 9000, 0, 0 }, 0, false, -7, false },
    { "negative", { 1000, 9000, 0, 0 }, -1, false, -7, false },
    { "the least number", { 1000, 9000, 0, 0 }, INT64_MIN, false, -7, false },
    { "one fen above the order", { 1000, 9000, 0, 0 }, 9001, false, -7, false },
    { "one fen above the rest", { 1000, 9000, 333, 3000 }, 6001, false, -7, false },
    { "after all was given back", { 1000, 9000, 1000, 9000 }, 1, false, -7, false },
    { "the greatest number", { 1000, 9000, 0, 0 }, INT64_MAX, false, -7, false },
};

static void
test_refund_shares(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(shares); i++) {
        int64_t share_fen = -7;
        bool last = false;
        ROW_CHECK(shares[i].name, refund_share(&shares[i].so_far, shares[i].part_fen, &share_fen,
                                               &last) == shares[i].allowed);
        ROW_CHECK(shares[i].name, share_fen == shares[i].share_fen);
        ROW_CHECK(shares[i].name, last == shares[i].last);
        row_passed();
    }
}

/* However an order is cut up, the shares add up to the value, and no prefix gives too much. */
static void
test_refund_in_any_parts(void **state)
{
    (void)state;
    uint32_t dice = 20260619;
    for (int round = 0; round < 2000; round++) {
        struct refund_so_far so_far = { .value_fen = 1 + round * 7, .order_fen = 3 + round * 11 };
        bool last = false;
        while (!last) {
            dice = dice * 1664525u + 1013904223u;
            const int64_t rest_fen = so_far.order_fen - so_far.refunded_order_fen;
            const int64_t part_fen = 1 + (int64_t)(dice >> 8) % rest_fen;
            int64_t share_fen = -1;
            assert_true(refund_share(&so_far, part_fen, &share_fen, &last));
            assert_true(share_fen >= 0);
            so_far.refunded_order_fen += part_fen;
            so_far.refunded_value_fen += share_fen;
            assert_true((__int128)so_far.refunded_value_fen * so_far.order_fen <=
                        (__int128)so_far.value_fen * so_far.refunded_order_fen);
        }
        assert_int_equal(so_far.refunded_value_fen, so_far.value_fen);
    }
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_share_by_division),
        cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_checks),
        cmocka_unit_test(test_programmes_are_sound),
        cmocka_unit_test(test_refund_shares),
        cmocka_unit_test(test_refund_in_any_parts),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
