/* tests/test_ledger_crash.c: other processes: what they see, and what is left of them when they are
 * killed. */
#include "tests/ledger_fork.h"

static void
step_look(void)
{
    struct view *v;
    struct voucher_row row;
    if (view_open(&v, k.dir) != FAULT_NONE) _exit(91);
    bool seen = view_voucher_by_number(v, 4, &row);
    view_close(v);
    _exit(seen ? 1 : 0);
}

static void
test_others_see_it_after_the_seal(void **state)
{
    struct claim_row claim;
    (void)state;
    start();
    assert_int_equal(ledger_begin(k.ledger), FAULT_NONE);
    moves_claim(&m, 0, 4, k.now_s + 100, &claim);
    assert_int_equal(in_process(step_look), 0);
    assert_int_equal(ledger_seal(k.ledger), FAULT_NONE);
    assert_int_equal(in_process(step_look), 1);
    row_passed();
    kit_end(&k);
}

static void
claim_one(void)
{
    struct claim_row claim;
    if (kit_try_open(&k) != FAULT_NONE) _exit(92);
    if (ledger_begin(k.ledger) != FAULT_NONE) _exit(93);
    m.kit = &k;
    moves_claim(&m, 0, 4, k.now_s + 100, &claim);
    (void)spend_redeem(&m, 2, false, 2000);
}

static void
step_exit_in_batch(void)
{
    claim_one();
    _exit(7);
}

static void
step_killed_in_batch(void)
{
    claim_one();
    (void)raise(SIGKILL);
}

static void
step_killed_after_seal(void)
{
    claim_one();
    if (ledger_seal(k.ledger) != FAULT_NONE) _exit(94);
    (void)raise(SIGKILL);
}

static void
step_killed_after_drop(void)
{
    claim_one();
    ledger_drop(k.ledger);
    (void)raise(SIGKILL);
}

static void
test_nothing_half(void **state)
{
    static const struct {
        const char *name;
        void (*step)(void);
        int want;
        int64_t claims;
    } rows[] = {
        { "exits within a batch", step_exit_in_batch, 7, 3 },
        { "killed within a batch", step_killed_in_batch, -SIGKILL, 3 },
        { "killed after a drop", step_killed_after_drop, -SIGKILL, 3 },
        { "killed after a seal", step_killed_after_seal, -SIGKILL, 4 },
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        start();
        kit_close(&k);
        ROW_CHECK(rows[i].name, in_process(rows[i].step) == rows[i].want);
        struct audit audit = kit_audit(&k); /* a reader alone, before any daemon is back */
        if (!audit_is_clean(&audit)) fail_msg("%s: %s", rows[i].name, audit.first_fault);
        ROW_CHECK(rows[i].name, audit.claims == rows[i].claims);
        kit_open(&k); /* the lock went with the process */
        struct view *v = k.view;
        struct voucher_row voucher;
        ROW_CHECK(rows[i].name, view_voucher_by_number(v, 4, &voucher) == (rows[i].claims == 4));
        audit = kit_audit(&k);
        ROW_CHECK(rows[i].name, audit_is_clean(&audit) && audit.claims == rows[i].claims);
        row_passed();
        kit_end(&k);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_others_see_it_after_the_seal),
        cmocka_unit_test(test_nothing_half),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
