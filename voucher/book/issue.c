/* voucher/book/issue.c: claims and rewards: everything that makes vouchers. */
#include "voucher/book/moves.h"
#include "voucher/rules/claim.h"
#include "voucher/rules/redeem.h"
#include "voucher/torture.h"

#define CLAIMS_OF_PERSON_MAX 128 /* a limit is at most 60; rewards that went back count on top */

static void
issue_voucher(struct book *b, struct claim_result *out, const struct pack_piece *piece)
{
    must(out->claim.voucher_count < PACK_VOUCHERS_MAX);
    struct voucher_row *v = &out->vouchers[out->claim.voucher_count];
    *v = (struct voucher_row){
        .number = out->claim.first_number + out->claim.voucher_count,
        .claim = out->claim.id,
        .campaign = out->claim.campaign,
        .pool = out->claim.pool,
        .state = VOUCHER_LIVE,
        .value_fen = piece->value_fen,
        .min_spend_fen = piece->min_spend_fen,
        .valid_from_s = out->claim.valid_from_s,
        .valid_to_s = out->claim.valid_to_s,
    };
    id_next(b->ids, &v->id);
    out->claim.voucher_count++;
}

static int64_t
pool_voucher_count(const struct pool_rules *pool)
{
    int64_t count = 0;
    for (size_t i = 0; i < pool->piece_count; i++) {
        count += pool->pieces[i].count;
    }
    return pool->piece_count == 0 ? 1 : count;
}

static void
issue_vouchers(struct book *b, const struct pool_rules *pool, struct claim_result *out)
{
    out->claim.first_number = ledger_next_voucher_number(b->ledger, pool_voucher_count(pool));
    struct pack_piece whole = { pool->value_fen, pool->min_spend_fen, 1 };
    if (pool->piece_count == 0) issue_voucher(b, out, &whole);
    for (size_t i = 0; i < pool->piece_count; i++) {
        for (int64_t n = 0; n < pool->pieces[i].count; n++) {
            issue_voucher(b, out, &pool->pieces[i]);
        }
    }
}

static void
issue_store(struct book *b, const struct issue *i, const struct claim_result *made)
{
    const struct pool_row *pool = &i->campaign->pools[i->pool_place];
    struct bucket_row bucket = { .campaign = made->claim.campaign,
                                 .pool = made->claim.pool,
                                 .valid_to_s = made->claim.valid_to_s,
                                 .live_fen = pool->value_fen,
                                 .unspent_claims = 1 };
    struct journal_entry entry = {
        .kind = JOURNAL_CLAIM,
        .at_s = b->now_s,
        .rule_version = made->claim.rule_version,
        .campaign = made->claim.campaign,
        .subject = made->claim.id,
        .object = made->claim.source == CLAIM_REWARD ? made->claim.source_id : made->claim.pool,
        .actor = made->claim.resident,
        .posting_count = 1,
        .postings = { { .pool_number = pool->number,
                        .from = ACCOUNT_AVAILABLE,
                        .to = ACCOUNT_LIVE,
                        .amount_fen = pool->value_fen,
                        .issued = 1 } },
    };
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_CLAIM, .claim = &made->claim });
    for (int64_t n = 0; n < made->claim.voucher_count; n++) {
        ledger_store(b->ledger,
                     &(struct effect){ .kind = EFFECT_VOUCHER, .voucher = &made->vouchers[n] });
    }
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_BUCKET, .bucket = &bucket });
    store_journal(b, &entry);
}

void
issue_claim(struct book *b, const struct issue *i, struct claim_result *out)
{
    const struct pool_rules *pool = &i->rules->pools[i->pool_place];
    must(uuid_equal(&pool->id, &i->campaign->pools[i->pool_place].id));
    must(i->ordinal >= 1 && i->ordinal <= CLAIMS_OF_PERSON_MAX);
    struct window use = claim_use_window(i->rules, b->now_s);
    out->claim = (struct claim_row){
        .campaign = i->campaign->id,
        .pool = pool->id,
        .resident = i->resident,
        .ordinal = i->ordinal,
        .rule_version = i->campaign->acting_version,
        .source = i->source,
        .source_id = i->source_id,
        .claimed_at_s = b->now_s,
        .valid_from_s = use.from_s,
        .valid_to_s = use.to_s,
        .kid = i->kid,
    };
    id_next(b->ids, &out->claim.id);
    if (i->key != NULL) {
        memcpy(out->claim.key, i->key, sizeof out->claim.key);
        out->claim.fingerprint = *i->fingerprint;
    }
    issue_vouchers(b, pool, out);
    issue_store(b, i, out);
}

/* A swept bucket takes nothing any more, even where the clock that swept it was ahead. */
static bool
bucket_is_swept(struct book *b, const struct campaign_rules *rules, const struct uuid *pool)
{
    struct bucket_row bucket;
    int64_t valid_to_s = claim_use_window(rules, b->now_s).to_s;
    return view_bucket(b->view, pool, valid_to_s, &bucket) && bucket.swept;
}

/* A reward that went back whole with its car: a till that reverses and tries again may give it
 * anew.
 */
static bool
reward_went_back(struct book *b, const struct claim_row *claim)
{
    struct redemption_row car;
    if (claim->source != CLAIM_REWARD) return false;
    if (!view_redemption(b->view, &claim->source_id, &car)) return false;
    if (car.state != REDEMPTION_REVERSED && car.state != REDEMPTION_REFUNDED) return false;
    for (int64_t n = 0; n < claim->voucher_count; n++) {
        struct voucher_row voucher;
        if (!view_voucher_by_number(b->view, claim->first_number + n, &voucher)) return false;
        if (voucher.state != VOUCHER_VOID) return false;
    }
    return true;
}

static int64_t
claims_that_stand(struct book *b, const struct claim_row *claims, size_t count)
{
    int64_t standing = 0;
    for (size_t i = 0; i < count; i++) {
        standing += !reward_went_back(b, &claims[i]);
    }
    return standing;
}

/* A dry run stores nothing, so that what it has said yes to is counted beside the ledger. */
static void
promise_dry(struct campaign_row *campaign, const struct uuid *pool_id, int64_t count)
{
    size_t place = campaign_pool_place(campaign, pool_id);
    if (place == CAMPAIGN_POOLS_MAX) return;
    struct pool_row *pool = &campaign->pools[place];
    pool->issued = pool->count - pool->issued < count ? pool->count : pool->issued + count;
}

/* False too where no roll is asked for. */
static bool
roll_read(struct book *b, const struct campaign_rules *rules, const struct uuid *resident,
          struct roll_row *out)
{
    return rules != NULL && rules->needs_roll && view_roll(b->view, resident, out);
}

bool
issue_finds_resident(struct book *b, const struct uuid *resident)
{
    struct resident_row row;
    return view_resident(b->view, resident, &row);
}

enum verdict
issue_judged(struct book *b, const struct uuid *campaign_id, const struct uuid *pool,
             struct issue *i, struct claim_result *out)
{
    struct campaign_row campaign;
    struct claim_row own[CLAIMS_OF_PERSON_MAX];
    if (!view_campaign(b->view, campaign_id, &campaign)) return VERDICT_NOT_FOUND;
    const struct campaign_rules *rules = catalogue_acting(b->catalogue, b->view, &campaign);
    size_t so_far =
        view_claims_in_campaign(b->view, &i->resident, campaign_id, own, CLAIMS_OF_PERSON_MAX);
    struct roll_row roll;
    bool on_roll = roll_read(b, rules, &i->resident, &roll);
    struct claim_facts facts = {
        .campaign = &campaign,
        .rules = rules,
        .pool = pool,
        .source = i->source,
        .assurance = i->assurance,
        .claims_so_far = claims_that_stand(b, own, so_far),
        .roll = on_roll ? &roll : NULL,
    };
    if (i->is_dry) promise_dry(&campaign, pool, i->dry_count);
    enum verdict verdict = rule_claim(&facts, b->now_s);
    i->bar = verdict == VERDICT_NOT_ELIGIBLE ? claim_bar(&facts) : BAR_NONE;
    if (verdict != VERDICT_OK) return verdict;
    if (so_far == CLAIMS_OF_PERSON_MAX) return VERDICT_ALREADY_CLAIMED; /* rewards, over and over */
    if (bucket_is_swept(b, rules, pool)) return VERDICT_CAMPAIGN_CLOSED;
    if (i->is_dry) return VERDICT_OK;

    i->campaign = &campaign;
    i->rules = rules;
    i->pool_place = rules_pool_place(rules, pool);
    must(i->pool_place < CAMPAIGN_POOLS_MAX);
    i->ordinal = (int64_t)so_far + 1;
    issue_claim(b, i, out);
    i->campaign = NULL; /* it was ours */
    return VERDICT_OK;
}

/* A claim's vouchers as they were when it was made: what a replay shows. */
static void
claim_as_made(struct book *b, const struct claim_row *claim, struct claim_result *out)
{
    out->claim = *claim;
    must(claim->voucher_count <= PACK_VOUCHERS_MAX);
    for (int64_t n = 0; n < claim->voucher_count; n++) {
        struct voucher_row *v = &out->vouchers[n];
        (void)view_voucher_by_number(b->view, claim->first_number + n, v);
        v->state = VOUCHER_LIVE;
    }
}

enum verdict
book_claim(struct book *b, struct op *op)
{
    struct claim_row earlier;
    must(op->caller.kind == CALLER_RESIDENT);
    op->status = 201;
    bool seen = view_claim_by_key(b->view, &op->caller.id, text_of(op->key), &earlier);
    if (seen && !torture_mutant("claim-key-forgotten")) {
        if (!digest_equal(&earlier.fingerprint, &op->fingerprint)) {
            return VERDICT_IDEMPOTENCY_KEY_REUSED;
        }
        op->replayed = true;
        claim_as_made(b, &earlier, &op->claimed);
        return VERDICT_OK;
    }
    struct issue issue = {
        .resident = op->caller.id,
        .source = CLAIM_RUSH,
        .assurance = op->caller.assurance,
        .kid = op->kid,
        .key = op->key,
        .fingerprint = &op->fingerprint,
    };
    enum verdict verdict =
        issue_judged(b, &op->claim.campaign, &op->claim.pool, &issue, &op->claimed);
    op->because = claim_bar_detail(issue.bar);
    return verdict;
}

bool
issue_reward(struct book *b, const struct op *op, const struct redemption_row *redemption,
             const struct uuid *resident, struct claim_result *out)
{
    struct campaign_row campaign;
    if (!view_campaign(b->view, &redemption->campaign, &campaign)) return false;
    const struct campaign_rules *rules =
        catalogue_rules(b->catalogue, b->view, &redemption->campaign, redemption->rule_version);
    if (rules == NULL || !rules->reward_named) return false;
    struct issue issue = {
        .resident = *resident,
        .source = CLAIM_REWARD,
        .source_id = redemption->id,
        .kid = op->kid,
    };
    struct uuid reward_campaign = rules->reward_campaign, reward_pool = rules->reward_pool;
    return issue_judged(b, &reward_campaign, &reward_pool, &issue, out) == VERDICT_OK;
}

void
withdraw_reward(struct book *b, const struct redemption_row *redemption, const struct caller *by)
{
    struct claim_row claim;
    if (uuid_is_none(&redemption->reward_claim)) return;
    if (!view_claim(b->view, &redemption->reward_claim, &claim)) return;
    for (int64_t n = 0; n < claim.voucher_count; n++) {
        struct move move = { .to = VOUCHER_VOID };
        if (!view_voucher_by_number(b->view, claim.first_number + n, &move.voucher)) continue;
        if (move.voucher.state != VOUCHER_LIVE) continue;
        if (rule_voucher_expired(&move.voucher, b->now_s))
            continue; /* expiry takes it, or has: once */
        struct journal_entry entry = { .kind = JOURNAL_VOID,
                                       .at_s = b->now_s,
                                       .rule_version = claim.rule_version,
                                       .campaign = claim.campaign,
                                       .subject = move.voucher.id,
                                       .object = redemption->id,
                                       .actor = by->id };
        move_voucher(b, &move, &entry);
        store_journal(b, &entry);
    }
}

void
withdraw_returned_reward(struct book *b, const struct voucher_row *voucher, const struct caller *by)
{
    struct claim_row claim;
    struct redemption_row earned_by;
    if (!view_claim(b->view, &voucher->claim, &claim) || claim.source != CLAIM_REWARD) return;
    if (!view_redemption(b->view, &claim.source_id, &earned_by)) return;
    if (earned_by.state != REDEMPTION_CAPTURED) withdraw_reward(b, &earned_by, by);
}
