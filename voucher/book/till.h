/* voucher/book/till.h: what the tills' operations share. Clerk's thread. */
#ifndef HUIQUAN_BOOK_TILL_H
#define HUIQUAN_BOOK_TILL_H

#include "voucher/book/moves.h"

/* The redemption named by op->target, or VERDICT_NOT_FOUND. */
enum verdict till_find(struct book *b, const struct op *op, struct redemption_row *row);
/* Moves the voucher to what row->state says, stores the redemption with its evidence and reward,
 * and writes and keeps the answer. */
void till_take(struct book *b, struct op *op, const struct voucher_row *voucher,
               struct redemption_row *row, bool is_new);
/* The other way: released, reversed. Frees the evidence and withdraws the reward. */
void till_give_back(struct book *b, struct redemption_row *row, enum redemption_state to,
                    const struct caller *by);
/* Gives back a hold whose time is over; false when it is none. */
bool till_lapse(struct book *b, struct redemption_row *row);
/* The same for the hold on a voucher, which is then read again. */
void till_release_lapsed(struct book *b, struct voucher_row *voucher);
/* Writes the redemption as the answer and keeps it under the op's key. */
void till_answer(struct book *b, struct op *op, const struct redemption_row *row,
                 const struct claim_result *reward);

#endif
