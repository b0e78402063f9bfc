/* tests/support_till.c: what residents and tills do on the bench, and the look at the money. */
#include "tests/rows.h"
#include "tests/support_book.h"

enum verdict
bench_claim(struct bench *b, const struct uuid *campaign, size_t pool, unsigned resident)
{
    struct campaign_row row = bench_row(b, campaign);
    struct caller caller = bench_resident(resident);
    struct op *op = bench_begin(b, OP_CLAIM, &caller);
    assert_true(pool < row.pool_count);
    op->claim.campaign = *campaign;
    op->claim.pool = row.pools[pool].id;
    return bench_run(b);
}

struct op *
bench_redeem_begin(struct bench *b, enum bench_till till, const struct uuid *voucher,
                   int64_t amount_fen)
{
    struct op *op = bench_begin(b, OP_REDEEM, &b->tills[till]);
    op->redeem.voucher = *voucher;
    op->redeem.order.amount_fen = amount_fen;
    op->redeem.fingerprint = op->fingerprint;
    (void)snprintf(op->redeem.out_request_no, sizeof op->redeem.out_request_no, "req-%u", b->made);
    (void)snprintf(op->redeem.order.order_no, sizeof op->redeem.order.order_no, "ord-%u", b->made);
    return op;
}

enum verdict
bench_redeem_run(struct bench *b)
{
    enum verdict verdict = bench_run(b);
    if (verdict != VERDICT_OK) return verdict;
    assert_true(view_redemption_by_request(b->book.view, &b->op.caller.id,
                                           text_of(b->op.redeem.out_request_no), &b->redemption));
    return verdict;
}

enum verdict
bench_redeem(struct bench *b, enum bench_till till, const struct uuid *voucher, int64_t amount_fen)
{
    (void)bench_redeem_begin(b, till, voucher, amount_fen);
    return bench_redeem_run(b);
}

enum verdict
bench_hold(struct bench *b, enum bench_till till, const struct uuid *voucher, int64_t amount_fen)
{
    bench_redeem_begin(b, till, voucher, amount_fen)->redeem.hold = true;
    return bench_redeem_run(b);
}

struct op *
bench_follow_begin(struct bench *b, enum op_kind kind, enum bench_till till)
{
    struct op *op = bench_begin(b, kind, &b->tills[till]);
    op->target = b->redemption.id;
    return op;
}

enum verdict
bench_follow(struct bench *b, enum op_kind kind, enum bench_till till)
{
    (void)bench_follow_begin(b, kind, till);
    return bench_run(b);
}

enum verdict
bench_refund(struct bench *b, enum bench_till till, int64_t amount_fen)
{
    bench_follow_begin(b, OP_REFUND, till)->refund.amount_fen = amount_fen;
    return bench_run(b);
}

enum verdict
bench_reverse(struct bench *b, enum bench_till till, const char *out_request_no)
{
    struct op *op = bench_begin(b, OP_REVERSE, &b->tills[till]);
    (void)snprintf(op->out_request_no, sizeof op->out_request_no, "%s", out_request_no);
    return bench_run(b);
}

enum verdict
bench_void(struct bench *b, const struct uuid *voucher)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    bench_begin(b, OP_VOID, &admin)->target = *voucher;
    return bench_run(b);
}

int
bench_sweep(struct bench *b)
{
    struct op *op = bench_begin(b, OP_SWEEP, &(struct caller){ .kind = CALLER_SYSTEM });
    op->key[0] = '\0';
    assert_int_equal(bench_run(b), VERDICT_OK);
    return op->status;
}

static struct digest
bench_digest(char kind, unsigned number)
{
    struct digest d = { { (uint8_t)kind } };
    memcpy(d.bytes + 1, &number, sizeof number);
    return d;
}

struct evidence
bench_evidence(unsigned resident, unsigned car, int64_t invoice_fen)
{
    return (struct evidence){ .present = true,
                              .vin = bench_digest('v', car),
                              .invoice = bench_digest('i', car),
                              .plate = bench_digest('p', car),
                              .plate_named = true,
                              .buyer = bench_resident(resident).id,
                              .buyer_name = bench_digest('n', resident),
                              .energy = CAR_FUEL,
                              .invoice_day = BENCH_T0 / BENCH_DAY,
                              .invoice_amount_fen = invoice_fen };
}

struct campaign_row
bench_row(struct bench *b, const struct uuid *campaign)
{
    struct campaign_row row;
    assert_true(view_campaign(b->book.view, campaign, &row));
    return row;
}

struct balances
bench_money(struct bench *b, const struct uuid *campaign)
{
    return bench_row(b, campaign).balances;
}

enum voucher_state
bench_voucher_state(struct bench *b, const struct uuid *voucher)
{
    struct voucher_row row;
    assert_true(view_voucher(b->book.view, voucher, &row));
    return row.state;
}

/* What the vouchers of one campaign say, added up one by one. */
struct tally {
    struct uuid campaign;
    int64_t live_fen, held_fen, redeemed_fen;
    int64_t issued, redeemed;
};

static void
tally_voucher(struct bench *b, const struct voucher_row *v, struct tally *t, bool *counts)
{
    struct redemption_row row;
    struct bucket_row bucket;
    assert_true(view_bucket(b->book.view, &v->pool, v->valid_to_s, &bucket));
    bool waits = v->state == VOUCHER_LIVE && !bucket.swept;
    if (waits) t->live_fen += v->value_fen;
    if (v->state == VOUCHER_HELD) t->held_fen += v->value_fen;
    if (v->state == VOUCHER_REDEEMED) {
        assert_true(view_redemption_of_voucher(b->book.view, &v->id, &row));
        t->redeemed_fen += row.value_fen - row.refunded_value_fen;
        t->redeemed++;
    }
    *counts = *counts || waits || v->state == VOUCHER_HELD || v->state == VOUCHER_REDEEMED;
}

/* Vouchers of a claim are numbered in a row. */
static int64_t
tally_claim(struct bench *b, int64_t number, struct tally *t)
{
    struct voucher_row v;
    struct claim_row claim;
    bool counts = false;
    if (!view_voucher_by_number(b->book.view, number, &v)) return 0;
    assert_true(view_claim(b->book.view, &v.claim, &claim));
    assert_int_equal(claim.first_number, number);
    for (int64_t n = 0; n < claim.voucher_count; n++) {
        assert_true(view_voucher_by_number(b->book.view, number + n, &v));
        if (uuid_equal(&v.campaign, &t->campaign)) tally_voucher(b, &v, t, &counts);
    }
    t->issued += counts;
    return claim.voucher_count;
}

static void
bench_check_campaign(struct bench *b, const struct uuid *id)
{
    struct campaign_row row = bench_row(b, id);
    const struct balances *m = &row.balances;
    struct tally t = { .campaign = *id };
    int64_t issued = 0, redeemed = 0, vouchers = 0;
    assert_int_equal(m->funded_fen, m->available_fen + m->live_fen + m->held_fen + m->redeemed_fen +
                                        m->settled_fen + m->returned_fen);
    assert_true(m->available_fen >= 0 && m->live_fen >= 0 && m->held_fen >= 0);
    for (int64_t number = 1; (vouchers = tally_claim(b, number, &t)) > 0; number += vouchers) {}
    for (size_t i = 0; i < row.pool_count; i++) {
        assert_true(row.pools[i].issued <= row.pools[i].count);
        issued += row.pools[i].issued;
        redeemed += row.pools[i].redeemed;
    }
    assert_int_equal(t.live_fen, m->live_fen);
    assert_int_equal(t.held_fen, m->held_fen);
    assert_int_equal(t.redeemed_fen, m->redeemed_fen);
    assert_int_equal(t.issued, issued);
    assert_int_equal(t.redeemed, redeemed);
}

/* The ledger's own audit, over committed rows. */
static void
bench_audit(const struct bench *b)
{
    struct view *view;
    struct audit audit;
    assert_int_equal(view_open(&view, b->dir), FAULT_NONE);
    assert_int_equal(view_audit(view, &audit), FAULT_NONE);
    if (!audit_is_clean(&audit)) fail_msg("audit: %s", audit.first_fault);
    view_close(view);
}

void
bench_check(struct bench *b)
{
    bench_audit(b);
    for (size_t i = 0; i < b->campaign_count; i++) {
        bench_check_campaign(b, &b->campaigns[i]);
    }
    assert_int_equal(view_fault(b->book.view), FAULT_NONE);
}
