/* tests/support_clerk.h: a clerk over a ledger in a temporary folder, with a clock that the test
 * moves and that may hold the clerk up. Failures end the running cmocka test. */
#ifndef HUIQUAN_TESTS_SUPPORT_CLERK_H
#define HUIQUAN_TESTS_SUPPORT_CLERK_H

#include <pthread.h>

#include "voucher/clerk.h"

#define OFFICE_T0 INT64_C(1781834400) /* 2026-06-19T10:00:00+08:00 */
#define OFFICE_VOUCHERS 37
#define WAIT_MS_MAX 30000

/* Holds the clerk up at the beginning of a batch, where it asks for the time. */
struct gate {
    uint64_t chance; /* first: random_fill's */
    pthread_mutex_t mutex;
    pthread_cond_t opened;
    bool shut;
    int64_t ahead_s; /* of the clock below */
};

struct office {
    char dir[64];
    struct gate gate;
    struct seams seams;
    struct clerk *clerk;
    struct uuid campaign, pool;
};

void gate_set(struct gate *g, bool shut);
void gate_move_clock(struct gate *g, int64_t ahead_s);
void office_open_in(struct office *o, const char *dir, int64_t queue_max);
void office_open(struct office *o, int64_t queue_max);
void office_remove(const struct office *o);
struct op *op_make(enum op_kind kind, struct mailbox *reply, unsigned number);
void op_free(struct op *op);
void office_do(struct office *o, struct op *op);
void office_act(struct office *o, struct mailbox *box, enum campaign_act act, uint8_t who);
void office_campaign(struct office *o);
struct op *op_claim(const struct office *o, struct mailbox *box, unsigned number);

#endif
