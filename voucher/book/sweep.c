/* voucher/book/sweep.c: what time does by itself: holds lapse, and the value of expired vouchers
 * goes back to its pool, once, in one posting per pool and instant. And what an administrator does
 * to a single voucher: void it. */
#include "voucher/book/moves.h"
#include "voucher/book/till.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/redeem.h"
#include "voucher/torture.h"
#include "voucher/wire/reply.h"

#define SWEEP_ROWS_MAX 64

/* Moves what is left in the bucket back to its pool. */
static void
sweep_remainder(struct book *b, const struct bucket_row *bucket)
{
    struct campaign_row campaign;
    if (!view_campaign(b->view, &bucket->campaign, &campaign)) return;
    size_t place = campaign_pool_place(&campaign, &bucket->pool);
    must(place < CAMPAIGN_POOLS_MAX); /* what is left is issued, and such a pool stays */
    struct journal_entry entry = {
        .kind = JOURNAL_EXPIRE,
        .at_s = b->now_s,
        .rule_version = campaign.acting_version,
        .campaign = campaign.id,
        .subject = bucket->pool,
        .posting_count = 1,
        .postings = { { .pool_number = campaign.pools[place].number,
                        .from = ACCOUNT_LIVE,
                        .to = ACCOUNT_AVAILABLE,
                        .amount_fen = bucket->live_fen,
                        .issued = -bucket->unspent_claims } },
    };
    store_journal(b, &entry);
}

/* An empty bucket ends without a posting: its pool may be gone by now. */
static void
sweep_bucket(struct book *b, const struct bucket_row *bucket)
{
    must(!bucket->swept && b->now_s >= bucket->valid_to_s);
    struct bucket_row change = *bucket;
    change.live_fen = -bucket->live_fen;
    change.unspent_claims = -bucket->unspent_claims;
    change.swept = !torture_mutant("swept-again");
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_BUCKET, .bucket = &change });
    if (bucket->live_fen > 0 || bucket->unspent_claims > 0) sweep_remainder(b, bucket);
}

enum verdict
book_sweep(struct book *b, struct op *op)
{
    struct uuid lapsed[SWEEP_ROWS_MAX];
    struct bucket_row ended[SWEEP_ROWS_MAX];
    size_t lapsed_count = view_holds_lapsed(b->view, b->now_s, lapsed, SWEEP_ROWS_MAX);
    for (size_t i = 0; i < lapsed_count; i++) {
        struct redemption_row held;
        if (view_redemption(b->view, &lapsed[i], &held)) (void)till_lapse(b, &held);
    }
    size_t ended_count = view_buckets_ended(b->view, b->now_s, ended, SWEEP_ROWS_MAX);
    for (size_t i = 0; i < ended_count; i++) {
        sweep_bucket(b, &ended[i]);
    }
    op->status = (int)(lapsed_count + ended_count);
    return VERDICT_OK;
}

enum verdict
book_void(struct book *b, struct op *op)
{
    struct move move = { .to = VOUCHER_VOID };
    struct claim_row claim;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    if (!view_voucher(b->view, &op->target, &move.voucher)) return VERDICT_NOT_FOUND;
    till_release_lapsed(b, &move.voucher);
    if (!view_claim(b->view, &move.voucher.claim, &claim)) return VERDICT_UNAVAILABLE;
    const struct campaign_rules *rules = rules_of_claim(b, &claim);
    if (rules == NULL) return VERDICT_UNAVAILABLE;
    bool expired = rule_voucher_expired(&move.voucher, b->now_s);
    if (move.voucher.state != VOUCHER_LIVE || expired) return VERDICT_WRONG_STATE;
    struct journal_entry entry = { .kind = JOURNAL_VOID,
                                   .at_s = b->now_s,
                                   .rule_version = claim.rule_version,
                                   .campaign = claim.campaign,
                                   .subject = move.voucher.id,
                                   .object = claim.id,
                                   .actor = op->caller.id };
    move_voucher(b, &move, &entry);
    store_journal(b, &entry);
    move.voucher.state = VOUCHER_VOID;
    op->status = 200;
    wire_write_voided(&op->body, &move.voucher, rules->offset_s);
    store_reply(b, op);
    return VERDICT_OK;
}
