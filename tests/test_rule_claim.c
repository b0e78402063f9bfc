/* tests/test_rule_claim.c: who may take from a pool, in order of precedence. The clock of a row
 * counts from the opening of the claim window, which lasts 100 s; use is until 200 s. */
#include "tests/rows.h"
#include "voucher/rules/claim.h"

#define OPENS INT64_C(1000000)

/* A zeroed row is a claim that is granted. */
struct row {
    const char *name;
    int64_t at_s;
    enum campaign_state state; /* 0: approved */
    enum claim_source source;
    enum issuing issuing;
    bool weak; /* the session */
    bool lenient; /* the campaign asks for no strong one */
    int64_t claims_so_far, issued, funded_short_fen;
    bool other_pool, no_rules;
    enum verdict want;
};

#define RUSH .source = CLAIM_RUSH
#define PAUSED .state = CAMPAIGN_PAUSED
#define CLOSED .state = CAMPAIGN_CLOSED
#define NOT(code) .want = VERDICT_##code

static const struct row rows[] = {
    { "granted at the first second", RUSH },
    { "granted at the last second", RUSH, .at_s = 99 },
    { "granted, the last of the pool", RUSH, .issued = 4 },
    { "granted, the second of two", RUSH, .claims_so_far = 1 },
    { "granted to a weak session", RUSH, .weak = true, .lenient = true },
    { "granted with money for just one", RUSH, .issued = 3, .funded_short_fen = 100 },
    { "a grant before the window", .source = CLAIM_GRANT, .issuing = ISSUING_GRANT, .at_s = -50 },
    { "a grant after the window", .source = CLAIM_GRANT, .issuing = ISSUING_GRANT, .at_s = 150 },
    { "a reward knows no session", .source = CLAIM_REWARD, .issuing = ISSUING_REWARD,
      .weak = true },

    { "never approved", RUSH, .no_rules = true, NOT(NOT_FOUND) },
    { "never approved outranks early", RUSH, .no_rules = true, .at_s = -1, NOT(NOT_FOUND) },
    { "another campaign's pool", RUSH, .other_pool = true, NOT(NOT_FOUND) },
    { "another's pool outranks early", RUSH, .other_pool = true, .at_s = -1, NOT(NOT_FOUND) },
    { "another's pool outranks closed", RUSH, .other_pool = true, CLOSED, NOT(NOT_FOUND) },
    { "a second early", RUSH, .at_s = -1, NOT(CAMPAIGN_NOT_OPEN) },
    { "early outranks paused", RUSH, .at_s = -1, PAUSED, NOT(CAMPAIGN_NOT_OPEN) },
    { "early outranks not eligible", RUSH, .at_s = -1, .weak = true, NOT(CAMPAIGN_NOT_OPEN) },
    { "early outranks claimed", RUSH, .at_s = -1, .claims_so_far = 2, NOT(CAMPAIGN_NOT_OPEN) },
    { "early outranks sold out", RUSH, .at_s = -1, .issued = 5, NOT(CAMPAIGN_NOT_OPEN) },
    { "closed before it opened", RUSH, .at_s = -1, CLOSED, NOT(CAMPAIGN_CLOSED) },
    { "the window's end is exclusive", RUSH, .at_s = 100, NOT(CAMPAIGN_CLOSED) },
    { "closed by hand", RUSH, CLOSED, NOT(CAMPAIGN_CLOSED) },
    { "over outranks paused", RUSH, .at_s = 100, PAUSED, NOT(CAMPAIGN_CLOSED) },
    { "over outranks not eligible", RUSH, .at_s = 100, .weak = true, NOT(CAMPAIGN_CLOSED) },
    { "over outranks sold out", RUSH, .at_s = 100, .issued = 5, NOT(CAMPAIGN_CLOSED) },
    { "a grant to a closed one", .source = CLAIM_GRANT, .issuing = ISSUING_GRANT, CLOSED,
      NOT(CAMPAIGN_CLOSED) },
    { "a grant when use is over", .source = CLAIM_GRANT, .issuing = ISSUING_GRANT, .at_s = 200,
      NOT(CAMPAIGN_CLOSED) },
    { "a reward when use is over", .source = CLAIM_REWARD, .issuing = ISSUING_REWARD, .at_s = 200,
      NOT(CAMPAIGN_CLOSED) },
    { "paused", RUSH, PAUSED, NOT(CAMPAIGN_PAUSED) },
    { "a paused grant", .source = CLAIM_GRANT, .issuing = ISSUING_GRANT, PAUSED,
      NOT(CAMPAIGN_PAUSED) },
    { "a paused reward", .source = CLAIM_REWARD, .issuing = ISSUING_REWARD, PAUSED,
      NOT(CAMPAIGN_PAUSED) },
    { "paused outranks not eligible", RUSH, PAUSED, .weak = true, NOT(CAMPAIGN_PAUSED) },
    { "paused outranks claimed", RUSH, PAUSED, .claims_so_far = 2, NOT(CAMPAIGN_PAUSED) },
    { "a weak session", RUSH, .weak = true, NOT(NOT_ELIGIBLE) },
    { "a rush for what is granted", RUSH, .issuing = ISSUING_GRANT, NOT(NOT_ELIGIBLE) },
    { "a rush for a reward", RUSH, .issuing = ISSUING_REWARD, NOT(NOT_ELIGIBLE) },
    { "a grant of what is rushed for", .source = CLAIM_GRANT, NOT(NOT_ELIGIBLE) },
    { "a reward of what is granted", .source = CLAIM_REWARD, .issuing = ISSUING_GRANT,
      NOT(NOT_ELIGIBLE) },
    { "not eligible outranks claimed", RUSH, .weak = true, .claims_so_far = 2, NOT(NOT_ELIGIBLE) },
    { "not eligible outranks sold out", RUSH, .weak = true, .issued = 5, NOT(NOT_ELIGIBLE) },
    { "has claimed twice", RUSH, .claims_so_far = 2, NOT(ALREADY_CLAIMED) },
    { "the limit was lowered since", RUSH, .claims_so_far = 7, NOT(ALREADY_CLAIMED) },
    { "a grant counts as well", .source = CLAIM_GRANT, .issuing = ISSUING_GRANT, .claims_so_far = 2,
      NOT(ALREADY_CLAIMED) },
    { "claimed outranks sold out", RUSH, .claims_so_far = 2, .issued = 5, NOT(ALREADY_CLAIMED) },
    { "all gone", RUSH, .issued = 5, NOT(SOLD_OUT) },
    { "all gone, though money is left", RUSH, .issued = 5, .funded_short_fen = -1000,
      NOT(SOLD_OUT) },
    { "one fen short of money", RUSH, .issued = 3, .funded_short_fen = 101, NOT(SOLD_OUT) },
    { "no money at all", RUSH, .funded_short_fen = 500, NOT(SOLD_OUT) },
};

static enum verdict
row_judge(const struct row *row, struct campaign_rules *rules)
{
    struct campaign_row campaign = { .state = row->state == 0 ? CAMPAIGN_APPROVED : row->state,
                                     .acting_version = 1,
                                     .pool_count = 1 };
    struct uuid pool = { { 1 } }, other = { { 2 } };
    rules->issuing = row->issuing;
    rules->claim_window = (struct window){ OPENS, OPENS + 100 };
    rules->use_window_named = true;
    rules->use_window = (struct window){ OPENS, OPENS + 200 };
    rules->per_person_limit = 2;
    rules->assurance = row->lenient ? ASSURANCE_OTP : ASSURANCE_ISSUER;
    campaign.pools[0] = (struct pool_row){ pool, 1, 100, 5, row->issued, 0 };
    campaign.balances.funded_fen = 500 - row->funded_short_fen;
    campaign.balances.available_fen = 500 - row->funded_short_fen - 100 * row->issued;
    struct claim_facts facts = { .campaign = &campaign,
                                 .rules = row->no_rules ? NULL : rules,
                                 .pool = row->other_pool ? &other : &pool,
                                 .source = row->source,
                                 .assurance = row->weak ? ASSURANCE_OTP : ASSURANCE_ISSUER,
                                 .claims_so_far = row->claims_so_far };
    return rule_claim(&facts, OPENS + row->at_s);
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

static void
test_state_at(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum campaign_state stored;
        int64_t at_s;
        enum campaign_state want;
    } states[] = {
        { "a draft", CAMPAIGN_DRAFT, 50, CAMPAIGN_DRAFT },
        { "submitted", CAMPAIGN_SUBMITTED, 50, CAMPAIGN_SUBMITTED },
        { "a second before", CAMPAIGN_APPROVED, -1, CAMPAIGN_APPROVED },
        { "begun", CAMPAIGN_APPROVED, 0, CAMPAIGN_RUNNING },
        { "long over", CAMPAIGN_APPROVED, 999999, CAMPAIGN_RUNNING },
        { "paused", CAMPAIGN_PAUSED, 50, CAMPAIGN_PAUSED },
        { "closed", CAMPAIGN_CLOSED, -1, CAMPAIGN_CLOSED },
    };
    struct campaign_rules *rules = calloc(1, sizeof *rules);
    assert_non_null(rules);
    rules->claim_window = (struct window){ OPENS, OPENS + 100 };
    for (size_t i = 0; i < COUNT_OF(states); i++) {
        struct campaign_row row = { .state = states[i].stored };
        ROW_CHECK(states[i].name,
                  campaign_state_at(&row, rules, OPENS + states[i].at_s) == states[i].want);
        row_passed();
    }
    free(rules);
}

/* The rest of what is promised: pools by what they issued, whatever is in their accounts. */
static void
test_committed(void **state)
{
    (void)state;
    struct campaign_row row = { .pool_count = 2 };
    row.pools[0] = (struct pool_row){ .value_fen = 300, .issued = 4, .count = 10 };
    row.pools[1] = (struct pool_row){ .value_fen = 70, .issued = 1, .count = 1 };
    assert_int_equal(campaign_committed_fen(&row), 1270);
    row.pool_count = 0;
    assert_int_equal(campaign_committed_fen(&row), 0);
    row_passed();
}

/* Cells are codes of parts; one covers what lies in it. */
static void
test_cells(void **state)
{
    static const struct {
        const char *name, *cell, *code;
        bool covers;
    } cells[] = {
        { "itself", "410108-05", "410108-05", true },
        { "a part", "410108-05", "410108-05-3", true },
        { "a part of a part", "410108-05", "410108-05-3-11", true },
        { "a part by a point", "410108.05", "410108.05.3", true },
        { "a part by a slash", "A/1", "A/1/2", true },
        { "what begins alike", "410108-05", "410108-050", false },
        { "a letter more", "410108-05", "410108-05b", false },
        { "the whole of it", "410108-05", "410108", false },
        { "another", "410108-05", "410108-06", false },
        { "nothing covers", "", "410108-05", false },
        { "nothing is covered", "410108-05", "", false },
        { "nothing and nothing", "", "", false },
        { "capitals", "a-1", "A-1", false },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(cells); i++) {
        ROW_CHECK(cells[i].name, cell_covers(cells[i].cell, cells[i].code) == cells[i].covers);
        row_passed();
    }
}

/* Who is barred, and by what; the roll matters only where it is asked for. */
static void
test_bars(void **state)
{
    struct label groups[2] = { { "senior" }, { "veteran" } }, cells[1] = { { "1-2" } };
    const struct roll_row senior = { .cell = "1-2-3",
                                     .group_count = 2,
                                     .groups = { { "x" }, { "senior" } } };
    const struct roll_row lone = { .cell = "1-2" },
                          away = { .cell = "1-3", .group_count = 1, .groups = { { "veteran" } } };
    const struct {
        const char *name;
        bool needs_roll;
        size_t group_count, cell_count;
        const struct roll_row *roll;
        enum claim_source source;
        enum claim_bar want;
    } rows_of_bars[] = {
        { "no roll is asked for", false, 0, 0, NULL, CLAIM_RUSH, BAR_NONE },
        { "on the roll", true, 0, 0, &lone, CLAIM_RUSH, BAR_NONE },
        { "of a group", true, 2, 0, &senior, CLAIM_RUSH, BAR_NONE },
        { "of the other group", true, 2, 0, &away, CLAIM_RUSH, BAR_NONE },
        { "in the cell", true, 0, 1, &lone, CLAIM_RUSH, BAR_NONE },
        { "of both", true, 2, 1, &senior, CLAIM_RUSH, BAR_NONE },
        { "not on the roll", true, 0, 0, NULL, CLAIM_RUSH, BAR_ROLL },
        { "not on the roll outranks the group", true, 2, 1, NULL, CLAIM_RUSH, BAR_ROLL },
        { "of no group", true, 2, 0, &lone, CLAIM_RUSH, BAR_GROUP },
        { "of no group outranks the cell", true, 1, 1, &away, CLAIM_RUSH, BAR_GROUP },
        { "in another cell", true, 2, 1, &away, CLAIM_RUSH, BAR_CELL },
        { "another issuing outranks the roll", true, 2, 1, NULL, CLAIM_GRANT, BAR_ISSUING },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows_of_bars); i++) {
        struct campaign_rules rules = { .needs_roll = rows_of_bars[i].needs_roll,
                                        .roll_group_count = rows_of_bars[i].group_count,
                                        .roll_groups = groups,
                                        .roll_cell_count = rows_of_bars[i].cell_count,
                                        .roll_cells = cells };
        struct claim_facts facts = { .rules = &rules,
                                     .source = rows_of_bars[i].source,
                                     .roll = rows_of_bars[i].roll };
        ROW_CHECK(rows_of_bars[i].name, claim_bar(&facts) == rows_of_bars[i].want);
        row_passed();
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),      cmocka_unit_test(test_cells),
        cmocka_unit_test(test_bars),      cmocka_unit_test(test_state_at),
        cmocka_unit_test(test_committed),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
