/* tests/test_mailbox.c: order, loss and wakes of the mailbox, with several threads at once. */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "tests/rows.h"
#include "voucher/mailbox.h"

enum { PRODUCERS_MAX = 8, LETTERS_MAX = 4000, WAIT_MS = 20000 };

struct letter {
    struct mail mail;
    unsigned producer;
    unsigned number;
};

struct producer {
    pthread_t thread;
    struct mailbox *box;
    struct letter *letters;
    unsigned index;
    unsigned letter_count;
};

static void *
produce(void *argument)
{
    struct producer *p = argument;
    for (unsigned i = 0; i < p->letter_count; i++) {
        p->letters[i] = (struct letter){ .producer = p->index, .number = i };
        mailbox_put(p->box, &p->letters[i].mail);
    }
    return NULL;
}

static bool
is_lit(const struct mailbox *box)
{
    struct pollfd wake = { .fd = mailbox_fd(box), .events = POLLIN };
    return poll(&wake, 1, 0) == 1;
}

static struct mail *
wait_by_fd(struct mailbox *box)
{
    struct pollfd wake = { .fd = mailbox_fd(box), .events = POLLIN };
    assert_int_equal(poll(&wake, 1, WAIT_MS), 1);
    return mailbox_take(box);
}

static struct mail *
wait_by_clerk(struct mailbox *box)
{
    return mailbox_wait(box, WAIT_MS);
}

static struct mail *
wait_for_ever(struct mailbox *box)
{
    return mailbox_wait(box, -1);
}

struct crowd {
    const char *name;
    unsigned producer_count;
    unsigned letter_count;
    struct mail *(*wait)(struct mailbox *box);
};

static unsigned
count_in_order(const struct crowd *row, struct mail *mail, unsigned *next)
{
    unsigned count = 0;
    while (mail) {
        struct letter *letter = MAILBOX_OF(mail, struct letter, mail);
        mail = mail->next;
        ROW_CHECK(row->name, letter->number == next[letter->producer]);
        next[letter->producer]++;
        count++;
    }
    return count;
}

static void
run_crowd(const struct crowd *row)
{
    struct mailbox *box;
    struct producer producers[PRODUCERS_MAX];
    unsigned next[PRODUCERS_MAX] = { 0 };
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    for (unsigned i = 0; i < row->producer_count; i++) {
        producers[i] = (struct producer){ .box = box, .index = i };
        producers[i].letter_count = row->letter_count;
        producers[i].letters = calloc(row->letter_count, sizeof(struct letter));
        assert_non_null(producers[i].letters);
        assert_int_equal(pthread_create(&producers[i].thread, NULL, produce, &producers[i]), 0);
    }
    unsigned left = row->producer_count * row->letter_count;
    while (left > 0)
        left -= count_in_order(row, row->wait(box), next);
    for (unsigned i = 0; i < row->producer_count; i++) {
        pthread_join(producers[i].thread, NULL);
        ROW_CHECK(row->name, next[i] == row->letter_count);
        free(producers[i].letters);
    }
    ROW_CHECK(row->name, mailbox_take(box) == NULL);
    ROW_CHECK(row->name, !is_lit(box));
    mailbox_close(box);
    row_passed();
}

static void
test_many_threads(void **state)
{
    (void)state;
    static const struct crowd rows[] = {
        { "one producer, by the loop's descriptor", 1, 4000, wait_by_fd },
        { "two producers, by the loop's descriptor", 2, 4000, wait_by_fd },
        { "eight producers, by the loop's descriptor", 8, 2000, wait_by_fd },
        { "one producer, the clerk waits", 1, 4000, wait_by_clerk },
        { "eight producers, the clerk waits", 8, 2000, wait_by_clerk },
        { "four producers, the clerk waits for ever", 4, 2000, wait_for_ever },
        { "eight producers, one letter each", 8, 1, wait_by_clerk },
    };
    for (size_t i = 0; i < COUNT_OF(rows); i++)
        run_crowd(&rows[i]);
}

static void
test_empty(void **state)
{
    (void)state;
    struct mailbox *box;
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    assert_null(mailbox_take(box));
    assert_null(mailbox_wait(box, 0));
    assert_null(mailbox_wait(box, 5));
    assert_false(is_lit(box));
    mailbox_close(box);
    mailbox_close(NULL);
    row_passed();
}

static void
test_one_wake_per_batch(void **state)
{
    (void)state;
    struct mailbox *box;
    struct letter letters[3] = { 0 };
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    for (unsigned i = 0; i < 3; i++)
        mailbox_put(box, &letters[i].mail);
    uint64_t wakes = 0;
    assert_int_equal(read(mailbox_fd(box), &wakes, sizeof wakes), sizeof wakes);
    assert_int_equal(wakes, 1);
    struct mail *mail = mailbox_take(box);
    for (unsigned i = 0; i < 3; i++, mail = mail->next)
        assert_ptr_equal(mail, &letters[i].mail);
    assert_null(mail);
    mailbox_close(box);
    row_passed();
}

/* The producer pushes, the receiver takes, and only then the producer's wake is written. */
static void
test_late_wake_goes_out(void **state)
{
    (void)state;
    struct mailbox *box;
    struct letter letter = { 0 };
    uint64_t one = 1;
    assert_int_equal(mailbox_open(&box), FAULT_NONE);
    assert_int_equal(write(mailbox_fd(box), &one, sizeof one), sizeof one);
    assert_null(mailbox_take(box));
    assert_false(is_lit(box));
    mailbox_put(box, &letter.mail);
    assert_true(is_lit(box));
    assert_ptr_equal(mailbox_take(box), &letter.mail);
    assert_false(is_lit(box));
    mailbox_close(box);
    row_passed();
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_one_wake_per_batch),
        cmocka_unit_test(test_late_wake_goes_out),
        cmocka_unit_test(test_many_threads),
    };
    return rows_report(cmocka_run_group_tests(tests, NULL, NULL));
}
