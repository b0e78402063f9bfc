/* voucher/board.h: campaigns as a worker last saw them, so that a claim need not read what seldom
 * changes, and the refusal of the many who come too early or too late need not wait for the ledger.
 *
 * A row is at most BOARD_LEASE_US old, and never older than the last batch that may have let a
 * refused claim through (an approval, a budget raise, a void, a reversal, an expiry: the caller's
 * generation, see clerk_generation()). Its counts may lag behind claims: who is told "sold out" is
 * told the truth, and what the row allows the ledger judges again. One per worker's thread. */
#ifndef HUIQUAN_BOARD_H
#define HUIQUAN_BOARD_H

#include "storage/ledger.h"

#define BOARD_LEASE_US INT64_C(1000000)

struct board;

MUST_USE enum fault board_open(struct board **out);
void board_close(struct board *b); /* NULL is fine */

/* Good until the next call. NULL: there is no such campaign, or the view met a fault. */
const struct campaign_row *board_campaign(struct board *b, struct view *v, const struct uuid *id,
                                          uint64_t generation, int64_t now_us);

#endif
