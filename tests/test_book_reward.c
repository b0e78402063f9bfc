/* tests/test_book_reward.c: 再奖励: a captured car redemption grants its buyer a pack, in the same
 * transaction, and takes it back when it is undone. */
#include "tests/rows.h"
#include "tests/support_book.h"

#define CLAIMS \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-06-22T00:00:00+08:00'},"
#define REWARD(use_to, pool)                                                                    \
    "{'name':'r','kind':'shopping','budget_fen':90000," CLAIMS                                  \
    "'use_window':{'from':'2026-06-19T10:00:00+08:00','to':'" use_to "'},'per_person_limit':2," \
    "'issuing':'reward','pools':[{'name':'" pool "','value_fen':3000,'count':2,'pack':["        \
    "{'value_fen':2000,'min_spend_fen':2001,'count':1},"                                        \
    "{'value_fen':1000,'min_spend_fen':1001,'count':1}]}]}"
#define CAR                                                                                       \
    "{'name':'c','kind':'car','budget_fen':9000000," CLAIMS                                       \
    "'use_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-07-21T00:00:00+08:00'},"         \
    "'per_person_limit':9,'refund_policy':'return','reward':{'campaign_id':'%s','pool_id':'%s'}," \
    "'pools':[{'name':'f','value_fen':300000,'count':9}],'car':{"                                 \
    "'invoice_window':{'from':'2026-06-19T00:00:00+08:00','to':'2026-06-22T00:00:00+08:00'},"     \
    "'rate':{'type':'percent_capped','fuel':{'bp':600,'cap_fen':300000},"                         \
    "'nev':{'bp':800,'cap_fen':300000}}}}"
#define SHORT REWARD("2026-06-20T00:00:00+08:00", "p")
#define LONG REWARD("2026-07-20T00:00:00+08:00", "p")

struct story {
    struct bench b;
    struct uuid reward, campaign, voucher;
};

static void
definition_of(char *out, size_t room, const struct uuid *campaign, const struct uuid *pool)
{
    char campaign_text[ID_TEXT_SIZE], pool_text[ID_TEXT_SIZE];
    (void)id_write(ID_CAMPAIGN, campaign, campaign_text);
    (void)id_write(ID_POOL, pool, pool_text);
    (void)snprintf(out, room, CAR, campaign_text, pool_text);
}

static void
story_begin(struct story *s, const char *reward)
{
    char definition[2048];
    bench_open(&s->b);
    s->reward = bench_campaign(&s->b, reward);
    struct campaign_row row = bench_row(&s->b, &s->reward);
    definition_of(definition, sizeof definition, &s->reward, &row.pools[0].id);
    s->campaign = bench_campaign(&s->b, definition);
    assert_int_equal(bench_claim(&s->b, &s->campaign, 0, 1), VERDICT_OK);
    s->voucher = s->b.op.claimed.vouchers[0].id;
}

static enum verdict
buy_car(struct story *s, unsigned resident, unsigned car, bool hold)
{
    struct op *op = bench_redeem_begin(&s->b, TILL_DEALER, &s->voucher, 12000000);
    op->redeem.evidence = bench_evidence(resident, car, 12000000);
    op->redeem.hold = hold;
    return bench_redeem_run(&s->b);
}

static void
test_granted_with_the_capture(void **state)
{
    (void)state;
    struct story s;
    struct claim_row claim;
    story_begin(&s, LONG);
    assert_int_equal(bench_claim(&s.b, &s.reward, 0, 1), VERDICT_NOT_ELIGIBLE);
    assert_int_equal(buy_car(&s, 1, 1, true), VERDICT_OK);
    assert_false(bench_reply_has(&s.b, "reward"));
    assert_int_equal(bench_row(&s.b, &s.reward).pools[0].issued, 0);
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_DEALER), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"reward\":{\"claim_id\":\"clm_"));
    assert_false(bench_reply_has(&s.b, "token"));
    assert_int_equal(bench_row(&s.b, &s.reward).pools[0].issued, 1);
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed && bench_reply_has(&s.b, "\"reward\":{\"claim_id\":\"clm_"));
    struct redemption_row row;
    assert_true(view_redemption(s.b.book.view, &s.b.redemption.id, &row));
    assert_true(view_claim(s.b.book.view, &row.reward_claim, &claim));
    struct uuid buyer = bench_resident(1).id;
    assert_true(uuid_equal(&claim.resident, &buyer));
    assert_int_equal(claim.voucher_count, 2);
    assert_int_equal(claim.source, CLAIM_REWARD);
    bench_close(&s.b);
    row_passed();
}

/* What is unused goes; what was spent stays spent. */
static void
test_withdrawn_with_the_capture(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool spend_one, refund;
        int64_t issued, available_fen;
    } rows[] = {
        { "reversed", false, false, 0, 90000 },
        { "refunded", false, true, 0, 90000 },
        { "reversed with one spent", true, false, 1, 88000 },
        { "refunded with one spent", true, true, 1, 88000 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story s;
        struct voucher_row first;
        struct claim_row claim;
        story_begin(&s, LONG);
        assert_int_equal(buy_car(&s, 1, 1, false), VERDICT_OK);
        struct redemption_row car = s.b.redemption;
        assert_true(view_claim(s.b.book.view, &car.reward_claim, &claim));
        assert_true(view_voucher_by_number(s.b.book.view, claim.first_number, &first));
        if (rows[i].spend_one) {
            assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &first.id, 2001), VERDICT_OK);
        }
        s.b.redemption = car;
        enum verdict verdict = rows[i].refund
                                   ? bench_refund(&s.b, TILL_DEALER, 12000000)
                                   : bench_reverse(&s.b, TILL_DEALER, car.out_request_no);
        ROW_CHECK(rows[i].name, verdict == VERDICT_OK);
        struct campaign_row row = bench_row(&s.b, &s.reward);
        ROW_CHECK(rows[i].name, row.pools[0].issued == rows[i].issued);
        ROW_CHECK(rows[i].name, row.balances.available_fen == rows[i].available_fen);
        ROW_CHECK(rows[i].name, row.balances.live_fen == 0);
        bench_close(&s.b);
        row_passed();
    }
}

/* A reward that is held while its car goes back is not out of reach: freed, it goes too. */
static void
test_withdrawn_while_held(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool captured, lapses, partly;
        enum voucher_state want;
    } rows[] = {
        { "released", false, false, false, VOUCHER_VOID },
        { "lapsed", false, true, false, VOUCHER_VOID },
        { "captured, and refunded", true, false, false, VOUCHER_VOID },
        { "captured, and refunded in part", true, false, true, VOUCHER_REDEEMED },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story s;
        struct claim_row claim;
        struct voucher_row first;
        story_begin(&s, LONG);
        assert_int_equal(buy_car(&s, 1, 1, false), VERDICT_OK);
        struct redemption_row car = s.b.redemption;
        assert_true(view_claim(s.b.book.view, &car.reward_claim, &claim));
        assert_true(view_voucher_by_number(s.b.book.view, claim.first_number, &first));
        assert_int_equal(bench_hold(&s.b, TILL_SHOP, &first.id, 3000), VERDICT_OK);
        struct redemption_row held = s.b.redemption;
        assert_int_equal(bench_reverse(&s.b, TILL_DEALER, car.out_request_no), VERDICT_OK);
        ROW_CHECK(rows[i].name, bench_voucher_state(&s.b, &first.id) == VOUCHER_HELD);
        s.b.redemption = held;
        s.b.now_s += rows[i].lapses ? 900 : 0;
        if (rows[i].lapses) assert_int_equal(bench_sweep(&s.b), 1);
        enum op_kind act = rows[i].captured ? OP_CAPTURE : OP_RELEASE;
        if (!rows[i].lapses) assert_int_equal(bench_follow(&s.b, act, TILL_SHOP), VERDICT_OK);
        int64_t part_fen = rows[i].partly ? 2999 : 3000;
        if (rows[i].captured) assert_int_equal(bench_refund(&s.b, TILL_SHOP, part_fen), VERDICT_OK);
        ROW_CHECK(rows[i].name, bench_voucher_state(&s.b, &first.id) == rows[i].want);
        bool back = rows[i].want == VOUCHER_VOID;
        ROW_CHECK(rows[i].name, bench_row(&s.b, &s.reward).pools[0].issued == (back ? 0 : 1));
        bench_close(&s.b);
        row_passed();
    }
}

/* A till that reverses and tries again: the reward comes back with the car, unless something of it
 * was spent. */
static void
test_earned_again(void **state)
{
    (void)state;
    static char once[] = LONG;
    static const char limit[] = "'per_person_limit':2";
    char *at = strstr(once, limit);
    assert_non_null(at);
    at[sizeof limit - 2] = '1';
    for (int spent = 0; spent <= 1; spent++) {
        struct story s;
        struct claim_row claim;
        struct voucher_row first;
        story_begin(&s, once);
        for (int round = 0; round < 3; round++) {
            assert_int_equal(buy_car(&s, 1, 1, false), VERDICT_OK);
            struct redemption_row car = s.b.redemption;
            ROW_CHECK("earned", bench_reply_has(&s.b, "\"reward\"") == (!spent || round == 0));
            if (spent && round == 0) {
                assert_true(view_claim(s.b.book.view, &car.reward_claim, &claim));
                assert_true(view_voucher_by_number(s.b.book.view, claim.first_number, &first));
                assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &first.id, 2001), VERDICT_OK);
            }
            bool twice = bench_row(&s.b, &s.reward).pools[0].issued > 1;
            ROW_CHECK("one at a time", !twice);
            s.b.redemption = car;
            enum verdict back = bench_reverse(&s.b, TILL_DEALER, car.out_request_no);
            ROW_CHECK("reversed", back == VERDICT_OK);
        }
        bench_close(&s.b);
        row_passed();
    }
}

/* The subsidy never waits for its reward. */
static void
test_reward_cannot_be_had(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, LONG);
    for (unsigned who = 1; who <= 4; who++) {
        assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 20 + who), VERDICT_OK);
        s.voucher = s.b.op.claimed.vouchers[0].id;
        assert_int_equal(buy_car(&s, 20 + who, who, false), VERDICT_OK);
        assert_int_equal(bench_reply_has(&s.b, "\"reward\""), who <= 2);
    }
    assert_int_equal(bench_row(&s.b, &s.reward).pools[0].issued, 2);
    assert_int_equal(bench_act(&s.b, &s.reward, ACT_PAUSE, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 30), VERDICT_OK);
    s.voucher = s.b.op.claimed.vouchers[0].id;
    assert_int_equal(buy_car(&s, 30, 30, false), VERDICT_OK);
    assert_false(bench_reply_has(&s.b, "\"reward\""));
    bench_close(&s.b);
    row_passed();
}

/* Its use window is over, its bucket swept, its pool gone: the car is none the worse. */
static void
test_reward_is_over(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHORT);
    s.b.now_s += 3600;
    assert_int_equal(buy_car(&s, 1, 1, false), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"reward\""));
    struct redemption_row car = s.b.redemption;
    s.b.now_s = BENCH_T0 + 50400;
    assert_int_equal(bench_sweep(&s.b), 1);
    assert_int_equal(bench_row(&s.b, &s.reward).pools[0].issued, 0);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 2), VERDICT_OK);
    s.voucher = s.b.op.claimed.vouchers[0].id;
    assert_int_equal(buy_car(&s, 2, 2, false), VERDICT_OK);
    assert_false(bench_reply_has(&s.b, "\"reward\""));
    assert_int_equal(bench_change(&s.b, &s.reward, REWARD("2026-06-20T00:00:00+08:00", "q")),
                     VERDICT_OK);
    assert_int_equal(bench_act(&s.b, &s.reward, ACT_SUBMIT, ADMIN_AUTHOR), VERDICT_OK);
    assert_int_equal(bench_act(&s.b, &s.reward, ACT_APPROVE, ADMIN_APPROVER), VERDICT_OK);
    assert_int_equal(bench_reverse(&s.b, TILL_DEALER, car.out_request_no), VERDICT_OK);
    assert_int_equal(bench_money(&s.b, &s.reward).available_fen, 90000);
    bench_close(&s.b);
    row_passed();
}

static void
test_reward_must_name_something(void **state)
{
    (void)state;
    struct bench b;
    char definition[2048];
    struct uuid id, nothing = { { 7 } };
    bench_open(&b);
    struct uuid reward = bench_campaign(&b, LONG);
    struct uuid pool = bench_row(&b, &reward).pools[0].id;
    definition_of(definition, sizeof definition, &nothing, &pool);
    assert_int_equal(bench_create(&b, definition, &id), VERDICT_INVALID);
    assert_string_equal(b.op.faults.rows[0].pointer.text, "/reward/campaign_id");
    definition_of(definition, sizeof definition, &reward, &nothing);
    assert_int_equal(bench_create(&b, definition, &id), VERDICT_INVALID);
    assert_string_equal(b.op.faults.rows[0].pointer.text, "/reward/pool_id");
    definition_of(definition, sizeof definition, &reward, &pool);
    assert_int_equal(bench_create(&b, definition, &id), VERDICT_OK);
    struct uuid car = bench_campaign(&b, definition); /* a campaign that does not reward */
    pool = bench_row(&b, &car).pools[0].id;
    definition_of(definition, sizeof definition, &car, &pool);
    assert_int_equal(bench_create(&b, definition, &id), VERDICT_INVALID);
    assert_string_equal(b.op.faults.rows[0].pointer.text, "/reward/campaign_id");
    bench_close(&b);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_granted_with_the_capture),
        cmocka_unit_test(test_withdrawn_with_the_capture),
        cmocka_unit_test(test_withdrawn_while_held),
        cmocka_unit_test(test_earned_again),
        cmocka_unit_test(test_reward_cannot_be_had),
        cmocka_unit_test(test_reward_is_over),
        cmocka_unit_test(test_reward_must_name_something),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
