/* tests/torture/lib/sim_model.h: what the books must say, reckoned a second time and otherwise: by
 * vouchers alone, without pools' counters, buckets or a journal. Told of every operation that is on
 * the disk, in the order in which it got there. One thread. */
#ifndef HUIQUAN_TORTURE_SIM_MODEL_H
#define HUIQUAN_TORTURE_SIM_MODEL_H

#include "voucher/book/book.h"

#define MODEL_VOUCHERS_MAX 128
#define MODEL_REDEMPTIONS_MAX 128
#define MODEL_CAMPAIGNS 2
#define MODEL_PEOPLE 6
#define MODEL_LIMIT 3 /* claims of a person */

struct model_voucher {
    struct uuid id;
    unsigned campaign, owner;
    int64_t value_fen, valid_to_s;
    bool is_void;
    size_t by; /* place + 1 of the redemption that holds or has it; 0: none */
};

struct model_redemption {
    struct uuid id;
    struct caller till;
    char request_no[CALLER_NUMBER_MAX + 1];
    size_t voucher;
    enum redemption_state state;
    int64_t value_fen, order_fen, hold_until_s, refunded_order_fen, refunded_value_fen;
    struct digest vin, invoice;
};

struct model {
    int64_t hold_s, count[MODEL_CAMPAIGNS];
    int64_t latest_s; /* of all batches: after a restart the clock may stand earlier, and what had
                       * lapsed by then has lapsed */
    struct uuid campaigns[MODEL_CAMPAIGNS];
    bool paused[MODEL_CAMPAIGNS];
    unsigned claims[MODEL_CAMPAIGNS][MODEL_PEOPLE];
    size_t voucher_count, redemption_count, reversed_count;
    struct model_voucher vouchers[MODEL_VOUCHERS_MAX];
    struct model_redemption redemptions[MODEL_REDEMPTIONS_MAX];
    char reversed[MODEL_REDEMPTIONS_MAX][CALLER_NUMBER_MAX + 1];
    const char *fault; /* the first thing that must not be; NULL: none */
};

/* An operation with VERDICT_OK, not replayed, is on the disk. */
void model_take(struct model *m, const struct op *op, struct view *view, int64_t now_s);
/* After everything has ended: what was redeemed in the end, and nothing else is out. */
void model_compare(struct model *m, struct view *view);

#endif
