/* tests/test_book_undo.c: reversal, refund, void, and rewards that come and go with a capture. */
#include "tests/rows.h"
#include "tests/support_book.h"
#include "voucher/wire/reply.h"

#define WINDOWS                                                                             \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-12-22T00:00:00+08:00'}," \
    "'use_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-07-01T00:00:00+08:00'},"
#define SHOP(more)                                                                           \
    "{'name':'n','kind':'shopping','budget_fen':90000," WINDOWS more "'per_person_limit':9," \
    "'pools':[{'name':'a','value_fen':1000,'count':2,'min_spend_fen':2000},"                 \
    "{'name':'p','value_fen':1000,'count':9,'pack':[{'value_fen':500,'count':2}]}]}"
#define USE_ENDS (BENCH_T0 + 11 * BENCH_DAY + 50400)

struct story {
    struct bench b;
    struct uuid campaign, voucher;
};

static void
story_begin(struct story *s, const char *definition)
{
    bench_open(&s->b);
    s->campaign = bench_campaign(&s->b, definition);
    assert_int_equal(bench_claim(&s->b, &s->campaign, 0, 1), VERDICT_OK);
    s->voucher = s->b.op.claimed.vouchers[0].id;
}

static void
story_end(struct story *s)
{
    bench_close(&s->b);
    row_passed();
}

static void
test_reverse_after(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP(""));
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    struct redemption_row row = s.b.redemption;
    s.b.now_s += BENCH_DAY - 1;
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, row.out_request_no), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"state\":\"reversed\"}"));
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, row.out_request_no), VERDICT_OK);
    s.b.now_s += 2 * BENCH_DAY;
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, row.out_request_no), VERDICT_OK);
    assert_int_equal(bench_money(&s.b, &s.campaign).live_fen, 1000);
    assert_int_equal(bench_money(&s.b, &s.campaign).redeemed_fen, 0);
    /* The original, late and under another key. */
    struct op *op = bench_redeem_begin(&s.b, TILL_SHOP, &s.voucher, 2000);
    memcpy(op->redeem.out_request_no, row.out_request_no, sizeof row.out_request_no);
    op->redeem.fingerprint = row.fingerprint;
    assert_int_equal(bench_run(&s.b), VERDICT_REQUEST_REVERSED);
    bench_key(op, row.key); /* and under its own */
    op->fingerprint = row.fingerprint;
    assert_int_equal(bench_again(&s.b), VERDICT_REQUEST_REVERSED);
    assert_false(op->replayed);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    story_end(&s);
}

static void
test_reverse_before(void **state)
{
    (void)state;
    struct story s;
    struct redemption_row row;
    story_begin(&s, SHOP(""));
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, "req-x"), VERDICT_OK);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, "req-x"), VERDICT_OK);
    struct op *op = bench_redeem_begin(&s.b, TILL_SHOP, &s.voucher, 2000);
    (void)snprintf(op->redeem.out_request_no, sizeof op->redeem.out_request_no, "req-x");
    assert_int_equal(bench_run(&s.b), VERDICT_REQUEST_REVERSED);
    assert_int_equal(bench_again(&s.b), VERDICT_REQUEST_REVERSED);
    assert_true(
        view_redemption_by_request(s.b.book.view, &s.b.tills[TILL_SHOP].id, TEXT("req-x"), &row));
    s.b.redemption = row;
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 1), VERDICT_WRONG_STATE);
    /* Another terminal's number is another number. */
    op = bench_redeem_begin(&s.b, TILL_SHOP_TOO, &s.voucher, 2000);
    (void)snprintf(op->redeem.out_request_no, sizeof op->redeem.out_request_no, "req-x");
    assert_int_equal(bench_redeem_run(&s.b), VERDICT_OK);
    story_end(&s);
}

static void
test_reverse_refused(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP(""));
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    struct redemption_row row = s.b.redemption;
    s.b.now_s += BENCH_DAY;
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, row.out_request_no), VERDICT_WRONG_STATE);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 500), VERDICT_OK);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, row.out_request_no), VERDICT_WRONG_STATE);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 1500), VERDICT_OK);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, row.out_request_no), VERDICT_WRONG_STATE);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    story_end(&s);
}

static void
test_reverse_a_hold(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP(""));
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, s.b.redemption.out_request_no), VERDICT_OK);
    assert_int_equal(bench_money(&s.b, &s.campaign).live_fen, 1000);
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    s.b.now_s += 901;
    assert_int_equal(bench_sweep(&s.b), 1);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, s.b.redemption.out_request_no), VERDICT_OK);
    assert_int_equal(bench_sweep(&s.b), 0);
    struct op *op = bench_redeem_begin(&s.b, TILL_SHOP, &s.voucher, 2000);
    memcpy(op->redeem.out_request_no, s.b.redemption.out_request_no,
           sizeof op->redeem.out_request_no);
    op->redeem.fingerprint = s.b.redemption.fingerprint;
    assert_int_equal(bench_run(&s.b), VERDICT_REQUEST_REVERSED);
    story_end(&s);
}

/* Undone after its end, a voucher is not live again: its value is back in the pool. */
static void
test_undone_after_expiry(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool sweep_first, refund;
        const char *campaign;
    } rows[] = {
        { "reversed, swept before", true, false, SHOP("") },
        { "reversed, swept later", false, false, SHOP("") },
        { "refunded, swept before", true, true, SHOP("") },
        { "refunded, swept later", false, true, SHOP("") },
        { "refunded by return, swept before", true, true, SHOP("'refund_policy':'return',") },
        { "refunded by return, swept later", false, true, SHOP("'refund_policy':'return',") },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story s;
        story_begin(&s, rows[i].campaign);
        s.b.now_s = USE_ENDS - 10;
        assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_OK);
        s.b.now_s += 20;
        if (rows[i].sweep_first) (void)bench_sweep(&s.b);
        ROW_CHECK(rows[i].name, bench_row(&s.b, &s.campaign).pools[0].issued == 1);
        enum verdict verdict = rows[i].refund
                                   ? bench_refund(&s.b, TILL_SHOP, 3000)
                                   : bench_reverse(&s.b, TILL_SHOP, s.b.redemption.out_request_no);
        ROW_CHECK(rows[i].name, verdict == VERDICT_OK);
        bench_check(&s.b);
        (void)bench_sweep(&s.b);
        struct campaign_row row = bench_row(&s.b, &s.campaign);
        ROW_CHECK(rows[i].name, row.pools[0].issued == 0 && row.pools[0].redeemed == 0);
        ROW_CHECK(rows[i].name, row.balances.available_fen == 90000);
        verdict = bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000);
        ROW_CHECK(rows[i].name,
                  verdict == (rows[i].refund ? VERDICT_VOUCHER_VOID : VERDICT_VOUCHER_EXPIRED));
        story_end(&s);
    }
}

static void
test_refund_in_parts(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP(""));
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_OK);
    struct redemption_row row = s.b.redemption;
    assert_int_equal(bench_refund(&s.b, TILL_OTHER_SHOP, 1000), VERDICT_NOT_FOUND);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 3001), VERDICT_INVALID);
    assert_string_equal(s.b.op.faults.rows[0].pointer.text, "/amount_fen");
    assert_int_equal(bench_refund(&s.b, TILL_SHOP_TOO, 1000), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"refunded_amount_fen\":1000,\"refunded_value_fen\":333"));
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed);
    assert_int_equal(bench_money(&s.b, &s.campaign).redeemed_fen, 667);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_ALREADY_REDEEMED);
    s.b.redemption = row;
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 2001), VERDICT_INVALID);
    bench_check(&s.b);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 2000), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"state\":\"refunded\""));
    assert_true(bench_reply_has(&s.b, "\"refunded_value_fen\":1000"));
    assert_int_equal(bench_money(&s.b, &s.campaign).live_fen, 1000);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 1), VERDICT_WRONG_STATE);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_OK);
    story_end(&s);
}

/* By policy `return` the value is given to the next one. */
static void
test_refund_returns_to_pool(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP("'refund_policy':'return',"));
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 2), VERDICT_OK);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 3), VERDICT_SOLD_OUT);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_OK);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 3000), VERDICT_OK);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_VOUCHER_VOID);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 3), VERDICT_OK);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 4), VERDICT_SOLD_OUT);
    story_end(&s);
}

static void
test_void(void **state)
{
    (void)state;
    struct story s;
    struct uuid nothing = { { 5 } };
    story_begin(&s, SHOP(""));
    assert_int_equal(bench_void(&s.b, &nothing), VERDICT_NOT_FOUND);
    assert_int_equal(bench_void(&s.b, &s.voucher), VERDICT_OK);
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed);
    assert_int_equal(bench_void(&s.b, &s.voucher), VERDICT_WRONG_STATE);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_VOUCHER_VOID);
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[0].issued, 0);
    /* Half a pack leaves the claim; the whole of it gives it back. */
    assert_int_equal(bench_claim(&s.b, &s.campaign, 1, 1), VERDICT_OK);
    struct uuid half = s.b.op.claimed.vouchers[0].id, rest = s.b.op.claimed.vouchers[1].id;
    assert_int_equal(bench_void(&s.b, &half), VERDICT_OK);
    bench_check(&s.b);
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[1].issued, 1);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &rest, 500), VERDICT_OK);
    assert_int_equal(bench_void(&s.b, &rest), VERDICT_WRONG_STATE);
    assert_int_equal(bench_reverse(&s.b, TILL_SHOP, s.b.redemption.out_request_no), VERDICT_OK);
    bench_check(&s.b);
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &rest, 500), VERDICT_OK);
    s.b.now_s += 900; /* a lapsed hold is no hindrance */
    assert_int_equal(bench_void(&s.b, &rest), VERDICT_OK);
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[1].issued, 0);
    story_end(&s);
}

/* A clock that was ahead has swept; set right again, and started anew, nothing lives again. */
static void
test_swept_by_a_clock_ahead(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP(""));
    s.b.now_s += 30 * BENCH_DAY;
    assert_int_equal(bench_sweep(&s.b), 1);
    assert_int_equal(bench_money(&s.b, &s.campaign).live_fen, 0);
    s.b.now_s = BENCH_T0 + 3600;
    s.b.book.now_s = 0;
    bench_reopen(&s.b);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 3000), VERDICT_VOUCHER_EXPIRED);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 2), VERDICT_CAMPAIGN_CLOSED);
    assert_int_equal(bench_void(&s.b, &s.voucher), VERDICT_WRONG_STATE);
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[0].issued, 0);
    struct voucher_row row;
    assert_true(view_voucher(s.b.book.view, &s.voucher, &row));
    assert_true(row.swept && row.valid_to_s > s.b.now_s);
    assert_string_equal(voucher_state_text(&row, s.b.now_s), "expired");
    story_end(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reverse_after),          cmocka_unit_test(test_reverse_before),
        cmocka_unit_test(test_reverse_refused),        cmocka_unit_test(test_reverse_a_hold),
        cmocka_unit_test(test_undone_after_expiry),    cmocka_unit_test(test_refund_in_parts),
        cmocka_unit_test(test_refund_returns_to_pool), cmocka_unit_test(test_void),
        cmocka_unit_test(test_swept_by_a_clock_ahead),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
