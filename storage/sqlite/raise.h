/* storage/sqlite/raise.h: a copy becomes a ledger, within the transaction that opens its epoch. */
#ifndef HUIQUAN_SQLITE_RAISE_H
#define HUIQUAN_SQLITE_RAISE_H

#include "storage/sqlite/engine.h"

/* The epoch that follows this one. */
int64_t raise_epoch(const struct ledger *l, int64_t epoch);
/* After the epoch's first entry and before its seal. */
void raise_numbers(struct ledger *l, int64_t before, int64_t epoch, int64_t copied_at_s);

#endif
