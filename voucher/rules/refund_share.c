#include "voucher/rules/refund_share.h"

#include "voucher/torture.h"

bool
refund_share(const struct refund_so_far *so_far, int64_t part_fen, int64_t *share_fen, bool *last)
{
    must(so_far->value_fen >= 0 && so_far->order_fen > 0);
    must(so_far->refunded_order_fen >= 0 && so_far->refunded_order_fen <= so_far->order_fen);
    must(so_far->refunded_value_fen >= 0 && so_far->refunded_value_fen <= so_far->value_fen);

    const int64_t rest_fen = so_far->order_fen - so_far->refunded_order_fen;
    if (part_fen <= 0 || (part_fen > rest_fen && !torture_mutant("refund-above-rest")))
        return false;

    const int64_t value_left_fen = so_far->value_fen - so_far->refunded_value_fen;
    const __int128 product = (__int128)so_far->value_fen * part_fen;
    const int64_t share = (int64_t)(product / so_far->order_fen);
    *last = part_fen == rest_fen;
    /* Floors cannot add up to more than the value; the limit guards against a ledger that lies. */
    *share_fen = *last || share > value_left_fen ? value_left_fen : share;
    must(*share_fen >= 0 && *share_fen <= value_left_fen);
    return true;
}
