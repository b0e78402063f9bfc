/* storage/sqlite/states.h: four bits for each of many numbers that mostly lie close together: a
 * voucher's state as the journal folds to it. One thread. Zeroed: empty, every number has 0. */
#ifndef HUIQUAN_SQLITE_STATES_H
#define HUIQUAN_SQLITE_STATES_H

#include "voucher/base.h"

#define STATE_MAX 15

struct states_piece;

struct states {
    size_t count, room;
    struct states_piece **pieces; /* owned; rising */
};

/* Negative numbers have none. */
unsigned states_get(const struct states *s, int64_t number);
/* False: no memory. */
MUST_USE bool states_set(struct states *s, int64_t number, unsigned state);
void states_empty(struct states *s); /* gives its memory back */

#endif
