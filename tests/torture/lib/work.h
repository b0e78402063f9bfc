/* tests/torture/lib/work.h: a mixed workload on the real book and ledger, in batches as the clerk
 * makes them, of which everything that was acknowledged is remembered with its answer. One thread.
 *
 * Claims (single, packs, cars), grants, redemptions and holds, captures, releases, refunds,
 * reversals, voids, budget changes, sweeps; time moves. The same dice do the same. */
#ifndef HUIQUAN_TORTURE_WORK_H
#define HUIQUAN_TORTURE_WORK_H

#include "tests/support_book.h"
#include "tests/torture/lib/dice.h"

#define WORK_OPS_MAX 4096
#define WORK_BATCH_MAX 8
#define WORK_VOUCHERS_MAX 4096
#define WORK_GRANTED_MAX 4
#define WORK_ANSWER_MAX 4000

struct work_answer {
    enum verdict verdict;
    int status;
    bool replayed;
    size_t size;
    char bytes[WORK_ANSWER_MAX];
};

enum work_state {
    WORK_OPEN, /* planned; or run, and nobody knows what became of it */
    WORK_SEALED,
    WORK_REFUSED, /* "unavailable": nothing was stored */
};

struct work_op {
    struct op op; /* the command; its body is empty */
    enum work_state state;
    struct uuid granted[WORK_GRANTED_MAX];
    size_t batch;
    int64_t now_s;
    size_t undoes; /* place + 1 of the redemption that this reverses */
    size_t undone_by; /* place + 1 of the first reversal of this redemption that was not refused */
    bool acked; /* VERDICT_OK left with its answer after its batch was sealed */
    struct work_answer answer; /* when acked */
};

struct work {
    struct bench b; /* b.dir, b.settings, campaigns and tills */
    struct dice dice;
    struct uuid shop, car, reward, grant;
    struct uuid shop_pools[2], car_pool, grant_pool;
    size_t op_count, batch_count;
    struct work_op ops[WORK_OPS_MAX];
    size_t voucher_count;
    struct work_voucher {
        struct uuid id;
        bool car;
        unsigned owner;
    } vouchers[WORK_VOUCHERS_MAX];
    size_t redemption_count;
    struct work_redemption {
        struct uuid id;
        size_t op; /* that made it */
    } redemptions[WORK_OPS_MAX];
};

/* A ledger below base with its campaigns; ended by work_close(). */
void work_open(struct work *w, const char *base, const struct ledger_settings *settings,
               uint64_t seed);
void work_close(struct work *w); /* removes the folder */
/* The same ledger once more. On a fault nothing is open. */
enum fault work_start(struct work *w);
void work_stop(struct work *w);

/* Puts the operations of one batch behind those that are there; nothing has run yet. */
void work_plan(struct work *w);
/* Runs what was planned last as one batch. FAULT_NONE: sealed, and acked is set where the answer
 * is yes. FAULT_IO, FAULT_CORRUPT: nobody is told anything, the process must end here. Else
 * everybody was told "unavailable". */
enum fault work_run(struct work *w);
/* Learns what was granted in the batch that ran last, or what may have been. */
void work_learn(struct work *w);
/* A reversal that may have been stored by now. */
void work_learn_reversal(struct work *w, size_t place);

/* Asks again, under the same key, in the open batch of a book. */
void work_ask(struct book *book, const struct work_op *asked, struct work_answer *out);
/* What is wrong with the answer to an operation that was acknowledged; NULL: nothing. Operations
 * from settled_count on, and before tried_count, may or may not be on the disk. */
struct work_span {
    size_t settled_count, tried_count;
};
const char *work_judge(const struct work *w, size_t place, struct work_span span,
                       const struct work_answer *again);

#endif
