/* tests/test_book_till.c: tills: redemption at once, hold, capture, release, lapse, request
 * numbers, orders; and cars with their evidence. */
#include "tests/rows.h"
#include "tests/support_book.h"

#define WINDOWS                                                                             \
    "'claim_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-06-22T00:00:00+08:00'}," \
    "'use_window':{'from':'2026-06-19T10:00:00+08:00','to':'2026-07-01T00:00:00+08:00'},"
#define SHOP                                                                                     \
    "{'name':'n','kind':'shopping','budget_fen':90000," WINDOWS "'per_person_limit':9,'pools':[" \
    "{'name':'a','value_fen':1000,'count':9,'min_spend_fen':2000},"                              \
    "{'name':'s','value_fen':500,'count':9,'stackable':true}]}"
#define CAR                                                                              \
    "{'name':'c','kind':'car','budget_fen':9000000," WINDOWS "'per_person_limit':9,"     \
    "'pools':[{'name':'f','value_fen':400000,'count':9,'energy':'fuel'}],"               \
    "'car':{'payout':'pos_deduct','invoice_window':{'from':'2026-06-19T00:00:00+08:00'," \
    "'to':'2026-06-22T00:00:00+08:00'},'rate':{'type':'fixed_bands','bands':["           \
    "{'from_fen':5000000,'to_fen':15000000,'fuel_fen':300000,'nev_fen':400000},"         \
    "{'from_fen':15000000,'to_fen':null,'fuel_fen':500000,'nev_fen':600000}]}}}"

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
test_capture_at_once(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 1999), VERDICT_BELOW_MIN_SPEND);
    assert_int_equal(bench_money(&s.b, &s.campaign).live_fen, 1000);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    assert_int_equal(s.b.op.status, 201);
    assert_true(bench_reply_has(&s.b, "\"state\":\"captured\""));
    assert_true(bench_reply_has(&s.b, "\"value_fen\":1000,\"payable_fen\":1000"));
    struct balances m = bench_money(&s.b, &s.campaign);
    assert_int_equal(m.live_fen, 0);
    assert_int_equal(m.redeemed_fen, 1000);
    assert_int_equal(bench_redeem(&s.b, TILL_OTHER_SHOP, &s.voucher, 2000),
                     VERDICT_ALREADY_REDEEMED);
    assert_non_null(strstr(s.b.op.detail, "张记小吃"));
    assert_non_null(strstr(s.b.op.detail, "2026-06-19T10:00:00+08:00"));
    assert_null(strstr(s.b.op.detail, s.b.redemption.order_no));
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[0].redeemed, 1);
    story_end(&s);
}

static void
test_request_numbers(void **state)
{
    (void)state;
    struct story s;
    char first[1024];
    story_begin(&s, SHOP);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    struct text body = json_writer_text(&s.b.op.body);
    size_t size = body.size;
    assert_true(size < sizeof first);
    memcpy(first, body.at, size);
    bench_reopen(&s.b);
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed && s.b.op.status == 201);
    assert_true(text_equal(json_writer_text(&s.b.op.body), (struct text){ first, size }));
    bench_key(&s.b.op, "a-fresh-key-of-a-till"); /* a till that retries with another key */
    bench_other_content(&s.b.op);
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed && s.b.op.status == 201);
    assert_true(text_equal(json_writer_text(&s.b.op.body), (struct text){ first, size }));
    s.b.op.redeem.fingerprint.bytes[9] ^= 1; /* the number with other content */
    assert_int_equal(bench_again(&s.b), VERDICT_IDEMPOTENCY_KEY_REUSED);
    assert_false(s.b.op.replayed);
    s.b.op.redeem.fingerprint.bytes[9] ^= 1;
    s.b.op.caller = s.b.tills[TILL_SHOP_TOO]; /* numbers belong to the terminal */
    assert_int_equal(bench_again(&s.b), VERDICT_ALREADY_REDEEMED);
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[0].redeemed, 1);
    story_end(&s);
}

static void
test_tokens_and_short_codes(void **state)
{
    (void)state;
    struct story s;
    struct uuid nothing = { { 3 } };
    story_begin(&s, SHOP);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &nothing, 2000), VERDICT_VOUCHER_UNKNOWN);
    bench_redeem_begin(&s.b, TILL_SHOP, &s.voucher, 2000)->redeem.token = TOKEN_FORGED;
    assert_int_equal(bench_run(&s.b), VERDICT_SIGNATURE_INVALID);
    assert_int_equal(s.b.op.because, DETAIL_NONE);
    s.b.op.redeem.token = TOKEN_CODE_STALE;
    assert_int_equal(bench_again(&s.b), VERDICT_SIGNATURE_INVALID);
    assert_int_equal(s.b.op.because, DETAIL_CODE_STALE);
    struct op *op = bench_redeem_begin(&s.b, TILL_SHOP, &nothing, 2000);
    op->redeem.by_short_code = true;
    op->redeem.voucher_number = 99;
    assert_int_equal(bench_run(&s.b), VERDICT_VOUCHER_UNKNOWN);
    op->redeem.voucher_number = 1;
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_int_equal(bench_voucher_state(&s.b, &s.voucher), VOUCHER_REDEEMED);
    story_end(&s);
}

static void
test_hold_and_capture(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP);
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"hold_expires_at\":\"2026-06-19T10:15:00+08:00\""));
    assert_int_equal(bench_money(&s.b, &s.campaign).held_fen, 1000);
    assert_int_equal(bench_redeem(&s.b, TILL_OTHER_SHOP, &s.voucher, 2000), VERDICT_VOUCHER_HELD);
    assert_int_equal(bench_void(&s.b, &s.voucher), VERDICT_WRONG_STATE);
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_OTHER_SHOP), VERDICT_NOT_FOUND);
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_OTHER_SHOP), VERDICT_NOT_FOUND);
    assert_int_equal(bench_refund(&s.b, TILL_SHOP, 1), VERDICT_WRONG_STATE);
    s.b.now_s += 899;
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP_TOO), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"redeemed_at\":\"2026-06-19T10:14:59+08:00\""));
    assert_int_equal(bench_again(&s.b), VERDICT_OK);
    assert_true(s.b.op.replayed);
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_SHOP), VERDICT_WRONG_STATE);
    s.b.now_s += BENCH_DAY;
    assert_int_equal(bench_sweep(&s.b), 0);
    assert_int_equal(bench_money(&s.b, &s.campaign).redeemed_fen, 1000);
    story_end(&s);
}

static void
test_release_and_lapse(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP);
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_SHOP), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"state\":\"released\""));
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    s.b.now_s += 900; /* lapsed, and nobody has swept yet */
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP), VERDICT_WRONG_STATE);
    assert_int_equal(bench_hold(&s.b, TILL_OTHER_SHOP, &s.voucher, 2000), VERDICT_OK);
    s.b.now_s += 900;
    assert_int_equal(bench_sweep(&s.b), 1);
    assert_int_equal(bench_voucher_state(&s.b, &s.voucher), VOUCHER_LIVE);
    assert_int_equal(bench_sweep(&s.b), 0);
    assert_int_equal(bench_money(&s.b, &s.campaign).live_fen, 1000);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    story_end(&s);
}

/* A hold taken in time may be captured after the voucher's end; released then, it is gone. */
static void
test_held_across_expiry(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 2), VERDICT_OK);
    struct uuid other = s.b.op.claimed.vouchers[0].id;
    s.b.now_s = BENCH_T0 + 11 * BENCH_DAY + 50400 - 60;
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &other, 2000), VERDICT_OK);
    struct redemption_row later = s.b.redemption;
    assert_int_equal(bench_hold(&s.b, TILL_SHOP, &s.voucher, 2000), VERDICT_OK);
    s.b.now_s += 120;
    assert_int_equal(bench_sweep(&s.b), 1);
    assert_int_equal(bench_row(&s.b, &s.campaign).pools[0].issued, 2);
    assert_int_equal(bench_follow(&s.b, OP_CAPTURE, TILL_SHOP), VERDICT_OK);
    s.b.redemption = later;
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_SHOP), VERDICT_OK);
    struct campaign_row row = bench_row(&s.b, &s.campaign);
    assert_int_equal(row.pools[0].issued, 1);
    assert_int_equal(row.balances.held_fen + row.balances.live_fen, 0);
    assert_int_equal(row.balances.redeemed_fen, 1000);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &other, 2000), VERDICT_VOUCHER_EXPIRED);
    assert_int_equal(bench_sweep(&s.b), 0);
    story_end(&s);
}

static void
test_orders(void **state)
{
    (void)state;
    struct story s;
    struct uuid vouchers[5];
    story_begin(&s, SHOP);
    for (unsigned i = 0; i < 5; i++) {
        assert_int_equal(bench_claim(&s.b, &s.campaign, i < 2 ? 0 : 1, 2), VERDICT_OK);
        vouchers[i] = s.b.op.claimed.vouchers[0].id;
    }
    static const struct {
        const char *name, *order_no;
        unsigned voucher;
        enum bench_till till;
        bool hold;
        enum verdict want;
    } rows[] = {
        { "the first on an order", "o-1", 2, TILL_SHOP, false, VERDICT_OK },
        { "one that does not stack", "o-1", 0, TILL_SHOP, false, VERDICT_NOT_STACKABLE },
        { "at another till of the shop", "o-1", 0, TILL_SHOP_TOO, false, VERDICT_NOT_STACKABLE },
        { "both stack", "o-1", 3, TILL_SHOP, true, VERDICT_OK },
        { "the same number elsewhere", "o-1", 0, TILL_OTHER_SHOP, false, VERDICT_OK },
        { "beside one that does not", "o-1", 4, TILL_OTHER_SHOP, false, VERDICT_NOT_STACKABLE },
        { "another order", "o-2", 1, TILL_OTHER_SHOP, false, VERDICT_OK },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct op *op = bench_redeem_begin(&s.b, rows[i].till, &vouchers[rows[i].voucher], 2000);
        (void)snprintf(op->redeem.order.order_no, sizeof op->redeem.order.order_no, "%s",
                       rows[i].order_no);
        op->redeem.hold = rows[i].hold;
        ROW_CHECK(rows[i].name, bench_redeem_run(&s.b) == rows[i].want);
        row_passed();
    }
    story_end(&s);
}

static enum verdict
redeem_car(struct bench *b, const struct uuid *voucher, struct evidence evidence, bool hold)
{
    struct op *op = bench_redeem_begin(b, TILL_DEALER, voucher, 12000000);
    op->redeem.hold = hold;
    op->redeem.evidence = evidence;
    return bench_redeem_run(b);
}

static void
test_car_value_and_rest(void **state)
{
    (void)state;
    struct story s;
    struct evidence e = bench_evidence(1, 1, 5000000);
    story_begin(&s, CAR);
    assert_int_equal(bench_redeem(&s.b, TILL_SHOP, &s.voucher, 12000000),
                     VERDICT_MERCHANT_NOT_ALLOWED);
    assert_int_equal(bench_redeem(&s.b, TILL_DEALER, &s.voucher, 12000000),
                     VERDICT_EVIDENCE_INVALID);
    assert_int_equal(s.b.op.evidence_faults, 1u << EVIDENCE_FAULT_MISSING);
    assert_int_equal(redeem_car(&s.b, &s.voucher, bench_evidence(1, 1, 4999999), false),
                     VERDICT_BELOW_MIN_SPEND);
    e.vin_imported_mismatch = true;
    assert_int_equal(redeem_car(&s.b, &s.voucher, e, false), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"value_fen\":300000"));
    assert_true(bench_reply_has(&s.b, "\"warnings\":[{\"pointer\":\"/evidence/vin\""));
    struct balances m = bench_money(&s.b, &s.campaign);
    assert_int_equal(m.redeemed_fen, 300000);
    assert_int_equal(m.available_fen, 9000000 - 300000);
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 2), VERDICT_OK);
    struct uuid dear = s.b.op.claimed.vouchers[0].id;
    assert_int_equal(redeem_car(&s.b, &dear, bench_evidence(2, 2, 20000000), false), VERDICT_OK);
    assert_true(bench_reply_has(&s.b, "\"value_fen\":400000")); /* at most the face */
    story_end(&s);
}

static void
test_evidence_is_used_once(void **state)
{
    (void)state;
    struct story s;
    struct evidence e = bench_evidence(1, 1, 6000000);
    story_begin(&s, CAR);
    assert_int_equal(redeem_car(&s.b, &s.voucher, e, true), VERDICT_OK); /* a hold takes it too */
    struct redemption_row first = s.b.redemption;
    assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 1), VERDICT_OK);
    struct uuid voucher = s.b.op.claimed.vouchers[0].id;
    struct evidence other = bench_evidence(1, 2, 6000000);
    assert_int_equal(redeem_car(&s.b, &voucher, e, false), VERDICT_VIN_ALREADY_USED);
    struct evidence mixed = e;
    mixed.vin = other.vin;
    assert_int_equal(redeem_car(&s.b, &voucher, mixed, false), VERDICT_INVOICE_ALREADY_USED);
    mixed.invoice = other.invoice;
    assert_int_equal(redeem_car(&s.b, &voucher, mixed, false), VERDICT_PLATE_ALREADY_USED);
    s.b.redemption = first;
    assert_int_equal(bench_follow(&s.b, OP_RELEASE, TILL_DEALER), VERDICT_OK);
    assert_int_equal(redeem_car(&s.b, &voucher, mixed, false), VERDICT_OK);
    assert_int_equal(redeem_car(&s.b, &s.voucher, e, false), VERDICT_PLATE_ALREADY_USED);
    bench_reopen(&s.b);
    assert_int_equal(redeem_car(&s.b, &s.voucher, e, false), VERDICT_PLATE_ALREADY_USED);
    story_end(&s);
}

/* Evidence at the hold, at the capture, at both, or nowhere. */
static void
test_evidence_at_capture(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        unsigned at_hold, at_capture; /* the car's number; 0: no evidence */
        enum verdict want;
        unsigned used, unused; /* a car whose VIN is in use afterwards, and one whose is not */
    } rows[] = {
        { "nowhere", 0, 0, VERDICT_EVIDENCE_INVALID, 0, 1 },
        { "at the capture", 0, 1, VERDICT_OK, 1, 2 },
        { "at the hold", 1, 0, VERDICT_OK, 1, 2 },
        { "the same at both", 1, 1, VERDICT_OK, 1, 2 },
        { "another at the capture", 1, 2, VERDICT_OK, 2, 1 },
        { "one that is in use", 1, 7, VERDICT_VIN_ALREADY_USED, 1, 2 },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct story s;
        struct evidence_row row;
        struct evidence none = { 0 };
        story_begin(&s, CAR);
        assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 7), VERDICT_OK);
        struct uuid other = s.b.op.claimed.vouchers[0].id;
        ROW_CHECK(rows[i].name,
                  redeem_car(&s.b, &other, bench_evidence(7, 7, 6000000), false) == VERDICT_OK);
        bool early = rows[i].at_hold > 0, late = rows[i].at_capture > 0;
        ROW_CHECK(rows[i].name,
                  redeem_car(&s.b, &s.voucher,
                             early ? bench_evidence(1, rows[i].at_hold, 6000000) : none,
                             true) == VERDICT_OK);
        struct op *op = bench_follow_begin(&s.b, OP_CAPTURE, TILL_DEALER);
        if (late) op->redeem.evidence = bench_evidence(1, rows[i].at_capture, 6000000);
        ROW_CHECK(rows[i].name, bench_run(&s.b) == rows[i].want);
        struct evidence used = bench_evidence(1, rows[i].used, 1);
        struct evidence unused = bench_evidence(1, rows[i].unused, 1);
        ROW_CHECK(rows[i].name,
                  rows[i].used == 0 || view_evidence(s.b.book.view, EVIDENCE_VIN, &used.vin, &row));
        ROW_CHECK(rows[i].name, !view_evidence(s.b.book.view, EVIDENCE_VIN, &unused.vin, &row));
        int64_t want_fen = rows[i].want == VERDICT_OK ? 600000 : 300000;
        ROW_CHECK(rows[i].name, bench_money(&s.b, &s.campaign).redeemed_fen == want_fen);
        story_end(&s);
    }
}

/* Only a car's redemption takes evidence: what a shop's till sends beside it is nobody's. */
static void
test_evidence_is_for_cars(void **state)
{
    (void)state;
    struct story s;
    struct evidence_row row;
    struct evidence e = bench_evidence(1, 1, 6000000);
    story_begin(&s, SHOP);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(bench_claim(&s.b, &s.campaign, 0, 2), VERDICT_OK);
        struct uuid voucher = s.b.op.claimed.vouchers[0].id;
        bench_redeem_begin(&s.b, TILL_SHOP, &voucher, 2000)->redeem.evidence = e;
        assert_int_equal(bench_redeem_run(&s.b), VERDICT_OK);
        assert_false(view_evidence(s.b.book.view, EVIDENCE_VIN, &e.vin, &row));
    }
    struct uuid cars = bench_campaign(&s.b, CAR);
    assert_int_equal(bench_claim(&s.b, &cars, 0, 1), VERDICT_OK);
    struct uuid voucher = s.b.op.claimed.vouchers[0].id;
    assert_int_equal(redeem_car(&s.b, &voucher, e, false), VERDICT_OK);
    bench_redeem_begin(&s.b, TILL_SHOP, &s.voucher, 2000)->redeem.evidence = e;
    assert_int_equal(bench_redeem_run(&s.b), VERDICT_OK);
    story_end(&s);
}

static enum verdict
redeem_on_order(struct bench *b, const struct uuid *campaign, size_t pool, bool hold)
{
    assert_int_equal(bench_claim(b, campaign, pool, 3), VERDICT_OK);
    struct uuid voucher = b->op.claimed.vouchers[0].id;
    struct op *op = bench_redeem_begin(b, TILL_SHOP, &voucher, 2000);
    (void)snprintf(op->redeem.order.order_no, sizeof op->redeem.order.order_no, "o-9");
    op->redeem.hold = hold;
    return bench_redeem_run(b);
}

/* As many as stack, however many they are; and never one that does not beside them. */
static void
test_order_of_many(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, "{'name':'n','kind':'shopping','budget_fen':90000," WINDOWS
                    "'per_person_limit':60,'pools':[{'name':'a','value_fen':1000,'count':9},"
                    "{'name':'s','value_fen':500,'count':40,'stackable':true}]}");
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(redeem_on_order(&s.b, &s.campaign, 1, i % 2 == 0), VERDICT_OK);
    }
    assert_int_equal(redeem_on_order(&s.b, &s.campaign, 0, false), VERDICT_NOT_STACKABLE);
    s.b.now_s += 900; /* half of them lapsed, and nobody has swept yet */
    assert_int_equal(redeem_on_order(&s.b, &s.campaign, 0, false), VERDICT_NOT_STACKABLE);
    assert_int_equal(redeem_on_order(&s.b, &s.campaign, 1, false), VERDICT_OK);
    story_end(&s);
}

/* A hold whose time is over holds nothing, though nobody has swept yet: neither order nor car. */
static void
test_lapsed_holds_nothing(void **state)
{
    (void)state;
    struct story s;
    story_begin(&s, SHOP);
    assert_int_equal(redeem_on_order(&s.b, &s.campaign, 0, true), VERDICT_OK);
    s.b.now_s += 899;
    assert_int_equal(redeem_on_order(&s.b, &s.campaign, 0, false), VERDICT_NOT_STACKABLE);
    s.b.now_s += 1;
    assert_int_equal(redeem_on_order(&s.b, &s.campaign, 0, false), VERDICT_OK);

    struct uuid cars = bench_campaign(&s.b, CAR), vouchers[2];
    struct evidence e = bench_evidence(1, 1, 6000000);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(bench_claim(&s.b, &cars, 0, 1), VERDICT_OK);
        vouchers[i] = s.b.op.claimed.vouchers[0].id;
    }
    assert_int_equal(redeem_car(&s.b, &vouchers[0], e, true), VERDICT_OK);
    s.b.now_s += 899;
    assert_int_equal(redeem_car(&s.b, &vouchers[1], e, false), VERDICT_VIN_ALREADY_USED);
    s.b.now_s += 1;
    assert_int_equal(redeem_car(&s.b, &vouchers[1], e, false), VERDICT_OK);
    assert_int_equal(bench_voucher_state(&s.b, &vouchers[0]), VOUCHER_LIVE);
    story_end(&s);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capture_at_once),
        cmocka_unit_test(test_request_numbers),
        cmocka_unit_test(test_tokens_and_short_codes),
        cmocka_unit_test(test_hold_and_capture),
        cmocka_unit_test(test_release_and_lapse),
        cmocka_unit_test(test_held_across_expiry),
        cmocka_unit_test(test_orders),
        cmocka_unit_test(test_car_value_and_rest),
        cmocka_unit_test(test_evidence_is_used_once),
        cmocka_unit_test(test_evidence_at_capture),
        cmocka_unit_test(test_evidence_is_for_cars),
        cmocka_unit_test(test_order_of_many),
        cmocka_unit_test(test_lapsed_holds_nothing),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
