/* voucher/book/redeem.c: redemption 核销: hold 预占, capture 确认, release 释放. */
#include "voucher/rules/redeem.h"
#include "storage/copy.h"
#include "voucher/book/moves.h"
#include "voucher/book/till.h"
#include "voucher/rules/claim.h"
#include "voucher/torture.h"
#include "voucher/wire/reply.h"

#define SECOND_US INT64_C(1000000)
#define MINUTE_US (60 * SECOND_US)

/* Everything that a redemption is judged by. */
struct scene {
    struct voucher_row voucher;
    struct claim_row claim;
    struct merchant_row merchant;
    struct resident_row claimant;
    const struct campaign_rules *rules;
    const struct pool_rules *pool;
    struct redeem_facts facts;
};

static bool
scene_load(struct book *b, const struct caller *terminal, struct scene *s)
{
    if (!view_claim(b->view, &s->voucher.claim, &s->claim)) return false;
    if (!view_merchant(b->view, &terminal->merchant, &s->merchant)) return false;
    s->rules = rules_of_claim(b, &s->claim);
    if (s->rules == NULL) return false;
    size_t place = rules_pool_place(s->rules, &s->voucher.pool);
    must(place < CAMPAIGN_POOLS_MAX);
    s->pool = &s->rules->pools[place];
    (void)view_resident(b->view, &s->claim.resident, &s->claimant);
    s->facts = (struct redeem_facts){
        .rules = s->rules,
        .pool = s->pool,
        .voucher = &s->voucher,
        .merchant = &s->merchant,
        .claimant = s->claim.resident,
        .claimant_name = s->claimant.name,
    };
    return true;
}

/* Whether another voucher was used on this order and one of both may not stand beside another. Two
 * are enough to look at: where two stand already, all that stand are stackable. */
static bool
order_is_taken(struct book *b, const struct scene *s, const struct order *order)
{
    struct redemption_row others[ORDER_ROWS];
    size_t count = view_redemptions_of_order(b->view, &s->merchant.id, text_of(order->order_no),
                                             b->now_s, others);
    for (size_t i = 0; i < count; i++) {
        const struct campaign_rules *rules =
            catalogue_rules(b->catalogue, b->view, &others[i].campaign, others[i].rule_version);
        size_t place =
            rules == NULL ? CAMPAIGN_POOLS_MAX : rules_pool_place(rules, &others[i].pool);
        if (place == CAMPAIGN_POOLS_MAX) return true;
        if (!s->pool->stackable || !rules->pools[place].stackable) return true;
    }
    return false;
}

static bool
evidence_is_used(struct book *b, enum evidence_kind kind, const struct digest *digest,
                 const struct uuid *own)
{
    struct evidence_row used;
    struct redemption_row by;
    if (digest_is_none(digest) || !view_evidence(b->view, kind, digest, &used)) return false;
    if (kind == EVIDENCE_VIN && torture_mutant("vin-used-again")) return false;
    if (uuid_equal(&used.redemption, own)) return false;
    return !view_redemption(b->view, &used.redemption, &by) || !till_lapse(b, &by);
}

static void
scene_add_evidence(struct book *b, struct scene *s, const struct evidence *e,
                   const struct uuid *own)
{
    s->facts.evidence = e;
    s->facts.vin_used = evidence_is_used(b, EVIDENCE_VIN, &e->vin, own);
    s->facts.invoice_used = evidence_is_used(b, EVIDENCE_INVOICE, &e->invoice, own);
    s->facts.plate_used = evidence_is_used(b, EVIDENCE_PLATE, &e->plate, own);
}

/* Says who used it, when and for what, as far as a stranger may know. */
static void
detail_of_use(struct book *b, struct op *op, const struct scene *s)
{
    struct redemption_row used;
    struct use_place place;
    if (!view_redemption_of_voucher(b->view, &s->voucher.id, &used)) return;
    if (!view_merchant(b->view, &used.merchant, &place.merchant)) return;
    if (!view_terminal(b->view, &used.terminal, &place.terminal)) place.terminal.outlet[0] = '\0';
    wire_write_use(op->detail, sizeof op->detail, &used, &place, s->rules->offset_s);
}

/* A terminal that types codes which name nothing is slowed down: whoever guesses needs many.
 * Looking alone costs nothing; a batch that is decided again counts a miss twice, which is merely
 * stricter. */
static bool
misses_are_spent(struct book *b, struct op *op, bool missed)
{
    if (b->misses == NULL) return false;
    struct gcra_rate rate = { b->settings.short_code_misses_per_min, MINUTE_US };
    int64_t *tat_us = gcra_table_at(b->misses, op->caller.id.bytes), looked_us = *tat_us;
    struct gcra_answer answer = gcra_ask(rate, missed ? tat_us : &looked_us, b->now_s * SECOND_US);
    if (!answer.allowed) op->retry_after_s = (answer.retry_after_us + SECOND_US - 1) / SECOND_US;
    return !answer.allowed;
}

/* What is not there may have gone with a ledger that was lost: the till is told so. */
static enum verdict
redeem_missed(struct book *b, struct op *op)
{
    const struct redeem_command *cmd = &op->redeem;
    const struct uuid *id = cmd->by_short_code ? NULL : &cmd->voucher;
    if (cmd->by_short_code) (void)misses_are_spent(b, op, true);
    if (view_may_be_lost(b->view, id, cmd->voucher_number)) op->because = DETAIL_LOST;
    return VERDICT_VOUCHER_UNKNOWN;
}

static enum verdict
redeem_find_voucher(struct book *b, struct op *op, struct voucher_row *out)
{
    const struct redeem_command *cmd = &op->redeem;
    if (cmd->token == TOKEN_CODE_STALE) op->because = DETAIL_CODE_STALE;
    if (cmd->token != TOKEN_GOOD) return VERDICT_SIGNATURE_INVALID;
    if (cmd->by_short_code && misses_are_spent(b, op, false)) return VERDICT_RATE_LIMITED;
    bool found = cmd->by_short_code ? view_voucher_by_number(b->view, cmd->voucher_number, out)
                                    : view_voucher(b->view, &cmd->voucher, out);
    return found ? VERDICT_OK : redeem_missed(b, op);
}

enum verdict
book_short_code(struct book *b, struct op *op)
{
    struct voucher_row voucher = { 0 };
    must(op->redeem.by_short_code);
    enum verdict verdict = redeem_find_voucher(b, op, &voucher);
    op->redeem.voucher = verdict == VERDICT_OK ? voucher.id : (struct uuid){ 0 };
    return verdict == VERDICT_VOUCHER_UNKNOWN ? VERDICT_OK : verdict;
}

static void
redeem_store(struct book *b, struct op *op, struct scene *s, const struct redeem_finding *finding)
{
    const struct redeem_command *cmd = &op->redeem;
    static const struct evidence nothing;
    /* Only a car's is judged, so only a car's is kept: unjudged evidence would shut out its owner.
     */
    const struct evidence *e = s->rules->kind == CAMPAIGN_CAR ? &cmd->evidence : &nothing;
    struct redemption_row row = {
        .terminal = op->caller.id,
        .merchant = op->caller.merchant,
        .fingerprint = cmd->fingerprint,
        .voucher = s->voucher.id,
        .campaign = s->voucher.campaign,
        .pool = s->voucher.pool,
        .rule_version = s->claim.rule_version,
        .state = cmd->hold ? REDEMPTION_HELD : REDEMPTION_CAPTURED,
        .imported_vin_warning = e->vin_imported_mismatch,
        .order_amount_fen = cmd->order.amount_fen,
        .value_fen = finding->value_fen,
        .redeemed_at_s = b->now_s,
        .hold_expires_at_s = cmd->hold ? b->now_s + b->settings.hold_s : 0,
        .vin = e->vin,
        .invoice = e->invoice,
        .plate = e->plate,
    };
    id_next(b->ids, &row.id);
    memcpy(row.out_request_no, cmd->out_request_no, sizeof row.out_request_no);
    memcpy(row.order_no, cmd->order.order_no, sizeof row.order_no);
    memcpy(row.category, cmd->order.category, sizeof row.category);
    memcpy(row.key, op->key, sizeof row.key);
    till_take(b, op, &s->voucher, &row, true);
}

/* Seen before? A number names one intent; a reversed one stays reversed under any key. */
static enum verdict
redeem_seen(struct book *b, struct op *op)
{
    struct redemption_row row;
    const struct redeem_command *cmd = &op->redeem;
    enum verdict replayed = book_replay(b, op);
    if (replayed == VERDICT_IDEMPOTENCY_KEY_REUSED) return replayed;
    if (!view_redemption_by_request(b->view, &op->caller.id, text_of(cmd->out_request_no), &row)) {
        return replayed;
    }
    bool other_content =
        !digest_is_none(&row.fingerprint) && !digest_equal(&row.fingerprint, &cmd->fingerprint);
    if (other_content) return VERDICT_IDEMPOTENCY_KEY_REUSED;
    bool reversed = row.state == REDEMPTION_REVERSED;
    if (reversed && !torture_mutant("reversed-lives")) return VERDICT_REQUEST_REVERSED;
    if (replayed == VERDICT_OK) return VERDICT_OK;
    struct idempotency_row first;
    if (!view_idempotency(b->view, &op->caller.id, text_of(row.key), &first)) {
        return VERDICT_REQUEST_IN_PROGRESS;
    }
    op->status = first.status;
    op->replayed = true;
    json_write_raw(&op->body, first.reply);
    return VERDICT_OK;
}

enum verdict
book_redeem(struct book *b, struct op *op)
{
    struct scene s = { 0 };
    static const struct uuid none;
    must(op->caller.kind == CALLER_TERMINAL);
    enum verdict verdict = redeem_seen(b, op);
    op->replayed = verdict == VERDICT_OK;
    if (verdict != VERDICT_COUNT) return verdict;

    verdict = redeem_find_voucher(b, op, &s.voucher);
    if (verdict != VERDICT_OK) return verdict;
    till_release_lapsed(b, &s.voucher);
    if (!scene_load(b, &op->caller, &s)) return VERDICT_UNAVAILABLE;
    s.facts.order = &op->redeem.order;
    s.facts.hold = op->redeem.hold;
    s.facts.order_taken = order_is_taken(b, &s, &op->redeem.order);
    scene_add_evidence(b, &s, &op->redeem.evidence, &none);

    struct redeem_finding finding;
    verdict = rule_redeem(&s.facts, b->now_s, &finding);
    op->evidence_faults = finding.evidence_faults;
    if (verdict == VERDICT_ALREADY_REDEEMED) detail_of_use(b, op, &s);
    if (verdict != VERDICT_OK) return verdict;
    op->status = 201;
    redeem_store(b, op, &s, &finding);
    return VERDICT_OK;
}

/* What the hold already knew of the evidence stands, unless the capture brings its own. */
static enum verdict
capture_judge(struct book *b, struct op *op, struct redemption_row *row, struct scene *s)
{
    struct order order = { .amount_fen = row->order_amount_fen };
    struct redeem_finding finding = { .value_fen = row->value_fen };
    const struct evidence *e = &op->redeem.evidence;
    if (s->rules->kind != CAMPAIGN_CAR) return VERDICT_OK;
    if (!e->present && !digest_is_none(&row->vin)) return VERDICT_OK;
    memcpy(order.order_no, row->order_no, sizeof order.order_no);
    s->facts.order = &order;
    s->facts.resumes_hold = true;
    scene_add_evidence(b, s, e, &row->id);
    /* The category was judged when the hold was made. */
    struct campaign_rules any_category = *s->rules;
    any_category.allow_count = 0;
    any_category.deny_count = 0;
    s->facts.rules = &any_category;
    enum verdict verdict = rule_redeem(&s->facts, b->now_s, &finding);
    op->evidence_faults = finding.evidence_faults;
    if (verdict != VERDICT_OK) return verdict;
    free_evidence(b, row, true);
    row->vin = e->vin;
    row->invoice = e->invoice;
    row->plate = e->plate;
    row->imported_vin_warning = e->vin_imported_mismatch;
    row->value_fen = finding.value_fen;
    return VERDICT_OK;
}

enum verdict
book_capture(struct book *b, struct op *op)
{
    struct redemption_row row;
    struct scene s = { 0 };
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    verdict = till_find(b, op, &row);
    if (verdict != VERDICT_OK) return verdict;
    bool lapsed = b->now_s >= row.hold_expires_at_s;
    if (row.state != REDEMPTION_HELD || lapsed) return VERDICT_WRONG_STATE;
    if (!view_voucher(b->view, &row.voucher, &s.voucher)) return VERDICT_UNAVAILABLE;
    if (!scene_load(b, &op->caller, &s)) return VERDICT_UNAVAILABLE;
    verdict = capture_judge(b, op, &row, &s);
    if (verdict != VERDICT_OK) return verdict;
    row.state = REDEMPTION_CAPTURED;
    row.redeemed_at_s = b->now_s;
    op->status = 200;
    till_take(b, op, &s.voucher, &row, false);
    return VERDICT_OK;
}

enum verdict
book_release(struct book *b, struct op *op)
{
    struct redemption_row row;
    enum verdict verdict = book_replay(b, op);
    if (verdict != VERDICT_COUNT) return verdict;
    verdict = till_find(b, op, &row);
    if (verdict != VERDICT_OK) return verdict;
    if (row.state != REDEMPTION_HELD) return VERDICT_WRONG_STATE;
    till_give_back(b, &row, REDEMPTION_RELEASED, &op->caller);
    till_answer(b, op, &row, NULL);
    return VERDICT_OK;
}
