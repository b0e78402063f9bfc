/* voucher/book/moves.c: every movement of value is one of these. */
#include "voucher/book/moves.h"

#include "voucher/rules/claim.h"
#include "voucher/torture.h"

struct holding {
    enum account account;
    int64_t amount_fen;
};

struct siblings {
    bool spent; /* another voucher of the claim is held or redeemed */
    bool live; /* another voucher of the claim is live */
};

static bool
state_is_spent(enum voucher_state state)
{
    return state == VOUCHER_HELD || state == VOUCHER_REDEEMED;
}

static struct siblings
siblings_of(struct book *b, const struct voucher_row *voucher)
{
    struct siblings found = { 0 };
    struct claim_row claim;
    if (!view_claim(b->view, &voucher->claim, &claim)) return found;
    for (int64_t i = 0; i < claim.voucher_count; i++) {
        struct voucher_row other;
        int64_t number = claim.first_number + i;
        if (number == voucher->number) continue;
        if (!view_voucher_by_number(b->view, number, &other)) continue;
        found.spent = found.spent || state_is_spent(other.state);
        found.live = found.live || other.state == VOUCHER_LIVE;
    }
    return found;
}

static struct holding
holding_of(enum voucher_state state, int64_t face_fen, int64_t redeemed_fen, bool swept)
{
    switch (state) {
    case VOUCHER_LIVE:
        if (swept) return (struct holding){ ACCOUNT_AVAILABLE, 0 };
        return (struct holding){ ACCOUNT_LIVE, face_fen };
    case VOUCHER_HELD: return (struct holding){ ACCOUNT_HELD, face_fen };
    case VOUCHER_REDEEMED: return (struct holding){ ACCOUNT_REDEEMED, redeemed_fen };
    case VOUCHER_VOID: return (struct holding){ ACCOUNT_AVAILABLE, 0 };
    case VOUCHER_NONE: break;
    }
    must(!"a voucher without a state");
    return (struct holding){ 0 };
}

static struct posting *
entry_post(struct journal_entry *entry, int64_t pool_number, enum account from, enum account to,
           int64_t amount_fen)
{
    must(entry->posting_count < JOURNAL_POSTINGS_MAX);
    must(amount_fen >= 0);
    struct posting *p = &entry->postings[entry->posting_count++];
    *p = (struct posting){
        .pool_number = pool_number, .from = from, .to = to, .amount_fen = amount_fen
    };
    return p;
}

/* The shortest way from one holding to another; what is in neither lies in available. */
static void
entry_post_holdings(struct journal_entry *entry, int64_t pool_number, struct holding before,
                    struct holding after)
{
    int64_t shared_fen =
        before.amount_fen < after.amount_fen ? before.amount_fen : after.amount_fen;
    if (shared_fen > 0 && before.account != after.account) {
        entry_post(entry, pool_number, before.account, after.account, shared_fen);
    }
    if (before.amount_fen > shared_fen) {
        entry_post(entry, pool_number, before.account, ACCOUNT_AVAILABLE,
                   before.amount_fen - shared_fen);
    }
    if (after.amount_fen > shared_fen) {
        entry_post(entry, pool_number, ACCOUNT_AVAILABLE, after.account,
                   after.amount_fen - shared_fen);
    }
}

/* Does the claim count in its bucket, as one that would come back whole? */
static bool
claim_waits(struct siblings others, enum voucher_state own)
{
    return !others.spent && !state_is_spent(own) && (others.live || own == VOUCHER_LIVE);
}

/* Has all that the claim gave come back unused? */
static bool
claim_is_back(struct siblings others, enum voucher_state own, bool swept)
{
    bool unspent = !others.spent && !state_is_spent(own);
    return unspent && (swept || !(others.live || own == VOUCHER_LIVE));
}

static int64_t
pool_number_of(struct book *b, const struct voucher_row *voucher)
{
    struct campaign_row campaign;
    if (!view_campaign(b->view, &voucher->campaign, &campaign)) return 0;
    size_t place = campaign_pool_place(&campaign, &voucher->pool);
    must(place < CAMPAIGN_POOLS_MAX); /* a pool that has issued is never taken away */
    return campaign.pools[place].number;
}

static void
move_bucket(struct book *b, const struct move *m, struct siblings others,
            const struct bucket_row *bucket)
{
    const struct voucher_row *v = &m->voucher;
    int64_t live_before_fen = v->state == VOUCHER_LIVE ? v->value_fen : 0;
    int64_t live_after_fen = m->to == VOUCHER_LIVE ? v->value_fen : 0;
    struct bucket_row change = *bucket;
    change.live_fen = live_after_fen - live_before_fen;
    change.unspent_claims = claim_waits(others, m->to) - claim_waits(others, v->state);
    if (change.live_fen == 0 && change.unspent_claims == 0) return;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_BUCKET, .bucket = &change });
}

void
move_voucher(struct book *b, const struct move *m, struct journal_entry *entry)
{
    const struct voucher_row *v = &m->voucher;
    must(v->value_fen > 0);
    must(m->redeemed_after_fen <= v->value_fen);
    struct bucket_row bucket;
    if (!view_bucket(b->view, &v->pool, v->valid_to_s, &bucket)) return; /* a fault, seen at seal */
    struct siblings others = siblings_of(b, v);
    bool swept = bucket.swept;
    must(!(swept && v->state == VOUCHER_LIVE && state_is_spent(m->to)));

    size_t first = entry->posting_count;
    int64_t pool_number = pool_number_of(b, v);
    entry_post_holdings(entry, pool_number,
                        holding_of(v->state, v->value_fen, m->redeemed_before_fen, swept),
                        holding_of(m->to, v->value_fen, m->redeemed_after_fen, swept));
    if (entry->posting_count == first) {
        entry_post(entry, pool_number, ACCOUNT_AVAILABLE, ACCOUNT_AVAILABLE, 0);
    }
    struct posting *counters = &entry->postings[first];
    counters->issued = claim_is_back(others, v->state, swept) - claim_is_back(others, m->to, swept);
    counters->redeemed = (m->to == VOUCHER_REDEEMED) - (v->state == VOUCHER_REDEEMED);
    if (!swept) move_bucket(b, m, others, &bucket);
    if (m->to == v->state) return;
    struct voucher_row changed = *v;
    changed.state = m->to;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_VOUCHER_STATE,
                                              .voucher_from = v->state,
                                              .voucher = &changed });
}

void
store_journal(struct book *b, const struct journal_entry *entry)
{
    must(entry->kind != 0);
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_JOURNAL, .entry = entry });
}

void
store_redemption(struct book *b, const struct redemption_row *row, bool is_new)
{
    enum effect_kind kind = is_new ? EFFECT_REDEMPTION : EFFECT_REDEMPTION_STATE;
    ledger_store(b->ledger, &(struct effect){ .kind = kind, .redemption = row });
}

static void
store_evidence_kind(struct book *b, const struct redemption_row *row, enum evidence_kind kind,
                    const struct digest *digest)
{
    struct evidence_row used;
    if (digest_is_none(digest)) return;
    /* A capture finds what its own hold has taken already. */
    if (view_evidence(b->view, kind, digest, &used) && uuid_equal(&used.redemption, &row->id)) {
        return;
    }
    used = (struct evidence_row){ .kind = kind, .digest = *digest, .redemption = row->id };
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_EVIDENCE, .evidence = &used });
}

static void
free_evidence_kind(struct book *b, const struct redemption_row *row, enum evidence_kind kind,
                   const struct digest *digest)
{
    struct evidence_row used;
    if (digest_is_none(digest) || !view_evidence(b->view, kind, digest, &used)) return;
    if (!uuid_equal(&used.redemption, &row->id)) return;
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_EVIDENCE_FREE, .evidence = &used });
}

void
store_evidence(struct book *b, const struct redemption_row *row)
{
    store_evidence_kind(b, row, EVIDENCE_VIN, &row->vin);
    store_evidence_kind(b, row, EVIDENCE_INVOICE, &row->invoice);
    store_evidence_kind(b, row, EVIDENCE_PLATE, &row->plate);
}

void
free_evidence(struct book *b, const struct redemption_row *row, bool invoice_too)
{
    free_evidence_kind(b, row, EVIDENCE_VIN, &row->vin);
    free_evidence_kind(b, row, EVIDENCE_PLATE, &row->plate);
    if (invoice_too) free_evidence_kind(b, row, EVIDENCE_INVOICE, &row->invoice);
}

void
store_reply(struct book *b, const struct op *op)
{
    if (op->key[0] == '\0') return;
    struct idempotency_row row = { .caller = op->caller.id,
                                   .fingerprint = op->fingerprint,
                                   .at_s = b->now_s,
                                   .status = op->status,
                                   .reply = json_writer_text(&op->body) };
    memcpy(row.key, op->key, sizeof row.key);
    if (op->body.failed) { /* no answer could be given again: nothing of the batch is stored */
        view_note(b->view, FAULT_MEMORY);
        return;
    }
    must(row.reply.size > 0);
    ledger_store(b->ledger, &(struct effect){ .kind = EFFECT_IDEMPOTENCY, .idempotency = &row });
}

enum verdict
book_replay(struct book *b, struct op *op)
{
    struct idempotency_row row;
    if (op->key[0] == '\0' || torture_mutant("key-forgotten")) return VERDICT_COUNT;
    if (!view_idempotency(b->view, &op->caller.id, text_of(op->key), &row)) return VERDICT_COUNT;
    bool same = digest_equal(&row.fingerprint, &op->fingerprint);
    if (!same && !torture_mutant("key-reused")) return VERDICT_IDEMPOTENCY_KEY_REUSED;
    op->status = row.status;
    op->replayed = true;
    json_writer_restart(&op->body);
    json_write_raw(&op->body, row.reply);
    return VERDICT_OK;
}

const struct campaign_rules *
rules_of_claim(struct book *b, const struct claim_row *claim)
{
    return catalogue_rules(b->catalogue, b->view, &claim->campaign, claim->rule_version);
}
