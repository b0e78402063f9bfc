/* tests/test_book_directory.c: merchants, terminals, administrators, residents, one-time codes. */
#include "tests/rows.h"
#include "tests/support_book.h"

static void
test_merchant_once_per_uscc(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(&b, OP_MERCHANT_CREATE, &admin);
    (void)snprintf(op->merchant.name, sizeof op->merchant.name, "同名");
    (void)snprintf(op->merchant.uscc, sizeof op->merchant.uscc, "91350100M000100Y43");
    assert_int_equal(bench_run(&b), VERDICT_INVALID);
    assert_string_equal(op->faults.rows[0].pointer.text, "/uscc");
    assert_int_equal(op->faults.rows[0].flaw, FLAW_REPEATED);
    (void)snprintf(op->merchant.uscc, sizeof op->merchant.uscc, "914403001922038216");
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_int_equal(op->status, 201);
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_true(op->replayed);
    bench_other_content(op);
    assert_int_equal(bench_again(&b), VERDICT_IDEMPOTENCY_KEY_REUSED);
    bench_close(&b);
    row_passed();
}

static struct terminal_row
terminal_create(struct bench *b)
{
    struct uuid after = { 0 };
    struct terminal_row rows[8];
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct uuid merchant = b->tills[TILL_OTHER_SHOP].merchant;
    struct op *op = bench_begin(b, OP_TERMINAL_CREATE, &admin);
    op->terminal.merchant = merchant;
    op->terminal.requests_per_min = 77;
    (void)snprintf(op->terminal.outlet, sizeof op->terminal.outlet, "一号店");
    assert_int_equal(bench_run(b), VERDICT_OK);
    assert_true(bench_reply_has(b, "\"state\":\"pending\""));
    size_t count = view_terminals_of_merchant(b->book.view, &merchant, &after, rows, 8);
    assert_true(count >= 2);
    return rows[count - 1];
}

static enum verdict
terminal_enroll(struct bench *b, const struct uuid *id)
{
    struct op *op = bench_begin(b, OP_TERMINAL_ENROLL, &(struct caller){ 0 });
    op->terminal.terminal = *id;
    memset(op->terminal.public_key, 0x33, sizeof op->terminal.public_key);
    return bench_run(b);
}

static enum verdict
terminal_revoke(struct bench *b, const struct uuid *id)
{
    struct caller admin = bench_admin(ADMIN_THIRD);
    bench_begin(b, OP_TERMINAL_REVOKE, &admin)->terminal.terminal = *id;
    return bench_run(b);
}

static void
test_terminal_enrolls_once(void **state)
{
    (void)state;
    struct bench b;
    struct terminal_row row;
    struct uuid nothing = { { 8 } };
    bench_open(&b);
    struct terminal_row made = terminal_create(&b);
    assert_int_equal(made.requests_per_min, 77);
    assert_int_equal(made.enrollment_expires_at_s, BENCH_T0 + BENCH_DAY);
    assert_int_equal(terminal_enroll(&b, &nothing), VERDICT_UNAUTHENTICATED);
    b.now_s += BENCH_DAY - 1;
    assert_int_equal(terminal_enroll(&b, &made.id), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"active\""));
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_true(b.op.replayed);
    assert_int_equal(terminal_enroll(&b, &made.id), VERDICT_UNAUTHENTICATED);
    assert_true(view_terminal(b.book.view, &made.id, &row));
    assert_int_equal(row.state, TERMINAL_ACTIVE);
    assert_int_equal(row.public_key[31], 0x33);
    struct terminal_row late = terminal_create(&b);
    b.now_s += BENCH_DAY;
    assert_int_equal(terminal_enroll(&b, &late.id), VERDICT_UNAUTHENTICATED);
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    bench_begin(&b, OP_TERMINAL_CREATE, &admin)->terminal.merchant = nothing;
    assert_int_equal(bench_run(&b), VERDICT_NOT_FOUND);
    bench_close(&b);
    row_passed();
}

static void
test_terminal_revoked_stays_so(void **state)
{
    (void)state;
    struct bench b;
    struct terminal_row row;
    struct uuid nothing = { { 8 } };
    bench_open(&b);
    assert_int_equal(terminal_revoke(&b, &nothing), VERDICT_NOT_FOUND);
    struct terminal_row pending = terminal_create(&b);
    assert_int_equal(terminal_revoke(&b, &pending.id), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"revoked\""));
    assert_int_equal(terminal_enroll(&b, &pending.id), VERDICT_UNAUTHENTICATED);
    struct terminal_row active = terminal_create(&b);
    assert_int_equal(terminal_enroll(&b, &active.id), VERDICT_OK);
    assert_int_equal(terminal_revoke(&b, &active.id), VERDICT_OK);
    assert_int_equal(terminal_revoke(&b, &active.id), VERDICT_OK); /* under another key */
    bench_reopen(&b);
    assert_true(view_terminal(b.book.view, &active.id, &row));
    assert_int_equal(row.state, TERMINAL_REVOKED);
    bench_close(&b);
    row_passed();
}

/* The worker let the request in, and it waited for the clerk. */
static void
test_terminal_revoked_meanwhile(void **state)
{
    (void)state;
    struct bench b;
    bench_open(&b);
    assert_int_equal(bench_reverse(&b, TILL_SHOP, "early-1"), VERDICT_OK);
    assert_int_equal(terminal_revoke(&b, &b.tills[TILL_SHOP].id), VERDICT_OK);
    assert_int_equal(bench_reverse(&b, TILL_SHOP, "early-2"), VERDICT_UNAUTHENTICATED);
    assert_int_equal(b.op.because, DETAIL_TERMINAL_REVOKED);
    assert_int_equal(bench_reverse(&b, TILL_SHOP, "early-1"), VERDICT_UNAUTHENTICATED);
    assert_int_equal(bench_reverse(&b, TILL_SHOP_TOO, "early-2"), VERDICT_OK);
    bench_close(&b);
    row_passed();
}

static void
test_admins_and_residents(void **state)
{
    (void)state;
    struct bench b;
    struct admin_row admin;
    struct resident_row resident;
    struct digest token = { { 1, 2, 3 } }, other = { { 4 } };
    bench_open(&b);
    struct op *op = bench_begin(&b, OP_ADMIN_CREATE, &(struct caller){ .kind = CALLER_SYSTEM });
    op->admin.roles = ROLE_BUDGET | ROLE_AUDITOR;
    op->admin.token = token;
    (void)snprintf(op->admin.name, sizeof op->admin.name, "李主任");
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"roles\":[\"budget\",\"auditor\"]"));
    assert_true(view_admin_by_token(b.book.view, &token, &admin));
    assert_true(admin.active);
    assert_int_equal(admin.roles, ROLE_BUDGET | ROLE_AUDITOR);
    assert_false(view_admin_by_token(b.book.view, &other, &admin));

    op = bench_begin(&b, OP_RESIDENT_SEEN, &(struct caller){ .kind = CALLER_RESIDENT });
    op->resident.id = bench_resident(4).id;
    op->resident.name = other;
    op->resident.sealed_size = 3;
    memcpy(op->resident.sealed, "abc", 3);
    assert_int_equal(bench_run(&b), VERDICT_OK);
    op->resident.sealed[2] = 'd'; /* new contact data take the place of the old */
    assert_int_equal(bench_again(&b), VERDICT_OK);
    struct uuid id = bench_resident(4).id;
    assert_true(view_resident(b.book.view, &id, &resident));
    assert_int_equal(resident.sealed_size, 3);
    assert_memory_equal(resident.sealed, "abd", 3);
    bench_close(&b);
    row_passed();
}

/* One code a minute; three tries; five minutes; a right one is used up. */
static void
test_otp(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum op_kind kind;
        int64_t at_s;
        uint8_t mobile, code;
        enum verdict want;
        int64_t retry_after_s;
    } rows[] = {
        { "a try before any code", OP_OTP_TRY, 0, 1, 1, VERDICT_UNAUTHENTICATED, 0 },
        { "the first code", OP_OTP_SEND, 0, 1, 1, VERDICT_OK, 0 },
        { "the next too soon", OP_OTP_SEND, 1, 1, 2, VERDICT_RATE_LIMITED, 59 },
        { "a second too soon", OP_OTP_SEND, 59, 1, 2, VERDICT_RATE_LIMITED, 1 },
        { "another mobile may", OP_OTP_SEND, 59, 2, 9, VERDICT_OK, 0 },
        { "wrong", OP_OTP_TRY, 59, 1, 2, VERDICT_UNAUTHENTICATED, 0 },
        { "wrong again", OP_OTP_TRY, 59, 1, 3, VERDICT_UNAUTHENTICATED, 0 },
        { "right", OP_OTP_TRY, 59, 1, 1, VERDICT_OK, 0 },
        { "used up", OP_OTP_TRY, 59, 1, 1, VERDICT_UNAUTHENTICATED, 0 },
        { "a new code in time", OP_OTP_SEND, 60, 1, 4, VERDICT_OK, 0 },
        { "the old one is gone", OP_OTP_TRY, 60, 1, 1, VERDICT_UNAUTHENTICATED, 0 },
        { "wrong, second", OP_OTP_TRY, 60, 1, 1, VERDICT_UNAUTHENTICATED, 0 },
        { "wrong, third", OP_OTP_TRY, 60, 1, 1, VERDICT_UNAUTHENTICATED, 0 },
        { "right, but too late", OP_OTP_TRY, 60, 1, 4, VERDICT_UNAUTHENTICATED, 0 },
        { "the other's last second", OP_OTP_TRY, 358, 2, 8, VERDICT_UNAUTHENTICATED, 0 },
        { "the other's code has ended", OP_OTP_TRY, 359, 2, 9, VERDICT_UNAUTHENTICATED, 0 },
        { "a code for a last second", OP_OTP_SEND, 400, 2, 7, VERDICT_OK, 0 },
        { "it holds", OP_OTP_TRY, 699, 2, 7, VERDICT_OK, 0 },
        { "a code of a clock that is ahead", OP_OTP_SEND, 9000, 3, 1, VERDICT_OK, 0 },
        { "the clock is right again: no wait", OP_OTP_SEND, 900, 3, 2, VERDICT_OK, 0 },
        { "a minute as ever", OP_OTP_SEND, 901, 3, 3, VERDICT_RATE_LIMITED, 59 },
    };
    struct bench b;
    bench_open(&b);
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        b.now_s = BENCH_T0 + rows[i].at_s;
        b.book.now_s = 0; /* as after a restart */
        struct op *op = bench_begin(&b, rows[i].kind, &(struct caller){ 0 });
        op->key[0] = '\0';
        op->otp.mobile.bytes[0] = rows[i].mobile;
        op->otp.code.bytes[0] = rows[i].code;
        ROW_CHECK(rows[i].name, bench_run(&b) == rows[i].want);
        ROW_CHECK(rows[i].name, op->retry_after_s == rows[i].retry_after_s);
        row_passed();
    }
    bench_close(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merchant_once_per_uscc),
        cmocka_unit_test(test_terminal_enrolls_once),
        cmocka_unit_test(test_terminal_revoked_stays_so),
        cmocka_unit_test(test_terminal_revoked_meanwhile),
        cmocka_unit_test(test_admins_and_residents),
        cmocka_unit_test(test_otp),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
