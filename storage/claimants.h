/* storage/claimants.h: who may have claims. A set of residents that forgets nobody and now and then
 * names one who has none (a Bloom filter in blocks of a cache line: Putze, Sanders, Singler 2007),
 * so that the many who have never claimed are known without a look into the ledger.
 *
 * Until it is complete it names everybody. One thread adds; any number ask meanwhile. Beyond twice
 * the number it was made for it names more and more who have none, which costs only their look. */
#ifndef HUIQUAN_STORAGE_CLAIMANTS_H
#define HUIQUAN_STORAGE_CLAIMANTS_H

#include "voucher/base.h"

struct claimants;

/* With room for so many residents, and never less than CLAIMANTS_MIN. */
#define CLAIMANTS_MIN (INT64_C(1) << 22) /* 8 MiB */
MUST_USE enum fault claimants_open(struct claimants **out, int64_t expected);
void claimants_close(struct claimants *c); /* NULL is fine */

void claimants_add(struct claimants *c, const struct uuid *resident);
/* Everybody who claimed before the first claimants_add() has been added too. */
void claimants_complete(struct claimants *c);
bool claimants_are_complete(const struct claimants *c);
/* False: certainly none. */
bool claimants_may_hold(const struct claimants *c, const struct uuid *resident);

#endif
