/* tests/test_rule_lifecycle.c: states of campaigns and versions, what may change, and the budget.
 */
#include "tests/rows.h"
#include "voucher/rules/lifecycle.h"

#define AUTHOR 1
#define SUBMITTER 2
#define OTHER 3
#define NOT(code) VERDICT_##code

/* What each act makes of each state. */
static const struct {
    const char *name;
    enum campaign_act act;
    enum campaign_state state, to;
    enum version_state version, version_to;
    bool acted; /* a version acts already */
} moves[] = {
    { "submit a draft", ACT_SUBMIT, CAMPAIGN_DRAFT, CAMPAIGN_SUBMITTED, VERSION_DRAFT,
      VERSION_SUBMITTED, false },
    { "approve", ACT_APPROVE, CAMPAIGN_SUBMITTED, CAMPAIGN_APPROVED, VERSION_SUBMITTED,
      VERSION_APPROVED, false },
    { "reject", ACT_REJECT, CAMPAIGN_SUBMITTED, CAMPAIGN_DRAFT, VERSION_SUBMITTED, VERSION_DRAFT,
      false },
    { "submit a successor", ACT_SUBMIT, CAMPAIGN_RUNNING, CAMPAIGN_RUNNING, VERSION_DRAFT,
      VERSION_SUBMITTED, true },
    { "submit one before it runs", ACT_SUBMIT, CAMPAIGN_APPROVED, CAMPAIGN_APPROVED, VERSION_DRAFT,
      VERSION_SUBMITTED, true },
    { "approve a successor", ACT_APPROVE, CAMPAIGN_RUNNING, CAMPAIGN_RUNNING, VERSION_SUBMITTED,
      VERSION_APPROVED, true },
    { "approve one while paused", ACT_APPROVE, CAMPAIGN_PAUSED, CAMPAIGN_PAUSED, VERSION_SUBMITTED,
      VERSION_APPROVED, true },
    { "reject a successor", ACT_REJECT, CAMPAIGN_RUNNING, CAMPAIGN_RUNNING, VERSION_SUBMITTED,
      VERSION_DRAFT, true },
    { "pause early", ACT_PAUSE, CAMPAIGN_APPROVED, CAMPAIGN_PAUSED, VERSION_APPROVED,
      VERSION_APPROVED, true },
    { "pause", ACT_PAUSE, CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, VERSION_APPROVED, VERSION_APPROVED,
      true },
    { "pause with a draft waiting", ACT_PAUSE, CAMPAIGN_RUNNING, CAMPAIGN_PAUSED, VERSION_DRAFT,
      VERSION_DRAFT, true },
    { "resume", ACT_RESUME, CAMPAIGN_PAUSED, CAMPAIGN_APPROVED, VERSION_APPROVED, VERSION_APPROVED,
      true },
    { "close", ACT_CLOSE, CAMPAIGN_RUNNING, CAMPAIGN_CLOSED, VERSION_APPROVED, VERSION_APPROVED,
      true },
    { "close early", ACT_CLOSE, CAMPAIGN_APPROVED, CAMPAIGN_CLOSED, VERSION_APPROVED,
      VERSION_APPROVED, true },
    { "close while paused", ACT_CLOSE, CAMPAIGN_PAUSED, CAMPAIGN_CLOSED, VERSION_SUBMITTED,
      VERSION_SUBMITTED, true },
};

struct act {
    enum campaign_act act;
    enum campaign_state state;
    enum version_state version;
    bool acted;
    uint8_t actor;
};

static enum verdict
act_judge(struct act a, enum campaign_state *to, enum version_state *version_to)
{
    bool running = a.state == CAMPAIGN_RUNNING;
    struct campaign_row row = { .state = running ? CAMPAIGN_APPROVED : a.state,
                                .latest_version = 2,
                                .acting_version = a.acted };
    struct version_row latest = {
        .version = 2, .state = a.version, .author = { { AUTHOR } }, .submitter = { { SUBMITTER } }
    };
    struct uuid who = { { a.actor } };
    struct act_facts facts = { &row, &latest, a.state, &who };
    enum verdict verdict = rule_campaign_act(&facts, a.act, to, version_to);
    if (*to == CAMPAIGN_APPROVED && running) *to = CAMPAIGN_RUNNING; /* stored as one */
    return verdict;
}

static void
test_moves(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(moves); i++) {
        enum campaign_state to;
        enum version_state version_to;
        struct act a = { moves[i].act, moves[i].state, moves[i].version, moves[i].acted, OTHER };
        ROW_CHECK(moves[i].name, act_judge(a, &to, &version_to) == VERDICT_OK);
        ROW_CHECK(moves[i].name, to == moves[i].to);
        ROW_CHECK(moves[i].name, version_to == moves[i].version_to);
        row_passed();
    }
}

#define IN(state) (1u << CAMPAIGN_##state)

/* Pause, resume and close look at the campaign, whatever version waits; the others at the version,
 * unless the campaign is closed. */
static bool
act_is_allowed(struct act a)
{
    static const unsigned from[ACT_COUNT] = { [ACT_PAUSE] = IN(APPROVED) | IN(RUNNING),
                                              [ACT_RESUME] = IN(PAUSED),
                                              [ACT_CLOSE] =
                                                  IN(APPROVED) | IN(RUNNING) | IN(PAUSED) };
    if (from[a.act] != 0) return (from[a.act] & (1u << a.state)) != 0;
    enum version_state needed = a.act == ACT_SUBMIT ? VERSION_DRAFT : VERSION_SUBMITTED;
    return a.state != CAMPAIGN_CLOSED && a.version == needed;
}

/* Every act in every state of campaign and version: allowed, or refused without a change. */
static void
test_all_else_is_wrong_state(void **state)
{
    (void)state;
    for (unsigned n = 0; n < ACT_COUNT * 6 * 3; n++) {
        struct act a = { .act = (enum campaign_act)(n % ACT_COUNT),
                         .state = (enum campaign_state)(n / ACT_COUNT % 6),
                         .version = (enum version_state)(n / ACT_COUNT / 6),
                         .actor = OTHER };
        enum campaign_state to;
        enum version_state version_to;
        a.acted = a.state >= CAMPAIGN_APPROVED;
        enum verdict want = act_is_allowed(a) ? VERDICT_OK : VERDICT_WRONG_STATE;
        ROW_CHECK(campaign_act_text(a.act), act_judge(a, &to, &version_to) == want);
        bool same = to == a.state && version_to == a.version;
        ROW_CHECK(campaign_act_text(a.act), same == (want != VERDICT_OK));
        row_passed();
    }
}

static void
test_second_person(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum campaign_act act;
        enum version_state version;
        uint8_t actor;
        enum verdict want;
    } rows[] = {
        { "the author approves", ACT_APPROVE, VERSION_SUBMITTED, AUTHOR, NOT(NEEDS_SECOND_PERSON) },
        { "the submitter approves", ACT_APPROVE, VERSION_SUBMITTED, SUBMITTER,
          NOT(NEEDS_SECOND_PERSON) },
        { "another approves", ACT_APPROVE, VERSION_SUBMITTED, OTHER, VERDICT_OK },
        { "the author rejects", ACT_REJECT, VERSION_SUBMITTED, AUTHOR, VERDICT_OK },
        { "wrong state outranks it", ACT_APPROVE, VERSION_DRAFT, AUTHOR, NOT(WRONG_STATE) },
        { "the author pauses", ACT_PAUSE, VERSION_SUBMITTED, AUTHOR, VERDICT_OK },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        enum campaign_state to;
        enum version_state version_to;
        struct act a = { rows[i].act, CAMPAIGN_RUNNING, rows[i].version, true, rows[i].actor };
        ROW_CHECK(rows[i].name, act_judge(a, &to, &version_to) == rows[i].want);
        row_passed();
    }
}

/* A pool of 100 × 10, of which `issued` are out; funded 1000. */
static void
test_budgets(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool unapproved, closed;
        int64_t issued, gone_fen, current_fen, target_fen;
        enum verdict want;
    } rows[] = {
        { "raised", false, false, 10, 1000, 1000, 1001, VERDICT_OK },
        { "lowered to what is issued", false, false, 4, 400, 1000, 400, VERDICT_OK },
        { "as it is", false, false, 10, 1000, 1000, 1000, VERDICT_OK },
        { "lowered to nothing issued", false, false, 0, 0, 1000, 1, VERDICT_OK },
        { "one fen below the issued", false, false, 4, 400, 1000, 399, NOT(INVALID) },
        { "promised, though it came back", false, false, 4, 100, 1000, 399, NOT(INVALID) },
        { "below what is gone", false, false, 1, 500, 1000, 499, NOT(INVALID) },
        { "invalid outranks conflict", false, false, 4, 400, 999, 399, NOT(INVALID) },
        { "invalid outranks wrong state", false, true, 4, 400, 1000, 399, NOT(INVALID) },
        { "never approved", true, false, 0, 0, 1000, 2000, NOT(WRONG_STATE) },
        { "closed", false, true, 4, 400, 1000, 2000, NOT(WRONG_STATE) },
        { "wrong state outranks conflict", false, true, 4, 400, 999, 2000, NOT(WRONG_STATE) },
        { "another current", false, false, 4, 400, 999, 2000, NOT(BUDGET_CONFLICT) },
        { "current of nothing", false, false, 4, 400, 0, 2000, NOT(BUDGET_CONFLICT) },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct campaign_row row = { .acting_version = rows[i].unapproved ? 0 : 1,
                                    .state = rows[i].closed ? CAMPAIGN_CLOSED : CAMPAIGN_APPROVED,
                                    .pool_count = 1 };
        row.pools[0] = (struct pool_row){ .value_fen = 100, .count = 10, .issued = rows[i].issued };
        row.balances.funded_fen = 1000;
        row.balances.available_fen = 1000 - rows[i].gone_fen;
        row.balances.live_fen = rows[i].gone_fen;
        ROW_CHECK(rows[i].name, rule_budget_propose(&row, rows[i].current_fen,
                                                    rows[i].target_fen) == rows[i].want);
        struct budget_change_row change = { .current_fen = rows[i].current_fen,
                                            .target_fen = rows[i].target_fen,
                                            .author = { { AUTHOR } } };
        struct uuid author = { { AUTHOR } }, other = { { OTHER } };
        bool sound = rows[i].want == VERDICT_OK;
        ROW_CHECK(rows[i].name, rule_budget_judge(&row, &change, &other, true) == rows[i].want);
        ROW_CHECK(rows[i].name, rule_budget_judge(&row, &change, &author, true) ==
                                    (sound ? NOT(NEEDS_SECOND_PERSON) : rows[i].want));
        ROW_CHECK(rows[i].name, rule_budget_judge(&row, &change, &author, false) == VERDICT_OK);
        change.state = CHANGE_REJECTED;
        ROW_CHECK(rows[i].name, rule_budget_judge(&row, &change, &other, true) == NOT(WRONG_STATE));
        row_passed();
    }
}

/* Pool 1 has issued two of three, pool 2 nothing. Each row breaks one thing, or none. */
static const struct change_row {
    const char *name;
    bool unapproved, other_kind, other_zone;
    int64_t budget_fen; /* 0: 1000 */
    int64_t value_fen, count; /* of pool 1; 0: 100 and 3 */
    bool drop_issued, drop_unissued;
    const char *pointer; /* NULL: allowed */
} changes[] = {
    { .name = "nothing changes" },
    { .name = "more of it", .count = 5 },
    { .name = "just what is issued", .count = 2 },
    { .name = "an unissued pool goes", .drop_unissued = true },
    { .name = "the budget as funded", .budget_fen = 1200 },
    { .name = "before approval anything",
      .unapproved = true,
      .other_kind = true,
      .other_zone = true,
      .budget_fen = 5,
      .value_fen = 7,
      .count = 1,
      .drop_unissued = true },
    { .name = "another kind", .other_kind = true, .pointer = "/kind" },
    { .name = "another zone", .other_zone = true, .pointer = "/timezone" },
    { .name = "another budget", .budget_fen = 1001, .pointer = "/budget_fen" },
    { .name = "another value", .value_fen = 99, .pointer = "/pools/0/value_fen" },
    { .name = "fewer than issued", .count = 1, .pointer = "/pools/0/count" },
    { .name = "an issued pool goes", .drop_issued = true, .pointer = "/pools" },
};

/* The rules that the row proposes. */
static void
change_propose(const struct change_row *row, struct campaign_rules *next)
{
    memset(next, 0, sizeof *next);
    next->kind = row->other_kind ? CAMPAIGN_CAR : CAMPAIGN_SHOPPING;
    next->offset_s = row->other_zone ? 3600 : 0;
    next->budget_fen = row->budget_fen == 0 ? 1000 : row->budget_fen;
    next->pool_count = 2;
    next->pools[0].id.bytes[0] = row->drop_issued ? 9 : 1;
    next->pools[0].value_fen = row->value_fen == 0 ? 100 : row->value_fen;
    next->pools[0].count = row->count == 0 ? 3 : row->count;
    next->pools[1].id.bytes[0] = row->drop_unissued ? 8 : 2;
}

static void
change_check(const struct change_row *row, struct campaign_rules *acting,
             struct campaign_rules *next)
{
    struct faults faults = { 0 };
    struct campaign_row campaign = { .acting_version = 1, .pool_count = 2 };
    campaign.balances.funded_fen = 1200;
    campaign.pools[0] =
        (struct pool_row){ .id = { { 1 } }, .value_fen = 100, .count = 3, .issued = 2 };
    campaign.pools[1] = (struct pool_row){ .id = { { 2 } }, .value_fen = 50, .count = 3 };
    memset(acting, 0, sizeof *acting);
    acting->budget_fen = 1000;
    change_propose(row, next);
    rule_campaign_change(&campaign, row->unapproved ? NULL : acting, next, &faults);
    ROW_CHECK(row->name, faults.count == (row->pointer == NULL ? 0 : 1));
    ROW_CHECK(row->name,
              row->pointer == NULL || strcmp(faults.rows[0].pointer.text, row->pointer) == 0);
}

static void
test_changes(void **state)
{
    (void)state;
    struct campaign_rules *rules = calloc(2, sizeof *rules);
    assert_non_null(rules);
    for (size_t i = 0; i < COUNT_OF(changes); i++) {
        change_check(&changes[i], &rules[0], &rules[1]);
        row_passed();
    }
    free(rules);
}

static void
test_texts(void **state)
{
    (void)state;
    assert_string_equal(campaign_act_text(ACT_RESUME), "resume");
    assert_string_equal(campaign_state_text(CAMPAIGN_RUNNING), "running");
    assert_string_equal(campaign_state_text(CAMPAIGN_CLOSED), "closed");
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),         cmocka_unit_test(test_all_else_is_wrong_state),
        cmocka_unit_test(test_second_person), cmocka_unit_test(test_budgets),
        cmocka_unit_test(test_changes),       cmocka_unit_test(test_texts),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
