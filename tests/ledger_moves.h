/* tests/ledger_moves.h: a small book over a ledger: founding a campaign, claiming, and moving one
 * voucher, with the postings that go with it. Written apart from voucher/book/, so that the
 * ledger's audit is not judged by the code that it is to judge. All within an open batch. */
#ifndef HUIQUAN_TESTS_LEDGER_MOVES_H
#define HUIQUAN_TESTS_LEDGER_MOVES_H

#include "tests/ledger_kit.h"

#define MOVES_BUDGET_FEN 10000000
#define MOVES_DEFINITION "{\"per_person_limit\":3}"

struct pool_kind {
    int64_t value_fen, count;
    int64_t pieces; /* vouchers of equal value in one claim */
};

static const struct pool_kind moves_pools[] = { { 3000, 400, 1 }, { 6000, 300, 3 } };

struct moves {
    struct kit *kit;
    struct uuid campaign, merchant, terminal, pools[2];
    int64_t pool_numbers[2];
    uint32_t ids; /* given out so far */
};

static inline struct uuid
moves_id(struct moves *m, uint32_t family)
{
    return kit_id(family, ++m->ids);
}

static inline void
moves_journal(struct moves *m, enum journal_kind kind, const struct posting *postings, size_t count)
{
    struct journal_entry entry = { .kind = kind,
                                   .at_s = m->kit->now_s,
                                   .rule_version = 1,
                                   .campaign = m->campaign,
                                   .posting_count = count };
    for (size_t i = 0; i < count; i++) {
        entry.postings[i] = postings[i];
    }
    kit_store(m->kit, (struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
}

static inline void
moves_found(struct moves *m, struct kit *k)
{
    memset(m, 0, sizeof *m);
    m->kit = k;
    m->campaign = moves_id(m, 1);
    m->merchant = moves_id(m, 2);
    m->terminal = moves_id(m, 3);
    struct campaign_row row = { .id = m->campaign,
                                .number = ledger_next_campaign_number(k->ledger),
                                .state = CAMPAIGN_DRAFT,
                                .latest_version = 1,
                                .revision = 1,
                                .created_at_s = k->now_s };
    struct version_row version = { .campaign = m->campaign, .version = 1, .author = kit_id(9, 1) };
    struct posting funding = { .to = ACCOUNT_AVAILABLE, .amount_fen = MOVES_BUDGET_FEN };
    kit_store(k, (struct effect){ .kind = EFFECT_CAMPAIGN, .campaign = &row });
    kit_store(k, (struct effect){ .kind = EFFECT_VERSION,
                                  .version = &version,
                                  .definition = TEXT(MOVES_DEFINITION) });
    for (size_t i = 0; i < 2; i++) {
        m->pools[i] = moves_id(m, 4);
        m->pool_numbers[i] = ledger_next_pool_number(k->ledger);
        struct pool_change pool = { .campaign = m->campaign,
                                    .row = { .id = m->pools[i],
                                             .number = m->pool_numbers[i],
                                             .value_fen = moves_pools[i].value_fen,
                                             .count = moves_pools[i].count },
                                    .place = (int64_t)i };
        kit_store(k, (struct effect){ .kind = EFFECT_POOL, .pool = &pool });
    }
    row.state = CAMPAIGN_SUBMITTED;
    kit_store(k, (struct effect){ .kind = EFFECT_CAMPAIGN, .campaign = &row });
    row.state = CAMPAIGN_APPROVED;
    row.acting_version = 1;
    kit_store(k, (struct effect){ .kind = EFFECT_CAMPAIGN, .campaign = &row });
    moves_journal(m, JOURNAL_CAMPAIGN_APPROVE, &funding, 1);
}

static inline void
moves_claim(struct moves *m, size_t pool, uint32_t resident, int64_t valid_to_s,
            struct claim_row *out)
{
    struct kit *k = m->kit;
    struct claim_row own[8];
    struct uuid person = kit_id(5, resident);
    const struct pool_kind *kind = &moves_pools[pool];
    size_t so_far = view_claims_in_campaign(k->view, &person, &m->campaign, own, 8);
    *out = (struct claim_row){ .id = moves_id(m, 6),
                               .campaign = m->campaign,
                               .pool = m->pools[pool],
                               .resident = person,
                               .ordinal = (int64_t)so_far + 1,
                               .rule_version = 1,
                               .claimed_at_s = k->now_s,
                               .valid_from_s = k->now_s,
                               .valid_to_s = valid_to_s,
                               .kid = 0xfedcba98,
                               .first_number = ledger_next_voucher_number(k->ledger, kind->pieces),
                               .voucher_count = kind->pieces };
    (void)snprintf(out->key, sizeof out->key, "key-%u", m->ids);
    out->fingerprint = kit_digest((uint8_t)(m->ids | 1));
    struct bucket_row bucket = { m->campaign, out->pool, valid_to_s, kind->value_fen, 1, false };
    struct journal_entry entry = { .kind = JOURNAL_CLAIM,
                                   .at_s = k->now_s,
                                   .rule_version = 1,
                                   .campaign = m->campaign,
                                   .subject = out->id,
                                   .object = out->pool,
                                   .actor = person,
                                   .posting_count = 1 };
    entry.postings[0] = (struct posting){
        m->pool_numbers[pool], ACCOUNT_AVAILABLE, ACCOUNT_LIVE, kind->value_fen, 1, 0
    };
    kit_store(k, (struct effect){ .kind = EFFECT_CLAIM, .claim = out });
    for (int64_t i = 0; i < kind->pieces; i++) {
        struct voucher_row v = { .number = out->first_number + i,
                                 .id = moves_id(m, 7),
                                 .claim = out->id,
                                 .state = VOUCHER_LIVE,
                                 .value_fen = kind->value_fen / kind->pieces };
        kit_store(k, (struct effect){ .kind = EFFECT_VOUCHER, .voucher = &v });
    }
    kit_store(k, (struct effect){ .kind = EFFECT_BUCKET, .bucket = &bucket });
    kit_store(k, (struct effect){ .kind = EFFECT_JOURNAL, .entry = &entry });
}

#endif
