/* voucher/board.h: campaigns and terminals as a worker last saw them, so that a claim or redemption
 * need not read what seldom changes, and the refusal of the many who come too early or too late
 * need not wait for the ledger. One per worker's thread.
 *
 * A row is at most BOARD_LEASE_US old, and never older than the last batch that changed such rows
 * other than by counting (an approval, a budget raise, a void, a reversal, an expiry, a terminal
 * enrolled or revoked: the caller's generation, see clerk_generation()). A campaign's counts may
 * lag behind its claims: who is told "sold out" is told the truth, and what the row allows the
 * ledger judges again. */
#ifndef HUIQUAN_BOARD_H
#define HUIQUAN_BOARD_H

#include "storage/ledger.h"

#define BOARD_LEASE_US INT64_C(1000000)

struct board;

/* When a row is wanted. */
struct board_moment {
    uint64_t generation;
    int64_t now_us;
};

MUST_USE enum fault board_open(struct board **out);
void board_close(struct board *b); /* NULL is fine */

/* Good until the next call. NULL: there is no such row, or the view met a fault. */
const struct campaign_row *board_campaign(struct board *b, struct view *v, const struct uuid *id,
                                          struct board_moment at);
const struct terminal_row *board_terminal(struct board *b, struct view *v, const struct uuid *id,
                                          struct board_moment at);

#endif
