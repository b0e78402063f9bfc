/* tests/ledger_spend.h: what happens to a voucher after it was claimed (see ledger_moves.h). */
#ifndef HUIQUAN_TESTS_LEDGER_SPEND_H
#define HUIQUAN_TESTS_LEDGER_SPEND_H

#include "tests/ledger_moves.h"

struct spend_shape {
    bool spent, alive; /* some voucher of the claim is held or redeemed; is live */
};

static inline struct spend_shape
spend_shape_of(struct moves *m, const struct uuid *claim_id)
{
    struct spend_shape shape = { 0 };
    struct claim_row claim;
    assert_true(view_claim(m->kit->view, claim_id, &claim));
    for (int64_t i = 0; i < claim.voucher_count; i++) {
        struct voucher_row v;
        assert_true(view_voucher_by_number(m->kit->view, claim.first_number + i, &v));
        shape.spent |= v.state == VOUCHER_HELD || v.state == VOUCHER_REDEEMED;
        shape.alive |= v.state == VOUCHER_LIVE;
    }
    return shape;
}

struct spend_holding {
    enum voucher_state state;
    int64_t face_fen, redeemed_fen;
    bool swept;
};

/* Where a voucher's face lies; what is in no other account is in available. */
static inline void
spend_lay(int64_t fen[ACCOUNT_RETURNED + 1], struct spend_holding h, int sign)
{
    int64_t live_fen = h.state == VOUCHER_LIVE && !h.swept ? h.face_fen : 0;
    int64_t held_fen = h.state == VOUCHER_HELD ? h.face_fen : 0;
    int64_t spent_fen = h.state == VOUCHER_REDEEMED ? h.redeemed_fen : 0;
    fen[ACCOUNT_LIVE] += sign * live_fen;
    fen[ACCOUNT_HELD] += sign * held_fen;
    fen[ACCOUNT_REDEEMED] += sign * spent_fen;
    fen[ACCOUNT_AVAILABLE] += sign * (h.face_fen - live_fen - held_fen - spent_fen);
}

static inline size_t
spend_postings(int64_t left_fen[ACCOUNT_RETURNED + 1], int64_t pool_number,
               struct posting out[JOURNAL_POSTINGS_MAX])
{
    size_t count = 0;
    for (size_t from = 0; from <= ACCOUNT_RETURNED; from++) {
        for (size_t to = 0; to <= ACCOUNT_RETURNED; to++) {
            int64_t fen = -left_fen[from] < left_fen[to] ? -left_fen[from] : left_fen[to];
            if (fen <= 0) continue;
            left_fen[from] += fen;
            left_fen[to] -= fen;
            out[count++] =
                (struct posting){ pool_number, (enum account)from, (enum account)to, fen, 0, 0 };
        }
    }
    out[count] = (struct posting){ pool_number, ACCOUNT_AVAILABLE, ACCOUNT_AVAILABLE, 0, 0, 0 };
    return count > 0 ? count : 1; /* something must carry the counters */
}

static inline int64_t
spend_pool_number(const struct moves *m, const struct uuid *pool)
{
    return m->pool_numbers[uuid_equal(pool, &m->pools[0]) ? 0 : 1];
}

static inline void /* before_fen, after_fen: net value while redeemed */
spend_move(struct moves *m, const struct voucher_row *v, enum voucher_state to, int64_t before_fen,
           int64_t after_fen)
{
    struct bucket_row bucket;
    assert_true(view_bucket(m->kit->view, &v->pool, v->valid_to_s, &bucket));
    int64_t fen[ACCOUNT_RETURNED + 1] = { 0 };
    struct posting postings[JOURNAL_POSTINGS_MAX];
    struct spend_shape was = spend_shape_of(m, &v->claim);
    struct voucher_row changed = *v;
    changed.state = to;
    if (to != v->state) {
        kit_store(m->kit, (struct effect){ .kind = EFFECT_VOUCHER_STATE,
                                           .voucher_from = v->state,
                                           .voucher = &changed });
    }
    struct spend_shape is = spend_shape_of(m, &v->claim);
    spend_lay(fen, (struct spend_holding){ v->state, v->value_fen, before_fen, bucket.swept }, -1);
    spend_lay(fen, (struct spend_holding){ to, v->value_fen, after_fen, bucket.swept }, 1);
    bucket.live_fen = fen[ACCOUNT_LIVE];
    size_t count = spend_postings(fen, spend_pool_number(m, &v->pool), postings);
    postings[0].issued =
        (is.spent || (is.alive && !bucket.swept)) - (was.spent || (was.alive && !bucket.swept));
    postings[0].redeemed = (to == VOUCHER_REDEEMED) - (v->state == VOUCHER_REDEEMED);
    bucket.unspent_claims = (is.alive && !is.spent) - (was.alive && !was.spent);
    if (!bucket.swept) {
        kit_store(m->kit, (struct effect){ .kind = EFFECT_BUCKET, .bucket = &bucket });
    }
    moves_journal(m, JOURNAL_CAPTURE, postings, count);
}

/* A new redemption of a live voucher, captured or held. */
static inline struct redemption_row
spend_redeem(struct moves *m, int64_t number, bool hold, int64_t value_fen)
{
    struct voucher_row v;
    assert_true(view_voucher_by_number(m->kit->view, number, &v));
    struct redemption_row row = { .id = moves_id(m, 8),
                                  .terminal = m->terminal,
                                  .merchant = m->merchant,
                                  .fingerprint = kit_digest(3),
                                  .voucher = v.id,
                                  .campaign = v.campaign,
                                  .pool = v.pool,
                                  .rule_version = 1,
                                  .state = hold ? REDEMPTION_HELD : REDEMPTION_CAPTURED,
                                  .order_no = "one order",
                                  .order_amount_fen = 20000,
                                  .value_fen = hold ? v.value_fen : value_fen,
                                  .redeemed_at_s = m->kit->now_s,
                                  .hold_expires_at_s = hold ? m->kit->now_s + 900 : 0 };
    (void)snprintf(row.out_request_no, sizeof row.out_request_no, "request-%u", m->ids);
    spend_move(m, &v, hold ? VOUCHER_HELD : VOUCHER_REDEEMED, 0, value_fen);
    kit_store(m->kit, (struct effect){ .kind = EFFECT_REDEMPTION, .redemption = &row });
    return row;
}

static inline void
spend_change(struct moves *m, const struct redemption_row *row)
{
    kit_store(m->kit, (struct effect){ .kind = EFFECT_REDEMPTION_STATE, .redemption = row });
}

static inline void
spend_sweep(struct moves *m, const struct bucket_row *ended)
{
    struct bucket_row change = *ended;
    struct posting p = { spend_pool_number(m, &ended->pool),
                         ACCOUNT_LIVE,
                         ACCOUNT_AVAILABLE,
                         ended->live_fen,
                         -ended->unspent_claims,
                         0 };
    change.live_fen = -ended->live_fen;
    change.unspent_claims = -ended->unspent_claims;
    change.swept = true;
    kit_store(m->kit, (struct effect){ .kind = EFFECT_BUCKET, .bucket = &change });
    moves_journal(m, JOURNAL_EXPIRE, &p, 1);
}

#endif
