/* tests/test_book_campaign.c: a campaign's life, its rule versions, pools and budget, on a real
 * ledger. Each test is a story; the money is looked at after it. */
#include "tests/rows.h"
#include "tests/support_book.h"

#define WINDOWS                                                                             \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-06-22T00:00:00+08:00'}," \
    "'use_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-07-01T00:00:00+08:00'},"
#define CAMPAIGN(budget, pools) \
    "{'name':'夜市','kind':'shopping','budget_fen':" budget "," WINDOWS "'pools':[" pools "]}"
#define POOL(name, value, count) \
    "{'name':'" name "','value_fen':" value ",'count':" count ",'min_spend_fen':2000}"

static const char plain[] = CAMPAIGN("10000", POOL("a", "1000", "3"));

static void
test_second_person(void **state)
{
    (void)state;
    struct bench b;
    struct uuid id;
    bench_open(&b);
    assert_int_equal(bench_create(&b, plain, &id), VERDICT_OK);
    assert_int_equal(b.op.status, 201);
    assert_true(bench_reply_has(&b, "\"state\":\"draft\""));
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_WRONG_STATE);
    assert_int_equal(bench_act(&b, &id, ACT_REJECT, ADMIN_APPROVER), VERDICT_WRONG_STATE);
    assert_int_equal(bench_act(&b, &id, ACT_PAUSE, ADMIN_AUTHOR), VERDICT_WRONG_STATE);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_THIRD), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"submitted\""));
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_THIRD), VERDICT_WRONG_STATE);
    assert_int_equal(bench_change(&b, &id, plain), VERDICT_WRONG_STATE);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_AUTHOR), VERDICT_NEEDS_SECOND_PERSON);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_THIRD), VERDICT_NEEDS_SECOND_PERSON);
    assert_int_equal(bench_money(&b, &id).funded_fen, 0);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"running\""));
    assert_int_equal(bench_money(&b, &id).funded_fen, 10000);
    assert_int_equal(bench_money(&b, &id).available_fen, 10000);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_THIRD), VERDICT_WRONG_STATE);
    bench_close(&b);
    row_passed();
}

static void
test_rejected_is_a_draft_again(void **state)
{
    (void)state;
    struct bench b;
    struct uuid id;
    bench_open(&b);
    assert_int_equal(bench_create(&b, plain, &id), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_REJECT, ADMIN_APPROVER), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"draft\""));
    assert_int_equal(bench_change(&b, &id, CAMPAIGN("20000", POOL("b", "500", "4"))), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"rule_version\":1"));
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_row(&b, &id).pools[0].value_fen, 500);
    assert_int_equal(bench_money(&b, &id).funded_fen, 20000);
    bench_close(&b);
    row_passed();
}

static void
test_pause_and_close(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    struct uuid voucher = b.op.claimed.vouchers[0].id;
    assert_int_equal(bench_act(&b, &id, ACT_RESUME, ADMIN_AUTHOR), VERDICT_WRONG_STATE);
    assert_int_equal(bench_act(&b, &id, ACT_PAUSE, ADMIN_AUTHOR), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"paused\""));
    assert_int_equal(bench_claim(&b, &id, 0, 2), VERDICT_CAMPAIGN_PAUSED);
    assert_int_equal(bench_act(&b, &id, ACT_PAUSE, ADMIN_AUTHOR), VERDICT_WRONG_STATE);
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &voucher, 2000), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_RESUME, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 2), VERDICT_OK);
    voucher = b.op.claimed.vouchers[0].id;
    assert_int_equal(bench_act(&b, &id, ACT_CLOSE, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 3), VERDICT_CAMPAIGN_CLOSED);
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &voucher, 2000), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_RESUME, ADMIN_AUTHOR), VERDICT_WRONG_STATE);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_WRONG_STATE);
    assert_int_equal(bench_change(&b, &id, plain), VERDICT_WRONG_STATE);
    bench_close(&b);
    row_passed();
}

static void
test_if_match(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    int64_t revision = bench_row(&b, &id).revision;
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(&b, OP_CAMPAIGN_ACT, &admin);
    op->campaign.campaign = id;
    op->campaign.act = ACT_PAUSE;
    op->if_match = revision - 1;
    assert_int_equal(bench_run(&b), VERDICT_PRECONDITION_FAILED);
    op->if_match = revision;
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_int_equal(op->revision, revision + 1);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_CAMPAIGN_PAUSED);
    assert_int_equal(bench_row(&b, &id).revision, revision + 1);
    bench_close(&b);
    row_passed();
}

static void
test_version_acts_after_approval(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    struct uuid old = b.op.claimed.vouchers[0].id, pool = b.op.claimed.claim.pool;
    const char *next = CAMPAIGN("10000", POOL("new", "500", "2") "," POOL("a", "1000", "4"));
    assert_int_equal(bench_change(&b, &id, next), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"pending\":{\"rule_version\":2,\"state\":\"draft\"}"));
    assert_true(bench_reply_has(&b, "\"state\":\"running\""));
    assert_int_equal(bench_row(&b, &id).pool_count, 1);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_row(&b, &id).pool_count, 1);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_AUTHOR), VERDICT_NEEDS_SECOND_PERSON);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    struct campaign_row row = bench_row(&b, &id);
    assert_int_equal(row.pool_count, 2);
    assert_int_equal(row.acting_version, 2);
    assert_true(uuid_equal(&row.pools[1].id, &pool));
    assert_int_equal(row.pools[1].count, 4);
    assert_int_equal(row.pools[1].issued, 1);
    assert_int_equal(row.balances.funded_fen, 10000);
    assert_int_equal(bench_claim(&b, &id, 1, 2), VERDICT_OK);
    assert_int_equal(b.op.claimed.claim.rule_version, 2);
    assert_int_equal(bench_claim(&b, &id, 0, 3), VERDICT_OK);
    assert_int_equal(b.op.claimed.vouchers[0].value_fen, 500);
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &old, 2000), VERDICT_OK);
    assert_int_equal(b.redemption.rule_version, 1);
    bench_reopen(&b);
    assert_int_equal(bench_row(&b, &id).pools[1].issued, 2);
    bench_close(&b);
    row_passed();
}

static void
test_issued_pools_stay(void **state)
{
    (void)state;
    static const struct {
        const char *name, *definition, *pointer;
        enum flaw flaw;
    } rows[] = {
        { "value changes", CAMPAIGN("10000", POOL("a", "900", "3")), "/pools/0/value_fen",
          FLAW_NOT_ALLOWED_HERE },
        { "count below issued", CAMPAIGN("10000", POOL("a", "1000", "1")), "/pools/0/count",
          FLAW_OUT_OF_RANGE },
        { "pool left out", CAMPAIGN("10000", POOL("b", "1000", "3")), "/pools", FLAW_NEEDED_HERE },
        { "budget", CAMPAIGN("10001", POOL("a", "1000", "3")), "/budget_fen",
          FLAW_NOT_ALLOWED_HERE },
        { "id of no pool",
          CAMPAIGN("10000", POOL("a", "1000", "3") ",{'pool_id':'pol_00000000000000000000000001',"
                                                   "'name':'z','value_fen':1,'count':1}"),
          "/pools/1/pool_id", FLAW_NAMES_NOTHING },
    };
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 2), VERDICT_OK);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        ROW_CHECK(rows[i].name, bench_change(&b, &id, rows[i].definition) == VERDICT_INVALID);
        ROW_CHECK(rows[i].name, b.op.faults.count == 1);
        ROW_CHECK(rows[i].name, b.op.faults.rows[0].flaw == rows[i].flaw);
        ROW_CHECK(rows[i].name, strcmp(b.op.faults.rows[0].pointer.text, rows[i].pointer) == 0);
        row_passed();
    }
    assert_int_equal(bench_row(&b, &id).latest_version, 1);
    bench_close(&b);
}

/* What was sound when it was written may not be so when it is approved; invalid outranks the
 * question who asks. */
static void
test_approval_judges_again(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    assert_int_equal(bench_change(&b, &id, CAMPAIGN("10000", POOL("a", "900", "3"))), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_AUTHOR), VERDICT_INVALID);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_INVALID);
    assert_string_equal(b.op.faults.rows[0].pointer.text, "/pools/0/value_fen");
    assert_int_equal(bench_act(&b, &id, ACT_REJECT, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_change(&b, &id, plain), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    bench_close(&b);
    row_passed();
}

/* A pool renamed by its id leaves its old name free for a new pool. */
static void
test_renamed_pool(void **state)
{
    (void)state;
    struct bench b;
    char definition[2048], pool_text[ID_TEXT_SIZE];
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    struct uuid pool = bench_row(&b, &id).pools[0].id;
    (void)id_write(ID_POOL, &pool, pool_text);
    (void)snprintf(definition, sizeof definition,
                   CAMPAIGN("10000", "{'pool_id':'%s','name':'b','value_fen':1000,'count':3},"
                                     "{'name':'a','value_fen':500,'count':3}"),
                   pool_text);
    assert_int_equal(bench_change(&b, &id, definition), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    struct campaign_row row = bench_row(&b, &id);
    assert_int_equal(row.pool_count, 2);
    assert_true(uuid_equal(&row.pools[0].id, &pool));
    assert_int_equal(bench_claim(&b, &id, 1, 1), VERDICT_OK);
    assert_int_equal(b.op.claimed.vouchers[0].value_fen, 500);
    bench_close(&b);
    row_passed();
}

static void
test_unissued_pool_may_go(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    struct uuid voucher = b.op.claimed.vouchers[0].id;
    assert_int_equal(bench_void(&b, &voucher), VERDICT_OK);
    assert_int_equal(bench_row(&b, &id).pools[0].issued, 0);
    assert_int_equal(bench_change(&b, &id, CAMPAIGN("10000", POOL("b", "1000", "3"))), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    b.now_s += 30 * BENCH_DAY; /* its bucket ends after the pool went */
    assert_true(bench_sweep(&b) <= 1);
    assert_int_equal(bench_sweep(&b), 0);
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &voucher, 2000), VERDICT_VOUCHER_VOID);
    bench_close(&b);
    row_passed();
}

/* A draft that leaves a pool out, and then the pool issues: the way back must stay open. */
static void
test_pool_left_out_comes_back(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, plain);
    struct uuid pool = bench_row(&b, &id).pools[0].id;
    assert_int_equal(bench_change(&b, &id, CAMPAIGN("10000", POOL("b", "1000", "3"))), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_INVALID);
    assert_int_equal(bench_act(&b, &id, ACT_REJECT, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_change(&b, &id, plain), VERDICT_OK); /* by its name */
    b.op.campaign.rules->pools[0].id = pool; /* and by its id */
    bench_key(&b.op, "sent-with-its-id");
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&b, &id, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    assert_true(uuid_equal(&bench_row(&b, &id).pools[0].id, &pool));
    bench_close(&b);
    row_passed();
}

static void
test_budget(void **state)
{
    (void)state;
    struct bench b;
    struct uuid change, late;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN("3000", POOL("a", "1000", "3")));
    for (unsigned who = 1; who <= 3; who++) {
        assert_int_equal(bench_claim(&b, &id, 0, who), VERDICT_OK);
    }
    assert_int_equal(bench_budget(&b, &id, 2999, 4000, &change), VERDICT_BUDGET_CONFLICT);
    assert_int_equal(bench_budget(&b, &id, 3000, 2999, &change), VERDICT_INVALID);
    assert_string_equal(b.op.faults.rows[0].pointer.text, "/target_fen");
    assert_int_equal(bench_budget(&b, &id, 2999, 2999, &change), VERDICT_INVALID);
    assert_int_equal(bench_budget(&b, &id, 3000, 5000, &change), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"pending\""));
    assert_int_equal(bench_budget(&b, &id, 3000, 6000, &late), VERDICT_OK);
    assert_int_equal(bench_budget_judge(&b, &change, true, ADMIN_AUTHOR),
                     VERDICT_NEEDS_SECOND_PERSON);
    assert_int_equal(bench_money(&b, &id).funded_fen, 3000);
    assert_int_equal(bench_budget_judge(&b, &change, true, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_money(&b, &id).funded_fen, 5000);
    assert_int_equal(bench_budget_judge(&b, &change, true, ADMIN_APPROVER), VERDICT_WRONG_STATE);
    assert_int_equal(bench_budget_judge(&b, &late, true, ADMIN_APPROVER), VERDICT_BUDGET_CONFLICT);
    assert_int_equal(bench_budget_judge(&b, &late, false, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_budget_judge(&b, &late, true, ADMIN_APPROVER), VERDICT_WRONG_STATE);
    assert_int_equal(bench_budget(&b, &id, 5000, 3000, &change), VERDICT_OK);
    assert_int_equal(bench_budget_judge(&b, &change, true, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_money(&b, &id).available_fen, 0);
    struct uuid nothing = { { 9 } };
    assert_int_equal(bench_budget_judge(&b, &nothing, true, ADMIN_APPROVER), VERDICT_NOT_FOUND);
    assert_int_equal(bench_budget(&b, &nothing, 5000, 3000, &change), VERDICT_NOT_FOUND);
    bench_close(&b);
    row_passed();
}

/* A budget below Σ value × count sells out early; raised again, it goes on. */
static void
test_lowered_budget_sells_out(void **state)
{
    (void)state;
    struct bench b;
    struct uuid change;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN("3000", POOL("a", "1000", "3")));
    assert_int_equal(bench_budget(&b, &id, 3000, 1500, &change), VERDICT_OK);
    assert_int_equal(bench_budget_judge(&b, &change, true, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 2), VERDICT_SOLD_OUT);
    assert_int_equal(bench_budget(&b, &id, 1500, 3000, &change), VERDICT_OK);
    assert_int_equal(bench_budget_judge(&b, &change, true, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 0, 2), VERDICT_OK);
    bench_close(&b);
    row_passed();
}

static void
test_campaign_replays(void **state)
{
    (void)state;
    struct bench b;
    struct uuid id;
    char first[4096];
    bench_open(&b);
    assert_int_equal(bench_create(&b, plain, &id), VERDICT_OK);
    struct text body = json_writer_text(&b.op.body);
    size_t size = body.size;
    assert_true(size < sizeof first);
    memcpy(first, body.at, size);
    bench_reopen(&b);
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_true(b.op.replayed);
    assert_int_equal(b.op.status, 201);
    assert_true(text_equal(json_writer_text(&b.op.body), (struct text){ first, size }));
    bench_other_content(&b.op);
    assert_int_equal(bench_again(&b), VERDICT_IDEMPOTENCY_KEY_REUSED);
    /* A decision that lost a race is taken again on the same command. */
    bench_key(&b.op, "another-key");
    b.op.campaign.rules->pools[0].id = (struct uuid){ 0 };
    assert_int_equal(bench_again(&b), VERDICT_OK);
    bench_key(&b.op, "a-third-key");
    assert_int_equal(bench_again(&b), VERDICT_OK);
    bench_close(&b);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_person),
        cmocka_unit_test(test_rejected_is_a_draft_again),
        cmocka_unit_test(test_pause_and_close),
        cmocka_unit_test(test_if_match),
        cmocka_unit_test(test_version_acts_after_approval),
        cmocka_unit_test(test_issued_pools_stay),
        cmocka_unit_test(test_approval_judges_again),
        cmocka_unit_test(test_renamed_pool),
        cmocka_unit_test(test_unissued_pool_may_go),
        cmocka_unit_test(test_pool_left_out_comes_back),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_lowered_budget_sells_out),
        cmocka_unit_test(test_campaign_replays),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
