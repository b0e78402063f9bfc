/* tests/ledger_full.h: a closed ledger with one of everything, and a connection that goes around
 * the engine. */
#ifndef HUIQUAN_TESTS_LEDGER_FULL_H
#define HUIQUAN_TESTS_LEDGER_FULL_H

#include <sqlite3.h>

#include "tests/ledger_spend.h"

/* One of everything: claims 1 (live), 2 (held), 3 (captured, with evidence), 4 (refunded), 5 (a
 * pack); a swept bucket with voucher 8; a reversal in advance. */
static inline void
full_people(struct moves *m)
{
    struct kit *k = m->kit;
    struct merchant_row merchant = { .id = m->merchant,
                                     .name = "店",
                                     .uscc = "91110000101623741K" };
    struct terminal_row terminal = { .id = m->terminal, .merchant = m->merchant, .outlet = "一店" };
    struct admin_row admin = { .id = kit_id(9, 1), .roles = ROLE_BUDGET, .token = kit_digest(4) };
    struct budget_change_row change = { .id = kit_id(10, 1),
                                        .campaign = m->campaign,
                                        .current_fen = MOVES_BUDGET_FEN,
                                        .target_fen = MOVES_BUDGET_FEN + 1,
                                        .state = CHANGE_REJECTED,
                                        .author = kit_id(9, 1) };
    struct idempotency_row answer = { .caller = m->terminal,
                                      .key = "key-0001",
                                      .fingerprint = kit_digest(5),
                                      .status = 201,
                                      .reply = TEXT("{}") };
    struct version_row next = { .campaign = m->campaign, .version = 2, .author = kit_id(9, 1) };
    kit_store(k, (struct effect){ .kind = EFFECT_MERCHANT, .merchant = &merchant });
    terminal.state = TERMINAL_ACTIVE;
    kit_store(k, (struct effect){ .kind = EFFECT_TERMINAL, .terminal = &terminal });
    kit_store(k, (struct effect){ .kind = EFFECT_ADMIN, .admin = &admin });
    kit_store(k, (struct effect){ .kind = EFFECT_BUDGET_CHANGE, .change = &change });
    kit_store(k, (struct effect){ .kind = EFFECT_IDEMPOTENCY, .idempotency = &answer });
    kit_store(k, (struct effect){ .kind = EFFECT_VERSION,
                                  .version = &next,
                                  .definition = TEXT(MOVES_DEFINITION) });
}

static inline void
full_version(struct moves *m)
{
    struct version_row version = { .campaign = m->campaign,
                                   .version = 1,
                                   .state = VERSION_APPROVED,
                                   .author = kit_id(9, 1),
                                   .submitter = kit_id(9, 1),
                                   .approver = kit_id(9, 2) };
    kit_store(m->kit, (struct effect){ .kind = EFFECT_VERSION,
                                       .version = &version,
                                       .definition = TEXT(MOVES_DEFINITION) });
}

static inline void
full_redemptions(struct moves *m)
{
    struct kit *k = m->kit;
    struct voucher_row v;
    (void)spend_redeem(m, 2, true, 0);
    struct redemption_row captured = spend_redeem(m, 3, false, 2500);
    captured.vin = kit_digest(0x11);
    captured.invoice = kit_digest(0x22);
    captured.plate = kit_digest(0x33);
    spend_change(m, &captured);
    const struct digest *digests[] = { &captured.vin, &captured.invoice, &captured.plate };
    for (int i = 0; i < 3; i++) {
        struct evidence_row e = { (enum evidence_kind)(EVIDENCE_VIN + i), *digests[i],
                                  captured.id };
        kit_store(k, (struct effect){ .kind = EFFECT_EVIDENCE, .evidence = &e });
    }
    struct redemption_row refunded = spend_redeem(m, 4, false, 3000);
    refunded.state = REDEMPTION_REFUNDED;
    refunded.refunded_order_fen = refunded.order_amount_fen;
    refunded.refunded_value_fen = 3000;
    spend_change(m, &refunded);
    assert_true(view_voucher_by_number(k->view, 4, &v));
    spend_move(m, &v, VOUCHER_VOID, 3000, 0);
    struct redemption_row reversed = { .id = moves_id(m, 8),
                                       .terminal = m->terminal,
                                       .merchant = m->merchant,
                                       .out_request_no = "reversed-1",
                                       .state = REDEMPTION_REVERSED };
    kit_store(k, (struct effect){ .kind = EFFECT_REDEMPTION, .redemption = &reversed });
}

static inline void
full_make(struct kit *k)
{
    struct moves m;
    struct claim_row claim;
    struct bucket_row ended;
    kit_make_dir(k);
    kit_open(k);
    KIT_BATCH(k)
    {
        moves_found(&m, k);
        full_version(&m);
        full_people(&m);
        for (uint32_t i = 1; i <= 4; i++) {
            moves_claim(&m, 0, i, k->now_s + 1000, &claim);
        }
        moves_claim(&m, 1, 5, k->now_s + 1000, &claim);
        moves_claim(&m, 0, 6, k->now_s + 10, &claim);
        full_redemptions(&m);
        assert_true(view_bucket(k->view, &m.pools[0], k->now_s + 10, &ended));
        spend_sweep(&m, &ended);
    }
    kit_close(k);
    kit_open(k); /* a second epoch */
    kit_close(k);
    struct audit audit = kit_audit(k);
    if (!audit_is_clean(&audit)) fail_msg("%s", audit.first_fault);
}

static inline sqlite3 *
raw_open(const char *path)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "PRAGMA foreign_keys = 1; PRAGMA recursive_triggers = 1",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    return db;
}

#endif
