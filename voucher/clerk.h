/* voucher/clerk.h: the one thread that writes. A batch is whatever arrived during the last fsync;
 * no answer leaves before its batch is sealed. The clerk never waits for Redis or the network.
 *
 * An I/O error at the seal is "unknown": the process ends without a verdict, the supervisor starts
 * it again, and the same key then answers from what is really on the disk. */
#ifndef HUIQUAN_CLERK_H
#define HUIQUAN_CLERK_H

#include "voucher/book/book.h"
#include "voucher/metrics.h"

struct clerk;

struct clerk_settings {
    struct ledger_settings ledger;
    struct book_settings book;
    int64_t batch_max; /* operations in one transaction */
    int64_t queue_max; /* waiting operations; beyond, callers are told to come back */
    const struct seams *seams;
    struct metric_block *metrics; /* the clerk's own; NULL: nothing is counted */
};

/* Opens the ledger and starts the thread. On a fault *out is NULL. */
MUST_USE enum fault clerk_open(struct clerk **out, const struct clerk_settings *settings);
/* Any thread. The op belongs to the clerk until it comes back to op->reply. False: too many wait;
 * the op stays the caller's. */
MUST_USE bool clerk_post(struct clerk *c, struct op *op);
/* Whether one more of the crowd would be turned away: to be asked before work is spent on it. Any
 * thread. */
bool clerk_is_crowded(const struct clerk *c);
/* Who may have claims: for views, which the clerk outlives. */
const struct claimants *clerk_claimants(const struct clerk *c);
/* Finishes what was posted, then ends the thread and closes the ledger. NULL is fine. */
void clerk_close(struct clerk *c);

struct clerk_figures {
    uint64_t batches, operations, full;
    int64_t waiting;
    bool is_full; /* only what redeems goes on */
};

/* Rises with every sealed batch that changed what workers remember (voucher/board.h), and does so
 * before any of its answers leaves. Any thread. */
uint64_t clerk_generation(const struct clerk *c);

void clerk_figures(struct clerk *c, struct clerk_figures *out); /* any thread */

#endif
