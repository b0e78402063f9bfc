/* tests/torture/lib/trial_pieces.h: pieces of work without a ledger: JSON, HTTP, crypto. Each
 * answers whether it succeeded; a forged thing that it accepted ends the process by must(). */
#ifndef HUIQUAN_TORTURE_TRIAL_PIECES_H
#define HUIQUAN_TORTURE_TRIAL_PIECES_H

#include "tests/torture/lib/trial.h"

extern const struct trial_piece trial_pieces[];
extern const size_t trial_piece_count;

/* Makes what the pieces read: keys in a folder of their own, an assertion. Before any trial. */
void trial_pieces_prepare(void);
void trial_pieces_end(void);

#endif
