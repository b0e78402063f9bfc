/* tests/test_ledger_mistakes.c: how a caller's mistake ends: it stops the process before anything
 * is stored. */
#include "tests/ledger_fork.h"

/* Mistakes of a caller, each in a batch of its own. */
static void
post(struct posting p)
{
    moves_journal(&m, JOURNAL_CLAIM, &p, 1);
}

static void
step_more_than_available(void)
{
    post((struct posting){ 1, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, MOVES_BUDGET_FEN, 0, 0 });
}
static void
step_more_than_held(void)
{
    post((struct posting){ 1, ACCOUNT_HELD, ACCOUNT_AVAILABLE, 3001, 0, 0 });
}
static void
step_negative_amount(void)
{
    post((struct posting){ 1, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, -1, 0, 0 });
}
static void
step_unknown_pool(void)
{
    post((struct posting){ 77, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, 1, 0, 0 });
}
static void
step_unknown_campaign(void)
{
    m.campaign = kit_id(99, 1);
    post((struct posting){ 1, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, 1, 0, 0 });
}
static void
step_issued_above_count(void)
{
    post((struct posting){ 1, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, 1, 398, 0 });
}
static void
step_issued_below_none(void)
{
    post((struct posting){ 1, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, 1, -4, 0 });
}
static void
step_redeemed_below_none(void)
{
    post((struct posting){ 1, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, 1, 0, -1 });
}
static void
step_funding_of_a_pool(void)
{
    post((struct posting){ 1, ACCOUNT_FUND, ACCOUNT_AVAILABLE, 1, 0, 0 });
}
static void
step_no_pool_named(void)
{
    post((struct posting){ 0, ACCOUNT_AVAILABLE, ACCOUNT_LIVE, 1, 0, 0 });
}
static void
step_funding_overflows(void)
{
    post((struct posting){ 0, ACCOUNT_FUND, ACCOUNT_AVAILABLE, INT64_MAX, 0, 0 });
}
static void
step_defunded_too_far(void)
{
    post((struct posting){ 0, ACCOUNT_AVAILABLE, ACCOUNT_FUND, MOVES_BUDGET_FEN, 0, 0 });
}
static void
step_too_many_postings(void)
{
    struct journal_entry e = { .kind = JOURNAL_CLAIM, .posting_count = JOURNAL_POSTINGS_MAX + 1 };
    kit_store(&k, (struct effect){ .kind = EFFECT_JOURNAL, .entry = &e });
}
static void
step_long_detail(void)
{
    static char detail[JOURNAL_DETAIL_MAX + 1];
    struct journal_entry e = { .kind = JOURNAL_CLAIM, .detail = { detail, sizeof detail } };
    kit_store(&k, (struct effect){ .kind = EFFECT_JOURNAL, .entry = &e });
}

static void
change_state(int64_t number, enum voucher_state from, enum voucher_state to)
{
    struct voucher_row v;
    (void)view_voucher_by_number(k.view, number, &v);
    v.number = number;
    v.state = to;
    kit_store(&k,
              (struct effect){ .kind = EFFECT_VOUCHER_STATE, .voucher_from = from, .voucher = &v });
}
static void
step_voucher_from_elsewhere(void)
{
    change_state(2, VOUCHER_HELD, VOUCHER_REDEEMED);
}
static void
step_voucher_unknown(void)
{
    change_state(99, VOUCHER_LIVE, VOUCHER_REDEEMED);
}
static void
step_voucher_held_to_void(void)
{
    change_state(1, VOUCHER_HELD, VOUCHER_VOID);
}
static void
step_voucher_stays(void)
{
    change_state(2, VOUCHER_LIVE, VOUCHER_LIVE);
}
static void
step_voucher_number_not_taken(void)
{
    struct voucher_row v;
    (void)view_voucher_by_number(k.view, 1, &v);
    v.number = 4;
    v.id = kit_id(7, 99);
    v.state = VOUCHER_LIVE;
    kit_store(&k, (struct effect){ .kind = EFFECT_VOUCHER, .voucher = &v });
}
static void
step_voucher_without_claim(void)
{
    struct voucher_row v;
    (void)view_voucher_by_number(k.view, 1, &v);
    v.number = ledger_next_voucher_number(k.ledger, 1);
    v.id = kit_id(7, 99);
    v.claim = kit_id(6, 99);
    v.state = VOUCHER_LIVE;
    kit_store(&k, (struct effect){ .kind = EFFECT_VOUCHER, .voucher = &v });
}
static void
step_same_claim_twice(void)
{
    struct claim_row claim;
    struct uuid person = kit_id(5, 1);
    (void)view_claims_in_campaign(k.view, &person, &m.campaign, &claim, 1);
    claim.id = kit_id(6, 99);
    kit_store(&k, (struct effect){ .kind = EFFECT_CLAIM, .claim = &claim });
}

static struct redemption_row
held_redemption(void)
{
    struct redemption_row row;
    struct voucher_row v;
    (void)view_voucher_by_number(k.view, 1, &v);
    (void)view_redemption_of_voucher(k.view, &v.id, &row);
    return row;
}
static void
step_redeemed_twice(void)
{
    struct redemption_row row = held_redemption();
    row.id = kit_id(8, 99);
    memcpy(row.out_request_no, "another", sizeof "another");
    kit_store(&k, (struct effect){ .kind = EFFECT_REDEMPTION, .redemption = &row });
}
static void
step_one_number_two_intents(void)
{
    struct redemption_row row = held_redemption();
    struct voucher_row v;
    (void)view_voucher_by_number(k.view, 2, &v);
    row.id = kit_id(8, 99);
    row.voucher = v.id;
    kit_store(&k, (struct effect){ .kind = EFFECT_REDEMPTION, .redemption = &row });
}
static void
step_redemption_unknown(void)
{
    struct redemption_row row = held_redemption();
    row.id = kit_id(8, 99);
    spend_change(&m, &row);
}
static void
step_redemption_refunded_from_held(void)
{
    struct redemption_row row = held_redemption();
    row.state = REDEMPTION_REFUNDED;
    spend_change(&m, &row);
}

static void
evidence(enum effect_kind kind, struct uuid redemption)
{
    struct evidence_row row = { EVIDENCE_VIN, kit_digest(9), redemption };
    kit_store(&k, (struct effect){ .kind = kind, .evidence = &row });
}
static void
step_evidence_of_another(void)
{
    struct redemption_row other = spend_redeem(&m, 2, false, 1);
    evidence(EFFECT_EVIDENCE, held_redemption().id);
    evidence(EFFECT_EVIDENCE, other.id);
}
static void
step_evidence_freed_by_another(void)
{
    struct redemption_row other = spend_redeem(&m, 2, false, 1);
    evidence(EFFECT_EVIDENCE, held_redemption().id);
    evidence(EFFECT_EVIDENCE_FREE, other.id);
}
static void
step_evidence_never_taken(void)
{
    evidence(EFFECT_EVIDENCE_FREE, held_redemption().id);
}

static void
bucket(int64_t live_fen, int64_t claims, bool swept)
{
    struct bucket_row row = { m.campaign, m.pools[0], k.now_s + 100, live_fen, claims, swept };
    kit_store(&k, (struct effect){ .kind = EFFECT_BUCKET, .bucket = &row });
}
static void
step_bucket_below_none(void)
{
    bucket(-6001, 0, false);
}
static void
step_bucket_claims_below_none(void)
{
    bucket(0, -3, false);
}
static void
step_bucket_swept_with_rest(void)
{
    bucket(-5999, -2, true);
}
static void
step_bucket_swept_twice(void)
{
    bucket(-6000, -2, true);
    bucket(0, 0, true);
}
static void
step_bucket_overflows(void)
{
    bucket(INT64_MAX, 0, false);
}

static void
step_key_twice(void)
{
    struct idempotency_row row = { .key = "one-key", .status = 200, .reply = TEXT("{}") };
    kit_store(&k, (struct effect){ .kind = EFFECT_IDEMPOTENCY, .idempotency = &row });
    kit_store(&k, (struct effect){ .kind = EFFECT_IDEMPOTENCY, .idempotency = &row });
}
static void
step_campaign_back_to_draft(void)
{
    struct campaign_row row;
    (void)view_campaign(k.view, &m.campaign, &row);
    row.state = CAMPAIGN_DRAFT;
    kit_store(&k, (struct effect){ .kind = EFFECT_CAMPAIGN, .campaign = &row });
}
static void
step_campaign_number_not_taken(void)
{
    struct campaign_row row = {
        .id = kit_id(1, 99), .number = 9, .latest_version = 1, .revision = 1
    };
    kit_store(&k, (struct effect){ .kind = EFFECT_CAMPAIGN, .campaign = &row });
}
static void
step_pool_worth_more(void)
{
    struct campaign_row row;
    (void)view_campaign(k.view, &m.campaign, &row);
    struct pool_change pool = { m.campaign, row.pools[0], 0 };
    pool.row.value_fen++;
    kit_store(&k, (struct effect){ .kind = EFFECT_POOL, .pool = &pool });
}
static void
step_begin_twice(void)
{
    if (ledger_begin(k.ledger) != FAULT_NONE) _exit(95);
}
static void
step_tidy_in_batch(void)
{
    ledger_tidy(k.ledger);
}
static void
step_store_outside(void)
{
    ledger_drop(k.ledger);
    bucket(1, 1, false);
}
static void
step_seal_outside(void)
{
    ledger_drop(k.ledger);
    if (ledger_seal(k.ledger) != FAULT_NONE) _exit(95);
}
static void
step_no_numbers(void)
{
    if (ledger_next_voucher_number(k.ledger, 0) > 0) _exit(95);
}
static void
step_no_kind(void)
{
    kit_store(&k, (struct effect){ .kind = (enum effect_kind)99 });
}
static void
step_nothing(void)
{
}

static void (*mistake)(void);

static void
step_mistake(void)
{
    if (kit_try_open(&k) != FAULT_NONE) _exit(92);
    if (ledger_begin(k.ledger) != FAULT_NONE) _exit(93);
    mistake();
    if (ledger_seal(k.ledger) != FAULT_NONE) _exit(94);
}

static const struct {
    const char *name;
    void (*step)(void);
} mistakes[] = {
    { "more than is available", step_more_than_available },
    { "more than is held", step_more_than_held },
    { "a negative amount", step_negative_amount },
    { "a pool that is not there", step_unknown_pool },
    { "a campaign that is not there", step_unknown_campaign },
    { "issued above the count", step_issued_above_count },
    { "issued below none", step_issued_below_none },
    { "redeemed below none", step_redeemed_below_none },
    { "funding of a pool", step_funding_of_a_pool },
    { "value of no pool", step_no_pool_named },
    { "funding that overflows", step_funding_overflows },
    { "less funded than promised", step_defunded_too_far },
    { "too many postings", step_too_many_postings },
    { "too long a detail", step_long_detail },
    { "a voucher from another state", step_voucher_from_elsewhere },
    { "a voucher that is not there", step_voucher_unknown },
    { "held goes to void", step_voucher_held_to_void },
    { "live stays live", step_voucher_stays },
    { "a voucher number that was not taken", step_voucher_number_not_taken },
    { "a voucher of no claim", step_voucher_without_claim },
    { "the same claim twice", step_same_claim_twice },
    { "redeemed twice", step_redeemed_twice },
    { "one number, two intents", step_one_number_two_intents },
    { "a redemption that is not there", step_redemption_unknown },
    { "held is refunded", step_redemption_refunded_from_held },
    { "evidence of another", step_evidence_of_another },
    { "evidence freed by another", step_evidence_freed_by_another },
    { "evidence that was never taken", step_evidence_never_taken },
    { "a bucket below none", step_bucket_below_none },
    { "claims below none", step_bucket_claims_below_none },
    { "a bucket swept with a rest", step_bucket_swept_with_rest },
    { "a bucket swept twice", step_bucket_swept_twice },
    { "a bucket that overflows", step_bucket_overflows },
    { "one key, two answers", step_key_twice },
    { "a campaign goes back", step_campaign_back_to_draft },
    { "a campaign number that was not taken", step_campaign_number_not_taken },
    { "an issued pool is worth more", step_pool_worth_more },
    { "a batch in a batch", step_begin_twice },
    { "tidying within a batch", step_tidy_in_batch },
    { "storing outside of a batch", step_store_outside },
    { "a seal outside of a batch", step_seal_outside },
    { "no numbers at all", step_no_numbers },
    { "an effect of no kind", step_no_kind },
};

static void
test_mistakes_stop_the_process(void **state)
{
    (void)state;
    start();
    kit_close(&k);
    mistake = step_nothing;
    assert_int_equal(in_process(step_mistake), 0);
    for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
        mistake = mistakes[i].step;
        int status = in_process(step_mistake);
        if (status != -SIGABRT) fail_msg("row \"%s\": %d", mistakes[i].name, status);
        row_passed();
    }
    struct audit audit = kit_audit(&k);
    if (!audit_is_clean(&audit)) fail_msg("%s", audit.first_fault);
    assert_int_equal(audit.claims, 3);
    assert_int_equal(audit.redemptions, 1);
    kit_end(&k);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mistakes_stop_the_process),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
