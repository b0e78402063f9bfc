/* voucher/book/till.c: taking a voucher's value and giving it back. */
#include "voucher/book/till.h"

#include "voucher/rules/redeem.h"
#include "voucher/rules/refund_share.h"
#include "voucher/wire/reply.h"

static struct journal_entry
entry_of(struct book *b, enum journal_kind kind, const struct redemption_row *row,
         const struct uuid *actor)
{
    return (struct journal_entry){ .kind = kind,
                                   .at_s = b->now_s,
                                   .rule_version = row->rule_version,
                                   .campaign = row->campaign,
                                   .subject = row->id,
                                   .object = row->voucher,
                                   .actor = *actor };
}

void
till_answer(struct book *b, struct op *op, const struct redemption_row *row,
            const struct claim_result *reward)
{
    const struct campaign_rules *rules =
        catalogue_rules(b->catalogue, b->view, &row->campaign, row->rule_version);
    int32_t offset_s = rules == NULL ? b->settings.offset_s : rules->offset_s;
    if (op->status == 0) op->status = 200;
    wire_write_redemption(&op->body, row, reward, offset_s);
    store_reply(b, op);
}

void
till_take(struct book *b, struct op *op, const struct voucher_row *voucher,
          struct redemption_row *row, bool is_new)
{
    bool captured = row->state == REDEMPTION_CAPTURED;
    must(captured || row->state == REDEMPTION_HELD);
    struct move move = { .voucher = *voucher,
                         .to = captured ? VOUCHER_REDEEMED : VOUCHER_HELD,
                         .redeemed_after_fen = captured ? row->value_fen : 0 };
    struct journal_entry entry =
        entry_of(b, captured ? JOURNAL_CAPTURE : JOURNAL_HOLD, row, &op->caller.id);
    struct claim_result reward;
    struct claim_row claim;
    bool rewarded = captured && view_claim(b->view, &voucher->claim, &claim) &&
                    issue_reward(b, op, row, &claim.resident, &reward);
    if (rewarded) row->reward_claim = reward.claim.id;
    move_voucher(b, &move, &entry);
    store_redemption(b, row, is_new);
    store_evidence(b, row);
    store_journal(b, &entry);
    till_answer(b, op, row, rewarded ? &reward : NULL);
}

void
till_give_back(struct book *b, struct redemption_row *row, enum redemption_state to,
               const struct caller *by)
{
    struct move move = { .to = VOUCHER_LIVE };
    must(to == REDEMPTION_RELEASED || to == REDEMPTION_REVERSED);
    if (!view_voucher(b->view, &row->voucher, &move.voucher)) return; /* a fault, seen at seal */
    if (row->state == REDEMPTION_CAPTURED) {
        move.redeemed_before_fen = row->value_fen - row->refunded_value_fen;
    }
    struct journal_entry entry =
        entry_of(b, to == REDEMPTION_RELEASED ? JOURNAL_RELEASE : JOURNAL_REVERSE, row, &by->id);
    free_evidence(b, row, true);
    withdraw_reward(b, row, by);
    row->state = to;
    store_redemption(b, row, false); /* before the voucher is live: one net redemption each */
    move_voucher(b, &move, &entry);
    store_journal(b, &entry);
    withdraw_returned_reward(b, &move.voucher, by);
}

/* A hold whose time is over holds nothing, neither voucher nor evidence: all is given back before
 * anybody is judged. */
bool
till_lapse(struct book *b, struct redemption_row *row)
{
    static const struct caller time_itself = { .kind = CALLER_SYSTEM };
    if (row->state != REDEMPTION_HELD || b->now_s < row->hold_expires_at_s) return false;
    till_give_back(b, row, REDEMPTION_RELEASED, &time_itself);
    return true;
}

void
till_release_lapsed(struct book *b, struct voucher_row *voucher)
{
    struct redemption_row held;
    if (voucher->state != VOUCHER_HELD) return;
    if (!view_redemption_of_voucher(b->view, &voucher->id, &held)) return;
    if (till_lapse(b, &held)) (void)view_voucher(b->view, &held.voucher, voucher);
}

/* The redemption that an action names, as far as this terminal's merchant may see it. */
enum verdict
till_find(struct book *b, const struct op *op, struct redemption_row *row)
{
    if (!view_redemption(b->view, &op->target, row)) return VERDICT_NOT_FOUND;
    if (!uuid_equal(&row->merchant, &op->caller.merchant)) return VERDICT_NOT_FOUND;
    return VERDICT_OK;
}

/* The number was never used, or its request is still under way: from now on it is reversed. */
static void
reverse_in_advance(struct book *b, struct op *op, struct redemption_row *row)
{
    *row = (struct redemption_row){
        .terminal = op->caller.id,
        .merchant = op->caller.merchant,
        .state = REDEMPTION_REVERSED,
        .redeemed_at_s = b->now_s,
    };
    id_next(b->ids, &row->id);
    memcpy(row->out_request_no, op->out_request_no, sizeof row->out_request_no);
    struct journal_entry entry = entry_of(b, JOURNAL_REVERSE, row, &op->caller.id);
    store_redemption(b, row, true);
    store_journal(b, &entry);
}

static bool
reverse_is_possible(const struct book *b, const struct redemption_row *row)
{
    if (row->state != REDEMPTION_HELD && row->state != REDEMPTION_CAPTURED) return false;
    return row->refunded_order_fen == 0 &&
           b->now_s < row->redeemed_at_s + b->settings.reverse_window_s;
}

enum verdict
book_reverse(struct book *b, struct op *op)
{
    struct redemption_row row;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    bool known =
        view_redemption_by_request(b->view, &op->caller.id, text_of(op->out_request_no), &row);
    if (known && row.state != REDEMPTION_REVERSED) {
        if (row.state != REDEMPTION_RELEASED && !reverse_is_possible(b, &row)) {
            return VERDICT_WRONG_STATE;
        }
        if (row.state == REDEMPTION_RELEASED) {
            struct journal_entry entry = entry_of(b, JOURNAL_REVERSE, &row, &op->caller.id);
            row.state = REDEMPTION_REVERSED;
            store_redemption(b, &row, false);
            store_journal(b, &entry);
        } else {
            till_give_back(b, &row, REDEMPTION_REVERSED, &op->caller);
        }
    }
    if (!known) reverse_in_advance(b, op, &row);
    op->status = 200;
    wire_write_reversed(&op->body, op->out_request_no);
    store_reply(b, op);
    return VERDICT_OK;
}

/* A wholly refunded voucher lives again where policy and time allow it; else it is spent for good
 * and its money is back in the pool. */
static enum voucher_state
refund_leads_to(const struct book *b, const struct campaign_rules *rules,
                const struct voucher_row *voucher)
{
    bool lives = rules->refund_policy == REFUND_RESTORE && !rule_voucher_expired(voucher, b->now_s);
    return lives ? VOUCHER_LIVE : VOUCHER_VOID;
}

static void
refund_store(struct book *b, struct op *op, struct redemption_row *row, enum voucher_state to)
{
    struct move move = { .to = to };
    if (!view_voucher(b->view, &row->voucher, &move.voucher)) return;
    struct refund_so_far so_far = { row->value_fen, row->order_amount_fen, row->refunded_value_fen,
                                    row->refunded_order_fen };
    int64_t share_fen;
    bool last;
    must(refund_share(&so_far, op->refund.amount_fen, &share_fen, &last));
    move.redeemed_before_fen = row->value_fen - row->refunded_value_fen;
    row->refunded_order_fen += op->refund.amount_fen;
    row->refunded_value_fen += share_fen;
    move.redeemed_after_fen = last ? 0 : row->value_fen - row->refunded_value_fen;
    struct journal_entry entry = entry_of(b, JOURNAL_REFUND, row, &op->caller.id);
    if (last) {
        row->state = REDEMPTION_REFUNDED;
        free_evidence(b, row, false); /* the invoice stays used: a new sale has a new one */
        withdraw_reward(b, row, &op->caller);
    }
    store_redemption(b, row, false);
    move_voucher(b, &move, &entry);
    store_journal(b, &entry);
    if (last) withdraw_returned_reward(b, &move.voucher, &op->caller);
}

enum verdict
book_refund(struct book *b, struct op *op)
{
    struct redemption_row row;
    struct voucher_row voucher;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    verdict = till_find(b, op, &row);
    if (verdict != VERDICT_OK) return verdict;
    int64_t left_fen = row.order_amount_fen - row.refunded_order_fen;
    struct pointer amount = { 0 };
    pointer_push_key(&amount, TEXT("amount_fen"));
    if (row.state == REDEMPTION_CAPTURED && op->refund.amount_fen > left_fen) {
        faults_add(&op->faults, FLAW_OUT_OF_RANGE, &amount);
        return VERDICT_INVALID;
    }
    if (row.state != REDEMPTION_CAPTURED) return VERDICT_WRONG_STATE;
    const struct campaign_rules *rules =
        catalogue_rules(b->catalogue, b->view, &row.campaign, row.rule_version);
    if (rules == NULL || !view_voucher(b->view, &row.voucher, &voucher)) {
        return VERDICT_UNAVAILABLE;
    }
    bool last = op->refund.amount_fen == left_fen;
    refund_store(b, op, &row, last ? refund_leads_to(b, rules, &voucher) : VOUCHER_REDEEMED);
    till_answer(b, op, &row, NULL);
    return VERDICT_OK;
}
