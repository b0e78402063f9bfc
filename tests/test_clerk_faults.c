/* tests/test_clerk_faults.c: the clerk under a clock that jumps and over a disk that fails, and
 * what it tells those who remember. */
#include "tests/rows.h"
#include "tests/support_clerk.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* A clock that is put back never makes anything earlier than what was decided before. */
static void
test_time_never_goes_back(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int64_t ahead_s, claimed_at_s;
    } rows[] = {
        { "as it stands", 0, OFFICE_T0 },
        { "an hour on", 3600, OFFICE_T0 + 3600 },
        { "back by an hour", 0, OFFICE_T0 + 3600 },
        { "1970", -OFFICE_T0, OFFICE_T0 + 3600 },
        { "a second further", 3601, OFFICE_T0 + 3601 },
    };
    struct office o;
    struct mailbox *box;
    office_open(&o, 100);
    office_campaign(&o);
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    for (unsigned i = 0; i < COUNT_OF(rows); i++) {
        struct op *op = op_claim(&o, box, i);
        gate_move_clock(&o.gate, rows[i].ahead_s);
        office_do(&o, op);
        ROW_CHECK(rows[i].name, op->claimed.claim.claimed_at_s >= rows[i].claimed_at_s);
        row_passed();
        op_free(op);
    }
    clerk_close(o.clerk);
    mailbox_close(box);
    office_remove(&o);
}

/* What workers remember of a campaign is outdated before the answer to a pause is there. */
static void
test_a_pause_outdates(void **state)
{
    (void)state;
    struct office o;
    struct mailbox *box;
    office_open(&o, 100);
    office_campaign(&o);
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    uint64_t before = clerk_generation(o.clerk);
    office_act(&o, box, ACT_PAUSE, 1);
    assert_true(clerk_generation(o.clerk) > before);
    before = clerk_generation(o.clerk);
    struct op *op = op_claim(&o, box, 1);
    assert_true(clerk_post(o.clerk, op));
    assert_non_null(mailbox_wait(box, WAIT_MS_MAX));
    assert_int_equal(op->verdict, VERDICT_CAMPAIGN_PAUSED);
    assert_int_equal(clerk_generation(o.clerk), before); /* a refusal changes nothing */
    op_free(op);
    clerk_close(o.clerk);
    mailbox_close(box);
    office_remove(&o);
    row_passed();
}

#define CHILD_ANSWERED 3

/* From here on every write to a file fails (EFBIG), which SQLite calls an I/O error. */
static void
child_lose_disk(void)
{
    const struct rlimit none = { 0, 0 };
    must(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    must(setrlimit(RLIMIT_FSIZE, &none) == 0);
}

static void
child_claim_without_disk(struct office *o)
{
    struct mailbox *box;
    office_campaign(o);
    must(mailbox_open(&box) == FAULT_NONE);
    child_lose_disk();
    must(clerk_post(o->clerk, op_claim(o, box, 1)));
    (void)mailbox_wait(box, WAIT_MS_MAX);
    _exit(CHILD_ANSWERED);
}

/* Whether a batch was stored is unknown: the process ends, and no answer has left it. */
static void
test_a_failing_disk_ends_the_process(void **state)
{
    (void)state;
    struct office o;
    int status = 0;
    pid_t child;
    char dir[] = "/tmp/huiquan-clerk-XXXXXX";
    assert_non_null(mkdtemp(dir));
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        office_open_in(&o, dir, 100);
        child_claim_without_disk(&o);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
    (void)snprintf(o.dir, sizeof o.dir, "%s", dir);
    office_remove(&o);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_time_never_goes_back),
        cmocka_unit_test(test_a_pause_outdates),
        cmocka_unit_test(test_a_failing_disk_ends_the_process),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
