/* tests/test_clerk.c: the clerk's thread under many producers: exactly as many win as there are
 * vouchers, every answer comes back, and stopping finishes what was posted. */
#include "tests/rows.h"
#include "tests/support_clerk.h"

#include <limits.h>
#include <pthread.h>

#define PRODUCERS 8
#define CLAIMS_EACH 40

struct producer {
    struct office *office;
    unsigned number;
    pthread_t thread;
    unsigned won, sold_out, answered, turned_away;
    bool wrong;
};

static void
producer_take(struct producer *p, struct mail *mail)
{
    while (mail != NULL) {
        struct op *op = MAILBOX_OF(mail, struct op, mail);
        mail = mail->next;
        p->answered++;
        p->won += op->verdict == VERDICT_OK;
        p->sold_out += op->verdict == VERDICT_SOLD_OUT;
        p->wrong = p->wrong || (op->verdict == VERDICT_OK && op->claimed.claim.voucher_count != 1);
        op_free(op);
    }
}

static void *
producer_run(void *owner)
{
    struct producer *p = owner;
    struct mailbox *box;
    must(mailbox_open(&box) == FAULT_NONE);
    unsigned posted = 0;
    for (unsigned i = 0; i < CLAIMS_EACH; i++) {
        unsigned number = p->number * CLAIMS_EACH + i;
        struct op *op = op_claim(p->office, box, number);
        if (clerk_post(p->office->clerk, op)) {
            posted++;
        } else {
            p->turned_away++;
            op_free(op);
        }
        if (i % 8 == 0) producer_take(p, mailbox_take(box));
    }
    while (p->answered < posted) {
        struct mail *mail = mailbox_wait(box, WAIT_MS_MAX);
        if (mail == NULL) break; /* an answer was lost: the counts say so */
        producer_take(p, mail);
    }
    mailbox_close(box);
    return NULL;
}

static void
test_the_last_of_a_pool(void **state)
{
    (void)state;
    struct office o;
    struct producer producers[PRODUCERS] = { 0 };
    struct producer sum = { 0 };
    struct clerk_figures figures;
    office_open(&o, 100000);
    office_campaign(&o);
    for (unsigned i = 0; i < PRODUCERS; i++) {
        producers[i] = (struct producer){ .office = &o, .number = i };
        assert_int_equal(pthread_create(&producers[i].thread, NULL, producer_run, &producers[i]),
                         0);
    }
    for (unsigned i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(producers[i].thread, NULL), 0);
        sum.won += producers[i].won;
        sum.sold_out += producers[i].sold_out;
        sum.answered += producers[i].answered;
        sum.wrong = sum.wrong || producers[i].wrong;
    }
    assert_int_equal(sum.answered, PRODUCERS * CLAIMS_EACH);
    assert_int_equal(sum.won, OFFICE_VOUCHERS);
    assert_int_equal(sum.sold_out, PRODUCERS * CLAIMS_EACH - OFFICE_VOUCHERS);
    assert_false(sum.wrong);
    clerk_figures(o.clerk, &figures);
    assert_int_equal(figures.waiting, 0);
    assert_int_equal(figures.full, 0);
    assert_int_equal(figures.operations, PRODUCERS * CLAIMS_EACH + 3);
    assert_true(figures.batches <= figures.operations);
    clerk_close(o.clerk);
    office_remove(&o);
    row_passed();
}

/* What was posted before the end is answered, and what was answered is on the disk. */
static void
test_stop_drains(void **state)
{
    (void)state;
    struct office o;
    struct producer p = { 0 };
    struct mailbox *box;
    struct view *view;
    struct campaign_row row;
    office_open(&o, 100000);
    office_campaign(&o);
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    for (unsigned i = 0; i < 300; i++) {
        assert_true(clerk_post(o.clerk, op_claim(&o, box, i)));
    }
    clerk_close(o.clerk);
    producer_take(&p, mailbox_take(box));
    assert_int_equal(p.answered, 300);
    assert_int_equal(p.won, OFFICE_VOUCHERS);
    assert_int_equal(view_open(&view, o.dir), FAULT_NONE);
    assert_true(view_campaign(view, &o.campaign, &row));
    assert_int_equal(row.pools[0].issued, OFFICE_VOUCHERS);
    view_close(view);
    mailbox_close(box);
    office_remove(&o);
    row_passed();
}

/* A till that comes last is served before the crowd that came first, and nobody is forgotten. */
static void
test_tills_go_ahead(void **state)
{
    (void)state;
    struct office o;
    struct mailbox *box;
    unsigned answered = 0, place = UINT_MAX;
    office_open(&o, 100000);
    office_campaign(&o);
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    gate_set(&o.gate, true);
    for (unsigned i = 0; i < 400; i++) {
        assert_true(clerk_post(o.clerk, op_claim(&o, box, i)));
    }
    struct op *till = op_make(OP_REVERSE, box, 700000);
    till->caller = (struct caller){ .kind = CALLER_TERMINAL, .id = { { 9 } } };
    (void)snprintf(till->out_request_no, sizeof till->out_request_no, "no-1");
    assert_true(clerk_post(o.clerk, till));
    gate_set(&o.gate, false);
    while (answered < 401) {
        struct mail *mail = mailbox_wait(box, WAIT_MS_MAX);
        assert_non_null(mail);
        for (struct mail *next; mail != NULL; mail = next, answered++) {
            struct op *op = MAILBOX_OF(mail, struct op, mail);
            next = mail->next;
            if (op == till) place = answered;
            op_free(op);
        }
    }
    /* One batch of the crowd may have begun before it. */
    assert_true(place <= 192);
    clerk_close(o.clerk);
    mailbox_close(box);
    office_remove(&o);
    row_passed();
}

/* Who would wait too long is told at once; tills are not, and when the crowd has been served there
 * is room again. */
static void
test_the_crowd_has_its_own_room(void **state)
{
    (void)state;
    struct office o;
    struct mailbox *box;
    struct producer p = { 0 };
    unsigned posted = 0;
    office_open(&o, 500);
    office_campaign(&o);
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    gate_set(&o.gate, true);
    for (unsigned i = 0; i < 600; i++) {
        struct op *op = op_claim(&o, box, i);
        bool taken = clerk_post(o.clerk, op);
        posted += taken;
        if (!taken) op_free(op);
    }
    assert_int_equal(posted, 500);
    assert_true(clerk_is_crowded(o.clerk));
    struct op *till = op_make(OP_REVERSE, box, 700000);
    till->caller = (struct caller){ .kind = CALLER_TERMINAL, .id = { { 9 } } };
    (void)snprintf(till->out_request_no, sizeof till->out_request_no, "no-1");
    assert_true(clerk_post(o.clerk, till));
    gate_set(&o.gate, false);
    while (p.answered < 501) {
        struct mail *mail = mailbox_wait(box, WAIT_MS_MAX);
        assert_non_null(mail);
        producer_take(&p, mail);
    }
    assert_false(clerk_is_crowded(o.clerk));
    clerk_close(o.clerk);
    mailbox_close(box);
    office_remove(&o);
    row_passed();
}

static void
test_a_queue_of_none(void **state)
{
    (void)state;
    struct office o;
    struct mailbox *box;
    struct clerk_figures figures;
    office_open(&o, 0);
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    struct op *op = op_make(OP_CLAIM, box, 1);
    assert_false(clerk_post(o.clerk, op));
    clerk_figures(o.clerk, &figures);
    assert_int_equal(figures.waiting, 0);
    op_free(op);
    clerk_close(o.clerk);
    assert_null(mailbox_take(box));
    mailbox_close(box);
    office_remove(&o);
    row_passed();
}

static void
test_one_daemon_at_a_time(void **state)
{
    (void)state;
    struct office o;
    struct clerk *second = NULL;
    office_open(&o, 10);
    struct clerk_settings settings = { .ledger = { .data_dir = o.dir, .busy_ms_max = 10 },
                                       .batch_max = 64,
                                       .queue_max = 10,
                                       .seams = &o.seams };
    assert_int_equal(clerk_open(&second, &settings), FAULT_LOST_RACE);
    assert_null(second);
    clerk_close(o.clerk);
    clerk_close(NULL);
    office_remove(&o);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_last_of_a_pool),
        cmocka_unit_test(test_stop_drains),
        cmocka_unit_test(test_tills_go_ahead),
        cmocka_unit_test(test_the_crowd_has_its_own_room),
        cmocka_unit_test(test_a_queue_of_none),
        cmocka_unit_test(test_one_daemon_at_a_time),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
