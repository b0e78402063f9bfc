/* tests/test_book_login.c: signing in at the page as the ledger judges it: tries, locks, one use of
 * a step and of a code, and what ends a session. */
#include "tests/rows.h"
#include "tests/support_book.h"

static struct digest
token(uint8_t n)
{
    struct digest d = { { n, 1 } };
    return d;
}

static void
make_admin(struct bench *b, const char *login)
{
    struct op *op = bench_begin(b, OP_ADMIN_CREATE, &(struct caller){ .kind = CALLER_SYSTEM });
    op->key[0] = '\0';
    op->admin.roles = ROLE_AUDITOR;
    op->admin.token = token((uint8_t)b->made);
    (void)snprintf(op->admin.name, sizeof op->admin.name, "王");
    (void)snprintf(op->admin.login.login, sizeof op->admin.login.login, "%s", login);
    op->admin.login.code = token(200);
    op->admin.login.secret_size = 49;
    assert_int_equal(bench_run(b), VERDICT_OK);
}

struct attempt {
    const char *name;
    int64_t after_s; /* since the attempt before */
    bool enrols, wrong_code, wrong_password;
    int64_t step; /* relative to now; -1000: digits of no step */
    enum verdict want;
};

static enum verdict
attempt(struct bench *b, const char *login, const struct attempt *a, uint8_t session)
{
    b->now_s += a->after_s;
    struct op *op = bench_begin(b, OP_LOGIN_TRY, &(struct caller){ 0 });
    op->key[0] = '\0';
    (void)snprintf(op->login.login, sizeof op->login.login, "%s", login);
    op->login.password_holds = !a->wrong_password && !a->enrols;
    op->login.step = a->step == -1000 ? 0 : b->now_s / 30 + a->step;
    op->login.session = token(session);
    if (a->enrols) {
        op->login.code = token(a->wrong_code ? 201 : 200);
        (void)snprintf(op->login.password, sizeof op->login.password, "$argon2id$");
    }
    return bench_run(b);
}

/* In order: each finds what those before it left. Three tries lock for 60 s. */
static const struct attempt rows[] = {
    { "a password before there is one", 0, .wrong_password = true,
      .want = VERDICT_UNAUTHENTICATED },
    { "an enrolment with another code", 0, .enrols = true, .wrong_code = true,
      .want = VERDICT_UNAUTHENTICATED },
    { "an enrolment", 0, .enrols = true, .want = VERDICT_OK },
    { "the code again", 30, .enrols = true, .want = VERDICT_UNAUTHENTICATED },
    { "the step that has been used", 0, .step = -1, .want = VERDICT_UNAUTHENTICATED },
    { "a sign-in", 0, .want = VERDICT_OK },
    { "the same step again", 0, .want = VERDICT_UNAUTHENTICATED },
    { "an older step", 0, .step = -1, .want = VERDICT_UNAUTHENTICATED },
    { "the next step", 30, .want = VERDICT_OK },
    { "digits of no step", 30, .step = -1000, .want = VERDICT_UNAUTHENTICATED },
    { "a wrong password", 0, .wrong_password = true, .want = VERDICT_UNAUTHENTICATED },
    { "the third wrong try locks", 0, .wrong_password = true, .want = VERDICT_UNAUTHENTICATED },
    { "locked, though all is right", 1, .want = VERDICT_RATE_LIMITED },
    { "a second before the end", 58, .want = VERDICT_RATE_LIMITED },
    { "the lock is over", 1, .want = VERDICT_OK },
    { "one wrong try counts from the start", 30, .wrong_password = true,
      .want = VERDICT_UNAUTHENTICATED },
    { "and does not lock", 0, .want = VERDICT_OK },
    { "wrong, by a clock that is ahead", 30, .wrong_password = true,
      .want = VERDICT_UNAUTHENTICATED },
    { "wrong again", 0, .wrong_password = true, .want = VERDICT_UNAUTHENTICATED },
    { "wrong the third time: locked", 0, .wrong_password = true, .want = VERDICT_UNAUTHENTICATED },
    { "it is locked", 1, .want = VERDICT_RATE_LIMITED },
    { "the clock is right again: no lock, an older step", -3600, .want = VERDICT_UNAUTHENTICATED },
};

static void
settings(struct bench *b)
{
    b->book.settings.admin_session_s = 3600;
    b->book.settings.login_tries = 3;
    b->book.settings.login_lock_s = 60;
}

static void
test_attempts(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    settings(&b);
    make_admin(&b, "wang");
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        b.book.now_s = 0; /* as after a restart */
        enum verdict got = attempt(&b, "wang", &rows[i], (uint8_t)i);
        if (got != rows[i].want) fail_msg("row \"%s\": %s", rows[i].name, verdict_code(got));
        bench_reopen(&b); /* no restart gives more tries */
        struct admin_session_row session;
        struct digest own = token((uint8_t)i);
        bool began = view_admin_session(b.book.view, &own, &session);
        ROW_CHECK(rows[i].name, began == (rows[i].want == VERDICT_OK));
        row_passed();
    }
    const struct attempt nobody = { .name = "nobody" };
    assert_int_equal(attempt(&b, "nobody", &nobody, 99), VERDICT_UNAUTHENTICATED);
    bench_close(&b);
}

static bool
stands(struct bench *b, uint8_t session)
{
    struct admin_session_row row;
    struct digest own = token(session);
    return view_admin_session(b->book.view, &own, &row);
}

static void
test_what_ends_sessions(void **state)
{
    struct bench b;
    struct login_row login;
    const struct attempt enrols = { .enrols = true }, later = { .after_s = 30 };
    (void)state;
    bench_open(&b);
    settings(&b);
    make_admin(&b, "li");
    assert_int_equal(attempt(&b, "li", &enrols, 1), VERDICT_OK);
    assert_int_equal(attempt(&b, "li", &later, 2), VERDICT_OK);
    assert_int_equal(attempt(&b, "li", &later, 3), VERDICT_OK);
    assert_true(view_login(b.book.view, TEXT("li"), &login));
    struct caller self = { .kind = CALLER_ADMIN, .id = login.admin };
    struct op *op = bench_begin(&b, OP_LOGIN_END, &self);
    op->login.session = token(3);
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_true(stands(&b, 1) && stands(&b, 2) && !stands(&b, 3));
    row_passed();
    b.now_s += 30;
    op = bench_begin(&b, OP_LOGIN_CHANGE, &self);
    op->login.password_holds = true;
    op->login.step = b.now_s / 30;
    op->login.session = token(2);
    (void)snprintf(op->login.password, sizeof op->login.password, "$argon2id$new");
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_true(!stands(&b, 1) && stands(&b, 2));
    assert_int_equal(bench_run(&b), VERDICT_UNAUTHENTICATED); /* the step is used */
    row_passed();
    op = bench_begin(&b, OP_LOGIN_MAKE, &(struct caller){ .kind = CALLER_SYSTEM });
    op->key[0] = '\0';
    (void)snprintf(op->login.login, sizeof op->login.login, "li");
    op->login.code = token(200);
    op->login.secret_size = 49;
    op->login.secret[0] = 7;
    assert_int_equal(bench_run(&b), VERDICT_OK);
    assert_false(stands(&b, 2));
    assert_true(view_login(b.book.view, TEXT("li"), &login));
    assert_string_equal(login.password, "");
    row_passed();
    bench_close(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_what_ends_sessions),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
