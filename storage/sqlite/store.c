/* storage/sqlite/store.c: one function per kind of effect. */
#include "crypto/chain.h"
#include "storage/sqlite/engine.h"
#include "voucher/torture.h"

/* What the statement changes is named by its key: exactly one row. */
void
store_one(struct ledger *l, sqlite3_stmt *s)
{
    must(l->open);
    int changed = query_run(&l->view, s);
    must(l->view.fault != FAULT_NONE || changed == 1);
}

static void
store_journal_entry(struct ledger *l, const struct effect *e)
{
    uint8_t bytes[JOURNAL_BYTES_MAX];
    struct journal_entry entry = *e->entry;
    must(entry.kind != 0);
    must(l->writer > 0 && l->now.seq >= 0);
    if (entry.at_s < l->now.last_at_s) entry.at_s = l->now.last_at_s; /* never goes back */
    uint8_t marks[JOURNAL_MARKS_MAX];
    entry.marks =
        (struct text){ (const char *)marks, marks_take(&l->marks, &entry.subject, marks) };
    struct text encoded = { (const char *)bytes, entry_encode(&entry, bytes) };
    struct digest hash;
    chain_next(&l->now.head, encoded, &hash);
    for (size_t i = 0; i < entry.posting_count; i++) {
        hot_post(l, &entry.campaign, &entry.postings[i]);
    }
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_JOURNAL);
    bind_int(s, 1, l->writer);
    bind_int(s, 2, l->now.seq + 1);
    bind_blob(s, 3, encoded.at, encoded.size);
    bind_blob(s, 4, hash.bytes, sizeof hash.bytes);
    store_one(l, s);
    l->now.seq++;
    if (!torture_mutant("chain-skips-row")) l->now.head = hash;
    l->now.last_at_s = entry.at_s;
    torture_point("store-journal");
}

/* What no operation had an entry for after it, or more than one entry holds. */
void
store_marks_left(struct ledger *l)
{
    must(l->open);
    marks_end_claim(&l->marks);
    if (l->marks.count == 0 || l->view.fault != FAULT_NONE) return;
    struct journal_entry entry = { .kind = JOURNAL_ROWS,
                                   .at_s = l->seams->wall_us(l->seams->owner) / 1000000 };
    store_journal_entry(l, &(struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
    must(l->marks.count == 0);
}

static void
store_mark_row(struct ledger *l, const struct mark *m)
{
    if (l->view.fault != FAULT_NONE) return; /* the batch is lost */
    if (marks_are_full(&l->marks)) store_marks_left(l);
    marks_add(&l->marks, m);
    must(l->marks.count > 0);
}

void
store_mark(struct ledger *l, const struct canon *c, bool is_new)
{
    struct mark m;
    must(l->open);
    mark_make(c, is_new, &m);
    store_mark_row(l, &m);
}

static void
store_bucket(struct ledger *l, const struct effect *e)
{
    const struct bucket_row *change = e->bucket;
    must(!uuid_is_none(&change->campaign) && !uuid_is_none(&change->pool));
    struct hot_bucket *hot = hot_bucket(l, &change->campaign, &change->pool, change->valid_to_s);
    if (hot == NULL) return;
    must(!hot->row.swept);
    must(fen_add(hot->row.live_fen, change->live_fen, &hot->row.live_fen));
    must(!__builtin_add_overflow(hot->row.unspent_claims, change->unspent_claims,
                                 &hot->row.unspent_claims));
    must(hot->row.live_fen >= 0 && hot->row.unspent_claims >= 0);
    must(!change->swept || (hot->row.live_fen == 0 && hot->row.unspent_claims == 0));
    hot->row.swept = change->swept;
    hot_touch_bucket(l, hot);
    torture_point("store-bucket");
}

static void
store_claim(struct ledger *l, const struct effect *e)
{
    const struct claim_row *c = e->claim;
    must(!uuid_is_none(&c->id) && !uuid_is_none(&c->resident));
    must(c->ordinal > 0 && c->rule_version > 0);
    must(c->voucher_count > 0 && c->voucher_count <= PACK_VOUCHERS_MAX);
    must(c->first_number > 0 && c->first_number <= l->now.next_voucher - c->voucher_count);
    claimants_add(l->claimants, &c->resident);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_CLAIM);
    bind_uuid_raw(s, 1, &c->id);
    bind_uuid_raw(s, 2, &c->campaign);
    bind_uuid_raw(s, 3, &c->pool);
    bind_uuid_raw(s, 4, &c->resident);
    bind_int(s, 5, c->ordinal);
    bind_int(s, 6, c->rule_version);
    bind_int(s, 7, c->source);
    bind_uuid(s, 8, &c->source_id);
    bind_int(s, 9, c->claimed_at_s);
    bind_int(s, 10, c->valid_from_s);
    bind_int(s, 11, c->valid_to_s);
    bind_int(s, 12, c->kid);
    bind_int(s, 13, c->first_number);
    bind_int(s, 14, c->voucher_count);
    if (c->key[0] != '\0') bind_text(s, 15, text_of(c->key));
    bind_digest(s, 16, &c->fingerprint);
    store_one(l, s);
    if (l->marks.claim_waits || marks_are_full(&l->marks)) store_marks_left(l);
    canon_claim(&l->marks.claim, c);
    l->marks.claim_waits = true;
    torture_point("store-claim");
}

static void
store_voucher(struct ledger *l, const struct effect *e)
{
    const struct voucher_row *v = e->voucher;
    must(!uuid_is_none(&v->id) && !uuid_is_none(&v->claim));
    must(v->number > 0 && v->number < l->now.next_voucher);
    must(v->value_fen > 0 && v->min_spend_fen >= 0);
    must(v->state == VOUCHER_LIVE);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_VOUCHER);
    bind_int(s, 1, v->number);
    bind_uuid_raw(s, 2, &v->id);
    bind_uuid_raw(s, 3, &v->claim);
    bind_int(s, 4, v->state);
    bind_int(s, 5, v->value_fen);
    bind_int(s, 6, v->min_spend_fen);
    store_one(l, s);
    bool of_claim = l->marks.claim_waits && uuid_equal(&l->marks.claim.id, &v->claim);
    if (of_claim) canon_claim_voucher(&l->marks.claim, v);
    torture_point("store-voucher");
}

static void
store_voucher_state(struct ledger *l, const struct effect *e)
{
    must(e->voucher->number > 0);
    must(e->voucher_from != VOUCHER_NONE && e->voucher->state != e->voucher_from);
    sqlite3_stmt *s = query_start(&l->view, QUERY_SET_VOUCHER);
    bind_int(s, 1, e->voucher->state);
    bind_int(s, 2, e->voucher->number);
    bind_int(s, 3, e->voucher_from);
    bind_uuid_raw(s, 4, &e->voucher->id);
    store_one(l, s);
    store_mark_row(l, &(struct mark){ .table = MARK_VOUCHER,
                                      .number = e->voucher->number,
                                      .state = e->voucher->state });
    torture_point("store-voucher-state");
}

static bool
redemption_is_sound(const struct redemption_row *r)
{
    must(!uuid_is_none(&r->id) && !uuid_is_none(&r->terminal));
    must(r->value_fen >= 0 && r->order_amount_fen >= 0);
    must(r->refunded_value_fen >= 0 && r->refunded_value_fen <= r->value_fen);
    must(r->refunded_order_fen >= 0 && r->refunded_order_fen <= r->order_amount_fen);
    must(r->state != REDEMPTION_NONE);
    return !uuid_is_none(&r->voucher) || r->state == REDEMPTION_REVERSED;
}

static void
store_new_redemption(struct ledger *l, const struct effect *e)
{
    const struct redemption_row *r = e->redemption;
    must(redemption_is_sound(r));
    must(r->out_request_no[0] != '\0');
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_REDEMPTION);
    bind_uuid_raw(s, 1, &r->id);
    bind_uuid_raw(s, 2, &r->terminal);
    bind_uuid_raw(s, 3, &r->merchant);
    bind_text(s, 4, text_of(r->out_request_no));
    bind_digest(s, 5, &r->fingerprint);
    if (r->key[0] != '\0') bind_text(s, 6, text_of(r->key));
    bind_uuid(s, 7, &r->voucher);
    bind_uuid(s, 8, &r->campaign);
    bind_uuid(s, 9, &r->pool);
    bind_int(s, 10, r->rule_version);
    bind_int(s, 11, r->state);
    bind_int(s, 12, r->imported_vin_warning);
    if (r->order_no[0] != '\0') bind_text(s, 13, text_of(r->order_no));
    bind_int(s, 14, r->order_amount_fen);
    bind_int(s, 15, r->value_fen);
    bind_int(s, 16, r->redeemed_at_s);
    bind_int(s, 17, r->hold_expires_at_s);
    bind_int(s, 18, r->refunded_order_fen);
    bind_int(s, 19, r->refunded_value_fen);
    bind_digest(s, 20, &r->vin);
    bind_digest(s, 21, &r->invoice);
    bind_digest(s, 22, &r->plate);
    bind_uuid(s, 23, &r->reward_claim);
    if (r->category[0] != '\0') bind_text(s, 24, text_of(r->category));
    store_one(l, s);
    struct canon c;
    canon_redemption(&c, r);
    store_mark(l, &c, true);
    torture_point("store-redemption");
}

static void
store_redemption_state(struct ledger *l, const struct effect *e)
{
    const struct redemption_row *r = e->redemption;
    must(redemption_is_sound(r));
    sqlite3_stmt *s = query_start(&l->view, QUERY_SET_REDEMPTION);
    bind_int(s, 1, r->state);
    bind_int(s, 2, r->value_fen);
    bind_int(s, 3, r->redeemed_at_s);
    bind_int(s, 4, r->refunded_order_fen);
    bind_int(s, 5, r->refunded_value_fen);
    bind_digest(s, 6, &r->vin);
    bind_digest(s, 7, &r->invoice);
    bind_digest(s, 8, &r->plate);
    bind_uuid(s, 9, &r->reward_claim);
    bind_int(s, 10, r->imported_vin_warning);
    bind_uuid_raw(s, 11, &r->id);
    store_one(l, s);
    struct canon c;
    canon_redemption(&c, r);
    store_mark(l, &c, false);
    torture_point("store-redemption-state");
}

static void
store_evidence_row(struct ledger *l, const struct effect *e)
{
    must(!digest_is_none(&e->evidence->digest));
    must(!uuid_is_none(&e->evidence->redemption));
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_EVIDENCE);
    bind_int(s, 1, e->evidence->kind);
    bind_blob(s, 2, e->evidence->digest.bytes, sizeof e->evidence->digest.bytes);
    bind_uuid_raw(s, 3, &e->evidence->redemption);
    store_one(l, s); /* none is changed when it is another's */
}

static void
store_evidence_free(struct ledger *l, const struct effect *e)
{
    must(!digest_is_none(&e->evidence->digest));
    must(!uuid_is_none(&e->evidence->redemption));
    sqlite3_stmt *s = query_start(&l->view, QUERY_FREE_EVIDENCE);
    bind_int(s, 1, e->evidence->kind);
    bind_blob(s, 2, e->evidence->digest.bytes, sizeof e->evidence->digest.bytes);
    bind_uuid_raw(s, 3, &e->evidence->redemption);
    store_one(l, s);
}

static void
store_idempotency(struct ledger *l, const struct effect *e)
{
    const struct idempotency_row *i = e->idempotency;
    must(i->key[0] != '\0' && i->reply.size > 0);
    must(i->status >= 200 && i->status < 600);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_IDEMPOTENCY);
    bind_uuid_raw(s, 1, &i->caller);
    bind_text(s, 2, text_of(i->key));
    bind_blob(s, 3, i->fingerprint.bytes, sizeof i->fingerprint.bytes);
    bind_int(s, 4, i->at_s);
    bind_int(s, 5, i->status);
    bind_blob(s, 6, i->reply.at, i->reply.size);
    store_one(l, s);
    torture_point("store-idempotency");
}

static void
store_new_campaign(struct ledger *l, const struct campaign_row *row)
{
    must(row->number > 0 && row->number < l->now.next_campaign);
    must(row->latest_version > 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_ADD_CAMPAIGN);
    bind_uuid_raw(s, 1, &row->id);
    bind_int(s, 2, row->number);
    bind_int(s, 3, row->state);
    bind_int(s, 4, row->acting_version);
    bind_int(s, 5, row->latest_version);
    bind_int(s, 6, row->revision);
    bind_int(s, 7, row->created_at_s);
    store_one(l, s);
}

static void
store_campaign_mark(struct ledger *l, const struct campaign_row *row)
{
    struct canon c;
    must(row->number > 0);
    canon_campaign(&c, row);
    store_mark(l, &c, false);
}

/* Balances and counters are the engine's: of a known campaign only what defines it is replaced. It
 * is written at once, so that the schema sees each step of its state. */
static void
store_campaign(struct ledger *l, const struct effect *e)
{
    const struct campaign_row *row = e->campaign;
    must(!uuid_is_none(&row->id));
    struct hot_campaign *hot = hot_campaign(l, &row->id);
    if (l->view.fault != FAULT_NONE) return;
    if (hot == NULL) {
        store_new_campaign(l, row);
        store_campaign_mark(l, row);
        return;
    }
    must(hot->row.number == row->number);
    must(row->revision >= hot->row.revision && row->latest_version >= hot->row.latest_version);
    hot->row.state = row->state;
    hot->row.acting_version = row->acting_version;
    hot->row.latest_version = row->latest_version;
    hot->row.revision = row->revision;
    hot_touch_campaign(l, hot);
    hot_flush(l);
    store_campaign_mark(l, &hot->row);
    torture_point("store-campaign");
}

/* Pools change seldom: the row is written through, and the campaign is read again. */
static void
store_pool(struct ledger *l, const struct effect *e)
{
    const struct pool_change *p = e->pool;
    must(p->row.number > 0 && p->row.number < l->now.next_pool);
    must(p->place >= -1 && p->place < CAMPAIGN_POOLS_MAX);
    must(p->row.value_fen > 0 && p->row.count > 0);
    must(!uuid_is_none(&p->campaign) && !uuid_is_none(&p->row.id));
    hot_flush(l);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_POOL);
    bind_uuid_raw(s, 1, &p->row.id);
    bind_uuid_raw(s, 2, &p->campaign);
    bind_int(s, 3, p->row.number);
    bind_int(s, 4, p->place);
    bind_int(s, 5, p->row.value_fen);
    bind_int(s, 6, p->row.count);
    store_one(l, s);
    hot_forget(l);
    struct canon c;
    canon_pool(&c, p);
    store_mark(l, &c, false);
}

static void
store_version(struct ledger *l, const struct effect *e)
{
    const struct version_row *v = e->version;
    must(v->version > 0 && !uuid_is_none(&v->campaign));
    must(e->definition.size > 0 && e->definition.at != NULL);
    must(!uuid_is_none(&v->author));
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_VERSION);
    bind_uuid_raw(s, 1, &v->campaign);
    bind_int(s, 2, v->version);
    bind_int(s, 3, v->state);
    bind_uuid_raw(s, 4, &v->author);
    bind_uuid(s, 5, &v->submitter);
    bind_uuid(s, 6, &v->approver);
    bind_int(s, 7, v->changed_at_s);
    bind_text(s, 8, e->definition);
    store_one(l, s);
    struct canon c;
    canon_version(&c, v, e->definition);
    store_mark(l, &c, false);
}

static void
store_change(struct ledger *l, const struct effect *e)
{
    const struct budget_change_row *c = e->change;
    must(!uuid_is_none(&c->id) && !uuid_is_none(&c->author));
    must(c->target_fen > 0 && c->current_fen >= 0);
    sqlite3_stmt *s = query_start(&l->view, QUERY_PUT_CHANGE);
    bind_uuid_raw(s, 1, &c->id);
    bind_uuid_raw(s, 2, &c->campaign);
    bind_int(s, 3, c->current_fen);
    bind_int(s, 4, c->target_fen);
    bind_text(s, 5, text_of(c->reason));
    bind_int(s, 6, c->state);
    bind_uuid_raw(s, 7, &c->author);
    bind_uuid(s, 8, &c->judge);
    bind_int(s, 9, c->created_at_s);
    bind_int(s, 10, c->judged_at_s);
    store_one(l, s);
    struct canon canon;
    canon_change(&canon, c);
    store_mark(l, &canon, false);
    torture_point("store-budget-change");
}

static void (*const stores[])(struct ledger *l, const struct effect *e) = {
    [EFFECT_JOURNAL] = store_journal_entry,
    [EFFECT_BUCKET] = store_bucket,
    [EFFECT_CLAIM] = store_claim,
    [EFFECT_VOUCHER] = store_voucher,
    [EFFECT_VOUCHER_STATE] = store_voucher_state,
    [EFFECT_REDEMPTION] = store_new_redemption,
    [EFFECT_REDEMPTION_STATE] = store_redemption_state,
    [EFFECT_EVIDENCE] = store_evidence_row,
    [EFFECT_EVIDENCE_FREE] = store_evidence_free,
    [EFFECT_IDEMPOTENCY] = store_idempotency,
    [EFFECT_CAMPAIGN] = store_campaign,
    [EFFECT_POOL] = store_pool,
    [EFFECT_VERSION] = store_version,
    [EFFECT_BUDGET_CHANGE] = store_change,
    [EFFECT_MERCHANT] = store_merchant,
    [EFFECT_TERMINAL] = store_terminal,
    [EFFECT_ADMIN] = store_admin,
    [EFFECT_RESIDENT] = store_resident,
    [EFFECT_OTP] = store_otp,
    [EFFECT_JOB] = store_job,
    [EFFECT_JOB_FAILURE] = store_job_failure,
    [EFFECT_ROLL] = store_roll,
    [EFFECT_LOGIN] = store_login,
    [EFFECT_SESSION] = store_admin_session,
    [EFFECT_SESSIONS_END] = store_admin_sessions_end,
};

void
ledger_store(struct ledger *l, const struct effect *e)
{
    must(l->open);
    must((unsigned)e->kind < COUNT_OF(stores) && stores[e->kind] != NULL);
    if (l->view.fault != FAULT_NONE) return; /* the batch is lost; the seal says so */
    stores[e->kind](l, e);
}
