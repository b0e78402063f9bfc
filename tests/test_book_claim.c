/* tests/test_book_claim.c: claims, packs, grants, their windows, replays and what time does to
 * them. */
#include "tests/rows.h"
#include "tests/support_book.h"

#define OPEN "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-06-22T00:00:00+08:00'},"
#define LATE "'claim_window':{'from':'2026-06-20T10:00:00+08:00','to':'2026-06-22T00:00:00+08:00'},"
#define LONG "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-12-31T00:00:00+08:00'},"
#define USE "'use_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-07-01T00:00:00+08:00'},"
#define SOON "'use_window':{'from':'2026-06-25T00:00:00+08:00','to':'2026-07-01T00:00:00+08:00'},"
#define POOL "{'name':'a','value_fen':1000,'count':3,'min_spend_fen':2000}"
#define PACK                                                                                 \
    "{'name':'p','value_fen':5000,'count':2,'pack':[{'value_fen':2000,'min_spend_fen':2001," \
    "'count':2},{'value_fen':1000,'min_spend_fen':1001,'count':1}]}"
#define CAMPAIGN(more, pools) \
    "{'name':'n','kind':'shopping','budget_fen':20000," more "'pools':[" pools "]}"

static void
test_exactly_count_win(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN(OPEN USE, POOL));
    for (unsigned who = 1; who <= 6; who++) {
        enum verdict verdict = bench_claim(&b, &id, 0, who);
        assert_int_equal(verdict, who <= 3 ? VERDICT_OK : VERDICT_SOLD_OUT);
        assert_int_equal(bench_claim(&b, &id, 0, who),
                         who <= 3 ? VERDICT_ALREADY_CLAIMED : VERDICT_SOLD_OUT);
    }
    struct campaign_row row = bench_row(&b, &id);
    assert_int_equal(row.pools[0].issued, 3);
    assert_int_equal(row.balances.live_fen, 3000);
    assert_int_equal(row.balances.available_fen, 17000);
    bench_close(&b);
    row_passed();
}

static void
test_limit_is_per_person(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN(OPEN USE "'per_person_limit':2,",
                                                 POOL ",{'name':'b','value_fen':10,"
                                                      "'count':9}"));
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    assert_int_equal(b.op.claimed.claim.ordinal, 1);
    assert_int_equal(bench_claim(&b, &id, 1, 1), VERDICT_OK);
    assert_int_equal(b.op.claimed.claim.ordinal, 2);
    assert_int_equal(bench_claim(&b, &id, 1, 1), VERDICT_ALREADY_CLAIMED);
    assert_int_equal(bench_claim(&b, &id, 1, 2), VERDICT_OK);
    struct uuid voucher = b.op.claimed.vouchers[0].id;
    assert_int_equal(bench_void(&b, &voucher), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 1, 2), VERDICT_OK); /* the void one still counts as one */
    assert_int_equal(b.op.claimed.claim.ordinal, 2);
    assert_int_equal(bench_claim(&b, &id, 1, 2), VERDICT_ALREADY_CLAIMED);
    bench_close(&b);
    row_passed();
}

/* What the answer is written from, byte for byte. */
static void
test_replay_is_identical(void **state)
{
    (void)state;
    struct bench b;
    struct claim_result first;
    memset(&first, 0, sizeof first);
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN(OPEN USE, PACK));
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    assert_int_equal(b.op.claimed.claim.voucher_count, 3);
    first = b.op.claimed;
    for (int round = 0; round < 3; round++) {
        memset(&b.op.claimed, 0, sizeof b.op.claimed);
        assert_int_equal(bench_again(&b), VERDICT_OK);
        assert_true(b.op.replayed);
        assert_int_equal(b.op.status, 201);
        assert_memory_equal(&b.op.claimed.claim, &first.claim, sizeof first.claim);
        assert_memory_equal(b.op.claimed.vouchers, first.vouchers, 3 * sizeof first.vouchers[0]);
        if (round == 0) bench_reopen(&b);
        if (round == 1) b.now_s += 90 * BENCH_DAY;
    }
    bench_other_content(&b.op);
    assert_int_equal(bench_again(&b), VERDICT_IDEMPOTENCY_KEY_REUSED);
    b.op.caller = bench_resident(2); /* keys belong to the caller */
    b.now_s = BENCH_T0;
    b.book.now_s = BENCH_T0;
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_false(b.op.replayed);
    assert_int_equal(bench_row(&b, &id).pools[0].issued, 2);
    bench_close(&b);
    row_passed();
}

/* A refusal is not pinned to its key. */
static void
test_refusal_is_judged_afresh(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN(LATE USE, POOL));
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_CAMPAIGN_NOT_OPEN);
    b.now_s = BENCH_T0 + BENCH_DAY - 1;
    assert_int_equal(bench_again(&b), VERDICT_CAMPAIGN_NOT_OPEN);
    b.now_s++;
    assert_int_equal(bench_again(&b), VERDICT_OK);
    bench_close(&b);
    row_passed();
}

static void
test_unapproved_is_not_found(void **state)
{
    (void)state;
    struct bench b;
    struct uuid draft, nothing = { { 1 } };
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN(OPEN USE, POOL));
    assert_int_equal(bench_create(&b, CAMPAIGN(OPEN USE, POOL), &draft), VERDICT_OK);
    struct caller who = bench_resident(1);
    struct op *op = bench_begin(&b, OP_CLAIM, &who);
    op->claim.campaign = draft;
    assert_int_equal(bench_run(&b), VERDICT_NOT_FOUND);
    op->claim.campaign = nothing;
    assert_int_equal(bench_again(&b), VERDICT_NOT_FOUND);
    op->claim.campaign = id;
    op->claim.pool = nothing;
    assert_int_equal(bench_again(&b), VERDICT_NOT_FOUND);
    bench_close(&b);
    row_passed();
}

static void
test_use_windows(void **state)
{
    (void)state;
    static const struct {
        const char *name, *campaign;
        int64_t after_s;
        enum verdict want;
        int64_t from_s, to_s; /* after T0 */
    } rows[] = {
        { "a fixed window", CAMPAIGN(OPEN USE, POOL), 0, VERDICT_OK, 0, 11 * BENCH_DAY + 50400 },
        { "a fixed window, later", CAMPAIGN(OPEN SOON, POOL), 60, VERDICT_OK, 5 * BENCH_DAY + 50400,
          11 * BENCH_DAY + 50400 },
        { "one day is to its midnight", CAMPAIGN(OPEN "'valid_days':1,", POOL), 60, VERDICT_OK, 60,
          50400 },
        { "the last second of a day", CAMPAIGN(OPEN "'valid_days':1,", POOL), 50399, VERDICT_OK,
          50399, 50400 },
        { "the first of the next", CAMPAIGN(OPEN "'valid_days':1,", POOL), 50400, VERDICT_OK, 50400,
          50400 + BENCH_DAY },
        { "seven days count the first", CAMPAIGN(OPEN "'valid_days':7,", POOL), 0, VERDICT_OK, 0,
          6 * BENCH_DAY + 50400 },
        { "days end with the window", CAMPAIGN(OPEN USE "'valid_days':30,", POOL), 0, VERDICT_OK, 0,
          11 * BENCH_DAY + 50400 },
        { "days before the window has begun", CAMPAIGN(OPEN SOON "'valid_days':3,", POOL), 0,
          VERDICT_CAMPAIGN_NOT_OPEN, 0, 0 },
        { "the window is over", CAMPAIGN(LONG USE, POOL), 11 * BENCH_DAY + 50400,
          VERDICT_CAMPAIGN_CLOSED, 0, 0 },
        { "a second before", CAMPAIGN(LONG USE, POOL), 11 * BENCH_DAY + 50399, VERDICT_OK, 0,
          11 * BENCH_DAY + 50400 },
        { "the window is over, days or not", CAMPAIGN(LONG USE "'valid_days':3,", POOL),
          12 * BENCH_DAY, VERDICT_CAMPAIGN_CLOSED, 0, 0 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct bench b;
        bench_open(&b);
        struct uuid id = bench_campaign(&b, rows[i].campaign);
        b.now_s += rows[i].after_s;
        ROW_CHECK(rows[i].name, bench_claim(&b, &id, 0, 1) == rows[i].want);
        const struct claim_row *claim = &b.op.claimed.claim;
        bool made = rows[i].want == VERDICT_OK;
        ROW_CHECK(rows[i].name, !made || claim->valid_from_s == BENCH_T0 + rows[i].from_s);
        ROW_CHECK(rows[i].name, !made || claim->valid_to_s == BENCH_T0 + rows[i].to_s);
        bench_close(&b);
        row_passed();
    }
}

static void
test_expiry_gives_back_once(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid id = bench_campaign(&b, CAMPAIGN(LONG "'valid_days':1,", POOL "," PACK));
    assert_int_equal(bench_claim(&b, &id, 0, 1), VERDICT_OK);
    struct uuid lone = b.op.claimed.vouchers[0].id;
    assert_int_equal(bench_claim(&b, &id, 1, 2), VERDICT_OK);
    struct uuid used = b.op.claimed.vouchers[0].id, unused = b.op.claimed.vouchers[2].id;
    assert_int_equal(bench_claim(&b, &id, 1, 3), VERDICT_OK);
    assert_int_equal(bench_claim(&b, &id, 1, 4), VERDICT_SOLD_OUT);
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &used, 2001), VERDICT_OK);
    b.now_s = BENCH_T0 + 50399;
    assert_int_equal(bench_sweep(&b), 0);
    b.now_s++;
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &lone, 2000), VERDICT_VOUCHER_EXPIRED);
    assert_int_equal(bench_void(&b, &lone), VERDICT_WRONG_STATE);
    bench_check(&b);
    assert_int_equal(bench_sweep(&b), 2); /* a bucket for each pool */
    bench_check(&b);
    struct campaign_row row = bench_row(&b, &id);
    assert_int_equal(row.pools[0].issued, 0);
    assert_int_equal(row.pools[1].issued, 1); /* a part of it was spent */
    assert_int_equal(row.balances.live_fen, 0);
    assert_int_equal(row.balances.redeemed_fen, 2000);
    assert_int_equal(bench_sweep(&b), 0);
    assert_int_equal(bench_redeem(&b, TILL_SHOP, &unused, 2000), VERDICT_VOUCHER_EXPIRED);
    bench_reopen(&b);
    assert_int_equal(bench_sweep(&b), 0);
    assert_int_equal(bench_claim(&b, &id, 1, 4), VERDICT_OK); /* what came back is given again */
    assert_int_equal(bench_claim(&b, &id, 1, 5), VERDICT_SOLD_OUT);
    bench_close(&b);
    row_passed();
}

static struct op *
grant_begin(struct bench *b, const struct uuid *campaign, struct uuid *residents, size_t count)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(b, OP_GRANT, &admin);
    op->grant.campaign = *campaign;
    op->grant.pool = bench_row(b, campaign).pools[0].id;
    op->grant.residents = residents;
    op->grant.resident_count = count;
    return op;
}

static void
test_grants(void **state)
{
    (void)state;
    struct bench b;
    struct uuid residents[] = { bench_resident(1).id, bench_resident(2).id, bench_resident(1).id,
                                bench_resident(3).id, bench_resident(4).id };
    bench_open(&b);
    struct uuid rush = bench_campaign(&b, CAMPAIGN(OPEN USE, POOL));
    struct uuid id = bench_campaign(&b, CAMPAIGN(LATE USE "'issuing':'grant',", POOL));
    (void)grant_begin(&b, &id, residents, COUNT_OF(residents)); /* knows no claim window */
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"rows_total\":5,\"rows_ok\":3,\"rows_failed\":2"));
    assert_true(bench_reply_has(&b, "{\"row\":3,\"code\":\"already_claimed\"}"));
    assert_true(bench_reply_has(&b, "{\"row\":5,\"code\":\"sold_out\"}"));
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_true(b.op.replayed);
    assert_int_equal(bench_row(&b, &id).pools[0].issued, 3);
    b.now_s += 2 * BENCH_DAY;
    assert_int_equal(bench_claim(&b, &id, 0, 9), VERDICT_NOT_ELIGIBLE);
    (void)grant_begin(&b, &rush, residents, 1);
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"code\":\"not_eligible\""));
    b.now_s += 30 * BENCH_DAY;
    (void)bench_sweep(&b);
    (void)grant_begin(&b, &id, residents + 4, 1); /* into a bucket that was swept */
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"code\":\"campaign_closed\""));
    bench_close(&b);
    row_passed();
}

static void
test_assurance(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct uuid strict = bench_campaign(&b, CAMPAIGN(OPEN USE, POOL));
    struct uuid open = bench_campaign(&b, CAMPAIGN(OPEN USE "'assurance':'otp',", POOL));
    assert_int_equal(bench_claim(&b, &open, 0, 1), VERDICT_OK);
    (void)bench_claim(&b, &strict, 0, 1);
    struct caller weak = bench_resident(2);
    weak.assurance = ASSURANCE_OTP;
    struct op *op = bench_begin(&b, OP_CLAIM, &weak);
    op->claim.campaign = strict;
    op->claim.pool = bench_row(&b, &strict).pools[0].id;
    assert_int_equal(bench_run(&b), VERDICT_NOT_ELIGIBLE);
    op->claim.campaign = open;
    op->claim.pool = bench_row(&b, &open).pools[0].id;
    assert_int_equal(bench_again(&b), VERDICT_OK);
    bench_close(&b);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exactly_count_win),
        cmocka_unit_test(test_limit_is_per_person),
        cmocka_unit_test(test_replay_is_identical),
        cmocka_unit_test(test_refusal_is_judged_afresh),
        cmocka_unit_test(test_unapproved_is_not_found),
        cmocka_unit_test(test_use_windows),
        cmocka_unit_test(test_expiry_gives_back_once),
        cmocka_unit_test(test_grants),
        cmocka_unit_test(test_assurance),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
