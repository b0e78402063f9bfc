/* voucher/rules/refund_share.h: how much of a voucher goes back when a part of the order does.
 * Pure; any thread. Money is fen.
 *
 * The fund's share of a part is floor(value x part / order); the part that completes the order
 * takes all that is left, so that the shares of a wholly refunded order add up to the value
 * exactly. */
#ifndef HUIQUAN_RULES_REFUND_SHARE_H
#define HUIQUAN_RULES_REFUND_SHARE_H

#include "voucher/base.h"

/* As the ledger keeps it; must hold 0 <= value, 0 < order, 0 <= refunded <= its whole. */
struct refund_so_far {
    int64_t value_fen, order_fen;
    int64_t refunded_value_fen, refunded_order_fen;
};

/* False when part_fen <= 0 or when more than the rest of the order is asked for; *share_fen is then
 * unchanged. *last says whether the order is now refunded wholly. */
MUST_USE bool refund_share(const struct refund_so_far *so_far, int64_t part_fen, int64_t *share_fen,
                           bool *last);

#endif
