/* tests/test_book_job.c: steps of bulk work: each applied once, where the job stands, and not when
 * it is stopped or over. */
#include "tests/rows.h"
#include "tests/support_book.h"

static const char definition[] =
    "{'name': '定向', 'kind': 'shopping', 'budget_fen': 1000000, 'issuing': 'grant',"
    "'claim_window': {'from': '2026-06-19T00:00:00+08:00', 'to': '2026-07-01T00:00:00+08:00'},"
    "'valid_days': 7, 'per_person_limit': 1,"
    "'pools': [{'name': 'p', 'value_fen': 1000, 'count': 5}]}";

static struct job_step step; /* too large for a stack */

static struct job_row
job_make(struct bench *b, const struct uuid *campaign, int64_t rows_total, bool dry_run)
{
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct job_row row;
    struct op *op = bench_begin(b, OP_JOB_CREATE, &admin);
    id_next(&b->ids, &op->job.row.id);
    op->job.row.kind = JOB_GRANTS;
    op->job.row.campaign = *campaign;
    op->job.row.pool = bench_row(b, campaign).pools[0].id;
    op->job.row.size = 100;
    op->job.row.line = 2;
    op->job.row.position = 10;
    op->job.row.rows_total = rows_total;
    op->job.row.dry_run = dry_run;
    memcpy(op->job.row.columns, "i", 2);
    struct uuid id = op->job.row.id;
    assert_int_equal(bench_run(b), VERDICT_OK);
    assert_int_equal(op->status, 202);
    assert_true(view_job(b->book.view, &id, &row));
    return row;
}

static struct job_row
job_read(struct bench *b, const struct uuid *id)
{
    struct job_row row;
    assert_true(view_job(b->book.view, id, &row));
    return row;
}

/* A step of grants to residents first, first + 1, …; its last row is faulty when asked for. */
static enum verdict
job_step(struct bench *b, const struct job_row *job, unsigned first, size_t count, bool is_last)
{
    step = (struct job_step){ .from = job->position,
                              .to = is_last ? job->size : job->position + (int64_t)count,
                              .next_line = job->line + (int64_t)count,
                              .is_last = is_last,
                              .count = count };
    for (size_t i = 0; i < count; i++) {
        step.items[i].line = job->line + (int64_t)i;
        step.items[i].resident = bench_resident(first + (unsigned)i).id;
    }
    struct op *op = bench_begin(b, OP_JOB_STEP, &(struct caller){ .kind = CALLER_SYSTEM });
    op->key[0] = '\0';
    op->job.row.id = job->id;
    op->job.step = &step;
    return bench_run(b);
}

static enum verdict
job_act(struct bench *b, const struct job_row *job, enum job_act act)
{
    struct caller admin = bench_admin(ADMIN_THIRD);
    struct op *op = bench_begin(b, OP_JOB_ACT, &admin);
    op->job.row.id = job->id;
    op->job.act = act;
    return bench_run(b);
}

static void
test_a_step_is_applied_once(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row before = job_make(&b, &campaign, 4, false);
    assert_int_equal(before.state, JOB_QUEUED);
    assert_int_equal(job_step(&b, &before, 1, 2, false), VERDICT_OK);
    struct job_row after = job_read(&b, &before.id);
    assert_int_equal(after.state, JOB_RUNNING);
    assert_int_equal(after.rows_ok, 2);
    assert_int_equal(after.position, 12);
    assert_int_equal(after.line, 4);
    /* The answer was lost, and the daemon died: the step comes again. */
    bench_reopen(&b);
    assert_int_equal(job_step(&b, &before, 1, 2, false), VERDICT_WRONG_STATE);
    assert_int_equal(bench_row(&b, &campaign).pools[0].issued, 2);
    /* One that begins beyond where the job stands is as wrong. */
    struct job_row beyond = after;
    beyond.position++;
    assert_int_equal(job_step(&b, &beyond, 3, 1, false), VERDICT_WRONG_STATE);
    assert_int_equal(job_step(&b, &after, 3, 2, true), VERDICT_OK);
    after = job_read(&b, &before.id);
    assert_int_equal(after.state, JOB_DONE);
    assert_int_equal(after.rows_ok, 4);
    assert_int_equal(after.ended_at_s, b.now_s);
    assert_int_equal(job_step(&b, &after, 5, 0, false), VERDICT_WRONG_STATE);
    assert_int_equal(job_act(&b, &after, JOB_STOP), VERDICT_WRONG_STATE);
    assert_int_equal(job_act(&b, &after, JOB_RESUME), VERDICT_WRONG_STATE);
    bench_close(&b);
    row_passed();
}

static void
test_failures(void **state)
{
    static const char *const codes[] = { "already_claimed", "sold_out", "id_number_check" };
    struct bench b;
    struct job_failure found[8];
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row job = job_make(&b, &campaign, 8, false);
    assert_int_equal(job_step(&b, &job, 1, 3, false), VERDICT_OK);
    job = job_read(&b, &job.id);
    assert_int_equal(job_step(&b, &job, 3, 4, false), VERDICT_OK); /* 3 again; 6 is one too many */
    job = job_read(&b, &job.id);
    memset(&step.items[0], 0, sizeof step.items[0]);
    step = (struct job_step){
        .from = job.position, .to = job.size, .next_line = 10, .is_last = true, .count = 1
    };
    step.items[0] = (struct job_item){ .line = 9,
                                       .fault_count = 1,
                                       .faults = { { "id_number", FLAW_ID_NUMBER_CHECK } } };
    struct op *op = bench_begin(&b, OP_JOB_STEP, &(struct caller){ .kind = CALLER_SYSTEM });
    op->key[0] = '\0';
    op->job.row.id = job.id;
    op->job.step = &step;
    assert_int_equal(bench_run(&b), VERDICT_OK);
    job = job_read(&b, &job.id);
    assert_int_equal(job.state, JOB_DONE);
    assert_int_equal(job.rows_ok, 5);
    assert_int_equal(job.rows_failed, 3);
    struct job_failure after = { .job = job.id };
    assert_int_equal(view_job_failures(b.book.view, &after, found, COUNT_OF(found)), 3);
    for (size_t i = 0; i < 3; i++) {
        ROW_CHECK(codes[i], strcmp(found[i].code, codes[i]) == 0);
        row_passed();
    }
    assert_int_equal(found[0].line, 5);
    assert_string_equal(found[2].column, "id_number");
    assert_int_equal(view_job_failures(b.book.view, &found[1], found, COUNT_OF(found)), 1);
    bench_close(&b);
}

static void
test_stop_and_resume(void **state)
{
    struct bench b;
    struct job_row waiting;
    struct uuid none = { { 0 } };
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row job = job_make(&b, &campaign, 2, false);
    assert_true(view_job_waiting(b.book.view, &none, &waiting));
    assert_int_equal(job_act(&b, &job, JOB_RESUME), VERDICT_WRONG_STATE);
    assert_int_equal(job_act(&b, &job, JOB_STOP), VERDICT_OK);
    assert_true(bench_reply_has(&b, "\"state\":\"stopped\""));
    assert_int_equal(job_act(&b, &job, JOB_STOP), VERDICT_WRONG_STATE);
    assert_false(view_job_waiting(b.book.view, &none, &waiting));
    assert_int_equal(job_step(&b, &job, 1, 1, false), VERDICT_WRONG_STATE);
    assert_int_equal(bench_row(&b, &campaign).pools[0].issued, 0);
    assert_int_equal(job_act(&b, &job, JOB_RESUME), VERDICT_OK);
    assert_int_equal(job_step(&b, &job, 1, 2, true), VERDICT_OK);
    struct job_row nobody = { .id = { { 9 } } };
    assert_int_equal(job_act(&b, &nobody, JOB_STOP), VERDICT_NOT_FOUND);
    assert_int_equal(job_step(&b, &nobody, 1, 0, false), VERDICT_NOT_FOUND);
    bench_close(&b);
    row_passed();
}

static void
test_a_dry_run_counts_beside_the_ledger(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row job = job_make(&b, &campaign, 7, true);
    assert_int_equal(job_step(&b, &job, 1, 7, true), VERDICT_OK);
    job = job_read(&b, &job.id);
    assert_int_equal(job.rows_ok, 5);
    assert_int_equal(job.rows_failed, 2);
    assert_int_equal(bench_row(&b, &campaign).pools[0].issued, 0);
    bench_close(&b);
    row_passed();
}

static void
test_a_file_that_is_gone(void **state)
{
    struct bench b;
    struct job_failure found[2];
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row job = job_make(&b, &campaign, 2, false);
    struct op *op = bench_begin(&b, OP_JOB_STEP, &(struct caller){ .kind = CALLER_SYSTEM });
    step = (struct job_step){ .from = 10, .to = 10, .next_line = 2, .is_unreadable = true };
    op->key[0] = '\0';
    op->job.row.id = job.id;
    op->job.step = &step;
    assert_int_equal(bench_run(&b), VERDICT_OK);
    job = job_read(&b, &job.id);
    assert_int_equal(job.state, JOB_FAILED);
    struct job_failure after = { .job = job.id };
    assert_int_equal(view_job_failures(b.book.view, &after, found, 2), 1);
    assert_string_equal(found[0].code, "unreadable");
    assert_int_equal(job_act(&b, &job, JOB_RESUME), VERDICT_WRONG_STATE);
    bench_close(&b);
    row_passed();
}

/* The rate is that of the last window of time. */
static void
test_the_rate(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row job = job_make(&b, &campaign, 100, false);
    assert_int_equal(job_step(&b, &job, 1, 40, false), VERDICT_OK);
    job = job_read(&b, &job.id);
    assert_int_equal(job.rows_per_s, 0); /* nothing is known within the first second */
    b.now_s += 4;
    assert_int_equal(job_step(&b, &job, 50, 40, false), VERDICT_OK);
    job = job_read(&b, &job.id);
    assert_int_equal(job.rows_per_s, 20);
    assert_int_equal(job_act(&b, &job, JOB_STOP), VERDICT_OK);
    assert_int_equal(job_read(&b, &job.id).rows_per_s, 0);
    bench_close(&b);
    row_passed();
}

static void
test_creation(void **state)
{
    struct bench b;
    (void)state;
    bench_open(&b);
    struct uuid campaign = bench_campaign(&b, definition);
    struct job_row job = job_make(&b, &campaign, 0, false);
    assert_int_equal(job.state, JOB_DONE); /* a header alone */
    assert_int_equal(bench_again(&b), VERDICT_OK);
    assert_true(b.op.replayed);
    bench_other_content(&b.op);
    assert_int_equal(bench_again(&b), VERDICT_IDEMPOTENCY_KEY_REUSED);
    struct caller admin = bench_admin(ADMIN_AUTHOR);
    struct op *op = bench_begin(&b, OP_JOB_CREATE, &admin);
    op->job.row.kind = JOB_GRANTS;
    op->job.row.campaign = campaign;
    op->job.row.pool = (struct uuid){ { 1 } };
    assert_int_equal(bench_run(&b), VERDICT_NOT_FOUND);
    op->job.row.campaign = (struct uuid){ { 1 } };
    assert_int_equal(bench_again(&b), VERDICT_NOT_FOUND);
    bench_close(&b);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_step_is_applied_once),
        cmocka_unit_test(test_failures),
        cmocka_unit_test(test_stop_and_resume),
        cmocka_unit_test(test_a_dry_run_counts_beside_the_ledger),
        cmocka_unit_test(test_a_file_that_is_gone),
        cmocka_unit_test(test_the_rate),
        cmocka_unit_test(test_creation),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
