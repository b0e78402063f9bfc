/* tests/test_rule_redeem.c: may this voucher be redeemed here and now, in order of precedence. A
 * zeroed row is a redemption that is granted: a shopping voucher of 1000 fen from 2000 on, live,
 * valid for [100, 200) of the row's clock, at a shop of a campaign open to all. */
#include "tests/rows.h"
#include "voucher/rules/redeem.h"

#define NOT(code) .want = VERDICT_##code

enum place { PLACE_ALL, PLACE_LISTED, PLACE_NOT_LISTED, PLACE_IN_GROUP, PLACE_NO_GROUP };

struct row {
    const char *name;
    enum voucher_state state; /* 0: live */
    int64_t at_s; /* 0: 150 */
    bool resumes, swept;
    enum place place;
    const char *category;
    bool allow_food, deny_tobacco;
    int64_t amount_fen; /* 0: 2000 */
    bool closed_hours, order_taken;
    enum verdict want;
};

static const struct row rows[] = {
    { .name = "granted" },
    { "the first second", .at_s = 100 },
    { "the last second", .at_s = 199 },
    { "on the list", .place = PLACE_LISTED },
    { "in a group", .place = PLACE_IN_GROUP },
    { "an allowed category", .allow_food = true, .category = "food" },
    { "not a denied category", .deny_tobacco = true, .category = "food" },
    { "no category named", .deny_tobacco = true },
    { "its own hold", .state = VOUCHER_HELD, .resumes = true },
    { "its own hold after the end", .state = VOUCHER_HELD, .resumes = true, .at_s = 500 },
    { "its own hold after hours", .state = VOUCHER_HELD, .resumes = true, .closed_hours = true },

    { "void", .state = VOUCHER_VOID, NOT(VOUCHER_VOID) },
    { "void outranks early", .state = VOUCHER_VOID, .at_s = 1, NOT(VOUCHER_VOID) },
    { "void outranks expired", .state = VOUCHER_VOID, .at_s = 200, NOT(VOUCHER_VOID) },
    { "void outranks the place", .state = VOUCHER_VOID, .place = PLACE_NOT_LISTED,
      NOT(VOUCHER_VOID) },
    { "redeemed", .state = VOUCHER_REDEEMED, NOT(ALREADY_REDEEMED) },
    { "redeemed outranks expired", .state = VOUCHER_REDEEMED, .at_s = 200, NOT(ALREADY_REDEEMED) },
    { "redeemed outranks the spend", .state = VOUCHER_REDEEMED, .amount_fen = 1,
      NOT(ALREADY_REDEEMED) },
    { "held", .state = VOUCHER_HELD, NOT(VOUCHER_HELD) },
    { "held outranks expired", .state = VOUCHER_HELD, .at_s = 200, NOT(VOUCHER_HELD) },
    { "held outranks the place", .state = VOUCHER_HELD, .place = PLACE_NO_GROUP,
      NOT(VOUCHER_HELD) },
    { "a second early", .at_s = 99, NOT(VOUCHER_NOT_YET_VALID) },
    { "early outranks the place", .at_s = 99, .place = PLACE_NOT_LISTED,
      NOT(VOUCHER_NOT_YET_VALID) },
    { "its end is exclusive", .at_s = 200, NOT(VOUCHER_EXPIRED) },
    { "expired outranks the place", .at_s = 200, .place = PLACE_NOT_LISTED, NOT(VOUCHER_EXPIRED) },
    { "expired outranks the spend", .at_s = 200, .amount_fen = 1, NOT(VOUCHER_EXPIRED) },
    { "swept by a clock that was ahead", .swept = true, NOT(VOUCHER_EXPIRED) },
    { "swept outranks early", .swept = true, .at_s = 99, NOT(VOUCHER_EXPIRED) },
    { "void outranks swept", .state = VOUCHER_VOID, .swept = true, NOT(VOUCHER_VOID) },
    { "not on the list", .place = PLACE_NOT_LISTED, NOT(MERCHANT_NOT_ALLOWED) },
    { "in no group", .place = PLACE_NO_GROUP, NOT(MERCHANT_NOT_ALLOWED) },
    { "the place outranks category", .place = PLACE_NO_GROUP, .allow_food = true,
      NOT(MERCHANT_NOT_ALLOWED) },
    { "the place outranks the spend", .place = PLACE_NOT_LISTED, .amount_fen = 1,
      NOT(MERCHANT_NOT_ALLOWED) },
    { "a denied category", .deny_tobacco = true, .category = "tobacco", NOT(CATEGORY_NOT_ALLOWED) },
    { "deny outranks allow", .allow_food = true, .deny_tobacco = true, .category = "tobacco",
      NOT(CATEGORY_NOT_ALLOWED) },
    { "not an allowed category", .allow_food = true, .category = "fuel",
      NOT(CATEGORY_NOT_ALLOWED) },
    { "allowed ones must be named", .allow_food = true, NOT(CATEGORY_NOT_ALLOWED) },
    { "a category's beginning is not it", .allow_food = true, .category = "foo",
      NOT(CATEGORY_NOT_ALLOWED) },
    { "a category in capitals is another", .allow_food = true, .category = "Food",
      NOT(CATEGORY_NOT_ALLOWED) },
    { "category outranks the spend", .allow_food = true, .amount_fen = 1,
      NOT(CATEGORY_NOT_ALLOWED) },
    { "category outranks hours", .allow_food = true, .closed_hours = true,
      NOT(CATEGORY_NOT_ALLOWED) },
    { "one fen short", .amount_fen = 1999, NOT(BELOW_MIN_SPEND) },
    { "the spend outranks hours", .amount_fen = 1999, .closed_hours = true, NOT(BELOW_MIN_SPEND) },
    { "the spend outranks stacking", .amount_fen = 1, .order_taken = true, NOT(BELOW_MIN_SPEND) },
    { "out of hours", .closed_hours = true, NOT(OUTSIDE_HOURS) },
    { "hours outrank stacking", .closed_hours = true, .order_taken = true, NOT(OUTSIDE_HOURS) },
    { "a second on the order", .order_taken = true, NOT(NOT_STACKABLE) },
};

static struct label food = { "food" }, tobacco = { "tobacco" }, night = { "night" };
static struct uuid listed = { { 7 } };

static void
rules_of_row(const struct row *row, struct campaign_rules *rules)
{
    memset(rules, 0, sizeof *rules);
    rules->allow = &food;
    rules->allow_count = row->allow_food;
    rules->deny = &tobacco;
    rules->deny_count = row->deny_tobacco;
    rules->hours_count = row->closed_hours;
    rules->hours[0] = (struct daily_hours){ 600, 660 };
    rules->merchants = &listed;
    rules->merchant_count = 1;
    rules->groups = &night;
    rules->group_count = 1;
    if (row->place == PLACE_ALL) return;
    bool by_list = row->place == PLACE_LISTED || row->place == PLACE_NOT_LISTED;
    rules->merchants_mode = by_list ? MERCHANTS_LIST : MERCHANTS_GROUPS;
}

static enum verdict
row_judge(const struct row *row, struct campaign_rules *rules)
{
    struct pool_rules pool = { .value_fen = 1000 };
    struct voucher_row voucher = { .state = row->state == 0 ? VOUCHER_LIVE : row->state,
                                   .value_fen = 1000,
                                   .min_spend_fen = 2000,
                                   .valid_from_s = 100,
                                   .valid_to_s = 200,
                                   .swept = row->swept };
    struct merchant_row merchant = { .id = { { row->place == PLACE_LISTED ? 7 : 8 } },
                                     .group_count = 2,
                                     .groups = { { "mall" }, { "nigh" } } };
    struct order order = { .amount_fen = row->amount_fen == 0 ? 2000 : row->amount_fen };
    struct evidence none = { 0 };
    struct redeem_finding finding;
    if (row->place == PLACE_IN_GROUP) merchant.groups[1] = night;
    if (row->category != NULL) {
        (void)snprintf(order.category, sizeof order.category, "%s", row->category);
    }
    rules_of_row(row, rules);
    struct redeem_facts facts = { .rules = rules,
                                  .pool = &pool,
                                  .voucher = &voucher,
                                  .merchant = &merchant,
                                  .order = &order,
                                  .evidence = &none,
                                  .resumes_hold = row->resumes,
                                  .order_taken = row->order_taken };
    enum verdict verdict = rule_redeem(&facts, row->at_s == 0 ? 150 : row->at_s, &finding);
    ROW_CHECK(row->name, finding.value_fen == (verdict == VERDICT_OK ? 1000 : 0));
    return verdict;
}

static void
test_rows(void **state)
{
    (void)state;
    struct campaign_rules *rules = calloc(1, sizeof *rules);
    assert_non_null(rules);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum verdict got = row_judge(&rows[i], rules);
        if (got != rows[i].want) fail_msg("row \"%s\": %s", rows[i].name, verdict_code(got));
        row_passed();
    }
    free(rules);
}

/* No change is given: the order is worth the face at least, whatever the minimum spend says. */
static void
test_no_change(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t min_spend_fen, amount_fen;
        enum verdict want;
    } spends[] = {
        { "the face itself", 0, 1000, VERDICT_OK },
        { "a fen below the face", 0, 999, VERDICT_BELOW_MIN_SPEND },
        { "a minimum below the face", 500, 999, VERDICT_BELOW_MIN_SPEND },
        { "a minimum above it", 1001, 1000, VERDICT_BELOW_MIN_SPEND },
        { "reached", 1001, 1001, VERDICT_OK },
    };
    struct campaign_rules *rules = calloc(1, sizeof *rules);
    assert_non_null(rules);
    for (size_t i = 0; i < COUNT_OF(spends); i++) {
        struct pool_rules pool = { .value_fen = 1000 };
        struct voucher_row voucher = { .state = VOUCHER_LIVE,
                                       .value_fen = 1000,
                                       .valid_to_s = 9,
                                       .min_spend_fen = spends[i].min_spend_fen };
        struct merchant_row merchant = { 0 };
        struct order order = { .amount_fen = spends[i].amount_fen };
        struct evidence none = { 0 };
        struct redeem_finding finding;
        struct redeem_facts facts = { .rules = rules,
                                      .pool = &pool,
                                      .voucher = &voucher,
                                      .merchant = &merchant,
                                      .order = &order,
                                      .evidence = &none };
        ROW_CHECK(spends[i].name, rule_redeem(&facts, 1, &finding) == spends[i].want);
        row_passed();
    }
    free(rules);
}

/* Without an order only the voucher and the place are judged: what a verification asks. */
static void
test_verification(void **state)
{
    (void)state;
    struct campaign_rules *rules = calloc(1, sizeof *rules);
    struct voucher_row voucher = { 0 };
    struct merchant_row merchant = { 0 };
    struct redeem_finding finding;
    assert_non_null(rules);
    struct redeem_facts facts = { .rules = rules, .voucher = &voucher, .merchant = &merchant };
    assert_int_equal(rule_redeem(&facts, 5, &finding), VERDICT_VOUCHER_UNKNOWN);
    voucher = (struct voucher_row){ .state = VOUCHER_LIVE, .value_fen = 1, .valid_to_s = 10 };
    assert_int_equal(rule_redeem(&facts, 5, &finding), VERDICT_OK);
    assert_int_equal(rule_redeem(&facts, 10, &finding), VERDICT_VOUCHER_EXPIRED);
    rules->hours_count = 1; /* not the hour, which may be another one at the till */
    rules->hours[0] = (struct daily_hours){ 600, 660 };
    assert_int_equal(rule_redeem(&facts, 5, &finding), VERDICT_OK);
    rules->merchants_mode = MERCHANTS_LIST;
    assert_int_equal(rule_redeem(&facts, 5, &finding), VERDICT_MERCHANT_NOT_ALLOWED);
    free(rules);
    row_passed();
}

/* 18:00–02:00 of the night economy, in Shanghai, and a lunch beside it. */
static void
test_hours(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int32_t hour, minute, second;
        bool lunch, open;
    } hours[] = {
        { "opens", 18, 0, 0, false, true },
        { "a second before", 17, 59, 59, false, false },
        { "before midnight", 23, 59, 59, false, true },
        { "midnight", 0, 0, 0, false, true },
        { "the last second", 1, 59, 59, false, true },
        { "closes", 2, 0, 0, false, false },
        { "at noon", 12, 0, 0, false, false },
        { "lunch", 12, 0, 0, true, true },
        { "lunch is over", 13, 0, 0, true, false },
        { "the night after a lunch", 1, 0, 0, true, true },
    };
    struct campaign_rules *rules = calloc(1, sizeof *rules);
    assert_non_null(rules);
    for (size_t i = 0; i < COUNT_OF(hours); i++) {
        struct voucher_row voucher = { .state = VOUCHER_LIVE,
                                       .value_fen = 1,
                                       .valid_to_s = 999999999 };
        struct pool_rules pool = { .value_fen = 1 };
        struct merchant_row merchant = { 0 };
        struct order order = { .amount_fen = 5 };
        struct evidence none = { 0 };
        struct redeem_finding finding;
        rules->offset_s = 8 * 3600;
        rules->hours_count = hours[i].lunch ? 2 : 1;
        rules->hours[0] = (struct daily_hours){ 18 * 60, 2 * 60 };
        rules->hours[1] = (struct daily_hours){ 11 * 60, 13 * 60 };
        struct redeem_facts facts = { .rules = rules,
                                      .pool = &pool,
                                      .voucher = &voucher,
                                      .merchant = &merchant,
                                      .order = &order,
                                      .evidence = &none };
        int64_t now_s =
            86400 * 100 - 8 * 3600 + hours[i].hour * 3600 + hours[i].minute * 60 + hours[i].second;
        ROW_CHECK(hours[i].name, rule_redeem(&facts, now_s, &finding) ==
                                     (hours[i].open ? VERDICT_OK : VERDICT_OUTSIDE_HOURS));
        row_passed();
    }
    free(rules);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_no_change),
        cmocka_unit_test(test_verification),
        cmocka_unit_test(test_hours),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
